/**
 * UpstreamConnection: one connection to an endpoint, from its first byte to its close. It hands on what comes, answers
 * heartbeats, honours the drain signal, and fails what waits when it dies. It reports to its owner; of requests its
 * traffic knows.
 */
import type { Socket } from 'node:net'
import type { Codec, DecoderSink, MalformedCode, Message } from '../../sdk/index.ts'
import { Connection, type ConnectionHandler } from '../net/connection.ts'
import type { ConnectionLimits } from '../net/connection-limits.ts'
import { Silence } from '../net/silence.ts'
import { type CodecUser, ConnectionCodec } from './connection-codec.ts'
import { EndpointAsks } from './endpoint-asks.ts'
import { EndpointComplaints } from './endpoint-complaints.ts'
import type { UpstreamRequest } from './request.ts'
import { RequestTraffic, type TrafficCarrier } from './request-traffic.ts'
import { UnseenBytes } from './unseen-bytes.ts'
import type { UpstreamOwner } from './upstream-owner.ts'

const CLOSED = 'closed by the endpoint'

export class UpstreamConnection implements ConnectionHandler, DecoderSink, CodecUser, TrafficCarrier {
  #owner: UpstreamOwner
  readonly #connection: Connection
  readonly #codec: Codec
  readonly #calls: ConnectionCodec
  readonly #traffic: RequestTraffic
  /** No new request is sent here. */
  #draining = false
  /** It is closed when nothing waits. */
  #leaving = false
  #closeReason = ''
  readonly #silence: Silence
  /** Whether anything has come from the endpoint. */
  #alive = false
  readonly #asks: EndpointAsks
  readonly #complaints: EndpointComplaints
  /** Whether the end was our wish. */
  #ended = false
  /** The connection has closed: what a decoder may still push has no meaning any more. */
  #gone = false
  readonly #unseen: UnseenBytes

