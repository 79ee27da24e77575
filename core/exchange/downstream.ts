/**
 * Downstream: one client's connection, from its first byte to its close. It learns the protocol, keeps the times, stops and
 * closes, and is where its exchanges come from. Nothing that a client sends ends anything but its own connection, and a
 * connection that must end answers what is in flight first. What its bytes say goes to the {@link RequestSink}.
 */
import type { Socket } from 'node:net'
import type { ClusterHandle, Codec, Message, Origin, Reply, Writing } from '../../sdk/index.ts'
import { thrownText } from '../base/thrown-text.ts'
import { Connection, type ConnectionHandler } from '../net/connection.ts'
import type { Departures } from '../net/departures.ts'
import type { Runtime } from '../net/runtime.ts'
import type { Cluster } from '../upstream/cluster.ts'
import { type CodecUser, ConnectionCodec } from '../upstream/connection-codec.ts'
import type { Lease } from '../upstream/lease.ts'
import type { Pool } from '../upstream/pool.ts'
import type { RequestSource } from '../upstream/request.ts'
import { UnseenBytes } from '../upstream/unseen-bytes.ts'
import type { UpstreamConnection } from '../upstream/upstream-connection.ts'
import { ClientCare } from './client-care.ts'
import { ClientComplaints } from './client-complaints.ts'
import type { DownstreamOwner } from './downstream-owner.ts'
import type { ExchangeEnding } from './exchange-ending.ts'
import { Liveness } from './liveness.ts'
import type { ListenerOptions } from './options.ts'
import { ReplyWriter } from './reply-writer.ts'
import { RequestGate } from './request-gate.ts'
import { RequestSink, type SinkClient } from './request-sink.ts'
import { Sniffer } from './sniffer.ts'
import type { Turns } from './turns.ts'

const UNKNOWN = 'the protocol of this connection is not known yet'

/**
 * sniffing => open; open => finishing (no further request is read; closes when nothing is in flight) => closed;
 * every state => closed.
 */
type State = 'sniffing' | 'open' | 'finishing' | 'closed'

export class Downstream implements ConnectionHandler, RequestSource, Origin, CodecUser, SinkClient {
  readonly listener: string
  readonly runtime: Runtime
  readonly #owner: DownstreamOwner
  readonly #connection: Connection
  #sniffer: Sniffer | undefined = undefined
  #state: State = 'sniffing'
  /** These are there once the protocol is known. */
  #calls: ConnectionCodec | undefined = undefined
  #replies: ReplyWriter | undefined = undefined
  #gate: RequestGate | undefined = undefined
  #sink: RequestSink | undefined = undefined
  #care: ClientCare | undefined = undefined
  readonly homes = new Map<Pool, UpstreamConnection>()
  lease: Lease | undefined = undefined
  /** Where requests may overtake each other: those of a chunk leave together. */
  departures: Departures | undefined = undefined
  /** Whether reading is stopped because the client does not read. */
  slow = false
  readonly #unseen: UnseenBytes
  readonly #liveness: Liveness
  readonly #complaints: ClientComplaints

