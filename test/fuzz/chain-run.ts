/**
 * ChainRun: one exchange on its way through a chain of guests, there and back, and what is expected of each step: who is
 * asked next, about which message, and how that looks by then.
 */

import { abi } from '../../sdk/abi/abi.ts'
import type { Edit, Exchange, Filter, Message, Outcome, Route, Settled } from '../../sdk/index.ts'
import { Mutation, Pause } from '../../sdk/index.ts'
import {
  differenceOf,
  type ExpectedMessage,
  expectedBlock,
  expectedFrame,
  handleOf,
} from './chain-expected.ts'
import type { GuestShape } from './chain-guest.ts'

const { phase: phases, phaseBit } = abi
const NO_TIMES = Object.freeze({ nowMs: 0, wallMs: 0 })

/** A filter of a chain, with the handles that its guest has seen. */
export interface Link {
  readonly filter: Filter
  readonly shape: GuestShape
  readonly numbered: boolean
  readonly handles: Map<number, ChainRun>
  /** What its guest mostly changes. */
  readonly usual: Edit[]
}

export interface ChainRunParts {
  readonly message: Message
  readonly frame: Buffer
  readonly chain: readonly Link[]
  readonly route: Route | undefined
  /** The number of the configuration that the route gives. */
  readonly config: number
  readonly host: ChainHost
}

export interface ChainHost {
  reply(id: number): { readonly message: Message; readonly frame: Buffer }
  /** The frame as it leaves, or why it does not. */
  written(message: Message, id: number): string
  /** A step is taken anew where this says so, else with the one before. */
  goesOn(): boolean
  fail(why: string): void
}

export class ChainRun implements Exchange {
  readonly localAddress = ''
  readonly startedMs = 0
  readonly request: Message
  ended = false
  /** Whether nobody holds it. */
  idle = true
  /** What a guest that is asked changes. */
  current: ExpectedMessage
  readonly #parts: ChainRunParts
  readonly #asRequest: ExpectedMessage
  readonly #slots = new Map<Filter, unknown>()
  readonly #lasting = new Map<Link, number>()
  /** What guests are to be told of its end, as it was when it ended. */
  readonly #endsDue = new Map<Link, Buffer>()
  #response: Message | undefined = undefined
  #at = 0
  #asking: Link | undefined = undefined
  /** Who holds it, and how often it has. */
  #heldBy: Link | undefined = undefined
  #pauses = 0
  #outcome: Outcome | undefined = undefined

  constructor(parts: ChainRunParts) {
    const { message, frame } = parts
    this.#parts = parts
    this.request = message
    this.#asRequest = { response: false, frame: Buffer.from(frame), origin: message.origin, ...asCame() }
    this.current = this.#asRequest
  }

  get id(): number {
    return this.request.idLow
  }
  get listener(): string {
    return this.request.listener
  }
  get protocol(): string {
    return this.request.protocol
  }
  get peer(): string {
    return this.request.peer
  }
  get route(): Route | undefined {
    return this.#parts.route
  }
  get state(): string {
    return `message ${this.id} at ${this.#at} of ${this.#parts.chain.length}${this.#response === undefined ? '' : ', back'}`
  }

  clearRoute(): void {}

  get(filter: Filter): unknown {
    return this.#slots.get(filter)
  }

  set(filter: Filter, value: unknown): void {
    this.#slots.set(filter, value)
  }

  uses(link: Link): boolean {
    return !this.ended && this.#parts.chain.includes(link)
  }

