/**
 * RepeatedEdit: knows when a plugin says of a message what it said of the one before, with the same texts of Lua: a short text
 * is there once only (Lua 5.4, lstring.c, `internshrstr`), so it has its address for as long as it is kept. What was written
 * then still stands in the list.
 */
import type { AnswerWriter } from './answer-writer.ts'
import type { LuaStack } from './lua-stack.ts'

export class RepeatedEdit {
  readonly #stack: LuaStack
  readonly #writer: AnswerWriter
  /** The first of two places of the stack where the texts are kept. */
  readonly #place: number
  /** What was said first in the call before. */
  #code = 0
  #key = 0
  #value = 0
  #kept = false

  constructor(stack: LuaStack, writer: AnswerWriter, place: number) {
    this.#stack = stack
    this.#writer = writer
    this.#place = place
  }

  /** Says it again, if it is the same; texts are told by their addresses. */
  says(code: number, key: number, value: number): boolean {
    return (
      this.#kept && value === this.#value && key === this.#key && code === this.#code && this.#writer.repeat()
    )
  }

  /** It was written; `index` is that of the key among the arguments. */
  learn(state: number, index: number, code: number, key: number, value: number): void {
    if (key !== this.#key || value !== this.#value || code !== this.#code) {
      this.#code = code
      this.#key = key
      this.#value = value
      this.#kept = false
      return
    }
    // Not before it comes again: what differs each time is not worth being kept.
    if (!this.#kept) {
      this.#stack.keepArgument(state, index, this.#place)
      this.#stack.keepArgument(state, index + 1, this.#place + 1)
      this.#kept = true
    }
    this.#writer.stand()
  }
}
