/**
 * ExchangeFacts: what is known of an exchange: as filters see it ({@link Exchange}), as they are told how it ended
 * ({@link Outcome}), and what connections, the wheel and the upstream keep in it, so that they need nothing of their own.
 * It decides nothing. All fields stand here, and the classes that extend this one have no private methods: each of either
 * there would cost every exchange 10 ns when it is made.
 */
import type {
  ByteWriter,
  Codec,
  ErrorKind,
  Exchange,
  ExchangeFlag,
  Filter,
  Forward,
  Message,
  Outcome,
  Reply,
  Route,
} from '../../sdk/index.ts'
import type { Deadline } from '../base/timing-wheel.ts'
import type { Endpoint } from '../upstream/endpoint.ts'
import type { Admission, RequestHolder, RequestSource } from '../upstream/request.ts'
import type { FilterChain } from './chain.ts'
import type { Downstream } from './downstream.ts'
import type { ExchangeEnding } from './exchange-ending.ts'
import type { ExchangePieces } from './exchange-pieces.ts'

/**
 * request => paused => request; request => upstream => response => paused-response => response => ended. Where the
 * codec works elsewhere, whatever is answered is `writing` until it is ready, then `response` again. Where requests keep
 * their order, one that is ready waits in `turn` for those before it, then goes `upstream`. A reply in pieces is in
 * `response` until its last piece is written.
 * Every state may go to ended.
 */
export type ExchangeState =
  | 'request'
  | 'paused'
  | 'turn'
  | 'upstream'
  | 'response'
  | 'paused-response'
  | 'writing'
  | 'ended'

export abstract class ExchangeFacts implements Exchange, Outcome {
  readonly message: Message
  readonly downstream: Downstream
  readonly chain: FilterChain
  readonly startedMs: number
  readonly expectsReply: boolean
  /** The connection's list of exchanges in flight. */
  next: ExchangeEnding | undefined = undefined
  previous: ExchangeEnding | undefined = undefined
  /** The order of replies, where the protocol has no ids: whoever is next, what is written before its turn, and how far it is. */
  behind: ExchangeEnding | undefined = undefined
  early: ByteWriter | undefined = undefined
  place: 'none' | 'due' | 'over' = 'none'
  /** Where a message of it comes in pieces. */
  pieces: ExchangePieces | undefined = undefined
  // The wheel's.
  deadlineMs = 0
  wheelNext: Deadline | undefined = undefined
  wheelPrevious: Deadline | undefined = undefined
  // The upstream's.
  upstreamId = 0
  holder: RequestHolder | undefined = undefined
  admission: Admission | undefined = undefined
  upstreamEndpoint: Endpoint | undefined = undefined
  attempts = 0
  endpointAddress = ''
  // The outcome.
  result: Outcome['result'] = 'ok'
  error: ErrorKind | undefined = undefined
  errorText = ''
  response: Message | undefined = undefined
  responseBytes = 0
  durationMs = 0
  upstreamMs = -1
  cluster = ''
  // The way through the filters and the upstream.
  protected state: ExchangeState = 'request'
  /** How many filters the request has reached. */
  protected seen = 0
  /** The response filter that runs or waits, as a place in the chain's response steps. */
  protected step = 0
  protected forwardedMs = 0
  /** What is to be done when those before it have been sent. */
  protected forwarding: Forward | undefined = undefined
  protected timeoutMs = 0
  #route: Route | undefined = undefined
  #routeKnown = false
  #slots: unknown[] | undefined = undefined

  constructor(downstream: Downstream, chain: FilterChain, message: Message, startedMs: number) {
    this.downstream = downstream
    this.chain = chain
    this.message = message
    this.startedMs = startedMs
    this.expectsReply = message.kind !== 'oneway'
    chain.enter()
  }

  abstract get ended(): boolean

  get listener(): string {
    return this.downstream.listener
  }

  get protocol(): string {
    return this.message.protocol
  }

  get peer(): string {
    return this.downstream.peer
  }

  get localAddress(): string {
    return this.downstream.localAddress
  }

  get request(): Message {
    return this.message
  }

  get requestBytes(): number {
    return this.message.size - (this.pieces?.missingBytes ?? 0)
  }

  get endpoint(): string {
    return this.endpointAddress
  }

  get flags(): readonly ExchangeFlag[] {
    const flags: ExchangeFlag[] = []
    if (this.attempts > 1) flags.push('retried')
    if (this.result === 'dropped') flags.push('dropped')
    if (this.result === 'downstream_gone') flags.push('downstream_gone')
    return flags
  }

  get source(): RequestSource {
    return this.downstream
  }

  get codec(): Codec {
    return this.downstream.codec
  }

  get route(): Route | undefined {
    if (!this.#routeKnown) {
      this.#routeKnown = true
      this.#route = this.chain.routeSource?.route?.(this.message, this)
    }
    return this.#route
  }

  clearRoute(): void {
    this.#routeKnown = false
    this.#route = undefined
  }

  get(filter: Filter): unknown {
    return this.#slots?.[this.chain.filters.indexOf(filter)]
  }

  set(filter: Filter, value: unknown): void {
    if (this.#slots === undefined) this.#slots = new Array<unknown>(this.chain.filters.length)
    this.#slots[this.chain.filters.indexOf(filter)] = value
  }

  /** A filter threw, or answered what is no verdict: it has answered with an error. */
  filterFailed(filter: Filter, error: unknown): Reply {
    return this.downstream.filterFailed(this.chain.names[this.chain.filters.indexOf(filter)] ?? '', error)
  }
}
