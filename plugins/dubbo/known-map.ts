/**
 * KnownMap: a plain map that is kept because it may come again: its bytes, and where its entries lie. It never changes.
 */
import { ComparedBytes } from './compared-bytes.ts'
import type { PlainEntries } from './plain-entries.ts'

export class KnownMap {
  readonly entries: PlainEntries
  /** The head of the requests that it comes with; `undefined` for replies. */
  readonly head: object | undefined
  readonly #bytes: ComparedBytes
  /** Whether it has come again. */
  again = false

  /** The bytes and the entries are kept. */
  constructor(head: object | undefined, bytes: Uint8Array, entries: PlainEntries) {
    this.head = head
    this.entries = entries
    this.#bytes = new ComparedBytes(bytes)
  }

  /** Whether it begins at `at` of the view. */
  begins(view: DataView, at: number, end: number): boolean {
    return this.#bytes.begin(view, at, end)
  }
}
