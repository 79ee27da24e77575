/**
 * EntryRun: entries as they were appended to the last message, for the next one is mostly given the same by the same
 * filters. To see that costs three comparisons an edit, and then one copy writes them all.
 */
import { copyBytes, type Edit } from '../../sdk/index.ts'
import { CACHED_EDIT_UNITS_MAX, PLAIN_EDITS_MAX } from './limits.ts'

export class EntryRun {
  /** The edits of the last message, in their places. */
  readonly #edits: (Edit | undefined)[] = new Array<Edit | undefined>(PLAIN_EDITS_MAX).fill(undefined)
  #count = 0
  /** Whether they are those of the message before that, too. */
  again = false
  /** What they append to a map that has none of their keys; `undefined` until that is known. */
  #bytes: Buffer | undefined = undefined

  /** The entries that these edits append to a map that has none of their keys; `undefined` when that is not known. */
  of(edits: readonly Edit[]): Buffer | undefined {
    this.again = this.#same(edits)
    if (!this.again) this.#bytes = undefined
    return this.#bytes
  }

  /** The edits asked about last have come to these entries, and to nothing else. */
  keep(bytes: Buffer, start: number, end: number): void {
    if (!this.again || this.#bytes !== undefined) return
    this.#bytes = Buffer.allocUnsafeSlow(end - start)
    copyBytes(bytes, start, end, this.#bytes, 0)
  }

  /** Takes note of the first that differs and looks no further, so that what is new with every message costs little. */
  #same(edits: readonly Edit[]): boolean {
    for (let i = 0; i < edits.length; i++) {
      const edit = edits[i]
      const last = this.#edits[i]
      if (edit === undefined || (last !== undefined && sameEdit(edit, last))) continue
      if (edit.key.length + edit.value.length <= CACHED_EDIT_UNITS_MAX) this.#edits[i] = edit
      return false
    }
    const same = edits.length === this.#count
    this.#count = edits.length
    return same
  }
}

function sameEdit(edit: Edit, last: Edit): boolean {
  return edit === last || (edit.key === last.key && edit.value === last.value && edit.op === last.op)
}
