/**
 * TextCache: short texts seen lately, so that the values which callers repeat all day (a time-out, a group, the
 * name of an application) are found by their bytes instead of decoded: a third of the time, and no garbage. It
 * never grows: what is new takes the place of what had the same hash.
 */
import { u8 } from '../../sdk/index.ts'
import { CACHED_TEXTS } from './limits.ts'
import { sameAscii } from './same-ascii.ts'

export class TextCache {
  readonly #texts: string[] = new Array<string>(CACHED_TEXTS).fill('')

  /** The text of `bytes[start, end)`, which is ASCII. */
  ascii(bytes: Buffer, start: number, end: number): string {
    const size = end - start
    if (size === 0) return ''
    // Four bytes tell most texts apart; all are compared anyway.
    const first = u8(bytes, start) | (u8(bytes, end - 1) << 8)
    const middle = u8(bytes, start + (size >> 1)) | (u8(bytes, start + (size >> 2)) << 8)
    const slot = (Math.imul(first ^ (middle << 16) ^ size, 0x9e3779b1) >>> 16) & (CACHED_TEXTS - 1)
    const known = this.#texts[slot] ?? ''
    if (known.length === size && sameAscii(bytes, start, known)) return known
    const text = bytes.toString('latin1', start, end)
    this.#texts[slot] = text
    return text
  }
}
