/**
 * AnswerFunctions: what a guest says beside edits, as functions of Lua that write operations: those by which the prelude
 * puts a verdict, a line of log, a count or a declaration. Texts are taken as the bytes they are.
 */
import { abi } from '../../../sdk/abi/abi.ts'
import type { AnswerWriter } from './answer-writer.ts'
import type { HostFunction } from './host-functions.ts'
import type { Interpreter } from './interpreter.ts'
import type { KnownTexts } from './known-texts.ts'

const { op } = abi
/** Lua's type numbers (lua.h). */
const LUA_NUMBER = 3
const U16_MAX = 0xffff
const U32_MAX = 0xffff_ffff
/** So many keys nobody declares by hand; the budget is finer. */
const DECLARED_MAX = 256

export class AnswerFunctions {
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
}
