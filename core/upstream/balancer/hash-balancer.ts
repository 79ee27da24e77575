/**
 * Hash balancer: equal values of the configured properties go to the same host, found in a table that changes
 * little when a host joins or leaves. A request that carries none of the properties goes to a random host.
 */
import { hashText, mix } from './hash-text.ts'
import type { Balancer, HashSource, Host } from './host.ts'

/** No value to hash. Hashes are 31 bits wide, which an engine keeps without boxing them. */
const NO_HASH = -1

/** Maps hashes to hosts. */
export interface HashTable<H extends Host> {
  /** The usable host for a hash from 0 to under 2³¹; `undefined` when no host is usable. */
  find(hash: number, tried: H | undefined): H | undefined
}

export class HashBalancer<H extends Host> implements Balancer<H> {
  readonly #keys: readonly string[]
  readonly #table: HashTable<H>
  readonly #fallback: Balancer<H>

  constructor(keys: readonly string[], table: HashTable<H>, fallback: Balancer<H>) {
    this.#keys = keys
    this.#table = table
    this.#fallback = fallback
  }

  pick(source: HashSource | undefined, tried: H | undefined): H | undefined {
    const hash = source === undefined ? NO_HASH : hashOf(this.#keys, source)
    return hash === NO_HASH ? this.#fallback.pick(source, tried) : this.#table.find(hash, tried)
  }
}

/** Each value seeds the hash of the next, so that `a, bc` and `ab, c` differ; so does a value that is missing. */
function hashOf(keys: readonly string[], source: HashSource): number {
  let hash = 0
  let found = false
  for (const key of keys) {
    const value = source.get(key)
    if (value !== undefined) found = true
    hash = value === undefined ? mix(hash + 1) : hashText(value, hash)
  }
  return found ? hash >>> 1 : NO_HASH
}