  constructor(socket: Socket, owner: DownstreamOwner) {
    this.#owner = owner
    this.listener = owner.name
    this.runtime = owner.runtime
    this.#liveness = new Liveness(owner.runtime.clock.nowMs)
    this.#unseen = new UnseenBytes(this, owner.limits)
    const only = owner.codecs.length === 1 && owner.options.protocol !== 'auto' ? owner.codecs[0] : undefined
    this.#connection = new Connection(socket, owner.runtime.turn, this, owner.limits)
    this.#complaints = new ClientComplaints(owner, this.#connection.peer)
    if (only === undefined)
      this.#sniffer = new Sniffer(owner.codecs, (codec, error) =>
        this.#complaints.codecThrew(codec.name, thrownText(error)),
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
    if (this.#calls === undefined) throw new Error(UNKNOWN)
    return this.#calls
  }

  /** What is written to the client. */
  get replies(): ReplyWriter {
    if (this.#replies === undefined) throw new Error(UNKNOWN)
    return this.#replies
  }

  get turns(): Turns | undefined {
    return this.#gate?.turns
  }

  get inFlight(): number {
    return this.#gate === undefined ? 0 : this.#gate.inFlight.count
  }

  /** When bytes last came. */
  get readMs(): number {
    return this.#liveness.readMs
  }

  /** Bytes that wait to be written to the client, or for whoever takes its requests. */
  get waitingBytes(): number {
    return this.#connection.pendingBytes + (this.#gate?.heldBytes ?? 0) + (this.#replies?.earlyBytes ?? 0)
  }

  /** What may wait for the client at most. */
  get backlogBytesMax(): number {
    return this.#owner.backlogBytesMax
  }

  get open(): boolean {
    return this.#state === 'open'
  }

  get closed(): boolean {
    return this.#state === 'closed'
  }

  get alone(): boolean {
    return this.inFlight <= 1
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

  /** Nothing can be written here any more, so nobody is answered. */
  codecFailed(text: string): void {
    this.#complaints.codecThrew(this.#calls?.codec.name ?? '', text)
    this.#connection.destroy('the codec failed')
  }

  onHalfClose(): void {
    // What the client sent before may still be on its way through the decoder; it has no longer than any frame has.
    const unseenBytes = this.#state === 'open' ? (this.#calls?.unseenBytes ?? 0) : 0
    if (this.#unseen.end(unseenBytes)) this.onEnded()
    else this.#liveness.need(1)
  }

  /** Nobody is there to receive what may come in hours, and whoever went away cannot be told from who only listens. */
  onEnded(): void {
    this.#gate?.abandonPatient()
    this.finish()
  }

  onClose(): void {
    this.#state = 'closed'
    this.#calls?.close()
    this.runtime.clock.refresh()
    this.#replies?.close()
    this.#gate?.abandon()
    this.lease?.release(false)
    this.lease = undefined
    this.#owner.onClosed(this)
  }

  onHighWatermark(): void {
    if (this.slow) return
    this.slow = true
    this.lease?.stop(true)
    this.readDisable()
  }

  onLowWatermark(): void {
    if (!this.slow) return
    this.slow = false
    this.lease?.stop(false)
    this.readEnable()
    this.#replies?.drained()
  }

  onUnasked(message: Message): void {
    if (this.#state === 'closed') return
    this.#liveness.used(this.runtime.clock.nowMs)
    if (!this.replies.unasked(message)) this.lease?.stop(true)
  }

  /** What the client had left on its own connection is lost, so it must not go on as if it were there. */
  onLeaseLost(lease: Lease, reason: string): void {
    if (this.lease !== lease) return
    this.lease = undefined
    if (!lease.dirty || this.#state === 'closed') return
    this.#gate?.failAll('upstream_reset', `this client's own connection is lost: ${reason}`)
    this.finish()
  }

  /** Goes on when this can be written, which for a codec that works elsewhere is later; never when the connection ends before. */
  prepare(writing: Writing, next: () => void): void {
    this.#spoken().prepare(writing, next)
  }

  /** A filter of one of our exchanges threw: it has answered with an error. */
  filterFailed(name: string, error: unknown): Reply {
    return this.#complaints.filterFailed(name, error)
  }

  /** An exchange is over, whatever came of it. */
  ended(exchange: ExchangeEnding): void {
    const gate = this.#gate
    if (gate === undefined) return
    gate.inFlight.remove(exchange)
    this.#liveness.used(this.runtime.clock.nowMs)
    if (this.#state === 'closed') return
    if (this.replies.ended(exchange) && !this.slow) this.lease?.stop(false)
    if (exchange.result === 'dropped') this.#dropped(exchange)
    gate.ended(exchange)
    if (gate.empty && this.#state === 'finishing') this.#connection.closeAfterFlush()
  }

  /** Ends the connection: what else is in flight is answered with an error first. */
  closeConnection(reason: string): void {
    this.#gate?.failAll('denied', `the connection is closed: ${reason}`)
    this.finish()
  }

  /** The time to drain is over: everything is answered, and a moment later the connection is to be closed. */
  drainNow(close: boolean): void {
    this.#gate?.failAll('draining', 'the proxy is shutting down')
    if (close) this.finish()
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
    if (this.#state === 'open') this.#care?.sweep(nowMs)
  }

  #speak(codec: Codec): void {
    this.#calls = new ConnectionCodec(codec, this)
    this.#sniffer = undefined
    this.#replies = new ReplyWriter(this.#owner, this.#connection, this.#calls)
    this.#gate = new RequestGate(this, this.#owner, this.#replies)
    const parts = {
      owner: this.#owner,
      connection: this.#connection,
      calls: this.#calls,
      replies: this.#replies,
      gate: this.#gate,
      liveness: this.#liveness,
      client: this,
    }
    this.#care = new ClientCare(parts)
    this.#sink = new RequestSink({ ...parts, unseen: this.#unseen, complaints: this.#complaints })
    if (codec.correlation === 'id') this.departures = this.runtime.turn.departures
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
    this.departures?.begin()
    if (this.#sink !== undefined) calls.decode(chunk, this.#sink)
    this.departures?.end()
    this.#unseen.given(calls.unseenBytes)
  }

  #sniff(chunk: Buffer): void {
    const sniffer = this.#sniffer
    const codec = sniffer?.add(chunk)
    if (sniffer === undefined || codec === undefined || codec === 'more') return
    if (codec === 'none') {
      this.#complaints.unknownProtocol()
      this.#connection.destroy('unknown protocol')
      return
    }
    this.#speak(codec)
    this.#decode(sniffer.bytes)
  }

  /** A dropped exchange would shift every later reply by one, so it ends an ordered connection. */
  #dropped(exchange: ExchangeEnding): void {
    if (this.replies.ordered && exchange.expectsReply && this.#state === 'open')
      this.closeConnection('a request was dropped')
  }

  /** Reads no further request and closes when nothing is in flight. */
  finish(): void {
    if (this.#state === 'closed') return
    if (this.#state === 'sniffing') {
      this.#connection.destroy('closed before a protocol was known')
      return
    }
    this.#state = 'finishing'
    this.#gate?.cut()
    if (this.#gate?.empty !== false) this.#connection.closeAfterFlush()
  }
}
