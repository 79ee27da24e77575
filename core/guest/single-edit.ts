/**
 * SingleEdit: the answer that most filters give: one property set or added, the same one as the last time. It is held
 * against everything that {@link OpCheck} holds it against, and recorded, in one look; an answer that is the last one
 * again, in fewer. For all other answers there is the long way, from which this learns the key.
 */
import { abi } from '../../sdk/abi/abi.ts'
import type { Edit, Mutation } from '../../sdk/index.ts'
import type { OpBudget } from './op-budget.ts'
import type { OpList } from './op-list.ts'
import { TextCache } from './text-cache.ts'

const { op, opHeader, opListHeaderBytes } = abi
/** In front of the key: the operation's header and the size of the key. */
const KEY_AT = opHeader.bytes + 4
/** Where a list says which message its first operation is about. */
const MESSAGE_AT = opListHeaderBytes + opHeader.message
/** Words of a list that is remembered. */
const WORDS_MAX = 64

export class SingleEdit {
  readonly #budget: OpBudget
  readonly #values = new TextCache()
  /** A key that was allowed, in ASCII. */
  #key = ''
  /** The answer that was taken last, as its words and as the edit that it came to; no bytes where it is too long. */
  readonly #words = new Int32Array(WORDS_MAX)
  #bytes = 0
  #edit: Edit | undefined = undefined

  constructor(budget: OpBudget) {
    this.#budget = budget
  }

  /** Whether the list was such an answer about this message, and is recorded. */
  take(list: OpList, handle: number, mutation: Mutation): boolean {
    const last = this.#edit
    if (last !== undefined && this.#same(list, handle)) {
      mutation.repeat(last)
      return true
    }
    const edit = this.#read(list, handle)
    if (edit === undefined) return false
    mutation.repeat(edit)
    // What differs each time is not worth remembering.
    if (last !== undefined && last.op === edit.op && last.value === edit.value) this.#remember(list)
    else this.#bytes = 0
    this.#edit = edit
    return true
  }

  /** An answer has passed the long way and was recorded: its last edit may come again. */
  learn(mutation: Mutation): void {
    const key = mutation.edits.at(-1)?.key ?? ''
    this.#key = key.length <= this.#budget.keyBytesMax && ASCII.test(key) ? key : ''
    this.#edit = undefined
    this.#bytes = 0
  }

  #read(list: OpList, handle: number): Edit | undefined {
    const key = this.#key
    const at = list.start + opListHeaderBytes
    const given = list.end - at
    const keyAt = at + KEY_AT
    if (key === '' || given < KEY_AT || list.u32(list.start) !== given + opListHeaderBytes) return undefined
    const size = list.u32(at + opHeader.size)
    const valueAt = keyAt + key.length
    const end = at + size
    // Nothing but padding is behind it.
    if (size > given || ((size + 3) & ~3) < given || end < valueAt) return undefined
    if (size > this.#budget.opsBytesMax || end - valueAt > this.#budget.valueBytesMax) return undefined
    // The code, with its argument and the unused bits, which are zero.
    const code = list.u32(at + opHeader.code)
    if ((code !== op.set && code !== op.add) || list.u32(at + opHeader.message) !== handle) return undefined
    if (list.u32(at + opHeader.bytes) !== key.length || !sameKey(list.bytes, keyAt, key)) return undefined
    return { op: code === op.set ? 'set' : 'add', key, value: this.#values.read(list.bytes, valueAt, end) }
  }

  /** Whether it is the answer that is remembered, about this message. */
  #same({ view, start, end }: OpList, handle: number): boolean {
    const words = this.#words
    if (this.#bytes === 0 || end - start !== this.#bytes) return false
    if (view.getInt32(start + MESSAGE_AT, true) !== handle) return false
    // The last word may begin within the one before it.
    let word = 0
    for (let at = start; at < start + MESSAGE_AT; at += 4)
      if (words[word++] !== view.getInt32(at, true)) return false
    for (let at = start + MESSAGE_AT + 4; at < end - 4; at += 4)
      if (words[word++] !== view.getInt32(at, true)) return false
    return words[word] === view.getInt32(end - 4, true)
  }

  #remember({ view, start, end }: OpList): void {
    this.#bytes = end - start <= WORDS_MAX * 4 ? end - start : 0
    if (this.#bytes === 0) return
    let word = 0
    for (let at = start; at < end - 4; at += 4)
      if (at !== start + MESSAGE_AT) this.#words[word++] = view.getInt32(at, true)
    this.#words[word] = view.getInt32(end - 4, true)
  }
}

const ASCII = /^[\x20-\x7e]+$/

function sameKey(bytes: Buffer, at: number, key: string): boolean {
  for (let i = 0; i < key.length; i++) if (bytes[at + i] !== key.charCodeAt(i)) return false
  return true
}
