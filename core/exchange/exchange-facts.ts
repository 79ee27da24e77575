/**
 * ExchangeFacts: what is known of an exchange: as filters see it ({@link Exchange}), as they are told how it ended
 * ({@link Outcome}), and what connections, the wheel and the upstream keep in it, so that they need nothing of their own.
 * It decides nothing. All fields stand here, are only declared and set in the constructor, and neither this class nor those
 * that extend it have private ones: where a class sets fields in any other way, the engine looks for the constructor anew with
 * every exchange that is made of a class behind it, and builds it in a function of its own (20 of 31 ns).
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
  declare readonly message: Message
  declare readonly downstream: Downstream
  declare readonly chain: FilterChain
  declare readonly startedMs: number
  declare readonly expectsReply: boolean
  // The connection's, for its list of exchanges in flight.
  declare serial: number
  declare next: ExchangeEnding | undefined
  declare previous: ExchangeEnding | undefined
  /** The order of replies, where the protocol has no ids: whoever is next, what is written before its turn, and how far it is. */
  declare behind: ExchangeEnding | undefined
  declare early: ByteWriter | undefined
  declare place: 'none' | 'due' | 'over'
  /** Where a message of it comes in pieces. */
  declare pieces: ExchangePieces | undefined
  // The wheel's.
  declare wheelNext: Deadline | undefined
  declare wheelPrevious: Deadline | undefined
  // The upstream's.
  declare upstreamId: number
  declare holder: RequestHolder | undefined
  declare admission: Admission | undefined
  declare upstreamEndpoint: Endpoint | undefined
  declare attempts: number
  declare endpointAddress: string
  // The outcome.
  declare result: Outcome['result']
  declare error: ErrorKind | undefined
  declare errorText: string
  declare response: Message | undefined
  declare responseBytes: number
  declare durationMs: number
  declare upstreamMs: number
  declare cluster: string
  // The way through the filters and the upstream.
  declare protected state: ExchangeState
  /** How many filters the request has reached. */
  declare protected seen: number
  /** The response filter that runs or waits, as a place in the chain's response steps. */
  declare protected step: number
  declare protected forwardedMs: number
  /** What is to be done when those before it have been sent. */
  declare protected forwarding: Forward | undefined
  declare protected timeoutMs: number
  declare private routeFound: Route | undefined
  declare private routeKnown: boolean
  declare private slots: unknown[] | undefined

  constructor(downstream: Downstream, chain: FilterChain, message: Message, startedMs: number) {
    this.message = message
    this.downstream = downstream
    this.chain = chain
    this.startedMs = startedMs
    this.expectsReply = message.kind !== 'oneway'
    this.serial = 0
    this.next = undefined
    this.previous = undefined
    this.behind = undefined
    this.early = undefined
    this.place = 'none'
    this.pieces = undefined
    this.wheelNext = undefined
    this.wheelPrevious = undefined
    this.upstreamId = 0
    this.holder = undefined
    this.admission = undefined
    this.upstreamEndpoint = undefined
    this.attempts = 0
    this.endpointAddress = ''
    this.result = 'ok'
    this.error = undefined
    this.errorText = ''
    this.response = undefined
    this.responseBytes = 0
    this.durationMs = 0
    this.upstreamMs = -1
    this.cluster = ''
    this.state = 'request'
    this.seen = 0
    this.step = 0
    this.forwardedMs = 0
    this.forwarding = undefined
    this.timeoutMs = 0
    this.routeFound = undefined
    this.routeKnown = false
    this.slots = undefined
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
    if (!this.routeKnown) {
      this.routeKnown = true
      this.routeFound = this.chain.routeSource?.route?.(this.message, this)
    }
    return this.routeFound
  }

  clearRoute(): void {
    this.routeKnown = false
    this.routeFound = undefined
  }

  get(filter: Filter): unknown {
    return this.slots?.[this.chain.filters.indexOf(filter)]
  }

  set(filter: Filter, value: unknown): void {
    if (this.slots === undefined) this.slots = new Array<unknown>(this.chain.filters.length)
    this.slots[this.chain.filters.indexOf(filter)] = value
  }

  /** A filter threw, or answered what is no verdict: it has answered with an error. */
  filterFailed(filter: Filter, error: unknown): Reply {
    return this.downstream.filterFailed(this.chain.names[this.chain.filters.indexOf(filter)] ?? '', error)
  }
}
