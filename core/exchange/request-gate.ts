/**
 * RequestGate: the requests of one client's connection, from being decoded to being over: how many there are at once, which of
 * them wait until others are done, and where the pieces of one go that comes in pieces.
 */
import type { Codec, LocalError, Message } from '../../sdk/index.ts'
import { HeldBytes } from '../net/held-bytes.ts'
import { BodyFlow } from './body-flow.ts'
import type { FilterChain } from './chain.ts'
import type { Downstream } from './downstream.ts'
import type { DownstreamOwner } from './downstream-owner.ts'
import { ActiveExchange } from './exchange.ts'
import type { ExchangeEnding } from './exchange-ending.ts'
import { ExchangeList } from './exchange-list.ts'
import { ExchangePieces } from './exchange-pieces.ts'
import { JoinedBody } from './joined-body.ts'
import type { ReplyWriter } from './reply-writer.ts'
import { Turns } from './turns.ts'

interface Held {
  readonly message: Message
  /** What it is answered with, when no filter shall see it. */
  readonly refusal: LocalError | undefined
  /** Its pieces, where it comes in pieces. */
  readonly flow: BodyFlow | undefined
}

export class RequestGate {
  readonly inFlight = new ExchangeList()
  /** Set where what is sent must be sent in order. */
  readonly turns: Turns | undefined
  readonly #downstream: Downstream
  readonly #owner: DownstreamOwner
  readonly #replies: ReplyWriter
  readonly #correlation: Codec['correlation']
  /** Whether what is in flight needs a connection of its own, and whether that is given back behind it. */
  #own = false
  #releasing = false
  /** Requests that wait until those in flight are done. */
  #held: Held[] = []
  /** Whether one that was held is beginning; it may end at once, and is not to begin the next from there. */
  #beginning = false
  /** Whether reading is stopped because too much is in flight. */
  #full = false
  /** Where the pieces go of the request that has begun and not ended. */
  #incoming: BodyFlow | JoinedBody | undefined = undefined
  /** Pieces of requests that cannot go on yet. */
  #heldPieces: HeldBytes | undefined = undefined

  constructor(downstream: Downstream, owner: DownstreamOwner, replies: ReplyWriter) {
    this.#downstream = downstream
    this.#owner = owner
    this.#replies = replies
    this.#correlation = downstream.codec.correlation
    this.turns = this.#correlation === 'fifo' ? new Turns() : undefined
  }

  /** Whether nothing is in flight and nothing waits. */
  get empty(): boolean {
    return this.inFlight.count === 0 && this.#held.length === 0
  }

  /** Bytes of requests that cannot go on yet. */
  get heldBytes(): number {
    return this.#heldPieces?.size ?? 0
  }

