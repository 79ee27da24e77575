/**
 * TextCache: texts that a guest says again and again, found by their bytes without being made anew. Keys are nearly
 * always the same few, and so are most values. What is new takes the place of what had the same hash.
 */
import { readText } from '../../sdk/abi/text.ts'

const ENTRIES = 256
const TEXT_BYTES_MAX = 48

export class TextCache {
  readonly #texts: string[] = new Array<string>(ENTRIES).fill('')

  read(bytes: Buffer, start: number, end: number): string {
    const size = end - start
    if (size > TEXT_BYTES_MAX || size === 0) return readText(bytes, start, end)
    // Four bytes tell most texts apart; all are compared anyway.
    const first = (bytes[start] ?? 0) | ((bytes[end - 1] ?? 0) << 8)
    const middle = (bytes[start + (size >> 1)] ?? 0) | ((bytes[start + (size >> 2)] ?? 0) << 8)
    const hash = Math.imul(first ^ (middle << 16) ^ size, 0x9e3779b1)
    const place = hash >>> 24
    const known = this.#texts[place] ?? ''
    if (known.length === size && same(known, bytes, start)) return known
    const text = readText(bytes, start, end)
    this.#texts[place] = text
    return text
  }
}

/** Whether the bytes are these units, which are ASCII then: units that are not take more bytes, or are not bytes. */
function same(known: string, bytes: Buffer, start: number): boolean {
  for (let i = 0; i < known.length; i++) {
    const byte = bytes[start + i] ?? 0
    if (byte > 0x7f || known.charCodeAt(i) !== byte) return false
  }
  return true
}
