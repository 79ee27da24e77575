/**
 * PropertyRows: the properties of one message that a block will carry, gathered before they are written because the
 * table comes before the strings. Used again for every message; a row is a key's slot, or the key where it has none, and
 * one value: a text, or the place in the message's own bytes where it stands as it will be written.
 */

import { abi } from '../../sdk/abi/abi.ts'
import { Message, type Metadata, type ValuePlace } from '../../sdk/index.ts'
import type { Reads } from './declaration.ts'

const IN_TEXTS = -1

export class PropertyRows {
  /** `slots` and the values hold this many rows; what lies behind is left over from other messages. */
  count = 0
  readonly slots: number[] = []
  /** Of rows without a slot. */
  readonly keys: string[] = []
  /** Where the value is in the message's bytes; below 0 where it is a text. */
  readonly starts: number[] = []
  readonly ends: number[] = []
  readonly texts: string[] = []
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
    this.slots[row] = slot
    if (slot === abi.property.noSlot) this.keys[row] = key
    this.starts[row] = IN_TEXTS
    this.texts[row] = text
  }

  #addPlace(slot: number, rowsMax: number): void {
    if (this.count === rowsMax) return
    const row = this.count++
    this.slots[row] = slot
    this.starts[row] = this.#place.start
    this.ends[row] = this.#place.end
  }
}
