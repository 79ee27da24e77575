/**
 * KnownTexts: texts that the host compares what a guest says with, such as the names of fields and declared keys. Lua
 * keeps a text of up to 40 bytes once only, so while the host holds one, the guest's is the same text if and only if it
 * has the same address (Lua 5.4, lstring.c, `internshrstr`). Longer ones are compared by their bytes.
 */
import type { Interpreter } from './interpreter.ts'

const SHORT_BYTES_MAX = 40
/** Lua's registry (lua.h, `LUA_REGISTRYINDEX`), which no guest reaches, and where in it the texts of the host begin. */
export const REGISTRY = -1_001_000
const FIRST_KEPT = 1_000

export class KnownTexts {
  readonly #interpreter: Interpreter
  readonly #firstKept: number
  readonly #addresses: number[] = []
  readonly #texts: Buffer[] = []

  /** Several of these keep their texts in ranges of their own, each of a thousand. */
  constructor(interpreter: Interpreter, range: number) {
    this.#interpreter = interpreter
    this.#firstKept = FIRST_KEPT * (1 + range)
  }

  get count(): number {
    return this.#texts.length
  }

  /** Adds a text, unless it is known, and answers its place. */
  add(text: Buffer): number {
    const { calls, state } = this.#interpreter
    const known = this.#texts.findIndex((other) => other.equals(text))
    if (known >= 0) return known
    const place = this.#texts.push(text) - 1
    this.#interpreter.pushBytes(state, text)
    this.#addresses.push(calls.lua_tolstring(state, -1, 0) >>> 0)
    calls.lua_rawseti(state, REGISTRY, BigInt(this.#firstKept + place))
    return place
  }

  /** The place of the text at this address of the interpreter's memory; -1 when it is not known. */
  find(address: number, size: number): number {
    const addresses = this.#addresses
    for (let place = 0; place < addresses.length; place++) if (addresses[place] === address) return place
    if (size <= SHORT_BYTES_MAX) return -1
    return this.#texts.findIndex((text) => this.equals(text, address, size))
  }

  /** Whether the bytes at this address are the text. */
  equals(text: Buffer, address: number, size: number): boolean {
    return text.length === size && text.equals(this.#interpreter.bytes.subarray(address, address + size))
  }
}
