/** LineView: the words of a line, one field each; the last field has the rest. The first mark is the line's size without its end. */
import type { Message } from '../message.ts'
import type { Field } from './field.ts'
import type { View } from './view.ts'

export class LineView implements View {
  from = 0
  to = 0
  readonly #between: Buffer
  readonly #last: number

  constructor(between: Buffer, fieldsCount: number) {
    this.#between = between
    this.#last = fieldsCount - 1
  }

  locate(message: Message, field: Field): boolean {
    const end = message.start + message.mark0
    if (end === message.start) return false
    let from = message.start
    for (let word = 0; ; word++) {
      const found = word === this.#last ? -1 : this.#find(message.bytes, from, end)
      const to = found < 0 ? end : found
      if (word === field.part) {
        this.from = from
        this.to = to
        return true
      }
      if (found < 0) return false
      from = to + this.#between.length
    }
  }

  #find(bytes: Buffer, from: number, end: number): number {
    const found = bytes.subarray(from, end).indexOf(this.#between)
    return found < 0 ? -1 : from + found
  }
}
