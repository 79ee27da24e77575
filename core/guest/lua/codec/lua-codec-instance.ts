/**
 * LuaCodecInstance: one running codec in Lua. It copies the block into the interpreter's memory, calls what answers the
 * phase, and answers with the operations that were said. Whatever goes wrong is a trap, after which the interpreter is
 * never entered again.
 */
import { abi } from '../../../../sdk/abi/abi.ts'
import type { GuestHost } from '../../guest-host.ts'
import type { GuestAnswer, GuestInstance } from '../../guest-instance.ts'
import { Trap } from '../../trap.ts'
import { BlockInput } from '../block-input.ts'
import type { Interpreter } from '../interpreter.ts'
import type { LuaLimits } from '../lua-limits.ts'
import { sayLogs } from '../say-logs.ts'
import { LuaCodecProgram, type LuaCodecProgramParts } from './lua-codec-program.ts'

const { header } = abi
const INPUT_BYTES_MIN = 65_536

export class LuaCodecInstance implements GuestInstance {
  readonly #limits: LuaLimits
  readonly #host: GuestHost
  readonly #program: LuaCodecProgram
  readonly #interpreter: Interpreter
  readonly #input: BlockInput
  #closed = false
  #fuelGiven = 0
  /** Of the call before the last; of the last one when that failed. */
  fuelUsed = 0

  private constructor(program: LuaCodecProgram, parts: LuaCodecProgramParts) {
    this.#limits = parts.limits
    this.#host = parts.host
    this.#program = program
    this.#interpreter = program.interpreter
    this.#input = new BlockInput(program.interpreter, INPUT_BYTES_MIN)
  }

  static create(parts: LuaCodecProgramParts): LuaCodecInstance | Trap {
    const program = LuaCodecProgram.create(parts)
    return program instanceof Trap ? program : new LuaCodecInstance(program, parts)
  }

  get memoryBytes(): number {
    return this.#interpreter.memoryBytes
  }

  call(during: number, bytes: Buffer, size: number, fuel?: number): GuestAnswer {
    if (this.#closed) return new Trap('exited', 'the codec is closed')
    const program = this.#program
    const interpreter = this.#interpreter
    const { fuelToConfigure, fuelPerCall } = this.#limits
    const configures = during === abi.phase.configure
    const given = configures ? fuelToConfigure : Math.min(fuel ?? fuelPerCall, fuelPerCall)
    this.fuelUsed = this.#fuelGiven - Math.max(interpreter.setFuel(given), 0)
    this.#fuelGiven = given
    program.writer.reset()
    try {
      const at = this.#input.copy(bytes, size)
      interpreter.timeAt = at + header.wallMs
      const trap = configures ? this.#configure(bytes) : program.handle(during, at)
      if (trap === undefined) return program.writer.finish()
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

  #configure(bytes: Buffer): Trap | undefined {
    const { config, grants } = this.#input.configuration(bytes)
    return this.#program.configure(config, grants)
  }

  #failed(trap: Trap): Trap {
    this.#closed = true
    sayLogs(this.#program.writer, this.#host)
    return trap
  }
}
