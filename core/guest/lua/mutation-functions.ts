/**
 * MutationFunctions: the edits of `mutation`, as functions of Lua that write operations. Texts are taken as the bytes they are,
 * from where they lie; what is said first of one message after the other is known by its texts.
 */
import { abi } from '../../../sdk/abi/abi.ts'
import type { AnswerWriter } from './answer-writer.ts'
import type { HostFunction } from './host-functions.ts'
import type { Interpreter } from './interpreter.ts'
import type { LuaStack } from './lua-stack.ts'
import { RepeatedEdit } from './repeated-edit.ts'

const { op } = abi
/** Texts of up to so many bytes are there once only. */
const SHORT_BYTES_MAX = 40

export class MutationFunctions {
  /** Lua functions: `set`, `add`, `remove`, `body`. */
  readonly functions: readonly HostFunction[] = [
    (state) => this.#edit(state, op.set, 'set'),
    (state) => this.#edit(state, op.add, 'add'),
    (state) => this.#single(state, op.remove, 'mutation.remove("key")'),
    (state) => this.#single(state, op.body, 'mutation.body("bytes")'),
  ]
  readonly #interpreter: Interpreter
  readonly #stack: LuaStack
  readonly #writer: AnswerWriter
  readonly #repeated: RepeatedEdit
  /** Edits are refused while it is false. */
  editable = false

  constructor(parts: {
    readonly interpreter: Interpreter
    readonly stack: LuaStack
    readonly writer: AnswerWriter
    /** The first of two places of the stack where texts may be kept. */
    readonly kept: number
  }) {
    this.#interpreter = parts.interpreter
    this.#stack = parts.stack
    this.#writer = parts.writer
    this.#repeated = new RepeatedEdit(parts.stack, parts.writer, parts.kept)
  }

  /** `mutation.set(key, value)`; `mutation:set(key, value)` means the same. */
  #edit(state: number, code: number, name: string): number {
    const interpreter = this.#interpreter
    const stack = this.#stack
    let first = 1
    let key = stack.text(state, first)
    if (key === 0 && stack.isTable(state, first)) {
      first = 2
      key = stack.text(state, first)
    }
    const keySize = stack.textBytes
    const value = stack.text(state, first + 1)
    const valueSize = stack.textBytes
    if (this.editable && this.#repeated.says(code, key, value)) return 0
    if (key === 0 || value === 0) this.#badEdit(state, name, key === 0 ? 'key' : 'value', first)
    this.#checkEditable(state)
    const writer = this.#writer
    writer.begin(interpreter, code, 0)
    writer.u32(interpreter, keySize)
    writer.copy(interpreter, key, keySize)
    writer.copy(interpreter, value, valueSize)
    writer.end()
    if (keySize <= SHORT_BYTES_MAX && valueSize <= SHORT_BYTES_MAX)
      this.#repeated.learn(state, first, code, key, value)
    return 0
  }

  #single(state: number, code: number, usage: string): number {
    const interpreter = this.#interpreter
    const stack = this.#stack
    const first = stack.isTable(state, 1) ? 2 : 1
    const text = stack.text(state, first)
    if (text === 0) interpreter.raise(state, `a text is missing: write ${usage}`)
    const size = stack.textBytes
    this.#checkEditable(state)
    this.#writer.begin(interpreter, code, 0)
    this.#writer.copy(interpreter, text, size)
    this.#writer.end()
    return 0
  }

  #checkEditable(state: number): void {
    if (!this.editable)
      this.#interpreter.raise(state, 'nothing can be changed here: only a message that is handled can')
  }

  #badEdit(state: number, name: string, what: string, first: number): never {
    const usage = `mutation.${name}("key", "value")`
    const given = first === 2 ? `mutation:${name}` : `mutation.${name}`
    return this.#interpreter.raise(state, `the ${what} of ${given} is no text: write ${usage}`)
  }
}
