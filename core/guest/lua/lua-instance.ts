/**
 * LuaInstance: one running plugin in Lua. It copies the block into the interpreter's memory, calls the plugin's handler
 * with views of it, and answers with the operations that the handler said. Whatever goes wrong is a trap, after which
 * the interpreter is never entered again.
 */
import { abi } from '../../../sdk/abi/abi.ts'
import type { GuestHost } from '../guest-host.ts'
import type { GuestAnswer, GuestInstance } from '../guest-instance.ts'
import { Trap } from '../trap.ts'
import { BlockInput } from './block-input.ts'
import type { Interpreter } from './interpreter.ts'
import type { LuaLimits } from './lua-limits.ts'
import { LuaProgram } from './lua-program.ts'
import type { LuaSource } from './lua-source.ts'
import { sayLogs } from './say-logs.ts'

const { header, record, phase } = abi
const INPUT_BYTES_MIN = 4_096

export interface LuaInstanceParts {
  readonly module: WebAssembly.Module
  readonly source: LuaSource
  readonly limits: LuaLimits
  readonly host: GuestHost
}

export class LuaInstance implements GuestInstance {
  readonly #limits: LuaLimits
  readonly #host: GuestHost
  readonly #program: LuaProgram
  readonly #interpreter: Interpreter
  readonly #input: BlockInput
  #closed = false
  #fuelGiven = 0
  /** Of the call before the last; of the last one when that failed. */
  fuelUsed = 0

  private constructor(program: LuaProgram, parts: LuaInstanceParts) {
    this.#limits = parts.limits
    this.#host = parts.host
    this.#program = program
    this.#interpreter = program.interpreter
    this.#input = new BlockInput(program.interpreter, INPUT_BYTES_MIN)
  }

  /** A fresh interpreter with the plugin's source in it, compiled and not yet run. */
  static create(parts: LuaInstanceParts): LuaInstance | Trap {
    const program = LuaProgram.create(parts)
    return program instanceof Trap ? program : new LuaInstance(program, parts)
  }

  get memoryBytes(): number {
    return this.#interpreter.memoryBytes
  }

  call(during: number, bytes: Buffer, size: number): GuestAnswer {
    if (this.#closed) return new Trap('exited', 'the plugin is closed')
    const program = this.#program
    const { fuelToConfigure, fuelPerCall } = this.#limits
    const fuel = during === phase.configure ? fuelToConfigure : fuelPerCall
    const interpreter = this.#interpreter
    // What the call before left is answered now: asking when it ended took 15 ns more.
    this.fuelUsed = this.#fuelGiven - Math.max(interpreter.setFuel(fuel), 0)
    this.#fuelGiven = fuel
    program.writer.reset()
    try {
      const at = this.#input.copy(bytes, size)
      interpreter.timeAt = at + header.wallMs
      const trap = this.#enter(during, at, bytes)
      if (trap === undefined) return program.writer.finish()
      this.fuelUsed = fuel - Math.max(interpreter.setFuel(0), 0)
      return this.#failed(trap)
    } catch (error) {
      const trap = interpreter.trapOf(error)
      this.fuelUsed = fuel
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

  #enter(during: number, at: number, bytes: Buffer): Trap | undefined {
    switch (during) {
      case phase.configure:
        return this.#configure(at, bytes)
      case phase.snapshot:
      case phase.restore:
        return this.#program.state(during, at)
      default:
        return this.#handle(during, at)
    }
  }

  #configure(at: number, bytes: Buffer): Trap | undefined {
    const { config, grants } = this.#input.configuration(bytes)
    const { words } = this.#interpreter
    const number = (words[(at + header.version) >>> 2] ?? 0) >>> 16
    return this.#program.configure(config, number, grants)
  }

  /** Calls the handler for every message of the block; a record that nothing may be done to belongs to the one before. */
  #handle(during: number, block: number): Trap | undefined {
    const program = this.#program
    const { words } = this.#interpreter
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

  #failed(trap: Trap): Trap {
    this.#closed = true
    sayLogs(this.#program.writer, this.#host)
    return trap
  }
}
