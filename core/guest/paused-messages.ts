/**
 * PausedMessages: what a guest has paused is handed to it again, when its timer is over or its call out was answered, and
 * what it says then is obeyed as if it had said so at once.
 */
import { abi } from '../../sdk/abi/abi.ts'
import { type Exchange, Pause, type Verdict } from '../../sdk/index.ts'
import { answerMessage } from './answer-message.ts'
import type { HoldingVerdict } from './answer-taker.ts'
import type { Asked } from './asked.ts'
import { type BlockTimes, BlockWriter, type Resume } from './block.ts'
import type { Reads } from './declaration.ts'
import type { GuestHealth } from './guest-health.ts'
import type { GuestAnswer, GuestInstance } from './guest-instance.ts'
import type { GuestServices } from './guest-services.ts'
import type { GuestStats } from './guest-stats.ts'
import { type CallAnswer, HeldMessage, HeldMessages } from './held-messages.ts'
import { isLater, whenAnswered } from './later-answer.ts'
import type { RouteNumbers } from './route-numbers.ts'
import type { TurnShare } from './turn-share.ts'

const { phase, resumeReason } = abi
const EVERYTHING: Reads = Object.freeze({ keys: [], allKeys: true, body: true, operation: false })

export interface PausedMessagesParts {
  readonly health: GuestHealth
  readonly share: TurnShare
  readonly stats: GuestStats
  readonly services: GuestServices
  readonly routeNumbers: RouteNumbers
  readonly times: BlockTimes
  /** What the guest reads of messages of a phase. */
  readsOf(during: number): Reads
  take(instance: GuestInstance, answer: GuestAnswer, asked: Asked): Verdict
}

export class PausedMessages {
  readonly #parts: PausedMessagesParts
  readonly #held: HeldMessages
  readonly #writer: BlockWriter

  constructor(parts: PausedMessagesParts) {
    this.#parts = parts
    this.#held = new HeldMessages(parts.services.wheel, parts.services.callOut)
    this.#writer = new BlockWriter(parts.routeNumbers.any)
  }

  get count(): number {
    return this.#held.count
  }

  /** Holds a message for as long as the guest says. */
  hold(said: HoldingVerdict, asked: Asked): Pause {
    const held =
      asked.held ?? new HeldMessage({ ...asked, woken: (again, answer) => this.#wake(again, answer) })
    if (said.kind === 'pause') this.#held.waitFor(held, said.ms)
    else this.#held.call(held, said.call)
    this.#show()
    return held.pause
  }

  /** The exchange has ended. */
  forget(exchange: Exchange): void {
    this.#held.forget(exchange)
    this.#show()
  }

  close(): void {
    this.#held.close()
  }

  /** A message that waited is handed to the guest again, unless its exchange is over. */
  #wake(held: HeldMessage, answer: CallAnswer | undefined): void {
    if (!this.#held.release(held)) return
    this.#show()
    const { share } = this.#parts
    if (share.used) share.postpone(() => this.#wakeNow(held, answer))
    else this.#wakeNow(held, answer)
  }

  #wakeNow(held: HeldMessage, answer: CallAnswer | undefined): void {
    const { health, share, take } = this.#parts
    const { metadata, mutation, exchange, handle } = held
    if (exchange.ended) return
    const instance = health.instance()
    if (instance === undefined) {
      held.pause.resume(health.refusal())
      return
    }
    this.#write(held, answer)
    share.spendOfHost(this.#writer.effortNs)
    const asked = { metadata, mutation, exchange, handle, phase: held.phase, held }
    const said = instance.call(phase.resume, this.#writer.bytes, this.#writer.size)
    if (!isLater(said)) {
      resume(held, take(instance, said, asked))
      return
    }
    whenAnswered(said, (later) => {
      if (exchange.ended) health.unheard(instance, later)
      else resume(held, take(instance, later, asked))
    })
  }

  #write(held: HeldMessage, answer: CallAnswer | undefined): void {
    const { routeNumbers, times, readsOf, stats } = this.#parts
    const writer = this.#writer
    const config = routeNumbers.of(held.exchange)
    writer.begin(phase.resume, times)
    writer.message(held.metadata, held.handle, readsOf(held.phase), config)
    writer.resume(resumeOf(held, answer))
    if (typeof answer === 'string') stats.callsFailed.add(1)
    else if (answer !== undefined) {
      stats.callsAnswered.add(1)
      writer.message(answerMessage(answer), 0, EVERYTHING, config)
    }
    writer.finish()
  }

  #show(): void {
    this.#parts.stats.held.set(this.#held.count)
  }
}

/** A text is why there is no answer; without either it was the timer. */
function resumeOf({ phase: paused, pauses }: HeldMessage, answer: CallAnswer | undefined): Resume {
  const shared = { phase: paused, pauses, text: '' }
  if (answer === undefined) return { ...shared, reason: resumeReason.timer }
  if (typeof answer !== 'string') return { ...shared, reason: resumeReason.answer }
  return { ...shared, reason: resumeReason.failed, text: answer }
}

function resume(held: HeldMessage, verdict: Verdict): void {
  if (!(verdict instanceof Pause)) held.pause.resume(verdict ?? 'continue')
}
