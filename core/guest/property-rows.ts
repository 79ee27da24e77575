/**
 * PropertyRows: the properties of one message that a block will carry, gathered before they are written because the
 * table comes before the strings. Used again for every message; a row is a key's slot, the key, and one value.
 */

import { abi } from '../../sdk/abi/abi.ts'
import { Message, type Metadata } from '../../sdk/index.ts'
import type { Reads } from './declaration.ts'

export class PropertyRows {
  /** `slots`, `keys` and `values` hold this many rows; what lies behind is left over from other messages. */
  count = 0
  readonly slots: number[] = []
  readonly keys: string[] = []
  readonly values: string[] = []

  /** Gathers what the guest reads; no more than so many rows. */
  gather(metadata: Metadata, reads: Reads, rowsMax: number): void {
    this.count = 0
    const { keys } = reads
    const message = metadata instanceof Message ? metadata : undefined
    const mutation = message?.mutation
    for (let slot = 0; slot < keys.length; slot++) {
      const key = keys[slot] ?? ''
      // What no filter has changed is asked of the reader itself, which makes no list for one value.
      const plain = message !== undefined && mutation?.touches(key) !== true
      const value = plain ? message.reader.get(message, key) : metadata.getAll(key)
      if (value !== undefined) this.#addAll(slot, key, value, rowsMax)
    }
    if (!reads.allKeys) return
    for (const key of metadata.keys()) {
      if (!keys.includes(key)) this.#addAll(abi.property.noSlot, key, metadata.getAll(key), rowsMax)
    }
  }

  #addAll(slot: number, key: string, value: string | readonly string[], rowsMax: number): void {
    if (typeof value === 'string') {
      this.#add(slot, key, value, rowsMax)
      return
    }
    for (const each of value) this.#add(slot, key, each, rowsMax)
  }

  #add(slot: number, key: string, value: string, rowsMax: number): void {
    if (this.count === rowsMax) return
    const row = this.count++
    this.slots[row] = slot
    this.keys[row] = key
    this.values[row] = value
  }
}
