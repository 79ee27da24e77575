/**
 * LuaInstance: one running plugin in Lua, filter or codec. It copies the block into the interpreter's memory, has it
 * handled there, and answers with the operations that were said. Whatever goes wrong is a trap, after which the
 * interpreter is never entered again.
 */
import { abi } from '../../../sdk/abi/abi.ts'
import type { GuestHost } from '../guest-host.ts'
import type { GuestAnswer, GuestInstance } from '../guest-instance.ts'
import { Trap } from '../trap.ts'
import type { AnswerWriter } from './answer-writer.ts'
import { BlockInput } from './block-input.ts'
import type { Interpreter } from './interpreter.ts'
import type { LuaLimits } from './lua-limits.ts'
import type { LuaParts } from './lua-parts.ts'
import { sayLogs } from './say-logs.ts'

const { header, phase } = abi

/** What answers the phases. Blocks are told by their address in the interpreter's memory. */
export interface LuaHandlers {
  readonly interpreter: Interpreter
  readonly writer: AnswerWriter
  /** Room for blocks that is there from the first one on. */
  readonly inputBytesMin: number
  configure(config: unknown, grants: number, block: number): Trap | undefined
  /** All other phases. */
  handle(during: number, block: number): Trap | undefined
}

export class LuaInstance implements GuestInstance {
  readonly #limits: LuaLimits
  readonly #host: GuestHost
  readonly #handlers: LuaHandlers
  readonly #interpreter: Interpreter
  readonly #input: BlockInput
  #closed = false
  #fuelGiven = 0
  /** Of the call before the last; of the last one when that failed. */
  fuelUsed = 0

  private constructor(handlers: LuaHandlers, { limits, host }: LuaParts) {
    this.#limits = limits
    this.#host = host
    this.#handlers = handlers
    this.#interpreter = handlers.interpreter
    this.#input = new BlockInput(handlers.interpreter, handlers.inputBytesMin)
  }

  static create(parts: LuaParts, start: (parts: LuaParts) => LuaHandlers | Trap): LuaInstance | Trap {
    const handlers = start(parts)
    return handlers instanceof Trap ? handlers : new LuaInstance(handlers, parts)
  }

  get memoryBytes(): number {
    return this.#interpreter.memoryBytes
  }

  call(during: number, bytes: Buffer, size: number, fuel?: number): GuestAnswer {
    if (this.#closed) return new Trap('exited', 'it is closed')
    const handlers = this.#handlers
    const interpreter = this.#interpreter
    const { fuelToConfigure, fuelPerCall } = this.#limits
    const configures = during === phase.configure
    const given = configures ? fuelToConfigure : Math.min(fuel ?? fuelPerCall, fuelPerCall)
    // What the call before left is answered now: asking when it ended took 15 ns more.
    this.fuelUsed = this.#fuelGiven - Math.max(interpreter.setFuel(given), 0)
    this.#fuelGiven = given
    handlers.writer.reset()
    try {
      const at = this.#input.copy(bytes, size)
      interpreter.timeAt = at + header.wallMs
      const trap = configures ? this.#configure(at, bytes) : handlers.handle(during, at)
      if (trap === undefined) return handlers.writer.finish()
      this.fuelUsed = given - Math.max(interpreter.setFuel(0), 0)
      return this.#failed(trap)
    } catch (error) {
      const trap = interpreter.trapOf(error)
      this.fuelUsed = given
      return this.#failed(trap)
    }
  }

  close(): void {
    this.#closed = true
  }

  spent(): number {
    const left = this.#interpreter.setFuel(0)
    this.#interpreter.setFuel(left)
    return this.#fuelGiven - Math.max(left, 0)
  }

  #configure(at: number, bytes: Buffer): Trap | undefined {
    const { config, grants } = this.#input.configuration(bytes)
    return this.#handlers.configure(config, grants, at)
  }

  #failed(trap: Trap): Trap {
    this.#closed = true
    sayLogs(this.#handlers.writer, this.#host)
    return trap
  }
}