  /** A request has come; `refusal` is what it is answered with when no filter shall see it. */
  take(message: Message, refusal: LocalError | undefined, flow: BodyFlow | undefined): void {
    const ordered = this.#correlation !== 'id'
    if (ordered && (this.#held.length > 0 || this.#mustWait(message))) this.#hold({ message, refusal, flow })
    else this.#begin(message, refusal, flow)
  }

  /**
   * A request has begun that comes in pieces. It has a connection of its client's own for as long, so that nobody waits
   * for the rest of it but the client.
   */
  takeBeginning(message: Message): void {
    if (this.#owner.chain.needsWhole(message)) {
      this.#incoming = new JoinedBody(message, (whole) => this.take(whole, undefined, undefined))
      return
    }
    if (message.affinity === 'shared') message.affinity = 'release'
    this.#heldPieces ??= new HeldBytes(this.#downstream, this.#owner.limits)
    const flow = new BodyFlow(message, this.#heldPieces)
    this.#incoming = flow
    this.take(message, undefined, flow)
  }

  /** A piece of the request that has begun; false when none has. */
  takePiece(piece: Message): boolean {
    const incoming = this.#incoming
    if (incoming === undefined) return false
    if (piece.kind === 'stream-close') this.#incoming = undefined
    incoming.add(piece)
    return true
  }

  /** Nothing more comes: a request that has not ended never will. */
  cut(): void {
    this.refuseRest('the request was not sent to its end')
  }

  /** The rest of the request that has begun is not taken; false when nobody has to be told here, for its filters have not seen it. */
  refuseRest(text: string): boolean {
    const incoming = this.#incoming
    this.#incoming = undefined
    incoming?.cut(text)
    return incoming instanceof BodyFlow
  }

  /** An exchange is over, and its reply is written: what waits for that goes on. */
  ended(exchange: ExchangeEnding): void {
    if (this.turns?.empty === false) this.turns.pass(exchange)
    if (exchange.message.affinity !== 'shared') this.#endedOwn(exchange)
    if (this.inFlight.count === 0 && !this.#beginning) this.#beginHeld()
    if (this.#full && this.#load() <= this.#owner.options['exchanges-per-connection'] >>> 1) {
      this.#full = false
      this.#downstream.readEnable()
    }
  }

  /** Everything is answered with an error, in order. */
  failAll(kind: 'denied' | 'draining' | 'upstream_reset', text: string): void {
    const beginning = this.#beginning
    this.#beginning = true
    this.turns?.clear()
    for (const exchange of this.inFlight.oldestFirst()) exchange.fail(kind, text)
    // Held until then, for the connection may be waiting for the last of them to close.
    for (let held = this.#held.shift(); held !== undefined; held = this.#held.shift())
      this.#begin(held.message, { kind, text }, held.flow)
    this.#beginning = beginning
  }

  /** The client is gone. */
  abandon(): void {
    this.turns?.clear()
    this.#incoming = undefined
    for (const exchange of this.inFlight.oldestFirst()) exchange.abandon()
    this.#held = []
  }

  /** The client has ended its side: it does not wait for what may take hours. */
  abandonPatient(): void {
    for (const exchange of this.inFlight.oldestFirst()) if (exchange.message.waitMs > 0) exchange.abandon()
  }

  /** Begins those that were held, one after the other, until one of them has not ended at once. */
  #beginHeld(): void {
    this.#beginning = true
    for (let next = this.#held[0]; next !== undefined; next = this.#held[0]) {
      if (this.#mustWait(next.message)) break
      const held = this.#held.shift() ?? next
      this.#begin(held.message, held.refusal, held.flow)
    }
    this.#beginning = false
  }

  /** What the limit of exchanges counts: those in flight, replies that wait for their turn, and requests held. */
  #load(): number {
    return Math.max(this.inFlight.count, this.#replies.due) + this.#held.length
  }

  /** Requests on the client's own connection and on shared ones are never in flight together, lest they overtake. */
  #mustWait(message: Message): boolean {
    if (this.inFlight.count === 0) return false
    if (this.#correlation === 'exclusive') return true
    return this.#releasing || (message.affinity !== 'shared') !== this.#own
  }

  /** A request on the client's own connection is over, whatever came of it. */
  #endedOwn(exchange: ExchangeEnding): void {
    const { message, response, result } = exchange
    if (message.affinity === 'release') {
      this.#downstream.lease?.release(result === 'ok' && response?.kind === 'response')
      this.#downstream.lease = undefined
    } else if (message.kind === 'oneway' && result === 'error') {
      // It can be told nothing, and everything behind would go on as if this had arrived.
      this.#downstream.closeConnection(exchange.errorText)
    }
  }

  #begin(message: Message, refusal: LocalError | undefined, flow: BodyFlow | undefined): void {
    const exchange = this.#open(message, flow)
    this.#stopWhenFull()
    const refused = refusal ?? (flow === undefined ? undefined : unfit(flow, exchange.chain))
    if (refused !== undefined) exchange.fail(refused.kind, refused.text)
    else if (this.#owner.drain === 'refusing') exchange.fail('draining', 'the proxy is shutting down')
    else if (message.kind === 'drain') exchange.farewell()
    else exchange.start()
    if (this.#downstream.slow) this.#downstream.lease?.stop(true)
  }

  /** A method of its own, so that the constructor is compiled into it: behind all that is called above there would be no room. */
  #open(message: Message, flow: BodyFlow | undefined): ActiveExchange {
    const downstream = this.#downstream
    message.origin = downstream
    const exchange = new ActiveExchange(downstream, this.#owner.chain, message, downstream.readMs)
    if (flow !== undefined) exchange.pieces = new ExchangePieces(exchange, flow)
    this.inFlight.add(exchange)
    if (this.#correlation !== 'id') {
      this.#own = message.affinity !== 'shared'
      this.#releasing = message.affinity === 'release'
      this.#replies.begin(exchange)
    }
    return exchange
  }

  #hold(held: Held): void {
    this.#held.push(held)
    this.#stopWhenFull()
  }

  #stopWhenFull(): void {
    if (this.#full || this.#load() < this.#owner.options['exchanges-per-connection']) return
    this.#full = true
    this.#downstream.readDisable()
  }
}

/** Why a request in pieces that had to wait cannot go on now. */
function unfit(flow: BodyFlow, chain: FilterChain): LocalError | undefined {
  if (flow.cutText !== undefined) return { kind: 'bad_request', text: flow.cutText }
  if (!chain.wholeRequests) return undefined
  const text = 'a filter that reads whole bodies was added while this one came in pieces'
  return { kind: 'plugin_failed', text }
}
