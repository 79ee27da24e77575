/** NamedFields: a fixed list of names that a guest may ask a table for, found by what the guest wrote. */
import type { Interpreter } from './interpreter.ts'
import { KnownTexts } from './known-texts.ts'

export class NamedFields<Name extends string> {
  readonly #interpreter: Interpreter
  readonly #names: readonly Name[]
  readonly #texts: KnownTexts

  constructor(interpreter: Interpreter, names: readonly Name[], range: number) {
    this.#interpreter = interpreter
    this.#names = names
    this.#texts = new KnownTexts(interpreter, range)
    for (const name of names) this.#texts.add(Buffer.from(name))
  }

  /** What `__index` was called with, as a name of the list. */
  argument(state: number): Name | undefined {
    const { calls, sizeOut, sizeWord } = this.#interpreter
    // A number would be turned into a text, which does no harm.
    const name = calls.lua_tolstring(state, 2, sizeOut) >>> 0
    return name === 0
      ? undefined
      : this.#names[this.#texts.find(name, this.#interpreter.words[sizeWord] ?? 0)]
  }
}
