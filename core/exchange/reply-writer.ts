/**
 * ReplyWriter: what a client is sent: replies, errors and what comes unasked, in the order that the protocol demands, whole
 * or in pieces. What waits for a client that does not read is bounded here; in the middle of a reply nothing else is written.
 */
import type { ByteWriter, EncodeProblem, LocalError, LocalReply, Message } from '../../sdk/index.ts'
import type { Connection } from '../net/connection.ts'
import { Backpressure } from '../net/flow.ts'
import type { ConnectionCodec } from '../upstream/connection-codec.ts'
import type { ExchangeEnding } from './exchange-ending.ts'
import type { ListenerStats } from './listener-stats.ts'
import { type EarlyWriter, ReplyOrder } from './reply-order.ts'

/** What the listener says of it; the answers change with every reload. */
export interface ReplyWriterOwner {
  readonly stats: ListenerStats
  readonly backlogBytesMax: number
}

export class ReplyWriter implements EarlyWriter {
  /** The exchange whose reply is written in pieces now. */
  passing: ExchangeEnding | undefined = undefined
  readonly #owner: ReplyWriterOwner
  readonly #connection: Connection
  readonly #calls: ConnectionCodec
  readonly #order: ReplyOrder | undefined
  /** Upstreams that are read no further until the client has read the pieces it was sent. */
  #repliers: Backpressure | undefined = undefined
  /** What came unasked in the middle of a reply. */
  #unaskedLater: Message[] | undefined = undefined
  #closed = false

  constructor(owner: ReplyWriterOwner, connection: Connection, calls: ConnectionCodec) {
    this.#owner = owner
    this.#connection = connection
    this.#calls = calls
    this.#order = calls.codec.correlation === 'id' ? undefined : new ReplyOrder()
  }

  /** Whether replies are told by their order. */
  get ordered(): boolean {
    return this.#order !== undefined
  }

  /** Replies that have to be written or wait for their turn. */
  get due(): number {
    return this.#order === undefined ? 0 : this.#order.size
  }

  /** Bytes of replies that wait for their turn. */
  get earlyBytes(): number {
    return this.#order === undefined ? 0 : this.#order.earlyBytes
  }

  /** The exchange's reply has its place from now on. */
  begin(exchange: ExchangeEnding): void {
    if (exchange.expectsReply) this.#order?.begin(exchange)
  }

  /** Writes the upstream's reply, or the beginning of it; a problem means that nothing was written. */
  reply(exchange: ExchangeEnding, message: Message): EncodeProblem | undefined {
    const { message: request } = exchange
    const { idHigh, idLow, idText } = request
    const problem = this.#calls.encode(message, idHigh, idLow, this.#outFor(exchange), idText)
    if (problem !== undefined) {
      this.#owner.stats.encodeProblems.add(1)
      return problem
    }
    exchange.responseBytes = message.end - message.start
    this.#wrote()
    return undefined
  }

  /** Whether the exchange's reply is the next one to be written. */
  isNext(exchange: ExchangeEnding): boolean {
    return this.#order?.due(exchange) !== false
  }

  /** Writes a piece of a reply whose beginning was written. */
  replyPiece(exchange: ExchangeEnding, piece: Message): EncodeProblem | undefined {
    const problem = this.#calls.encode(piece, 0, 0, this.#connection.prepare(), undefined)
    if (problem !== undefined) {
      this.#owner.stats.encodeProblems.add(1)
      return problem
    }
    exchange.responseBytes += piece.size
    this.#wrote()
    const brake = exchange.pieces?.brake
    if (!this.#connection.congested || brake === undefined) return undefined
    this.#repliers ??= new Backpressure()
    this.#repliers.stop(brake)
    return undefined
  }

  /** The client has the beginning of a reply that will never be whole. */
  cutReply(exchange: ExchangeEnding): void {
    if (exchange.error !== undefined) this.#owner.stats.localError(exchange.error)
    this.#connection.destroy(exchange.errorText || 'a reply was ended by a filter')
  }

  /** Writes a reply that a filter made. */
  replyMessage(exchange: ExchangeEnding, reply: LocalReply): EncodeProblem | undefined {
    const { message, expectsReply } = exchange
    if (!expectsReply && this.#calls.codec.encodeOnewayReply === undefined) return undefined
    const problem = expectsReply
      ? this.#calls.encodeReply(message, reply, this.#outFor(exchange))
      : this.#calls.encodeOnewayReply(message, reply, this.#connection.prepare())
    if (problem === undefined) this.#wrote()
    return problem
  }

  replyError(exchange: ExchangeEnding, error: LocalError): void {
    this.#owner.stats.localError(error.kind)
    if (!exchange.expectsReply || this.#closed) return
    this.#calls.encodeError(exchange.message, error, this.#outFor(exchange))
    this.#wrote()
  }

  /** Writes the answer to a client that takes its leave. */
  replyDrain(exchange: ExchangeEnding): void {
    this.#calls.encodeDrainReply(exchange.message, this.#outFor(exchange))
    this.#wrote()
  }

  /** Writes what nobody asked for; false when it has to wait for the end of a reply. */
  unasked(message: Message): boolean {
    if (this.passing !== undefined) {
      this.#unaskedLater ??= []
      this.#unaskedLater.push(message)
      return false
    }
    if (message.kind !== 'stream-data' && message.kind !== 'stream-close') this.#owner.stats.unasked.add(1)
    const { idHigh, idLow, idText } = message
    const problem = this.#calls.encode(message, idHigh, idLow, this.#connection.prepare(), idText)
    if (problem === undefined) this.#wrote()
    if (message.rest > 0) this.#order?.hold()
    else if (message.kind === 'stream-close') this.#order?.goOn(this)
    return true
  }

  /** The exchange is over: its reply gives up its place. True when what had to wait for its end was written. */
  ended(exchange: ExchangeEnding): boolean {
    const passed = this.passing === exchange && this.#passed()
    if (this.#order === undefined) return passed
    this.#order.end(exchange, this)
    if (this.#order.earlyBytes > this.#owner.backlogBytesMax)
      this.#connection.destroy('too many replies wait for one that is due before')
    return passed
  }

  /** Writes a reply whose turn has come. */
  writeEarly(reply: Buffer): void {
    this.#connection.prepare().run(reply, 0, reply.length)
    this.#wrote()
  }

  /** The client has read what waited for it. */
  drained(): void {
    this.#repliers?.release()
  }

  close(): void {
    this.#closed = true
    this.#repliers?.release()
  }

  #passed(): boolean {
    this.passing = undefined
    this.#repliers?.release()
    const later = this.#unaskedLater
    if (later === undefined) return false
    this.#unaskedLater = undefined
    for (const message of later) this.unasked(message)
    return true
  }

  /** Where an exchange's reply goes: into the batch, or aside when others are to be answered first. */
  #outFor(exchange: ExchangeEnding): ByteWriter {
    return this.#order?.early(exchange) ?? this.#connection.prepare()
  }

  #wrote(): void {
    this.#connection.wrote()
    if (!this.#connection.congested || this.#connection.pendingBytes <= this.#owner.backlogBytesMax) return
    this.#connection.destroy('the client does not read its replies')
  }
}
