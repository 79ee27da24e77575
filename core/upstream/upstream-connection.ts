/**
 * UpstreamConnection: one connection to an endpoint. It gives requests their ids, matches replies to them, answers
 * heartbeats, honours the drain signal, and fails what waits when it dies. It reports to its pool.
 */
import type { Socket } from 'node:net'
import type { Codec, DecoderSink, EncodeProblem, MalformedCode, Message } from '../../sdk/index.ts'
import { Connection, type ConnectionHandler } from '../net/connection.ts'
import type { ConnectionLimits } from '../net/connection-limits.ts'
import { Backpressure, type FlowSource } from '../net/flow.ts'
import { Silence } from '../net/silence.ts'
import { type CodecUser, ConnectionCodec } from './connection-codec.ts'
import { type Correlation, CorrelationById, CorrelationInOrder } from './correlation.ts'
import { EndpointAsks } from './endpoint-asks.ts'
import { PieceTraffic } from './piece-traffic.ts'
import { type Braked, ReplyBrake } from './reply-brake.ts'
import type { RequestHolder, UpstreamRequest } from './request.ts'
import { UnseenBytes } from './unseen-bytes.ts'
import type { UpstreamOwner } from './upstream-owner.ts'

const CLOSED = 'closed by the endpoint'

export class UpstreamConnection implements ConnectionHandler, DecoderSink, RequestHolder, CodecUser, Braked {
  #owner: UpstreamOwner
  readonly #connection: Connection
  readonly #codec: Codec
  readonly #calls: ConnectionCodec
  readonly #limits: ConnectionLimits
  readonly #correlation: Correlation
  readonly #backpressure = new Backpressure()
  /** No new request is sent here. */
  #draining = false
  /** It is closed when nothing waits. */
  #leaving = false
  #closeReason = ''
  readonly #silence: Silence
  #usedMs: number
  /** Whether anything has come from the endpoint. */
  #alive = false
  readonly #asks: EndpointAsks
  /** Whether the end was our wish. */
  #ended = false
  /** The connection has closed: what a decoder may still push has no meaning any more. */
  #gone = false
  readonly #unseen: UnseenBytes
  /** Made when the first message passes here in pieces. */
  #pieces: PieceTraffic | undefined = undefined

