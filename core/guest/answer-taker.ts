/**
 * AnswerTaker: takes what a guest answers about a message: checks it, and only then does it. Whatever is wrong with it is
 * a failure of the plugin, and nothing of it is done.
 */
import { abi } from '../../sdk/abi/abi.ts'
import type { Counter, Exchange, Mutation, Pause, Verdict } from '../../sdk/index.ts'
import type { Asked } from './asked.ts'
import type { CallSink } from './call-sink.ts'
import type { GuestBudget } from './guest-budget.ts'
import type { GuestHealth } from './guest-health.ts'
import type { GuestAnswer, GuestInstance } from './guest-instance.ts'
import type { GuestStats } from './guest-stats.ts'
import type { Later } from './later-answer.ts'
import type { OpCheck } from './op-check.ts'
import { OpList } from './op-list.ts'
import { type GuestVerdict, OpReader } from './ops.ts'
import { SingleEdit } from './single-edit.ts'
import { Trap } from './trap.ts'
import type { TurnShare } from './turn-share.ts'

/** An answer of so many bytes is usual. What checking and doing more takes: texts that are no ASCII take 10 ns a byte. */
const USUAL_BYTES = 512
const NS_PER_BYTE = 10

/** A verdict that holds the message. */
export type HoldingVerdict = Exclude<GuestVerdict, { kind: 'settled' }>

export interface AnswerTakerParts {
  readonly check: OpCheck
  readonly budget: GuestBudget
  readonly health: GuestHealth
  readonly share: TurnShare
  readonly sink: CallSink
  readonly stats: GuestStats
  /** How many messages are held now. */
  heldCount(): number
  hold(said: HoldingVerdict, asked: Asked): Pause
}

export class AnswerTaker {
  readonly #parts: AnswerTakerParts
  readonly #health: GuestHealth
  readonly #opsBytes: Counter
  readonly #reader = new OpReader()
  readonly #singleEdit: SingleEdit
  /** How often messages were changed that are held. */
  readonly #editsOfHeld = new WeakMap<Mutation, number>()

  constructor(parts: AnswerTakerParts) {
    this.#parts = parts
    this.#health = parts.health
    this.#opsBytes = parts.stats.opsBytes
    this.#singleEdit = new SingleEdit(parts.budget.ops)
  }

  /** Takes the answers that nearly all messages have, nothing or a single edit; false when it is none of them. */
  takeUsual(
    instance: GuestInstance,
    answer: GuestAnswer | Later,
    handle: number,
    mutation: Mutation,
    exchange: Exchange,
    during: number,
  ): boolean {
    if (answer === undefined) {
      this.#health.succeeded(instance, true)
      return true
    }
    if (!(answer instanceof OpList) || !this.#singleEdit.take(answer, handle, mutation)) return false
    this.#take(answer.size)
    // Routes may match on what it has changed.
    if (during === abi.phase.request) exchange.clearRoute()
    this.#health.succeeded(instance, false)
    return true
  }

  take(instance: GuestInstance, answer: GuestAnswer, asked: Asked): Verdict {
    const { handle, mutation, exchange, phase } = asked
    return this.takeUsual(instance, answer, handle, mutation, exchange, phase)
      ? undefined
      : this.takeOther(instance, answer, asked)
  }

  /** Takes an answer that is none of the usual ones. */
  takeOther(instance: GuestInstance, answer: GuestAnswer, asked: Asked): Verdict {
    const { health, hold } = this.#parts
    if (answer === undefined) return undefined
    if (answer instanceof Trap) return health.failed(instance, answer)
    const said = this.obey(answer, asked.phase, asked)
    if (asked.phase === abi.phase.request && !asked.mutation.empty) asked.exchange.clearRoute()
    if (said instanceof Trap) return health.failed(instance, said)
    health.succeeded(instance, false)
    if (said === undefined) return undefined
    return said.kind === 'settled' ? said.verdict : hold(said, asked)
  }

  /** Checks the whole list, then does it; answers what was decided about the message, if it is about one. */
  obey(answer: OpList, during: number, asked: Asked | undefined): GuestVerdict | Trap | undefined {
    const { check, sink } = this.#parts
    sink.begin(asked?.handle ?? 0, asked?.mutation, this.#editsBefore(asked))
    this.#take(answer.size)
    const trap = check.check(answer, during, sink) ?? (check.holds ? this.#tooMany(asked) : undefined)
    if (trap !== undefined) return trap
    this.#reader.apply(answer, sink)
    if (asked !== undefined) this.#singleEdit.learn(asked.mutation)
    if (asked !== undefined && check.holds) this.#editsOfHeld.set(asked.mutation, check.edits)
    return sink.decided
  }

  /** So much is answered; doing what a large answer says is not paid for by fuel. */
  #take(bytes: number): void {
    this.#opsBytes.add(bytes)
    if (bytes > USUAL_BYTES) this.#parts.share.spendOfHost(bytes * NS_PER_BYTE)
  }

  #editsBefore(asked: Asked | undefined): number {
    return asked?.held === undefined ? 0 : (this.#editsOfHeld.get(asked.mutation) ?? 0)
  }

  #tooMany(asked: Asked | undefined): Trap | undefined {
    const { heldMax, pausesMax } = this.#parts.budget
    if (this.#parts.heldCount() >= heldMax)
      return new Trap('budget', `the plugin holds ${heldMax} messages already`)
    if ((asked?.held?.pauses ?? 0) < pausesMax) return undefined
    return new Trap('budget', `the plugin has paused one message ${pausesMax} times`)
  }
}
