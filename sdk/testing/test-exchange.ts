/** TestExchange: one exchange that a test drives through a filter, phase by phase. */
import type { Exchange, Filter, Outcome, Route } from '../filter.ts'
import type { Message } from '../message.ts'
import { type Edit, Mutation } from '../mutation.ts'
import { Pause, type Settled, type Verdict } from '../verdict.ts'
import { type FakeMessageOptions, fakeMessage } from './fake-message.ts'
import type { ManualClock } from './manual-clock.ts'

export interface TestExchangeOptions {
  readonly filter: Filter
  readonly clock: ManualClock
  readonly request: Message
  /** The route another filter would find; default: what the filter's own `route` finds. */
  readonly route?: Route
}

/** What a phase did: the verdict as the filter gave it, and the edits it recorded. */
export interface Phase {
  readonly verdict: Verdict | Promise<Verdict>
  readonly edits: readonly Edit[]
  readonly newBody: Buffer | undefined
}

export class TestExchange implements Exchange {
  readonly request: Message
  readonly localAddress = '127.0.0.1:20880'
  readonly startedMs: number
  ended = false
  readonly #filter: Filter
  readonly #clock: ManualClock
  readonly #slots = new Map<Filter, unknown>()
  readonly #givenRoute: Route | undefined
  #foundRoute: Route | undefined = undefined
  #routeKnown = false
  #response: Message | undefined = undefined

  constructor(options: TestExchangeOptions) {
    this.request = options.request
    this.#filter = options.filter
    this.#clock = options.clock
    this.#givenRoute = options.route
    this.startedMs = options.clock.nowMs
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
    if (this.#givenRoute !== undefined) return this.#givenRoute
    if (!this.#routeKnown) this.#foundRoute = this.#filter.route?.(this.request, this)
    this.#routeKnown = true
    return this.#foundRoute
  }

  clearRoute(): void {
    this.#routeKnown = false
  }

  get(filter: Filter): unknown {
    return this.#slots.get(filter)
  }

  set(filter: Filter, value: unknown): void {
    this.#slots.set(filter, value)
  }

  onRequest(): Phase {
    const mutation = mutationOf(this.request)
    const verdict = this.#filter.onRequest?.(this.request, mutation, this)
    return { verdict, edits: mutation.edits, newBody: mutation.newBody }
  }

  onResponse(response: FakeMessageOptions = {}): Phase {
    const message = fakeMessage({ kind: 'response', protocol: this.protocol, ...response })
    this.#response = message
    const mutation = mutationOf(message)
    const verdict = this.#filter.onResponse?.(message, mutation, this)
    return { verdict, edits: mutation.edits, newBody: mutation.newBody }
  }

  /** A frame of a streaming call, in either direction. */
  onStreamData(frame: FakeMessageOptions = {}): Phase {
    const message = fakeMessage({ kind: 'stream-data', protocol: this.protocol, ...frame })
    const mutation = mutationOf(message)
    const verdict = this.#filter.onStreamData?.(message, mutation, this)
    return { verdict, edits: mutation.edits, newBody: mutation.newBody }
  }

  /** Ends the exchange; what is not given is what a request that went well would have. */
  onEnd(given: Partial<Outcome> = {}): Outcome {
    const outcome: Outcome = {
      result: 'ok',
      error: undefined,
      errorText: '',
      response: this.#response,
      requestBytes: this.request.size,
      responseBytes: this.#response?.size ?? 0,
      startedMs: this.startedMs,
      durationMs: this.#clock.nowMs - this.startedMs,
      upstreamMs: -1,
      cluster: '',
      endpoint: '',
      attempts: 1,
      flags: [],
      ...given,
    }
    this.ended = true
    this.#filter.onEnd?.(this, outcome)
    return outcome
  }
}

/** The verdict that a phase comes to once promises and pauses are over. */
export async function settled(phase: Phase): Promise<Settled> {
  const verdict = await phase.verdict
  if (!(verdict instanceof Pause)) return verdict ?? 'continue'
  return new Promise((resolve) => verdict.wait(resolve))
}

function mutationOf(message: Message): Mutation {
  message.mutation ??= new Mutation()
  return message.mutation
}
