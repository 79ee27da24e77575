/** KnownKeys: the keys that were asked for or written lately, which are the same few strings all day. */
import { KnownKey } from './known-key.ts'
import { CACHED_KEY_UNITS_MAX, CACHED_KEYS } from './limits.ts'

export class KnownKeys {
  readonly #known: KnownKey[] = new Array<KnownKey>(CACHED_KEYS).fill(new KnownKey(''))

  of(key: string): KnownKey {
    const units = key.length
    const slot = (units * 7 + key.charCodeAt(units - 1)) & (CACHED_KEYS - 1)
    const found = this.#known[slot]
    if (found !== undefined && found.key === key) return found
    const made = new KnownKey(key)
    if (units <= CACHED_KEY_UNITS_MAX) this.#known[slot] = made
    return made
  }
}
