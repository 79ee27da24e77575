/** CountedStore: a plugin's part of the store, with what it wanted to keep and found no room for counted. */
import type { Counter } from '../../sdk/index.ts'
import type { KeyValue } from './guest-host.ts'

export class CountedStore implements KeyValue {
  readonly #store: KeyValue
  readonly #refused: Counter

  constructor(store: KeyValue, refused: Counter) {
    this.#store = store
    this.#refused = refused
  }

  get(key: Buffer): ReturnType<KeyValue['get']> {
    return this.#store.get(key)
  }

  set(key: Buffer, value: Buffer, ttlMs: number): ReturnType<KeyValue['set']> {
    const stored = this.#store.set(key, value, ttlMs)
    if (stored === false) this.#refused.add(1)
    return stored
  }

  delete(key: Buffer): ReturnType<KeyValue['delete']> {
    return this.#store.delete(key)
  }

  add(key: Buffer, difference: number, ttlMs: number): ReturnType<KeyValue['add']> {
    const sum = this.#store.add(key, difference, ttlMs)
    if (Number.isNaN(sum)) this.#refused.add(1)
    return sum
  }

  exchange(
    key: Buffer,
    expected: Buffer | undefined,
    value: Buffer,
    ttlMs: number,
  ): ReturnType<KeyValue['exchange']> {
    const answer = this.#store.exchange(key, expected, value, ttlMs)
    if (answer === 'full') this.#refused.add(1)
    return answer
  }
}
