/** LuaFilter: the handlers of a filter in Lua, called for every message of a block, with views of it. */
import { abi } from '../../../sdk/abi/abi.ts'
import { Trap } from '../trap.ts'
import type { AnswerWriter } from './answer-writer.ts'
import type { Interpreter } from './interpreter.ts'
import type { LuaHandlers } from './lua-instance.ts'
import type { LuaParts } from './lua-parts.ts'
import { LuaProgram } from './lua-program.ts'

const { header, record, phase } = abi

export class LuaFilter implements LuaHandlers {
  readonly inputBytesMin = 4_096
  readonly interpreter: Interpreter
  readonly writer: AnswerWriter
  readonly #program: LuaProgram

  private constructor(program: LuaProgram) {
    this.interpreter = program.interpreter
    this.writer = program.writer
    this.#program = program
  }

  /** A fresh interpreter with the plugin's source in it, compiled and not yet run. */
  static create(parts: LuaParts): LuaFilter | Trap {
    const program = LuaProgram.create(parts)
    return program instanceof Trap ? program : new LuaFilter(program)
  }

  configure(config: unknown, grants: number, block: number): Trap | undefined {
    const { words } = this.interpreter
    const number = (words[(block + header.version) >>> 2] ?? 0) >>> 16
    return this.#program.configure(config, number, grants)
  }

  handle(during: number, block: number): Trap | undefined {
    switch (during) {
      case phase.snapshot:
      case phase.restore:
        return this.#program.state(during, block)
      default:
        return this.#handleAll(during, block)
    }
  }

  /** Calls the handler for every message of the block; a record that nothing may be done to belongs to the one before. */
  #handleAll(during: number, block: number): Trap | undefined {
    const program = this.#program
    const { words } = this.interpreter
    // Version, phase and number of messages share a word.
    const count = (words[(block + header.version) >>> 2] ?? 0) >>> 16
    let at = block + header.bytes
    for (let index = 0; index < count; index++) {
      let next = at + (words[at >>> 2] ?? 0)
      const accompanied = index + 1 < count && words[(next + record.handle) >>> 2] === 0
      const companion = accompanied ? next : 0
      if (accompanied) {
        index++
        next += words[next >>> 2] ?? 0
      }
      const trap = program.handle(during, at, companion)
      if (trap !== undefined) return trap
      at = next
    }
    return undefined
  }
}
