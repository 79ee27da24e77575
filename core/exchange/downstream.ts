/**
 * Downstream: one client's connection and the exchanges on it. It decodes requests, starts an exchange for each,
 * and writes replies in the order the protocol demands. Nothing that a client sends ends anything but its own
 * connection, and a connection that must end answers what is in flight first.
 */
import type { Socket } from 'node:net'
import type {
  ClusterHandle,
  Codec,
  DecoderSink,
  EncodeProblem,
  LocalError,
  LocalReply,
  MalformedCode,
  Message,
  Origin,
  Reply,
  Writing,
} from '../../sdk/index.ts'
import { type ByteWriter, replyError } from '../../sdk/index.ts'
import { thrownText } from '../base/thrown-text.ts'
import { Connection, type ConnectionHandler } from '../net/connection.ts'
import type { ConnectionLimits } from '../net/connection-limits.ts'
import { Backpressure } from '../net/flow.ts'
import { HeldBytes } from '../net/held-bytes.ts'
import type { Runtime } from '../net/runtime.ts'
import type { Cluster } from '../upstream/cluster.ts'
import { type CodecUser, ConnectionCodec } from '../upstream/connection-codec.ts'
import type { Lease } from '../upstream/lease.ts'
import type { Pool } from '../upstream/pool.ts'
import type { RequestSource } from '../upstream/request.ts'
import type { UpstreamConnection } from '../upstream/upstream-connection.ts'
import { BodyFlow } from './body-flow.ts'
import type { FilterChain } from './chain.ts'
import { ActiveExchange } from './exchange.ts'
import type { ExchangeEnding } from './exchange-ending.ts'
import { ExchangeList } from './exchange-list.ts'
import { ExchangePieces } from './exchange-pieces.ts'
import { JoinedBody } from './joined-body.ts'
import type { ListenerStats } from './listener-stats.ts'
import { Liveness, type LivenessFinding } from './liveness.ts'
import type { ListenerOptions } from './options.ts'
import { ReplyOrder } from './reply-order.ts'
import { Sniffer } from './sniffer.ts'
import { Turns } from './turns.ts'

/** What a connection asks of its listener; the answers change with every reload. */
export interface DownstreamOwner {
  readonly name: string
  readonly options: ListenerOptions
  readonly chain: FilterChain
  readonly codecs: readonly Codec[]
  readonly stats: ListenerStats
  readonly runtime: Runtime
  readonly limits: ConnectionLimits
  readonly backlogBytesMax: number
  readonly drain: DrainPhase
  findCluster(cluster: ClusterHandle | string): Cluster | undefined
  onClosed(downstream: Downstream): void
}

/** `serving`: connections are closed when they fall quiet; `refusing`: new requests are answered with an error. */
export type DrainPhase = 'no' | 'serving' | 'refusing'

interface Held {
  readonly message: Message
  readonly refusal: LocalError | undefined
  /** Its pieces, where it comes in pieces. */
  readonly flow: BodyFlow | undefined
}

/**
 * sniffing => open; open => finishing (no further request is read; closes when nothing is in flight) => closed;
 * every state => closed.
 */
type State = 'sniffing' | 'open' | 'finishing' | 'closed'

