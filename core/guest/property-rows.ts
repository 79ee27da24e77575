/**
 * PropertyRows: the properties of one message that a block will carry, gathered before they are written because the
 * table comes before the strings. Used again for every message; a row is a key's slot, or the key where it has none, and
 * one value: a text, or the place in the message's own bytes where it stands as it will be written.
 */

import { abi } from '../../sdk/abi/abi.ts'
import { Message, type Metadata, type ValuePlace } from '../../sdk/index.ts'
import type { BlockBytes } from './block-bytes.ts'
import type { Reads } from './declaration.ts'
import { EditedValues } from './edited-values.ts'
import type { RecordPrefix } from './record-prefix.ts'

const { property } = abi
const NO_SLOT = property.noSlot
const KEY_BYTES_MAX = 0xffff

const IN_TEXTS = -1

export class PropertyRows {
  /** How many rows there are; what lies behind is left over from other messages. */
  count = 0
  readonly #slots: number[] = []
  /** The keys of rows without a slot. */
  readonly #keys: string[] = []
  /** Where the value is in the message's bytes; below 0 where it is a text. */
  readonly #starts: number[] = []
  readonly #ends: number[] = []
  readonly #texts: string[] = []
  readonly #place: ValuePlace = { start: 0, end: 0 }

  /** Gathers what the guest reads; no more than so many rows. */
  gather(metadata: Metadata, reads: Reads, rowsMax: number): void {
    this.count = 0
    const { keys } = reads
    if (metadata instanceof Message) {
      for (let slot = 0; slot < keys.length; slot++)
        this.#ofMessage(metadata, slot, keys[slot] ?? '', rowsMax)
    } else {
      for (let slot = 0; slot < keys.length; slot++) {
        const key = keys[slot] ?? ''
        this.#addAll(slot, key, metadata.getAll(key), rowsMax)
      }
    }
    if (!reads.allKeys) return
    if (metadata instanceof Message) this.#restOfMessage(metadata, keys, rowsMax)
    else {
      for (const key of metadata.keys()) {
        if (!keys.includes(key)) this.#addAll(NO_SLOT, key, metadata.getAll(key), rowsMax)
      }
    }
  }

  /** Appends the table and the values to the record at `base`; values without a text lie in the message's `bytes`. */
  write(out: BlockBytes, base: number, { keyAts, keySizes }: RecordPrefix, bytes: Buffer): void {
    const { count } = this
    const slots = this.#slots
    const keys = this.#keys
    out.room(count * property.bytes)
    const table = out.at
    out.at = table + count * property.bytes
    let keyAt = 0
    let keySize = 0
    for (let row = 0; row < count; row++) {
      const slot = slots[row] ?? NO_SLOT
      if (slot !== NO_SLOT) {
        keyAt = keyAts[slot] ?? 0
        keySize = keySizes[slot] ?? 0
      } else if (row === 0 || slots[row - 1] !== NO_SLOT || keys[row] !== keys[row - 1]) {
        keyAt = out.at - base
        keySize = Math.min(out.text(keys[row] ?? ''), KEY_BYTES_MAX)
      }
      const valueAt = out.at
      const start = this.#starts[row] ?? 0
      if (start < 0) out.text(this.#texts[row] ?? '')
      else out.copy(bytes, start, this.#ends[row] ?? start)
      // Asked for anew: writing a value may have made it grow.
      const { words } = out
      const at = (table + row * property.bytes) >>> 2
      words[at] = keyAt
      words[at + 1] = keySize | (slot << 16)
      words[at + 2] = valueAt - base
      words[at + 3] = out.at - valueAt
    }
  }

  /** What no filter has changed is asked of the reader itself, which makes no list and perhaps no text for one value. */
  #ofMessage(message: Message, slot: number, key: string, rowsMax: number): void {
    if (message.mutation?.touches(key) === true) {
      this.#addAll(slot, key, message.getAll(key), rowsMax)
      return
    }
    const { reader } = message
    const place = this.#place
    switch (reader.place?.(message, key, place)) {
      case 'here':
        this.#addPlace(slot, rowsMax)
        return
      case 'absent':
        return
      default: {
        const value = reader.get(message, key)
        if (value !== undefined) this.#addAll(slot, key, value, rowsMax)
      }
    }
  }

  /** The keys without a slot. All edits are gone through once, and not for each of a thousand keys. */
  #restOfMessage(message: Message, slotted: readonly string[], rowsMax: number): void {
    const { reader } = message
    const edited = new EditedValues(message)
    const add = (key: string) => {
      const values = edited.of(key) ?? reader.get(message, key)
      if (values !== undefined && !slotted.includes(key)) this.#addAll(NO_SLOT, key, values, rowsMax)
    }
    for (const key of reader.keys(message)) {
      add(key)
      edited.given.delete(key)
    }
    for (const key of edited.given) add(key)
  }

  #addAll(slot: number, key: string, value: string | readonly string[], rowsMax: number): void {
    if (typeof value === 'string') {
      this.#add(slot, key, value, rowsMax)
      return
    }
    for (const each of value) this.#add(slot, key, each, rowsMax)
  }

  #add(slot: number, key: string, text: string, rowsMax: number): void {
    if (this.count === rowsMax) return
    const row = this.count++
    this.#slots[row] = slot
    if (slot === NO_SLOT) this.#keys[row] = key
    this.#starts[row] = IN_TEXTS
    this.#texts[row] = text
  }

  #addPlace(slot: number, rowsMax: number): void {
    if (this.count === rowsMax) return
    const row = this.count++
    this.#slots[row] = slot
    this.#starts[row] = this.#place.start
    this.#ends[row] = this.#place.end
  }
}
