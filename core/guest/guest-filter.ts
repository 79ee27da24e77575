/**
 * GuestFilter: a plugin as a filter. It writes the block, calls the guest, checks what it answers, and only then does
 * it. Whatever the guest does wrong ends its instance and is answered by the policy; the proxy notices nothing else.
 */

import { abi } from '../../sdk/abi/abi.ts'
import {
  type Exchange,
  type Filter,
  type FilterContext,
  type Metadata,
  type Mutation,
  Pause,
  type Route,
  type Verdict,
} from '../../sdk/index.ts'
import { AnswerTaker } from './answer-taker.ts'
import { type BlockTimes, BlockWriter } from './block.ts'
import { Breaker } from './breaker.ts'
import type { CallSink } from './call-sink.ts'
import type { Declaration } from './declaration.ts'
import { EndTeller } from './end-teller.ts'
import type { GuestBudget } from './guest-budget.ts'
import { type FailurePolicy, GuestHealth } from './guest-health.ts'
import type { GuestAnswer } from './guest-instance.ts'
import type { GuestServices } from './guest-services.ts'
import { GuestState } from './guest-state.ts'
import type { GuestStats } from './guest-stats.ts'
import type { Instances } from './instances.ts'
import { isLater, type Later, LaterAnswer } from './later-answer.ts'
import { type LaterAnswered, LaterMessage, type LaterMessageParts } from './later-message.ts'
import { OpCheck } from './op-check.ts'
import { PausedMessages } from './paused-messages.ts'
import { RouteNumbers } from './route-numbers.ts'
import type { BlockUse, SharedBlocks } from './shared-blocks.ts'
import { Trap } from './trap.ts'
import { TurnShare } from './turn-share.ts'

export interface GuestFilterParts {
  readonly plugin: string
  readonly declaration: Declaration
  readonly instances: Instances
  readonly grants: number
  readonly policy: FailurePolicy
  readonly budget: GuestBudget
  readonly stats: GuestStats
  readonly sink: CallSink
  /** Whether instances answer with promises. */
  readonly remote: boolean
  /** What its messages may spend before others have their turn. */
  readonly fuelPerTurn: number
  /** What routes configure, as they have it, in JSON: the first is configuration 1. */
  readonly routeConfigs: readonly string[]
  readonly context: FilterContext
  readonly services: GuestServices
}

const { phase, phaseBit } = abi
/** Handles begin anew behind this one, by when the exchanges of the first ones are long over. */
const HANDLE_MAX = 0x3fff_ffff
const NO_TIMES = Object.freeze({ nowMs: 0, wallMs: 0 })

export class GuestFilter implements Filter {
  readonly onResponse?: NonNullable<Filter['onResponse']>
  readonly onStreamData?: NonNullable<Filter['onStreamData']>
  readonly onEnd?: NonNullable<Filter['onEnd']>
  readonly wholeBodies: NonNullable<Filter['wholeBodies']>
  readonly reads: readonly string[]
  /** What it hands over to the version that takes its place. */
  readonly state: GuestState
  readonly #parts: GuestFilterParts
  /** One for each phase, for what they leave standing. */
  readonly #requestBlocks: BlockUse
  readonly #responseBlocks: BlockUse
  readonly #streamBlocks: BlockUse
  readonly #routeNumbers: RouteNumbers
  readonly #health: GuestHealth
  readonly #taker: AnswerTaker
  readonly #paused: PausedMessages
  readonly #share: TurnShare
  /** Whether a handle has to be remembered from one phase to the next. */
  readonly #lasting: boolean
  readonly #times: BlockTimes
  readonly #asksRequests: boolean
  readonly #answered: LaterAnswered = (message, answer) => this.#hear(message, answer)
  #lastHandle = 0

