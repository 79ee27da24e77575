/** TrustedInstance: a trusted plugin with what belongs to one filter. It answers at once, and a failure is its call's only. */
import { readText } from '../../../sdk/abi/text.ts'
import type { GuestHost } from '../guest-host.ts'
import type { GuestAnswer, GuestInstance } from '../guest-instance.ts'
import { OpList } from '../op-list.ts'
import { Trap, type TrapKind } from '../trap.ts'
import { failedLogs } from './failed-logs.ts'
import { isolateControl } from './isolate/isolate-control.ts'
import type { IsolateCalls } from './isolate/isolate-program.ts'
import type { TrustedGlobals } from './trusted-globals.ts'

const KINDS: readonly TrapKind[] = ['unreachable', 'stack', 'budget']

export interface TrustedInstanceParts {
  readonly calls: IsolateCalls
  readonly input: Buffer
  readonly output: Buffer
  readonly host: GuestHost
  readonly globals: TrustedGlobals
}

export class TrustedInstance implements GuestInstance {
  /** Nobody measures it. */
  readonly fuelUsed = 0
  readonly #parts: TrustedInstanceParts
  readonly #list: OpList
  #input: Buffer
  #closed = false

  constructor(parts: TrustedInstanceParts) {
    this.#parts = parts
    this.#input = parts.input
    this.#list = new OpList(parts.output)
  }

  get memoryBytes(): number {
    return this.#input.length + this.#parts.output.length
  }

  call(_during: number, bytes: Buffer, size: number): GuestAnswer {
    if (this.#closed) return new Trap('exited', 'the plugin is closed')
    const { calls, globals } = this.#parts
    if (size > this.#input.length) this.#grow(size)
    bytes.copy(this.#input, 0, 0, size)
    globals.enter(calls.globals)
    const answered = calls.call()
    if (answered === 0) return undefined
    if (answered < 0) return this.#failed(-answered)
    this.#list.start = isolateControl.bytes
    this.#list.end = isolateControl.bytes + answered
    return this.#list
  }

  close(): void {
    this.#closed = true
  }

  #grow(size: number): void {
    this.#input = Buffer.alloc((size * 2 + 7) & ~7)
    this.#parts.calls.room(this.#input.buffer)
  }

  #failed(size: number): Trap {
    const { output, host } = this.#parts
    const whole = isolateControl.bytes + output.readUInt32LE(isolateControl.bytes)
    failedLogs(output.subarray(isolateControl.bytes, whole), (level, text) => host.log(level, text))
    return new Trap(KINDS[output[whole] ?? 0] ?? 'unreachable', readText(output, whole + 1, whole + size))
  }
}
