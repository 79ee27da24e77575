/**
 * AnswerFunctions: what a guest says, as functions of Lua that write operations: the edits of `mutation`, and those by
 * which the prelude puts a verdict, a line of log, a count or a declaration. Texts are taken as the bytes they are.
 */
import { abi } from '../../../sdk/abi/abi.ts'
import type { AnswerWriter } from './answer-writer.ts'
import type { HostFunction } from './host-functions.ts'
import type { Interpreter } from './interpreter.ts'
import type { KnownTexts } from './known-texts.ts'

const { op } = abi
/** Lua's type numbers (lua.h). */
const LUA_NUMBER = 3
const LUA_TABLE = 5
const U16_MAX = 0xffff
const U32_MAX = 0xffff_ffff
/** So many keys nobody declares by hand; the budget is finer. */
const DECLARED_MAX = 256

export class AnswerFunctions {
  /** Lua functions: `set`, `add`, `remove`, `body`. */
  readonly mutation: readonly HostFunction[] = [
    (state) => this.#edit(state, op.set, 'set'),
    (state) => this.#edit(state, op.add, 'add'),
    (state) => this.#single(state, op.remove, 'mutation.remove("key")'),
    (state) => this.#single(state, op.body, 'mutation.body("bytes")'),
  ]
  /** For the prelude: `operation(code, argument, …)`, `log(level, text)`, `count(name, by)`, `reads(key)`. */
  readonly prelude: readonly HostFunction[] = [
    (state) => this.#operation(state),
    (state) => this.#log(state),
    (state) => this.#count(state),
    (state) => this.#reads(state),
  ]
  readonly #interpreter: Interpreter
  readonly #writer: AnswerWriter
  readonly #keys: KnownTexts
  readonly #lineBytesMax: number
  /** Edits are refused while it is false. */
  editable = false

  constructor(parts: {
    readonly interpreter: Interpreter
    readonly writer: AnswerWriter
    readonly keys: KnownTexts
    readonly lineBytesMax: number
  }) {
    this.#interpreter = parts.interpreter
    this.#writer = parts.writer
    this.#keys = parts.keys
    this.#lineBytesMax = parts.lineBytesMax
  }

  /** Declares a key once. */
  declare(key: Buffer): void {
    const interpreter = this.#interpreter
    const { count } = this.#keys
    if (this.#keys.add(key) < count) return
    this.#writer.begin(interpreter, op.reads, 0)
    this.#writer.append(interpreter, key)
    this.#writer.end()
  }

  /** `mutation.set(key, value)`; `mutation:set(key, value)` means the same. */
  #edit(state: number, code: number, name: string): number {
    const interpreter = this.#interpreter
    const { calls, sizeOut, sizeWord } = interpreter
    const first = calls.lua_type(state, 1) === LUA_TABLE ? 2 : 1
    const key = calls.lua_tolstring(state, first, sizeOut) >>> 0
    const keySize = interpreter.words[sizeWord] ?? 0
    const value = calls.lua_tolstring(state, first + 1, sizeOut) >>> 0
    const valueSize = interpreter.words[sizeWord] ?? 0
    if (key === 0 || value === 0) this.#badEdit(state, name, key === 0 ? 'key' : 'value', first)
    this.#checkEditable(state)
    const writer = this.#writer
    writer.begin(interpreter, code, 0)
    writer.u32(interpreter, keySize)
    writer.copy(interpreter, key, keySize)
    writer.copy(interpreter, value, valueSize)
    writer.end()
    return 0
  }

  #single(state: number, code: number, usage: string): number {
    const interpreter = this.#interpreter
    const { calls, sizeOut, sizeWord } = interpreter
    const first = calls.lua_type(state, 1) === LUA_TABLE ? 2 : 1
    const text = calls.lua_tolstring(state, first, sizeOut) >>> 0
    if (text === 0) interpreter.raise(state, `a text is missing: write ${usage}`)
    const size = interpreter.words[sizeWord] ?? 0
    this.#checkEditable(state)
    this.#writer.begin(interpreter, code, 0)
    this.#writer.copy(interpreter, text, size)
    this.#writer.end()
    return 0
  }

  /**
   * An operation of the prelude's: the code, the argument, then its parts: a number is written as u32, a text as its
   * bytes. The prelude has checked them.
   */
  #operation(state: number): number {
    const interpreter = this.#interpreter
    const { calls, sizeOut, sizeWord } = interpreter
    const writer = this.#writer
    const count = calls.lua_gettop(state)
    writer.begin(interpreter, this.#number(state, 1), this.#number(state, 2))
    for (let index = 3; index <= count; index++) {
      if (calls.lua_type(state, index) === LUA_NUMBER) {
        writer.u32(interpreter, this.#number(state, index))
        continue
      }
      const text = calls.lua_tolstring(state, index, sizeOut) >>> 0
      if (text !== 0) writer.copy(interpreter, text, interpreter.words[sizeWord] ?? 0)
    }
    writer.end()
    return 0
  }

  #log(state: number): number {
    const interpreter = this.#interpreter
    if (!this.#writer.admitsLog()) return 0
    const text = interpreter.calls.lua_tolstring(state, 2, interpreter.sizeOut) >>> 0
    const size = Math.min(interpreter.words[interpreter.sizeWord] ?? 0, this.#lineBytesMax)
    this.#writer.begin(interpreter, op.log, this.#number(state, 1))
    if (text !== 0) this.#writer.copy(interpreter, text, size)
    this.#writer.end()
    return 0
  }

  #count(state: number): number {
    const interpreter = this.#interpreter
    if (!this.#writer.admitsCount()) return 0
    const name = interpreter.calls.lua_tolstring(state, 1, interpreter.sizeOut) >>> 0
    const size = interpreter.words[interpreter.sizeWord] ?? 0
    this.#writer.begin(interpreter, op.count, 0)
    this.#writer.u32(interpreter, this.#number(state, 2))
    if (name !== 0) this.#writer.copy(interpreter, name, size)
    this.#writer.end()
    return 0
  }

  #reads(state: number): number {
    if (this.#keys.count >= DECLARED_MAX)
      this.#interpreter.raise(state, `more than ${DECLARED_MAX} keys in "reads"`)
    const key = this.#interpreter.copyText(state, 1, U16_MAX)
    if (key !== undefined) this.declare(key)
    return 0
  }

  /** A whole number from 0 to 2³²−1; what is no number is 0. */
  #number(state: number, index: number): number {
    const value = this.#interpreter.calls.lua_tonumberx(state, index, 0)
    return Math.min(Math.max(Math.trunc(value), 0), U32_MAX)
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