export class Downstream implements ConnectionHandler, DecoderSink, RequestSource, Origin, CodecUser {
  readonly listener: string
  readonly runtime: Runtime
  readonly #owner: DownstreamOwner
  readonly #connection: Connection
  #calls: ConnectionCodec | undefined = undefined
  #sniffer: Sniffer | undefined = undefined
  #state: State = 'sniffing'
  #order: ReplyOrder | undefined = undefined
  /** Set where what is sent must be sent in order. */
  turns: Turns | undefined = undefined
  readonly #writeEarly = (reply: Buffer): void => {
    this.#connection.prepare().run(reply, 0, reply.length)
    this.#wrote()
  }
  readonly homes = new Map<Pool, UpstreamConnection>()
  lease: Lease | undefined = undefined
  /** Whether what is in flight needs a connection of its own, and whether that is given back behind it. */
  #own = false
  #releasing = false
  /** Requests that wait until those in flight are done. */
  #held: Held[] = []
  readonly #inFlight = new ExchangeList()
  /** Whether one that was held is beginning; it may end at once, and is not to begin the next from there. */
  #beginning = false
  /** Whether reading is stopped because too much is in flight, or because the client does not read. */
  #full = false
  #slow = false
  /** Reading is stopped until the decoder has looked at what it has. */
  #unseen = false
  /** The client has ended its side, and what it sent last has not been looked at yet. */
  #halfClosed = false
  readonly #liveness: Liveness
  #drainTold = false
  /** Where the pieces go of the request that has begun and not ended. */
  #incoming: BodyFlow | JoinedBody | undefined = undefined
  /** Pieces of requests that cannot go on yet. */
  #heldPieces: HeldBytes | undefined = undefined
  /** The exchange whose reply is written in pieces now: nothing else is written before its end. */
  passing: ExchangeEnding | undefined = undefined
  /** Upstreams that are read no further until the client has read the pieces it was sent. */
  readonly #repliers = new Backpressure()
  /** What came unasked in the middle of a reply. */
  #unaskedLater: Message[] = []

  constructor(socket: Socket, owner: DownstreamOwner) {
    this.#owner = owner
    this.listener = owner.name
    this.runtime = owner.runtime
    this.#liveness = new Liveness(owner.runtime.clock.nowMs)
    const only = owner.codecs.length === 1 && owner.options.protocol !== 'auto' ? owner.codecs[0] : undefined
    this.#connection = new Connection(socket, owner.runtime.turn, this, owner.limits)
    if (only === undefined)
      this.#sniffer = new Sniffer(owner.codecs, (codec, error) =>
        this.#codecThrew(codec.name, thrownText(error)),
      )
    else this.#speak(only)
  }

  get options(): ListenerOptions {
    return this.#owner.options
  }

  get peer(): string {
    return this.#connection.peer
  }

  get localAddress(): string {
    return this.#connection.localAddress
  }

  /** The protocol spoken here; a connection whose protocol is not known yet has no exchanges that could ask. */
  get codec(): Codec {
    return this.#spoken().codec
  }

  /** The codec, once it is known. */
  get spokenCodec(): Codec | undefined {
    return this.#calls?.codec
  }

  // A method: a private getter is a call into the engine, each time.
  #spoken(): ConnectionCodec {
    if (this.#calls === undefined) throw new Error('the protocol of this connection is not known yet')
    return this.#calls
  }

  get inFlight(): number {
    return this.#inFlight.count
  }

  /** Bytes that wait to be written to the client, or for whoever takes its requests. */
  get waitingBytes(): number {
    return this.#connection.pendingBytes + (this.#heldPieces?.size ?? 0) + (this.#order?.earlyBytes ?? 0)
  }

  /** What may wait for the client at most. */
  get backlogBytesMax(): number {
    return this.#owner.backlogBytesMax
  }

  get alone(): boolean {
    return this.#inFlight.count <= 1
  }

  readDisable(): void {
    this.#owner.stats.pauses.add(1)
    this.#connection.readDisable()
  }

  readEnable(): void {
    this.#connection.readEnable()
  }

  findCluster(cluster: ClusterHandle | string): Cluster | undefined {
    return this.#owner.findCluster(cluster)
  }

  onBytes(chunk: Buffer): void {
    this.runtime.clock.refresh()
    this.#liveness.read(this.runtime.clock.nowMs)
    if (this.#state === 'open') this.#decode(chunk)
    else if (this.#state === 'sniffing') this.#sniff(chunk)
  }

  message(message: Message): void {
    // The rest of what comes in pieces is waited for like that of any frame.
    if (message.rest === 0 && message.kind !== 'stream-data') this.#liveness.framed()
    if (this.#state !== 'open') return
    switch (message.kind) {
      case 'request':
      case 'oneway':
        this.#liveness.used(this.#liveness.readMs)
        if (message.rest === 0) this.#take(message, undefined, undefined)
        else this.#takeBeginning(message)
        return
      case 'stream-data':
      case 'stream-close':
        this.#takePiece(message)
        return
      case 'heartbeat':
        this.#liveness.used(this.#liveness.readMs)
        if (this.passing !== undefined) return
        this.#owner.stats.heartbeats.add(1)
        this.prepare({ kind: 'heartbeat-reply', heartbeat: message }, () => {
          this.#calls?.encodeHeartbeatReply(message, this.#connection.prepare())
          this.#connection.wrote()
        })
        return
      case 'heartbeat-reply':
        return
      case 'drain':
        if (this.codec.encodeDrainReply === undefined) return
        this.#take(message, undefined, undefined)
        this.#finish()
        return
      default:
        this.malformed('unexpected', `a caller sent a message of kind ${message.kind}`)
    }
  }

  need(bytes: number): void {
    if (this.#state === 'closed') return
    this.#liveness.need(bytes)
    if (this.#unseen || this.#halfClosed) this.#seen()
  }

  refused(message: Message, text: string): void {
    this.#liveness.framed()
    if (this.#state !== 'open') return
    this.#liveness.used(this.#liveness.readMs)
    this.runtime.sampledLog('refused')?.warn('a caller sent what is not taken', {
      listener: this.listener,
      peer: this.peer,
      text,
    })
    if (message.kind === 'request' || message.kind === 'oneway')
      this.#take(message, { kind: 'bad_request', text }, undefined)
  }

  malformed(code: MalformedCode, text: string, refused?: Message): void {
    if (this.#state === 'closed') return
    this.#owner.stats.malformed.add(1)
    this.runtime.sampledLog('malformed')?.warn('a caller sent what cannot be understood', {
      listener: this.listener,
      peer: this.peer,
      code,
      text,
    })
    if (refused !== undefined && this.#state === 'open')
      this.#take(refused, { kind: 'bad_request', text }, undefined)
    this.#finish()
  }

  /** Nothing can be written here any more, so nobody is answered. */
  codecFailed(text: string): void {
    this.#codecThrew(this.#calls?.codec.name ?? '', text)
    this.#connection.destroy('the codec failed')
  }

  onHalfClose(): void {
    // What the client sent before may still be on its way through the decoder; it has no longer than any frame has.
    this.#halfClosed = this.#state === 'open' && (this.#calls?.unseenBytes ?? 0) > 0
    if (this.#halfClosed) this.#liveness.need(1)
    else this.#clientEnded()
  }

  onClose(): void {
    this.#state = 'closed'
    this.#calls?.close()
    this.runtime.clock.refresh()
    this.turns?.clear()
    this.#incoming = undefined
    for (const exchange of this.#inFlight.oldestFirst()) exchange.abandon()
    this.#held = []
    this.#repliers.release()
    this.lease?.release(false)
    this.lease = undefined
    this.#owner.onClosed(this)
  }

  onHighWatermark(): void {
    if (this.#slow) return
    this.#slow = true
    this.lease?.stop(true)
    this.readDisable()
  }

  onLowWatermark(): void {
    if (!this.#slow) return
    this.#slow = false
    this.lease?.stop(false)
    this.readEnable()
    this.#repliers.release()
  }

  onUnasked(message: Message): void {
    if (this.#state === 'closed') return
    if (this.passing !== undefined) {
      this.#unaskedLater.push(message)
      this.lease?.stop(true)
      return
    }
    this.#owner.stats.unasked.add(1)
    this.#liveness.used(this.runtime.clock.nowMs)
    const problem = this.#spoken().encode(
      message,
      message.idHigh,
      message.idLow,
      this.#connection.prepare(),
      message.idText,
    )
    if (problem === undefined) this.#wrote()
  }

  /** What the client had left on its own connection is lost, so it must not go on as if it were there. */
  onLeaseLost(lease: Lease, reason: string): void {
    if (this.lease !== lease) return
    this.lease = undefined
    if (!lease.dirty || this.#state === 'closed') return
    this.#failAll('upstream_reset', `this client's own connection is lost: ${reason}`)
    this.#finish()
  }

  /** Goes on when this can be written, which for a codec that works elsewhere is later; never when the connection ends before. */
  prepare(writing: Writing, next: () => void): void {
    this.#spoken().prepare(writing, next)
  }

  /** Writes the upstream's reply; a problem means that nothing was written. */
  reply(exchange: ExchangeEnding, message: Message): EncodeProblem | undefined {
    const { message: request } = exchange
    const { idHigh, idLow, idText } = request
    const problem = this.#spoken().encode(message, idHigh, idLow, this.#outFor(exchange), idText)
    if (problem !== undefined) {
      this.#owner.stats.encodeProblems.add(1)
      return problem
    }
    exchange.responseBytes = message.end - message.start
    this.#wrote()
    return undefined
  }

  /** Whether the exchange's reply is the next one to be written. */
  due(exchange: ExchangeEnding): boolean {
    return this.#order?.due(exchange) !== false
  }

  /** Writes a piece of a reply whose beginning was written. */
  replyPiece(exchange: ExchangeEnding, piece: Message): EncodeProblem | undefined {
    const problem = this.#spoken().encode(piece, 0, 0, this.#connection.prepare(), undefined)
    if (problem !== undefined) {
      this.#owner.stats.encodeProblems.add(1)
      return problem
    }
    exchange.responseBytes += piece.size
    this.#wrote()
    const brake = exchange.pieces?.brake
    if (this.#connection.congested && brake !== undefined) this.#repliers.stop(brake)
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
    const problem = expectsReply
      ? this.#spoken().encodeReply(message, reply, this.#outFor(exchange))
      : this.#spoken().encodeOnewayReply(message, reply, this.#connection.prepare())
    if (problem === undefined) this.#wrote()
    return problem
  }

  replyError(exchange: ExchangeEnding, error: LocalError): void {
    this.#owner.stats.localError(error.kind)
    if (!exchange.expectsReply || this.#state === 'closed') return
    this.#spoken().encodeError(exchange.message, error, this.#outFor(exchange))
    this.#wrote()
  }

  /** Writes the answer to a client that takes its leave. */
  replyDrain(exchange: ExchangeEnding): void {
    this.#spoken().encodeDrainReply(exchange.message, this.#outFor(exchange))
    this.#wrote()
  }

  /** A filter of one of our exchanges threw: it has answered with an error. */
  filterFailed(name: string, error: unknown): Reply {
    this.#owner.stats.filterFailures.add(1)
    this.runtime.sampledLog('filter_failed')?.error('a filter threw', {
      listener: this.listener,
      filter: name,
      error: thrownText(error),
    })
    return replyError('plugin_failed', `filter ${name} failed`)
  }

  /** An exchange is over, whatever came of it. */
  ended(exchange: ExchangeEnding): void {
    this.#inFlight.remove(exchange)
    this.#liveness.used(this.runtime.clock.nowMs)
    if (this.#state === 'closed') return
    if (this.passing === exchange) this.#passed()
    if (this.#order !== undefined) this.#inOrder(this.#order, exchange)
    if (this.turns?.empty === false) this.turns.pass(exchange)
    if (exchange.message.affinity !== 'shared') this.#endedOwn(exchange)
    if (this.#inFlight.count === 0 && !this.#beginning) this.#beginHeld()
    if (this.#full && this.#load() <= this.options['exchanges-per-connection'] >>> 1) {
      this.#full = false
      this.readEnable()
    }
    if (this.#inFlight.count === 0 && this.#held.length === 0 && this.#state === 'finishing')
      this.#connection.closeAfterFlush()
  }

  /** Ends the connection: what else is in flight is answered with an error first. */
  closeConnection(reason: string): void {
    this.#failAll('denied', `the connection is closed: ${reason}`)
    this.#finish()
  }

  /** The time to drain is over: everything is answered, and a moment later the connection is to be closed. */
  drainNow(close: boolean): void {
    this.#failAll('draining', 'the proxy is shutting down')
    if (close) this.#finish()
  }

  /** Drops the connection now. */
  destroy(reason: string): void {
    this.#connection.destroy(reason)
  }

  /** Looked at regularly: everything here that may wait has a limit. */
  sweep(nowMs: number): void {
    this.#connection.sweep(nowMs)
    const { options, drain } = this.#owner
    if (this.#state === 'sniffing') {
      if (nowMs - this.#liveness.openedMs > options['sniff-timeout'] || drain !== 'no')
        this.#connection.destroy('no protocol')
      return
    }
    if (this.#state !== 'open') return
    if (drain !== 'no') this.#tellDrain()
    else if (this.#connection.readDisabled) {
      this.#liveness.excuse(nowMs)
      return
    }
    this.#obey(this.#judge(nowMs))
  }

  /** Once: the client is asked to send nothing more here, where its protocol can say that. */
  #tellDrain(): void {
    if (this.#drainTold || this.passing !== undefined) return
    this.#drainTold = true
    this.#calls?.encodeDrain(this.#connection.prepare())
    this.#connection.wrote()
  }

  #judge(nowMs: number): LivenessFinding {
    return this.#liveness.judge({
      nowMs,
      options: this.options,
      draining: this.#owner.drain !== 'no',
      busy: this.#inFlight.count > 0,
      heartbeats: this.codec.encodeHeartbeat !== undefined,
    })
  }

  #obey(finding: LivenessFinding): void {
    switch (finding) {
      case 'fine':
        return
      case 'heartbeat':
        this.#calls?.encodeHeartbeat(this.#connection.prepare())
        this.#connection.wrote()
        return
      case 'drained':
        this.#finish()
        return
      case 'late':
      case 'idle':
      case 'dead':
        this.#owner.stats.timeouts.add(1)
        this.#finish()
    }
  }

  #speak(codec: Codec): void {
    this.#calls = new ConnectionCodec(codec, this)
    this.#sniffer = undefined
    if (codec.correlation !== 'id') this.#order = new ReplyOrder()
    if (codec.correlation === 'fifo') this.turns = new Turns()
    this.#state = 'open'
    this.#calls.open('request', {
      bodyBytesMax: this.#owner.options['body-size-max'],
      piecesFromBytes: codec.correlation === 'id' ? undefined : this.#owner.options['pieces-from'],
    })
    if (codec.encodePreface === undefined) return
    this.#calls.encodePreface('request', this.#connection.prepare())
    this.#connection.wrote()
  }

  #decode(chunk: Buffer): void {
    const calls = this.#spoken()
    calls.decode(chunk, this)
    if (this.#unseen || calls.unseenBytes <= this.#owner.limits.highWatermarkBytes) return
    this.#unseen = true
    this.readDisable()
  }

  /** A decoder that works elsewhere has looked at something. */
  #seen(): void {
    const unseenBytes = this.#calls?.unseenBytes ?? 0
    if (this.#unseen && unseenBytes <= this.#owner.limits.lowWatermarkBytes) {
      this.#unseen = false
      this.readEnable()
    }
    if (this.#halfClosed && unseenBytes === 0) this.#clientEnded()
  }

  #sniff(chunk: Buffer): void {
    const sniffer = this.#sniffer
    const codec = sniffer?.add(chunk)
    if (sniffer === undefined || codec === undefined || codec === 'more') return
    if (codec === 'none') {
      this.#owner.stats.malformed.add(1)
      this.runtime
        .sampledLog('malformed')
        ?.warn('a connection speaks none of the protocols', { listener: this.listener, peer: this.peer })
      this.#connection.destroy('unknown protocol')
      return
    }
    this.#speak(codec)
    this.#decode(sniffer.bytes)
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
    return Math.max(this.#inFlight.count, this.#order?.size ?? 0) + this.#held.length
  }

  /** A request has come; `refusal` is what it is answered with when no filter shall see it. */
  #take(message: Message, refusal: LocalError | undefined, flow: BodyFlow | undefined): void {
    const ordered = this.#order !== undefined
    if (ordered && (this.#held.length > 0 || this.#mustWait(message))) this.#hold({ message, refusal, flow })
    else this.#begin(message, refusal, flow)
  }

  /**
   * A request has begun that comes in pieces. It has a connection of its client's own for as long, so that nobody waits
   * for the rest of it but the client.
   */
  #takeBeginning(message: Message): void {
    if (this.#owner.chain.wholeRequests) {
      this.#incoming = new JoinedBody(message, (whole) => this.#take(whole, undefined, undefined))
      return
    }
    if (message.affinity === 'shared') message.affinity = 'release'
    this.#heldPieces ??= new HeldBytes(this, this.#owner.limits)
    const flow = new BodyFlow(message, this.#heldPieces)
    this.#incoming = flow
    this.#take(message, undefined, flow)
  }

  #takePiece(piece: Message): void {
    const incoming = this.#incoming
    if (incoming === undefined) {
      this.malformed('unexpected', 'a piece of a request came that had not begun')
      return
    }
    if (piece.kind === 'stream-close') this.#incoming = undefined
    incoming.add(piece)
  }

  /** The last piece of a reply is written. */
  #passed(): void {
    this.passing = undefined
    this.#repliers.release()
    if (this.#unaskedLater.length === 0) return
    for (const message of this.#unaskedLater.splice(0)) this.onUnasked(message)
    if (!this.#slow) this.lease?.stop(false)
  }

  /** Requests on the client's own connection and on shared ones are never in flight together, lest they overtake. */
  #mustWait(message: Message): boolean {
    if (this.#inFlight.count === 0) return false
    if (this.codec.correlation === 'exclusive') return true
    return this.#releasing || (message.affinity !== 'shared') !== this.#own
  }

  /** A request on the client's own connection is over, whatever came of it. */
  #endedOwn(exchange: ExchangeEnding): void {
    const { message, response, result } = exchange
    if (message.affinity === 'release') {
      this.lease?.release(result === 'ok' && response?.kind === 'response')
      this.lease = undefined
    } else if (message.kind === 'oneway' && result === 'error') {
      // It can be told nothing, and everything behind would go on as if this had arrived.
      this.closeConnection(exchange.errorText)
    }
  }

  #begin(message: Message, refusal: LocalError | undefined, flow: BodyFlow | undefined): void {
    const { chain, options, drain } = this.#owner
    message.origin = this
    const exchange = new ActiveExchange(this, chain, message, this.#liveness.readMs)
    if (flow !== undefined) exchange.pieces = new ExchangePieces(exchange, flow)
    this.#inFlight.add(exchange)
    if (this.#order !== undefined) {
      this.#own = message.affinity !== 'shared'
      this.#releasing = message.affinity === 'release'
      if (exchange.expectsReply) this.#order.begin(exchange)
    }
    if (!this.#full && this.#load() >= options['exchanges-per-connection']) {
      this.#full = true
      this.readDisable()
    }
    const refused = refusal ?? (flow === undefined ? undefined : unfit(flow, chain))
    if (refused !== undefined) exchange.fail(refused.kind, refused.text)
    else if (drain === 'refusing') exchange.fail('draining', 'the proxy is shutting down')
    else if (message.kind === 'drain') exchange.farewell()
    else exchange.start()
    if (this.#slow) this.lease?.stop(true)
  }

  #hold(held: Held): void {
    this.#held.push(held)
    if (this.#full || this.#load() < this.options['exchanges-per-connection']) return
    this.#full = true
    this.readDisable()
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

  /** A dropped exchange would shift every later reply by one, so it ends an ordered connection. */
  #inOrder(order: ReplyOrder, exchange: ExchangeEnding): void {
    const dropped = exchange.result === 'dropped' && exchange.expectsReply
    order.end(exchange, this.#writeEarly)
    if (order.earlyBytes > this.#owner.backlogBytesMax)
      this.#connection.destroy('too many replies wait for one that is due before')
    if (dropped && this.#state === 'open') this.closeConnection('a request was dropped')
  }

  #codecThrew(protocol: string, error: string): void {
    const { listener, peer } = this
    this.#owner.stats.codecFailures.add(1)
    this.runtime.sampledLog('codec_failed')?.error('a codec threw', { listener, peer, protocol, error })
  }

  /** Reads no further request and closes when nothing is in flight. */
  #finish(): void {
    if (this.#state === 'closed') return
    if (this.#state === 'sniffing') {
      this.#connection.destroy('closed before a protocol was known')
      return
    }
    this.#state = 'finishing'
    const incoming = this.#incoming
    this.#incoming = undefined
    incoming?.cut('the request was not sent to its end')
    if (this.#inFlight.count === 0 && this.#held.length === 0) this.#connection.closeAfterFlush()
  }

  /** Nobody is there to receive what may come in hours, and whoever went away cannot be told from who only listens. */
  #clientEnded(): void {
    for (const exchange of this.#inFlight.oldestFirst()) if (exchange.message.waitMs > 0) exchange.abandon()
    this.#finish()
  }

  #failAll(kind: 'denied' | 'draining' | 'upstream_reset', text: string): void {
    const beginning = this.#beginning
    this.#beginning = true
    this.turns?.clear()
    for (const exchange of this.#inFlight.oldestFirst()) exchange.fail(kind, text)
    // Held until then, for the connection may be waiting for the last of them to close.
    for (let held = this.#held.shift(); held !== undefined; held = this.#held.shift())
      this.#begin(held.message, { kind, text }, held.flow)
    this.#beginning = beginning
  }
}

/** Why a request in pieces that had to wait cannot go on now. */
function unfit(flow: BodyFlow, chain: FilterChain): LocalError | undefined {
  if (flow.cutText !== undefined) return { kind: 'bad_request', text: flow.cutText }
  if (!chain.wholeRequests) return undefined
  return {
    kind: 'plugin_failed',
    text: 'a filter that reads whole bodies was added while this one came in pieces',
  }
}