  /** Some filters more, until one holds it. */
  goOn(): void {
    do {
      const link = this.#link()
      if (link === undefined) this.#through()
      else this.#ask(link)
    } while (this.idle && !this.ended && this.#parts.host.goesOn())
  }

  end(): void {
    if (this.ended) return
    this.ended = true
    this.idle = false
    this.#asking = undefined
    const outcome = outcomeOf(this.request, this.#response)
    this.#outcome = outcome
    for (const link of this.#parts.chain) {
      if ((link.shape.phases & phaseBit.end) !== 0)
        this.#endsDue.set(link, expectedBlock(this.#expected(link, phases.end, 1)))
      link.filter.onEnd?.(this, outcome)
    }
  }

  /** Why what a guest is shown is not what it should be. */
  expect(link: Link, phase: number, block: Buffer): string | undefined {
    const handle = handleOf(block)
    const other = link.handles.get(handle)
    link.handles.set(handle, this)
    if (other !== undefined && other !== this)
      return `handle ${handle} of ${other.id} is that of ${this.id} as well`
    if (
      this.#lasting.has(link) &&
      link.shape.phases !== phaseBit.request &&
      this.#lasting.get(link) !== handle
    )
      return `message ${this.id} has had another handle`
    this.#lasting.set(link, handle)
    const expected = this.#due(link, phase, handle)
    if (expected === undefined)
      return `a guest is asked in phase ${phase} about message ${this.id}, out of its turn`
    return expected.equals(block)
      ? undefined
      : `phase ${phase} of message ${this.id}: ${differenceOf(block, expected)}`
  }

  /** The guest that is asked has said that it holds the message. */
  holds(link: Link): void {
    this.#heldBy = link
    this.#pauses++
  }

  #due(link: Link, phase: number, handle: number): Buffer | undefined {
    if (phase === phases.end) {
      const block = this.#endsDue.get(link)
      this.#endsDue.delete(link)
      block?.writeUInt32LE(handle, abi.header.bytes + abi.record.handle)
      return block
    }
    const asked = this.#response === undefined ? phases.request : phases.response
    const due = phase === phases.resume ? this.#heldBy === link : this.#asking === link && phase === asked
    this.#heldBy = undefined
    this.#asking = undefined
    return due && !this.ended ? expectedBlock(this.#expected(link, phase, handle)) : undefined
  }

  #expected(link: Link, phase: number, handle: number) {
    const { shape, numbered } = link
    const config = numbered ? this.#parts.config : undefined
    const shared = { phase, times: NO_TIMES, handle, config }
    const request = { message: this.#asRequest, reads: shape.request }
    if (phase === phases.end) return { ...shared, ...request, outcome: this.#outcome }
    const back = this.#response !== undefined
    const own = back ? { message: this.current, reads: shape.response } : request
    if (phase === phases.resume) {
      const paused = back ? phases.response : phases.request
      const resume = { reason: abi.resumeReason.timer, phase: paused, pauses: this.#pauses, text: '' }
      return { ...shared, ...own, resume }
    }
    const beside = back && (shape.wants & abi.want.requestWithResponse) !== 0 ? request : undefined
    return { ...shared, ...own, beside }
  }

  #link(): Link | undefined {
    const { chain } = this.#parts
    return this.#response === undefined ? chain[this.#at] : chain[chain.length - 1 - this.#at]
  }

  #ask(link: Link): void {
    const message = this.#response ?? this.request
    message.mutation ??= new Mutation()
    this.#asking = link
    this.#pauses = 0
    const verdict =
      this.#response === undefined
        ? link.filter.onRequest?.(message, message.mutation, this)
        : link.filter.onResponse?.(message, message.mutation, this)
    if (verdict instanceof Pause) {
      this.idle = false
      verdict.wait((settled) => this.#settled(settled))
    } else if (verdict instanceof Promise) throw new Error('nobody promises here')
    else this.#settled(verdict ?? 'continue')
  }

  #settled(verdict: Settled): void {
    if (this.ended) return
    this.#asking = undefined
    this.idle = true
    if (verdict === 'continue') this.#at++
    else this.end()
  }

  /** The chain is behind it: the message leaves, and a request is answered. */
  #through(): void {
    const { host } = this.#parts
    const message = this.#response ?? this.request
    const id = this.id + 1_000_000
    const written = host.written(message, id)
    const expected = expectedFrame(this.current, id)
    if (written !== expected) host.fail(`message ${this.id} leaves as ${written} and not as ${expected}`)
    if (this.#response !== undefined || this.request.kind !== 'request') this.end()
    else this.#answered()
  }

  #answered(): void {
    const { host } = this.#parts
    const { message: response, frame } = host.reply(this.id)
    this.#response = response
    this.#at = 0
    this.current = { response: true, frame: Buffer.from(frame), origin: response.origin, ...asCame() }
  }
}

function asCame(): { readonly edits: Edit[]; newBody: Buffer | undefined; problem: string | undefined } {
  return { edits: [], newBody: undefined, problem: undefined }
}

function outcomeOf(request: Message, response: Message | undefined): Outcome {
  const sizes = { requestBytes: request.size, responseBytes: response?.size ?? 0 }
  const times = { startedMs: 0, durationMs: 3, upstreamMs: 2 }
  const place = { cluster: 'demo', endpoint: '127.0.0.1:1', attempts: 1 }
  return { result: 'ok', error: undefined, errorText: '', response, flags: [], ...sizes, ...times, ...place }
}
