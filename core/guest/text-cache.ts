/**
 * TextCache: strings that a guest says again and again, found by their bytes without being made anew. Keys are
 * nearly always the same few, and so are most values.
 */
import { readText } from '../../sdk/abi/text.ts'

const ENTRIES = 256
const TEXT_BYTES_MAX = 48

interface Entry {
  readonly bytes: Uint8Array
  readonly text: string
}

export class TextCache {
  readonly #entries: (Entry | undefined)[] = new Array<Entry | undefined>(ENTRIES).fill(undefined)

  read(bytes: Buffer, start: number, end: number): string {
    if (end - start > TEXT_BYTES_MAX) return readText(bytes, start, end)
    let hash = 0x811c9dc5
    for (let i = start; i < end; i++) hash = Math.imul(hash ^ (bytes[i] ?? 0), 0x01000193)
    const place = (hash ^ (hash >>> 16)) & (ENTRIES - 1)
    const entry = this.#entries[place]
    if (entry !== undefined && same(entry.bytes, bytes, start, end)) return entry.text
    const text = readText(bytes, start, end)
    this.#entries[place] = { bytes: Uint8Array.from(bytes.subarray(start, end)), text }
    return text
  }
}

function same(known: Uint8Array, bytes: Buffer, start: number, end: number): boolean {
  const size = known.length
  if (size !== end - start) return false
  for (let i = 0; i < size; i++) if (known[i] !== bytes[start + i]) return false
  return true
}
