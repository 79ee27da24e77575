/** BlockInput: the place in an interpreter's memory that blocks are copied to; it grows with what is copied. */
import { abi } from '../../../sdk/abi/abi.ts'
import type { Interpreter } from './interpreter.ts'

const { configure } = abi

export class BlockInput {
  readonly #interpreter: Interpreter
  readonly #bytesMin: number
  #at = 0
  #size = 0

  constructor(interpreter: Interpreter, bytesMin: number) {
    this.#interpreter = interpreter
    this.#bytesMin = bytesMin
  }

  /** Answers where the block lies then. */
  copy(bytes: Buffer, size: number): number {
    if (size > this.#size) this.#move(size)
    // Without a range this is done within the engine, in half the time.
    if (bytes.length === size) this.#interpreter.bytes.set(bytes, this.#at)
    else bytes.copy(this.#interpreter.bytes, this.#at, 0, size)
    return this.#at
  }

  /** What the block of the configure phase, copied last, says. */
  configuration(bytes: Buffer): { readonly config: unknown; readonly grants: number } {
    const { words } = this.#interpreter
    const size = words[(this.#at + configure.configSize) >>> 2] ?? 0
    const grants = words[(this.#at + configure.grants) >>> 2] ?? 0
    const config = bytes.toString('utf8', configure.config, configure.config + size)
    return { config: config === '' ? {} : JSON.parse(config), grants }
  }

  #move(size: number): void {
    const interpreter = this.#interpreter
    if (this.#at !== 0) interpreter.calls.free(this.#at)
    this.#size = Math.max(this.#bytesMin, size + (size >>> 1))
    this.#at = interpreter.allocate(this.#size)
  }
}