  constructor(socket: Socket, owner: UpstreamOwner, limits: ConnectionLimits) {
    this.#owner = owner
    this.#codec = owner.codec
    this.#calls = new ConnectionCodec(owner.codec, this)
    this.#correlation =
      owner.codec.correlation === 'id' ? new CorrelationById(owner.codec.idBits) : new CorrelationInOrder()
    this.#limits = limits
    this.#connection = new Connection(socket, owner.runtime.turn, this, limits)
    this.#unseen = new UnseenBytes(this.#connection, limits)
    this.#usedMs = owner.runtime.clock.nowMs
    this.#silence = new Silence(this.#usedMs)
    this.#asks = new EndpointAsks(this.#calls, this.#connection)
    this.#calls.open('response', {
      bodyBytesMax: owner.options['body-size-max'],
      piecesFromBytes: owner.codec.correlation === 'id' ? undefined : owner.options['pieces-from'],
    })
    if (owner.onUnasked !== undefined) this.#calls.sortReplies()
    if (owner.codec.encodePreface === undefined) return
    this.#calls.encodePreface('response', this.#connection.prepare())
    this.#connection.wrote()
  }

  /** Requests that wait for a reply here, or for the rest of one. */
  get waiting(): number {
    return this.#correlation.size + (this.#pieces === undefined ? 0 : this.#pieces.waiting)
  }

  /** Whether it is read no further until the client that takes a reply has room. */
  get stopped(): boolean {
    return this.#pieces?.brake.stopped === true
  }

  /** Whether what is sent now is answered behind a large reply that is still coming. */
  get delayed(): boolean {
    return this.#pieces?.coming === true
  }

  get wanted(): boolean {
    return this.#owner.wanted || this.#correlation.hasOtherThan(this.#pieces?.taker)
  }

  /** Bytes that wait to be written, or for whoever takes a reply. */
  get waitingBytes(): number {
    return this.#connection.pendingBytes + (this.#pieces?.brake.held.size ?? 0)
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
    return this.#correlation.full
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
    this.#abort(reason)
  }

  /** Sends a request, or fails it when it cannot be written. */
  send(request: UpstreamRequest): void {
    const id = this.#correlation.add(request)
    if (id < 0) {
      this.#owner.stats.overflows.add(1)
      request.onFailure('overloaded', `no free request id on the connection to ${this.#owner.address}`)
      return
    }
    const out = this.#connection.prepare()
    const problem =
      this.#codec.textIds === true
        ? this.#calls.encode(request.message, 0, 0, out, String(id))
        : this.#calls.encode(request.message, 0, id, out, undefined)
    if (problem !== undefined) {
      if (request.expectsReply) this.#correlation.remove(request, false)
      request.onFailure('bad_request', problem)
      return
    }
    request.holder = this
    this.#usedMs = this.#owner.runtime.clock.nowMs
    this.#connection.wrote()
    if (this.#connection.congested) this.#stop(request.source)
    if (request.message.rest > 0 && request.message.mutation?.newBody === undefined)
      this.#traffic().send(request)
    request.onSent()
  }

  sendPiece(request: UpstreamRequest, piece: Message): EncodeProblem | undefined {
    return this.#traffic().sendPiece(request, piece)
  }

  forget(request: UpstreamRequest): void {
    if (this.#pieces?.isReceiving(request) === true) {
      this.#pieces.passOver(request)
      // One that stalls keeps those behind it waiting; where nobody does, the rest would be read for nothing.
      if (request.error === 'request_timeout') this.#abort('the rest of a reply did not come')
      else if (this.#correlation.size === 0) this.dismiss('the rest of a reply is wanted by nobody')
      return
    }
    this.#correlation.remove(request)
    if (this.#pieces?.isSending(request) === true) {
      this.#abort('a request was not sent to its end')
      return
    }
    const { abandoned, full } = this.#correlation
    if (this.#codec.correlation === 'exclusive') this.#abort('its caller gave up')
    else if (abandoned > this.#owner.options['exchanges-per-connection']) this.#abort('it answers nothing')
    else if (full) this.drain('its ids wait for late replies')
    else this.#afterReply()
  }

  passOver(request: UpstreamRequest): void {
    this.#pieces?.passOver(request)
  }

  /** Sends nothing new here and closes when nothing waits. */
  drain(reason: string): void {
    this.#draining = true
    this.#leaving = true
    this.#closeReason = reason
    if (this.waiting === 0) this.#end(reason)
  }

  destroy(reason: string): void {
    this.#abort(reason)
  }

  /** Looked at regularly: silence is answered with a heartbeat, then with a close. */
  sweep(nowMs: number): void {
    this.#connection.sweep(nowMs)
    const { options } = this.#owner
    const idle = this.waiting === 0 && this.#owner.onUnasked === undefined
    if (idle && nowMs - this.#usedMs > options['idle-timeout']) {
      this.#end('idle')
      return
    }
    if (this.#codec.encodeHeartbeat === undefined || this.#pieces?.sending === true || this.stopped) return
    const finding = this.#silence.judge(nowMs, options['heartbeat-interval'])
    if (finding === 'heartbeat') this.#sendHeartbeat()
    else if (finding === 'dead') this.#abort('no answer to a heartbeat')
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
        if (message.rest > 0) this.#traffic().begin(message)
        else if (this.#owner.onUnasked === undefined || !this.#unasked(message)) this.#reply(message)
        else this.#owner.onUnasked(message)
        return
      case 'stream-data':
      case 'stream-close':
        this.#traffic().piece(message)
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
    if (this.#unseen.seen(this.#calls.unseenBytes)) this.#abort(CLOSED)
  }

  refused(message: Message, text: string): void {
    if (this.#gone) return
    this.#owner.runtime
      .sampledLog('upstream_refused')
      ?.warn('upstream sent what is not taken', { endpoint: this.#owner.address, text })
    if (this.#pieces?.refuse(text) === true) return
    const reply = message.kind === 'response' || message.kind === 'error'
    const request = reply ? this.#correlation.match(message) : undefined
    if (request === undefined) return
    request.holder = undefined
    request.onFailure('bad_response', `${this.#owner.address} sent what is not taken: ${text}`)
    this.#afterReply()
  }

  malformed(code: MalformedCode, text: string): void {
    if (this.#gone) return
    this.#draining = true
    this.#owner.stats.malformed.add(1)
    this.#owner.runtime
      .sampledLog('upstream_malformed')
      ?.warn('upstream sent what cannot be understood', { endpoint: this.#owner.address, code, text })
    this.#failAll('bad_response', `${this.#owner.address} sent what cannot be understood: ${text}`)
    this.#abort(text)
  }

  codecFailed(text: string): void {
    this.#draining = true
    this.#owner.stats.codecFailures.add(1)
    this.#owner.runtime.sampledLog('codec_failed')?.error('a codec threw', {
      endpoint: this.#owner.address,
      protocol: this.#codec.name,
      error: text,
    })
    this.#abort(`the codec ${this.#codec.name} failed`)
  }

  onHalfClose(): void {
    this.#draining = true
    if (this.#unseen.end(this.#calls.unseenBytes)) this.#abort(CLOSED)
  }

  onClose(reason: string): void {
    this.#gone = true
    this.#calls.close()
    this.#owner.runtime.clock.refresh()
    const why = this.#closeReason || reason || CLOSED
    this.#closeReason = why
    if (this.waiting > 0) this.#owner.stats.resets.add(1)
    this.#failAll('upstream_reset', `connection to ${this.#owner.address} lost: ${why}`)
    this.#pieces?.brake.close()
    this.#backpressure.release()
    this.#owner.onClosed(this)
  }

  onHighWatermark(): void {
    // Each caller is stopped when it next sends something here.
  }

  onLowWatermark(): void {
    this.#backpressure.release()
  }

  /**
   * An endpoint that asks and does not read is not answered, or its answers would pile up; neither is one in the middle
   * of a request. It is read on, because the replies among what it sends have callers.
   */
  #unread(): boolean {
    return this.#connection.congested || this.#pieces?.sending === true
  }

  #traffic(): PieceTraffic {
    this.#pieces ??= new PieceTraffic(new ReplyBrake(this, this.#owner.runtime.wheel, this.#limits), {
      isUnasked: (message) => this.#owner.onUnasked !== undefined && this.#unasked(message),
      tellUnasked: (message) => this.#owner.onUnasked?.(message),
      matched: (reply) => this.#matched(reply),
      write: (piece, request) => this.#writePiece(piece, request),
      malformed: (code, text) => this.malformed(code, text),
      settled: () => this.#afterReply(),
      shut: () => {
        this.#draining = true
      },
      abort: (reason) => this.#abort(reason),
    })
    return this.#pieces
  }

  #writePiece(piece: Message, { source }: UpstreamRequest): EncodeProblem | undefined {
    const problem = this.#calls.encode(piece, 0, 0, this.#connection.prepare(), undefined)
    if (problem !== undefined) return problem
    this.#usedMs = this.#owner.runtime.clock.nowMs
    this.#connection.wrote()
    if (this.#connection.congested) this.#stop(source)
    return undefined
  }

  #unasked(message: Message): boolean {
    const { oldest, abandoned } = this.#correlation
    return this.#calls.unasked(message, oldest?.message, oldest === undefined && abandoned > 0)
  }

  /** The request that a reply is for; one that nobody waits for is counted. */
  #matched(reply: Message): UpstreamRequest | undefined {
    const request = this.#correlation.match(reply)
    if (request !== undefined) return request
    this.#owner.stats.lateReplies.add(1)
    // Where replies have no ids, one too many would be taken for the next request's.
    if (!this.#correlation.inStep && this.#connection.open)
      this.malformed('unexpected', 'a reply came that nothing had asked for')
    return undefined
  }

  #reply(message: Message): void {
    const request = this.#matched(message)
    if (request === undefined) return
    request.holder = undefined
    const early = this.#pieces?.isSending(request) === true
    if (early) this.#draining = true
    request.onReply(message)
    if (early) this.#pieces?.answered()
    else this.#afterReply()
  }

  #afterReply(): void {
    if (this.waiting === 0) {
      this.#usedMs = this.#owner.runtime.clock.nowMs
      if (this.#leaving) {
        this.#end(this.#closeReason)
        return
      }
    }
    this.#owner.onRoom(this)
  }

  onReadOn(): void {
    this.#owner.onRoom(this)
  }

  #sendHeartbeat(): void {
    this.#owner.stats.heartbeats.add(1)
    this.#calls.encodeHeartbeat(this.#connection.prepare())
    this.#connection.wrote()
  }

  #stop(source: FlowSource): void {
    if (this.#backpressure.stop(source)) this.#owner.stats.pauses.add(1)
  }

  #failAll(kind: 'upstream_reset' | 'bad_response', text: string): void {
    const halves = this.#pieces === undefined ? [] : this.#pieces.takeHalves()
    for (const request of [...halves, ...this.#correlation.takeAll()]) {
      request.holder = undefined
      request.onFailure(kind, text)
    }
  }

  /** Closes once what was appended has been written. */
  #end(reason: string): void {
    this.#ended = true
    this.#closeReason = reason
    this.#connection.closeAfterFlush()
  }

  #abort(reason: string): void {
    this.#closeReason = reason
    this.#connection.destroy(reason)
  }
}
