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
    for (let slot = 0; slot < keys.length; slot++) {
      this.#gatherKey(metadata, keys[slot] ?? '', slot, rowsMax)
    }
    if (reads.allKeys) this.#gatherRest(metadata, keys, rowsMax)
  }

  #gatherRest(metadata: Metadata, known: readonly string[], rowsMax: number): void {
    for (const key of metadata.keys()) {
      if (!known.includes(key)) this.#gatherKey(metadata, key, abi.property.noSlot, rowsMax)
    }
  }

  #gatherKey(metadata: Metadata, key: string, slot: number, rowsMax: number): void {
    const value = valuesOf(metadata, key)
    if (value === undefined) return
    if (typeof value === 'string') {
      if (this.count < rowsMax) this.#add(slot, key, value)
      return
    }
    for (const each of value) if (this.count < rowsMax) this.#add(slot, key, each)
  }

  #add(slot: number, key: string, value: string): void {
    const row = this.count++
    this.slots[row] = slot
    this.keys[row] = key
    this.values[row] = value
  }
}

/** One value or several, without a list for the one; what filters recorded before is in it. */
function valuesOf(metadata: Metadata, key: string): string | readonly string[] | undefined {
  if (!(metadata instanceof Message)) return metadata.getAll(key)
  const { mutation } = metadata
  return mutation === undefined || mutation.empty ? metadata.reader.get(metadata, key) : metadata.getAll(key)
}