  constructor(socket: Socket, owner: UpstreamOwner, limits: ConnectionLimits) {
    this.#owner = owner
    this.#codec = owner.codec
    this.#calls = new ConnectionCodec(owner.codec, this)
    this.#connection = new Connection(socket, owner.runtime.turn, this, limits)
    this.#traffic = new RequestTraffic({
      carrier: this,
      connection: this.#connection,
      calls: this.#calls,
      limits,
    })
    this.#unseen = new UnseenBytes(this.#connection, limits)
    this.#silence = new Silence(this.#traffic.usedMs)
    this.#asks = new EndpointAsks(this.#calls, this.#connection)
    this.#complaints = new EndpointComplaints(this)
    this.#calls.open('response', {
      bodyBytesMax: owner.options['body-size-max'],
      piecesFromBytes: owner.codec.correlation === 'id' ? undefined : owner.options['pieces-from'],
    })
    if (owner.onUnasked !== undefined) this.#calls.sortReplies()
    if (owner.codec.encodePreface === undefined) return
    this.#calls.encodePreface('response', this.#connection.prepare())
    this.#connection.wrote()
  }

  get owner(): UpstreamOwner {
    return this.#owner
  }

  /** Requests that wait for a reply here, or for the rest of one. */
  get waiting(): number {
    return this.#traffic.waiting
  }

  /** Whether it is read no further until the client that takes a reply has room. */
  get stopped(): boolean {
    return this.#traffic.stopped
  }

  /** Whether what is sent now is answered behind a large reply that is still coming. */
  get delayed(): boolean {
    return this.#traffic.delayed
  }

  /** Bytes that wait to be written, or for whoever takes a reply. */
  get waitingBytes(): number {
    return this.#connection.pendingBytes + this.#traffic.heldBytes
  }

  /** Whether a new request may be sent here. */
  get usable(): boolean {
    return this.#connection.open && !this.#draining
  }

  /** Why it has ended, once it has. */
  get closeReason(): string {
    return this.#closeReason
  }

  /** Whether the endpoint ended it before it had sent anything. */
  get diedSilent(): boolean {
    return !this.#alive && !this.#ended
  }

  get draining(): boolean {
    return this.#draining
  }

  /** No id is free for another request. */
  get full(): boolean {
    return this.#traffic.full
  }

  /** From now on somebody else is told of it. */
  handTo(owner: UpstreamOwner): void {
    this.#owner = owner
  }

  readDisable(): void {
    this.#connection.readDisable()
  }

  readEnable(): void {
    this.#connection.readEnable()
  }

  /** Its owner wants it no more: drops it, and that says nothing about the endpoint. */
  dismiss(reason: string): void {
    this.#ended = true
    this.destroy(reason)
  }

  /** Sends a request, or fails it when it cannot be written. */
  send(request: UpstreamRequest): void {
    this.#traffic.send(request)
  }

  /** Sends nothing new here. */
  shut(): void {
    this.#draining = true
  }

  /** Sends nothing new here and closes when nothing waits. */
  drain(reason: string): void {
    this.#draining = true
    this.#leaving = true
    this.#closeReason = reason
    if (this.waiting === 0) this.#end(reason)
  }

  destroy(reason: string): void {
    this.#closeReason = reason
    this.#connection.destroy(reason)
  }

  /** Looked at regularly: silence is answered with a heartbeat, then with a close. */
  sweep(nowMs: number): void {
    this.#connection.sweep(nowMs)
    const { options } = this.#owner
    const idle = this.waiting === 0 && this.#owner.onUnasked === undefined
    if (idle && nowMs - this.#traffic.usedMs > options['idle-timeout']) {
      this.#end('idle')
      return
    }
    if (this.#codec.encodeHeartbeat === undefined || this.#traffic.sending || this.stopped) return
    const finding = this.#silence.judge(nowMs, options['heartbeat-interval'])
    if (finding === 'heartbeat') this.#sendHeartbeat()
    else if (finding === 'dead') this.destroy('no answer to a heartbeat')
  }

  onBytes(chunk: Buffer): void {
    const { clock } = this.#owner.runtime
    clock.refresh()
    this.#silence.end(clock.nowMs)
    if (!this.#alive) {
      this.#alive = true
      this.#owner.onAlive()
    }
    this.#calls.decode(chunk, this)
    this.#unseen.given(this.#calls.unseenBytes)
  }

  message(message: Message): void {
    if (this.#gone) return
    switch (message.kind) {
      case 'response':
      case 'error':
        this.#traffic.reply(message)
        return
      case 'stream-data':
      case 'stream-close':
        this.#traffic.replyPiece(message)
        return
      case 'heartbeat':
        if (!this.#unread()) this.#asks.heartbeat(message)
        return
      case 'heartbeat-reply':
        return
      case 'drain':
        this.#owner.stats.drains.add(1)
        this.#draining = true
        this.#owner.onDrain()
        return
      case 'request':
        if (!this.#unread()) this.#asks.request(message)
        return
      case 'oneway':
        this.#owner.onUnasked?.(message)
        return
      default:
        this.malformed('unexpected', `an upstream sent a message of kind ${message.kind}`)
    }
  }

  need(): void {
    // The caller's deadline bounds how long a reply may take to arrive.
    if (this.#unseen.seen(this.#calls.unseenBytes)) this.destroy(CLOSED)
  }

  refused(message: Message, text: string): void {
    if (this.#gone) return
    this.#complaints.refused(text)
    this.#traffic.refuse(message, text)
  }

  malformed(code: MalformedCode, text: string): void {
    if (this.#gone) return
    this.#draining = true
    this.#complaints.malformed(code, text)
    this.#traffic.failAll('bad_response', `${this.#owner.address} sent what cannot be understood: ${text}`)
    this.destroy(text)
  }

  codecFailed(text: string): void {
    this.#draining = true
    this.#complaints.codecThrew(this.#codec.name, text)
    this.destroy(`the codec ${this.#codec.name} failed`)
  }

  onHalfClose(): void {
    this.#draining = true
    if (this.#unseen.end(this.#calls.unseenBytes)) this.destroy(CLOSED)
  }

  onClose(reason: string): void {
    this.#gone = true
    this.#calls.close()
    this.#owner.runtime.clock.refresh()
    const why = this.#closeReason || reason || CLOSED
    this.#closeReason = why
    if (this.waiting > 0) this.#owner.stats.resets.add(1)
    this.#traffic.failAll('upstream_reset', `connection to ${this.#owner.address} lost: ${why}`)
    this.#traffic.close()
    this.#owner.onClosed(this)
  }

  onSettled(): void {
    if (this.#leaving && this.waiting === 0) this.#end(this.#closeReason)
    else this.#owner.onRoom(this)
  }

  onReadOn(): void {
    this.#owner.onRoom(this)
  }

  onHighWatermark(): void {
    // Each caller is stopped when it next sends something here.
  }

  onLowWatermark(): void {
    this.#traffic.release()
  }

  /**
   * An endpoint that asks and does not read is not answered, or its answers would pile up; neither is one in the middle
   * of a request. It is read on, because the replies among what it sends have callers.
   */
  #unread(): boolean {
    return this.#connection.congested || this.#traffic.sending
  }

  #sendHeartbeat(): void {
    this.#owner.stats.heartbeats.add(1)
    this.#calls.encodeHeartbeat(this.#connection.prepare())
    this.#connection.wrote()
  }

  /** Closes once what was appended has been written. */
  #end(reason: string): void {
    this.#ended = true
    this.#closeReason = reason
    this.#connection.closeAfterFlush()
  }
}
