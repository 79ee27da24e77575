/** EndTeller: tells a guest how exchanges have ended. What it answers is done; nobody waits for it. */
import { abi } from '../../sdk/abi/abi.ts'
import type { Metadata, Outcome } from '../../sdk/index.ts'
import { type BlockTimes, BlockWriter } from './block.ts'
import type { Reads } from './declaration.ts'
import type { GuestHealth } from './guest-health.ts'
import type { GuestAnswer, GuestInstance } from './guest-instance.ts'
import type { GuestStats } from './guest-stats.ts'
import { isLater, whenAnswered } from './later-answer.ts'
import type { OpList } from './op-list.ts'
import { Trap } from './trap.ts'
import type { TurnShare } from './turn-share.ts'

export interface EndTellerParts {
  readonly reads: Reads
  readonly numbered: boolean
  readonly times: BlockTimes
  readonly health: GuestHealth
  readonly share: TurnShare
  readonly stats: GuestStats
  /** More ends than these do not wait. */
  readonly waitingMax: number
  /** Checks a list and does what it says. */
  obey(answer: OpList): Trap | undefined
}

/** An exchange that has ended. */
export interface Ended {
  readonly request: Metadata
  readonly handle: number
  readonly config: number
  readonly outcome: Outcome
}

export class EndTeller {
  readonly #parts: EndTellerParts
  readonly #writer: BlockWriter

  constructor(parts: EndTellerParts) {
    this.#parts = parts
    this.#writer = new BlockWriter(parts.numbered)
  }

  tell(ended: Ended): void {
    const { health, share } = this.#parts
    const instance = health.instance()
    if (instance === undefined) return
    if (share.used) {
      this.#tellLater(ended)
      return
    }
    this.#write(ended)
    this.#call(instance, this.#writer.bytes, this.#writer.size)
  }

  /** What is told later is what was so at the end; reading it was of the share of this turn. */
  #tellLater(ended: Ended): void {
    const { share, stats, health, waitingMax } = this.#parts
    if (share.waitingCount >= waitingMax) {
      stats.skipped.add(1)
      return
    }
    this.#write(ended)
    const block = Buffer.from(this.#writer.bytes.subarray(0, this.#writer.size))
    share.postpone(() => {
      const instance = health.instance()
      if (instance !== undefined) this.#call(instance, block, block.length)
    })
  }

  #write({ request, handle, config, outcome }: Ended): void {
    const { share, reads, times } = this.#parts
    const writer = this.#writer
    writer.begin(abi.phase.end, times)
    writer.message(request, handle, reads, config)
    writer.outcome(outcome)
    writer.finish()
    share.spendOfHost(writer.effortNs)
  }

  #call(instance: GuestInstance, block: Buffer, size: number): void {
    const answer = instance.call(abi.phase.end, block, size)
    if (isLater(answer)) whenAnswered(answer, (later) => this.#settle(instance, later))
    else this.#settle(instance, answer)
  }

  #settle(instance: GuestInstance, answer: GuestAnswer): void {
    const { health, obey } = this.#parts
    const trap = answer === undefined || answer instanceof Trap ? answer : obey(answer)
    if (trap === undefined) health.succeeded(instance, answer === undefined)
    else health.failed(instance, trap)
  }
}
