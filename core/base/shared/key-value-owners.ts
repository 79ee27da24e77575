/**
 * KeyValueOwners: who has a part of the key-value store, and how much each keeps there. An owner is told by the digest of
 * its name, and its number is its place in the table. Whoever calls is alone in the memory.
 *
 * ```
 * owner  digest(16) entries(4) bytes(4) in use(4) -(4)
 * ```
 */
import { readInt } from './cells.ts'
import type { KeyValueQuota } from './key-value-part.ts'

const OWNERS_MAX = 256
const OWNER_INTS = 8
export const OWNERS_INTS = OWNERS_MAX * OWNER_INTS
const DIGEST_INTS = 4
const ENTRIES_AT = 4
const BYTES_AT = 5
const IN_USE_AT = 6

export class KeyValueOwners {
  readonly #ints: Int32Array
  readonly #at: number

  /** The table begins at this int. */
  constructor(ints: Int32Array, at: number) {
    this.#ints = ints
    this.#at = at
  }

  /** The owner of that digest, entered when it is new; `undefined` when there are too many. */
  enter(digest: Buffer): number | undefined {
    for (let owner = 0; owner < OWNERS_MAX; owner++) {
      const at = this.#rowOf(owner)
      if (readInt(this.#ints, at + IN_USE_AT) === 0) {
        for (let i = 0; i < DIGEST_INTS; i++) this.#ints[at + i] = digest.readInt32LE(i * 4)
        Atomics.store(this.#ints, at + IN_USE_AT, 1)
        return owner
      }
      if (this.#matches(at, digest)) return owner
    }
    return undefined
  }

  /** Whether the owner may keep so many entries and bytes more; fewer, where they are negative. */
  allows(owner: number, quota: KeyValueQuota, entries: number, bytes: number): boolean {
    const at = this.#rowOf(owner)
    return (
      readInt(this.#ints, at + ENTRIES_AT) + entries <= quota.entriesMax &&
      readInt(this.#ints, at + BYTES_AT) + bytes <= quota.bytesMax
    )
  }

  /** The owner keeps so much more. */
  count(owner: number, entries: number, bytes: number): void {
    const at = this.#rowOf(owner)
    this.#ints[at + ENTRIES_AT] = readInt(this.#ints, at + ENTRIES_AT) + entries
    this.#ints[at + BYTES_AT] = readInt(this.#ints, at + BYTES_AT) + bytes
  }

  /** Everything is to be counted anew. */
  clearCounts(): void {
    for (let owner = 0; owner < OWNERS_MAX; owner++) {
      this.#ints[this.#rowOf(owner) + ENTRIES_AT] = 0
      this.#ints[this.#rowOf(owner) + BYTES_AT] = 0
    }
  }

  #matches(at: number, digest: Buffer): boolean {
    for (let i = 0; i < DIGEST_INTS; i++)
      if (readInt(this.#ints, at + i) !== digest.readInt32LE(i * 4)) return false
    return true
  }

  #rowOf(owner: number): number {
    return this.#at + owner * OWNER_INTS
  }
}
