/**
 * PropertyRows: the properties of one message that a block will carry, gathered before they are written because the
 * table comes before the strings. Used again for every message; a row is a key's slot, the key, and one value: a text,
 * or the place in the message's own bytes where it stands as it will be written.
 */

import { abi } from '../../sdk/abi/abi.ts'
import { Message, type Metadata, type ValuePlace } from '../../sdk/index.ts'
import type { Reads } from './declaration.ts'

export class PropertyRows {
  /** `slots`, `keys` and the values hold this many rows; what lies behind is left over from other messages. */
  count = 0
  readonly slots: number[] = []
  readonly keys: string[] = []
  /** `undefined` where the value is in the message's bytes, from `starts` to `ends`. */
  readonly texts: (string | undefined)[] = []
  readonly starts: number[] = []
  readonly ends: number[] = []
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
    for (const key of metadata.keys()) {
      if (!keys.includes(key)) this.#addAll(abi.property.noSlot, key, metadata.getAll(key), rowsMax)
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
        this.#add(slot, key, undefined, rowsMax)
        return
      case 'absent':
        return
      default: {
        const value = reader.get(message, key)
        if (value !== undefined) this.#addAll(slot, key, value, rowsMax)
      }
    }
  }

  #addAll(slot: number, key: string, value: string | readonly string[], rowsMax: number): void {
    if (typeof value === 'string') {
      this.#add(slot, key, value, rowsMax)
      return
    }
    for (const each of value) this.#add(slot, key, each, rowsMax)
  }

  /** Without a text the value is where the place says. */
  #add(slot: number, key: string, text: string | undefined, rowsMax: number): void {
    if (this.count === rowsMax) return
    const row = this.count++
    this.slots[row] = slot
    this.keys[row] = key
    this.texts[row] = text
    this.starts[row] = this.#place.start
    this.ends[row] = this.#place.end
  }
}
