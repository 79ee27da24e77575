/**
 * KnownTail: what a known map of attachments came to with certain edits, as the bytes that end the frame. Programs send
 * the same attachments with every call of a method, and filters mostly do the same with them.
 */
import type { Edit } from '../../sdk/index.ts'
import { KNOWN_TAIL_BYTES_MAX, KNOWN_TAIL_MISSES_MAX } from './limits.ts'

export class KnownTail {
  readonly bytes: Uint8Array
  readonly #edits: readonly Edit[]
  /** How often other edits could have had its place since it was used last. */
  #missed = 0

  /** All is kept and must not change. */
  constructor(edits: readonly Edit[], bytes: Uint8Array) {
    this.#edits = edits
    this.bytes = bytes
  }

  /** Whether it is what these edits come to. */
  isOf(edits: readonly Edit[]): boolean {
    const own = this.#edits
    if (own.length !== edits.length) return false
    for (let i = 0; i < own.length; i++) {
      const edit = edits[i]
      const last = own[i]
      if (edit === last) continue
      if (edit?.key !== last?.key || edit?.value !== last?.value || edit?.op !== last?.op) return false
    }
    if (this.#missed !== 0) this.#missed = 0
    return true
  }

  /** Other edits have come again: whether it gives way to them. */
  yields(): boolean {
    return ++this.#missed > KNOWN_TAIL_MISSES_MAX
  }
}

/** What `bytes[start, end)` ends a frame with, if it is short enough to be kept. */
export function knownTail(
  edits: readonly Edit[],
  bytes: Uint8Array,
  start: number,
  end: number,
): KnownTail | undefined {
  let units = 0
  for (const { key, value } of edits) units += key.length + value.length
  if (end - start > KNOWN_TAIL_BYTES_MAX || units > KNOWN_TAIL_BYTES_MAX) return undefined
  return new KnownTail([...edits], new Uint8Array(bytes.subarray(start, end)))
}
