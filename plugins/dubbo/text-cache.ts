/**
 * TextCache: short texts seen lately, so that the values which callers repeat all day (a time-out, a group, the
 * name of an application) are found by their bytes instead of decoded: a third of the time, and no garbage. It
 * never grows: what is new takes the place of what had the same hash.
 */
import { u8 } from '../../sdk/index.ts'
import { CACHED_TEXTS } from './limits.ts'

export class TextCache {
  readonly #texts: string[] = new Array<string>(CACHED_TEXTS).fill('')

  /** The text of `bytes[start, end)`, which is ASCII. */
  ascii(bytes: Buffer, start: number, end: number): string {
    let hash = end - start
    for (let at = start; at < end; at++) hash = (Math.imul(hash, 31) + u8(bytes, at)) | 0
    const slot = (hash ^ (hash >>> 15)) & (CACHED_TEXTS - 1)
    const known = this.#texts[slot] ?? ''
    if (known.length === end - start && same(known, bytes, start)) return known
    const text = bytes.toString('latin1', start, end)
    this.#texts[slot] = text
    return text
  }
}

function same(text: string, bytes: Buffer, start: number): boolean {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) !== u8(bytes, start + i)) return false
  return true
}
