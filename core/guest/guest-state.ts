/**
 * GuestState: what a guest hands over to the version that takes its place. The one that goes is asked for its state in
 * phase *snapshot*, the one that comes is given it in phase *restore*, and may refuse it.
 */
import { abi } from '../../sdk/abi/abi.ts'
import { type BlockTimes, BlockWriter } from './block.ts'
import type { CallSink } from './call-sink.ts'
import type { GuestHealth } from './guest-health.ts'
import type { GuestAnswer, GuestInstance } from './guest-instance.ts'
import { LaterAnswer } from './later-answer.ts'
import type { OpCheck } from './op-check.ts'
import { OpReader } from './ops.ts'
import { QuietSink } from './quiet-sink.ts'
import { Trap } from './trap.ts'

export interface GuestStateParts {
  /** Whether the guest has declared that it has a state. */
  readonly declared: boolean
  readonly health: GuestHealth
  readonly check: OpCheck
  readonly sink: CallSink
  times(): BlockTimes
}

export class GuestState {
  readonly #parts: GuestStateParts
  readonly #writer = new BlockWriter()
  readonly #reader = new OpReader()

  constructor(parts: GuestStateParts) {
    this.#parts = parts
  }

  /** Nothing when it has none, or failed to say it, which is counted and said as any failure is. */
  take(): Buffer | undefined | Promise<Buffer | undefined> {
    const { declared, health, times } = this.#parts
    const instance = declared ? health.instance() : undefined
    if (instance === undefined) return undefined
    this.#writer.snapshot(times())
    return settled(instance.call(abi.phase.snapshot, this.#writer.bytes, this.#writer.size), (answer) => {
      const heard = this.#hear(instance, answer, abi.phase.snapshot)
      return heard instanceof Trap ? undefined : heard?.bytes
    })
  }

  /** A string says why the guest did not take it. One that has no state takes anything and keeps nothing. */
  give(state: Buffer, version: string): string | undefined | Promise<string | undefined> {
    const { declared, health, times } = this.#parts
    const instance = declared ? health.instance() : undefined
    if (instance === undefined) return undefined
    this.#writer.restore(state, version, times())
    return settled(instance.call(abi.phase.restore, this.#writer.bytes, this.#writer.size), (answer) => {
      const heard = this.#hear(instance, answer, abi.phase.restore)
      return heard instanceof Trap ? heard.text : heard?.refused
    })
  }

  #hear(instance: GuestInstance, answer: GuestAnswer, phase: number): StateSink | Trap | undefined {
    const { health, check, sink } = this.#parts
    const heard = new StateSink(sink)
    sink.begin(0, undefined)
    const trap = answer instanceof Trap || answer === undefined ? answer : check.check(answer, phase, sink)
    if (trap !== undefined) {
      health.failed(instance, trap)
      return trap
    }
    if (answer !== undefined && !(answer instanceof Trap)) this.#reader.apply(answer, heard)
    health.succeeded(instance, answer === undefined)
    return heard
  }
}

function settled<Result>(
  answer: GuestAnswer | LaterAnswer | Promise<GuestAnswer>,
  then: (answer: GuestAnswer) => Result,
): Result | Promise<Result> {
  if (answer instanceof LaterAnswer) return answer.promise().then(then)
  if (!(answer instanceof Promise)) return then(answer)
  return answer.catch(() => new Trap('exited', 'the answer was lost')).then(then)
}

class StateSink extends QuietSink {
  bytes: Buffer | undefined = undefined

  override state(bytes: Buffer): void {
    this.bytes = bytes
  }
}
