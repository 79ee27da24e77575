/**
 * KeyValuePart: what one owner sees of the key-value store: its own keys, held to its quota. Keys and values beyond the
 * longest there are find no room.
 */
import type { KeyValues } from './key-values.ts'

/** The longest keys and values there are. */
const KEY_BYTES_MAX = 256
const VALUE_BYTES_MAX = 65_536

/** The longest number that is added to. */
const NUMBER_BYTES_MAX = 32

/** What one owner may keep: keys and values together, and how many. */
export interface KeyValueQuota {
  readonly bytesMax: number
  readonly entriesMax: number
}

/** The lock was not to be had: nothing was read and nothing changed. */
export type Busy = 'busy'

/** What comes of a value that is only stored in place of another. */
export type Exchanged = 'stored' | 'different' | 'full' | Busy

export class KeyValuePart {
  readonly #store: KeyValues
  readonly #owner: number
  readonly #quota: KeyValueQuota

  constructor(store: KeyValues, owner: number, quota: KeyValueQuota) {
    this.#store = store
    this.#owner = owner
    this.#quota = quota
  }

  get(key: Buffer): Buffer | undefined | Busy {
    return this.#store.run(() => this.#store.get(this.#owner, key, VALUE_BYTES_MAX) ?? undefined)
  }

  /** False when there is no room. A time to live of 0 keeps the value. */
  set(key: Buffer, value: Buffer, ttlMs: number): boolean | Busy {
    return this.#store.run(() => this.#put(key, value, this.#store.expiryOf(ttlMs)))
  }

  /** Whether there was anything. */
  delete(key: Buffer): boolean | Busy {
    return this.#store.run(() => this.#store.delete(this.#owner, key))
  }

  /**
   * Adds to the number that is there as a decimal text, or to 0, and answers the sum; NaN when what is there is no number
   * or there is no room. The time to live counts from when the number was made.
   */
  add(key: Buffer, difference: number, ttlMs: number): number | Busy {
    return this.#store.run(() => {
      const known = this.#store.get(this.#owner, key, NUMBER_BYTES_MAX)
      if (known === null) return Number.NaN
      const sum = (known === undefined ? 0 : numberOf(known)) + difference
      if (!Number.isFinite(sum)) return Number.NaN
      const expiresMs =
        known === undefined ? this.#store.expiryOf(ttlMs) : this.#store.expiresMs(this.#owner, key)
      return this.#put(key, Buffer.from(String(sum)), expiresMs) ? sum : Number.NaN
    })
  }

  /** Stores the value if what is there is what was expected; `undefined` expects nothing. */
  exchange(key: Buffer, expected: Buffer | undefined, value: Buffer, ttlMs: number): Exchanged {
    return this.#store.run((): Exchanged => {
      const known = this.#store.get(this.#owner, key, expected?.length ?? 0)
      if (known === null) return 'different'
      const same = known === undefined || expected === undefined ? known === expected : known.equals(expected)
      if (!same) return 'different'
      return this.#put(key, value, this.#store.expiryOf(ttlMs)) ? 'stored' : 'full'
    })
  }

  #put(key: Buffer, value: Buffer, expiresMs: number): boolean {
    if (key.length > KEY_BYTES_MAX || value.length > VALUE_BYTES_MAX) return false
    return this.#store.put(this.#owner, this.#quota, { key, value, expiresMs })
  }
}

function numberOf(value: Buffer): number {
  return value.length === 0 ? Number.NaN : Number(value.toString('latin1'))
}
