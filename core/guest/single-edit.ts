/**
 * SingleEdit: the answer that most filters give: one property set or added, the same one as the last time. It is held
 * against everything that {@link OpCheck} holds it against, and recorded, in one look. For all other answers there is
 * the long way, from which this learns the key.
 */
import { abi } from '../../sdk/abi/abi.ts'
import type { Mutation } from '../../sdk/index.ts'
import type { OpBudget } from './op-budget.ts'
import type { OpList } from './op-list.ts'
import { TextCache } from './text-cache.ts'

const { op, opHeader, opListHeaderBytes } = abi
/** In front of the key: the operation's header and the size of the key. */
const KEY_AT = opHeader.bytes + 4

export class SingleEdit {
  readonly #budget: OpBudget
  readonly #values = new TextCache()
  /** A key that was allowed, in ASCII. */
  #key = ''

  constructor(budget: OpBudget) {
    this.#budget = budget
  }

  /** Whether the list was such an answer about this message, and is recorded. */
  take(list: OpList, handle: number, mutation: Mutation): boolean {
    const key = this.#key
    const at = list.start + opListHeaderBytes
    const given = list.end - at
    const keyAt = at + KEY_AT
    if (key === '' || given < KEY_AT || list.u32(list.start) !== given + opListHeaderBytes) return false
    const size = list.u32(at + opHeader.size)
    const valueAt = keyAt + key.length
    const end = at + size
    // Nothing but padding is behind it.
    if (size > given || ((size + 3) & ~3) < given || end < valueAt) return false
    if (size > this.#budget.opsBytesMax || end - valueAt > this.#budget.valueBytesMax) return false
    // The code, with its argument and the unused bits, which are zero.
    const code = list.u32(at + opHeader.code)
    if ((code !== op.set && code !== op.add) || list.u32(at + opHeader.message) !== handle) return false
    if (list.u32(at + opHeader.bytes) !== key.length || !sameKey(list.bytes, keyAt, key)) return false
    const value = this.#values.read(list.bytes, valueAt, end)
    if (code === op.set) mutation.set(key, value)
    else mutation.add(key, value)
    return true
  }

  /** An answer has passed the long way and was recorded: its last edit may come again. */
  learn(mutation: Mutation): void {
    const key = mutation.edits.at(-1)?.key ?? ''
    this.#key = key.length <= this.#budget.keyBytesMax && ASCII.test(key) ? key : ''
  }
}

const ASCII = /^[\x20-\x7e]+$/

function sameKey(bytes: Buffer, at: number, key: string): boolean {
  for (let i = 0; i < key.length; i++) if (bytes[at + i] !== key.charCodeAt(i)) return false
  return true
}
