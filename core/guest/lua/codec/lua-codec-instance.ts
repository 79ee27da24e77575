/**
 * LuaCodecInstance: one running codec in Lua. It copies the block into the interpreter's memory, calls what answers the
 * phase, and answers with the operations that were said. Whatever goes wrong is a trap, after which the interpreter is
 * never entered again.
 */
import { abi } from '../../../../sdk/abi/abi.ts'
import { readText } from '../../../../sdk/abi/text.ts'
import type { GuestHost } from '../../guest-host.ts'
import type { GuestAnswer, GuestInstance } from '../../guest-instance.ts'
import { Trap } from '../../trap.ts'
import type { Interpreter } from '../interpreter.ts'
import type { LuaLimits } from '../lua-limits.ts'
import { LuaCodecProgram, type LuaCodecProgramParts } from './lua-codec-program.ts'

const { header, configure } = abi
const INPUT_BYTES_MIN = 65_536
const logLevels = ['debug', 'info', 'warn', 'error'] as const

export class LuaCodecInstance implements GuestInstance {
  readonly #limits: LuaLimits
  readonly #host: GuestHost
  readonly #program: LuaCodecProgram
  readonly #interpreter: Interpreter
  /** Where blocks are copied to, and how large the place is. */
  #input = 0
  #inputSize = 0
  #closed = false
  #fuelGiven = 0
  /** Of the call before the last; of the last one when that failed. */
  fuelUsed = 0

  private constructor(program: LuaCodecProgram, parts: LuaCodecProgramParts) {
    this.#limits = parts.limits
    this.#host = parts.host
    this.#program = program
    this.#interpreter = program.interpreter
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
      const at = this.#copyIn(bytes, size)
      interpreter.timeAt = at + header.wallMs
      const trap = configures ? this.#configure(at, bytes) : program.handle(during, at)
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

  #copyIn(bytes: Buffer, size: number): number {
    const interpreter = this.#interpreter
    if (size > this.#inputSize) {
      if (this.#input !== 0) interpreter.calls.free(this.#input)
      this.#inputSize = Math.max(INPUT_BYTES_MIN, size + (size >>> 1))
      this.#input = interpreter.allocate(this.#inputSize)
    }
    bytes.copy(interpreter.bytes, this.#input, 0, size)
    return this.#input
  }

  #configure(at: number, bytes: Buffer): Trap | undefined {
    const { words } = this.#interpreter
    const size = words[(at + configure.configSize) >>> 2] ?? 0
    const grants = words[(at + configure.grants) >>> 2] ?? 0
    const config = bytes.toString('utf8', configure.config, configure.config + size)
    return this.#program.configure(config === '' ? {} : JSON.parse(config), grants)
  }

  #failed(trap: Trap): Trap {
    this.#closed = true
    this.#program.writer.tellLogs((level, text) => {
      this.#host.log(logLevels[level] ?? 'info', readText(text, 0, text.length))
    })
    return trap
  }
}