  constructor(parts: GuestFilterParts) {
    const { declaration, budget, context, services, grants } = parts
    this.#parts = parts
    const { request, response } = declaration
    // Whoever may read every key would not see which are missing.
    this.wholeBodies = { request: request.body || request.allKeys, response: response.body }
    this.reads = request.keys
    const check = new OpCheck(budget.ops, grants)
    this.#routeNumbers = new RouteNumbers(parts.plugin, parts.routeConfigs)
    const numbered = this.#routeNumbers.any
    const blocks = services.blocks ?? ownBlocks
    this.#requestBlocks = blocks.take(phase.request, declaration.request, numbered)
    this.#responseBlocks = blocks.take(phase.response, declaration.response, numbered)
    this.#streamBlocks = blocks.take(phase.streamData, declaration.stream, numbered)
    this.#share = new TurnShare({
      fuelMax: parts.fuelPerTurn,
      turns: services.turns,
      defer: (work) => services.defer(work),
    })
    this.#health = new GuestHealth({
      ...parts,
      share: this.#share,
      breaker: new Breaker(budget, context.clock),
      log: context.log,
    })
    this.#times = (grants & abi.grant.clock) === 0 ? NO_TIMES : context.clock
    this.#taker = new AnswerTaker({
      ...parts,
      ...{ check, health: this.#health, share: this.#share },
      heldCount: () => this.#paused.count,
      hold: (said, asked) => this.#paused.hold(said, asked),
    })
    this.#paused = new PausedMessages({
      ...parts,
      ...{ health: this.#health, share: this.#share },
      ...{ routeNumbers: this.#routeNumbers, times: this.#times },
      readsOf: (during) => this.#blocksOf(during).reads,
      take: (instance, answer, asked) => this.#taker.take(instance, answer, asked),
    })
    this.state = new GuestState({
      declared: (declaration.phases & phaseBit.state) !== 0,
      health: this.#health,
      check,
      sink: parts.sink,
      times: () => this.#times,
    })
    this.#lasting = (declaration.phases & ~(phaseBit.request | phaseBit.state)) !== 0
    this.#asksRequests = (declaration.phases & phaseBit.request) !== 0
    const holds = (grants & (abi.grant.timers | abi.grant.callOut)) !== 0
    if ((declaration.phases & phaseBit.response) !== 0) {
      this.onResponse = (metadata, mutation, exchange) =>
        this.#ask(metadata, mutation, exchange, phase.response)
    }
    if ((declaration.phases & phaseBit.streamData) !== 0) {
      this.onStreamData = (metadata, mutation, exchange) =>
        this.#ask(metadata, mutation, exchange, phase.streamData)
    }
    const ends = this.asksEnds ? this.#endTeller() : undefined
    if (ends !== undefined || holds) {
      this.onEnd = (exchange, outcome) => {
        this.#paused.forget(exchange)
        ends?.tell({
          ...{ request: exchange.request, outcome },
          ...{ handle: this.#handleOf(exchange), config: this.#routeNumbers.of(exchange) },
        })
      }
    }
  }

  /** What the last call spent, for somebody who watches. */
  get fuelSpent(): number | undefined {
    return this.#parts.instances.spent
  }

  /** Whether the plugin itself is told how exchanges end. */
  get asksEnds(): boolean {
    return (this.#parts.declaration.phases & phaseBit.end) !== 0
  }

  /** Whether its guest answers later, from another process. */
  get remote(): boolean {
    return this.#parts.remote
  }

  /** Sizes of what the instances occupy, for reports. */
  get memoryBytes(): number {
    return this.#parts.instances.memoryBytes
  }

  onRequest(metadata: Metadata, mutation: Mutation, exchange: Exchange): Verdict {
    return this.#asksRequests ? this.#ask(metadata, mutation, exchange, phase.request) : undefined
  }

  onRoute(route: Route): void {
    this.#routeNumbers.learn(route)
  }

  onDestroy(): void {
    this.#requestBlocks.release()
    this.#responseBlocks.release()
    this.#streamBlocks.release()
    this.#paused.close()
    this.#health.close()
  }

  #ask(metadata: Metadata, mutation: Mutation, exchange: Exchange, during: number): Verdict {
    if (this.#share.used) return this.#askLater(metadata, mutation, exchange, during)
    const instance = this.#health.instance()
    if (instance === undefined) return this.#health.refusal()
    const handle = this.#lasting ? this.#handleOf(exchange) : this.#nextHandle()
    const { writer, reads } = during === phase.request ? this.#requestBlocks : this.#blocksOf(during)
    const config = this.#routeNumbers.of(exchange)
    const times = this.#times
    const accompanied = during === phase.response && this.#parts.declaration.requestWithResponse
    if (accompanied || !writer.again(metadata, handle, reads, config, times)) {
      writer.begin(during, times)
      writer.message(metadata, handle, reads, config)
      if (accompanied) writer.message(exchange.request, 0, this.#parts.declaration.request, config)
      writer.finish()
      const { effortNs } = writer
      if (effortNs > 0) this.#share.spendOfHost(effortNs)
    }
    const answer = instance.call(during, writer.bytes, writer.size)
    if (this.#taker.takeUsual(instance, answer, handle, mutation, exchange, during)) return undefined
    if (isLater(answer))
      return this.#later(answer, { instance, metadata, mutation, exchange, handle, phase: during })
    const asked = { metadata, mutation, exchange, handle, phase: during, held: undefined }
    return this.#taker.takeOther(instance, answer, asked)
  }

  /** A method of its own: one that makes what is done later keeps its arguments for it with every call. */
  #askLater(metadata: Metadata, mutation: Mutation, exchange: Exchange, during: number): Pause {
    return this.#share.hold(exchange, () => this.#ask(metadata, mutation, exchange, during))
  }

  #endTeller(): EndTeller {
    const { declaration, stats, budget } = this.#parts
    return new EndTeller({
      ...{ reads: declaration.request, numbered: this.#routeNumbers.any, times: this.#times },
      ...{ health: this.#health, share: this.#share, stats, waitingMax: budget.heldMax },
      obey: (answer) => {
        const said = this.#taker.obey(answer, phase.end, undefined)
        return said instanceof Trap ? said : undefined
      },
    })
  }

  /** An answer that comes later holds the message for so long; the exchange bounds that. */
  #later(answer: Later, parts: LaterMessageParts): Pause {
    const message = new LaterMessage(parts, this.#answered)
    if (answer instanceof LaterAnswer) answer.hear(message)
    else message.expect(answer)
    return message
  }

  /** What ended meanwhile is not touched any more. */
  #hear(message: LaterMessage, answer: GuestAnswer): void {
    const { instance } = message
    if (message.exchange.ended) {
      this.#health.unheard(instance, answer)
      return
    }
    const verdict = this.#taker.take(instance, answer, message)
    if (verdict instanceof Pause) message.follow(verdict)
    else message.resume(verdict ?? 'continue')
  }

  #blocksOf(during: number): BlockUse {
    if (during === phase.request) return this.#requestBlocks
    return during === phase.response ? this.#responseBlocks : this.#streamBlocks
  }

  /** Handles begin at 1 and stay with an exchange when the guest is called more than once about it. */
  #handleOf(exchange: Exchange): number {
    if (!this.#lasting) return this.#nextHandle()
    const known = exchange.get(this)
    if (typeof known === 'number') return known
    const handle = this.#nextHandle()
    exchange.set(this, handle)
    return handle
  }

  #nextHandle(): number {
    this.#lastHandle = this.#lastHandle === HANDLE_MAX ? 1 : this.#lastHandle + 1
    return this.#lastHandle
  }
}

/** Where filters share nothing. */
const ownBlocks: Pick<SharedBlocks, 'take'> = {
  take: (_phase, reads, numbered) => ({ writer: new BlockWriter(numbered), reads, release: () => undefined }),
}
