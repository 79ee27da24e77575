/** Mutation: changes of the message, done when the handler has returned. */
import { answer } from './answer'

const OP_SET = 1
const OP_ADD = 2
const OP_REMOVE = 3
const OP_BODY = 4

@final
export class Mutation {
  private handle: u32 = 0

  /** Changes another message; for the kit. */
  of(handle: u32): Mutation {
    this.handle = handle
    return this
  }

  /** Replaces every value of a key by a text, bytes or a number. */
  set<T>(key: string, value: T): void {
    this.edit<T>(OP_SET, key, value)
  }

  /** Appends a value. */
  add<T>(key: string, value: T): void {
    this.edit<T>(OP_ADD, key, value)
  }

  /** Removes every value. */
  remove(key: string): void {
    answer.begin(OP_REMOVE, 0, this.handle)
    answer.text(key)
    answer.end()
  }

  /** Replaces the body. */
  body<T>(value: T): void {
    answer.begin(OP_BODY, 0, this.handle)
    answer.value<T>(value)
    answer.end()
  }

  private edit<T>(code: u32, key: string, value: T): void {
    answer.begin(code, 0, this.handle)
    answer.sized(key)
    answer.value<T>(value)
    answer.end()
  }
}

export const mutation = new Mutation()
