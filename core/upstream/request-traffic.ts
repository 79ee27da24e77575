/**
 * RequestTraffic: the requests of one upstream connection, from being sent to being answered, failed or given up, whole or in
 * pieces. It gives them their ids and matches replies to them. Whether the connection takes more, and when it ends, is the
 * connection's to know.
 */
import type { Codec, EncodeProblem, MalformedCode, Message } from '../../sdk/index.ts'
import type { Connection } from '../net/connection.ts'
import type { ConnectionLimits } from '../net/connection-limits.ts'
import { Backpressure, type FlowSource } from '../net/flow.ts'
import type { ConnectionCodec } from './connection-codec.ts'
import { type Correlation, CorrelationById, CorrelationInOrder } from './correlation.ts'
import { PieceTraffic } from './piece-traffic.ts'
import { type Braked, ReplyBrake } from './reply-brake.ts'
import type { RequestHolder, UpstreamRequest } from './request.ts'
import type { UpstreamOwner } from './upstream-owner.ts'

/** The connection, as its requests see it. */
export interface TrafficCarrier {
  /** Another one may come to own it. */
  readonly owner: UpstreamOwner
  malformed(code: MalformedCode, text: string): void
  /** Nothing new is to be sent here. */
  shut(): void
  /** Nothing new is to be sent here, and it closes when nothing waits. */
  drain(reason: string): void
  /** It is wanted no more, and that says nothing about the endpoint. */
  dismiss(reason: string): void
  destroy(reason: string): void
  /** A reply has come or a request was given up: there may be room for another. */
  onSettled(): void
  /** It is read again. */
  onReadOn(): void
}

interface TrafficParts {
  readonly carrier: TrafficCarrier
  readonly connection: Connection
  readonly calls: ConnectionCodec
  readonly limits: ConnectionLimits
}

export class RequestTraffic implements RequestHolder, Braked {
  /** When something was last sent, or the last that waited was over. */
  usedMs = 0
  readonly #carrier: TrafficCarrier
  readonly #connection: Connection
  readonly #calls: ConnectionCodec
  readonly #limits: ConnectionLimits
  readonly #codec: Codec
  readonly #correlation: Correlation
  readonly #backpressure = new Backpressure()
  /** Made when the first message passes here in pieces. */
  #pieces: PieceTraffic | undefined = undefined

  constructor({ carrier, connection, calls, limits }: TrafficParts) {
    const { codec } = calls
    this.usedMs = carrier.owner.runtime.clock.nowMs
    this.#carrier = carrier
    this.#connection = connection
    this.#calls = calls
    this.#limits = limits
    this.#codec = codec
    this.#correlation =
      codec.correlation === 'id' ? new CorrelationById(codec.idBits) : new CorrelationInOrder()
  }

  /** Requests that wait for a reply here, or for the rest of one. */
  get waiting(): number {
    return this.#correlation.size + (this.#pieces === undefined ? 0 : this.#pieces.waiting)
  }

  /** No id is free for another request. */
  get full(): boolean {
    return this.#correlation.full
  }

  /** Whether it is read no further until the client that takes a reply has room. */
  get stopped(): boolean {
    return this.#pieces?.brake.stopped === true
  }

  /** Whether what is sent now is answered behind a large reply that is still coming. */
  get delayed(): boolean {
    return this.#pieces?.coming === true
  }

  /** Whether nothing else may be written before the end of a request. */
  get sending(): boolean {
    return this.#pieces?.sending === true
  }

  get wanted(): boolean {
    return this.#carrier.owner.wanted || this.#correlation.hasOtherThan(this.#pieces?.taker)
  }

  /** Bytes that wait for whoever takes a reply. */
  get heldBytes(): number {
    return this.#pieces?.brake.held.size ?? 0
  }

  readDisable(): void {
    this.#connection.readDisable()
  }

  readEnable(): void {
    this.#connection.readEnable()
  }

  onReadOn(): void {
    this.#carrier.onReadOn()
  }

  /** Sends a request, or fails it when it cannot be written. */
  send(request: UpstreamRequest): void {
    const { owner } = this.#carrier
    const id = this.#correlation.add(request)
    if (id < 0) {
      owner.stats.overflows.add(1)
      request.onFailure('overloaded', `no free request id on the connection to ${owner.address}`)
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
    this.usedMs = owner.runtime.clock.nowMs
    this.#connection.wrote()
    if (this.#connection.congested) this.#stop(request.source)
    if (request.message.rest > 0 && request.message.mutation?.newBody === undefined)
      this.#inPieces().send(request)
    request.onSent()
  }

  sendPiece(request: UpstreamRequest, piece: Message): EncodeProblem | undefined {
    return this.#inPieces().sendPiece(request, piece)
  }

  forget(request: UpstreamRequest): void {
    if (this.#pieces?.isReceiving(request) === true) {
      this.#pieces.passOver(request)
      // One that stalls keeps those behind it waiting; where nobody does, the rest would be read for nothing.
      if (request.error === 'request_timeout') this.#carrier.destroy('the rest of a reply did not come')
      else if (this.#correlation.size === 0) this.#carrier.dismiss('the rest of a reply is wanted by nobody')
      return
    }
    this.#correlation.remove(request)
    if (this.#pieces?.isSending(request) === true) {
      this.#carrier.destroy('a request was not sent to its end')
      return
    }
    const { abandoned, full } = this.#correlation
    const abandonedMax = this.#carrier.owner.options['exchanges-per-connection']
    if (this.#codec.correlation === 'exclusive') this.#carrier.destroy('its caller gave up')
    else if (abandoned > abandonedMax) this.#carrier.destroy('it answers nothing')
    else if (full) this.#carrier.drain('its ids wait for late replies')
    else this.#settled()
  }

  passOver(request: UpstreamRequest): void {
    this.#pieces?.passOver(request)
  }

  /** A reply has come, or what the connection's only client did not ask for, or the beginning of either. */
  reply(message: Message): void {
    const { owner } = this.#carrier
    if (message.rest > 0) this.#inPieces().begin(message)
    else if (owner.onUnasked === undefined || !this.#unasked(message)) this.#answered(message)
    else owner.onUnasked(message)
  }

  replyPiece(piece: Message): void {
    this.#inPieces().piece(piece)
  }

  /** What has come, or the rest of what is coming, is not taken. */
  refuse(message: Message, text: string): void {
    if (this.#pieces?.refuse(text) === true) return
    const reply = message.kind === 'response' || message.kind === 'error'
    const request = reply ? this.#correlation.match(message) : undefined
    if (request === undefined) return
    request.holder = undefined
    request.onFailure('bad_response', `${this.#carrier.owner.address} sent what is not taken: ${text}`)
    this.#settled()
  }

  /** Fails everything that waits. */
  failAll(kind: 'upstream_reset' | 'bad_response', text: string): void {
    const halves = this.#pieces === undefined ? [] : this.#pieces.takeHalves()
    for (const request of [...halves, ...this.#correlation.takeAll()]) {
      request.holder = undefined
      request.onFailure(kind, text)
    }
  }

  /** Who sends here may go on. */
  release(): void {
    this.#backpressure.release()
  }

  /** The connection has closed. */
  close(): void {
    this.#pieces?.brake.close()
    this.#backpressure.release()
  }

  #inPieces(): PieceTraffic {
    this.#pieces ??= new PieceTraffic(new ReplyBrake(this, this.#carrier.owner.runtime.wheel, this.#limits), {
      isUnasked: (message) => this.#carrier.owner.onUnasked !== undefined && this.#unasked(message),
      tellUnasked: (message) => this.#carrier.owner.onUnasked?.(message),
      matched: (reply) => this.#matched(reply),
      write: (piece, request) => this.#writePiece(piece, request),
      malformed: (code, text) => this.#carrier.malformed(code, text),
      settled: () => this.#settled(),
      shut: () => this.#carrier.shut(),
      abort: (reason) => this.#carrier.destroy(reason),
    })
    return this.#pieces
  }

  #writePiece(piece: Message, { source }: UpstreamRequest): EncodeProblem | undefined {
    const problem = this.#calls.encode(piece, 0, 0, this.#connection.prepare(), undefined)
    if (problem !== undefined) return problem
    this.usedMs = this.#carrier.owner.runtime.clock.nowMs
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
    this.#carrier.owner.stats.lateReplies.add(1)
    // Where replies have no ids, one too many would be taken for the next request's.
    if (!this.#correlation.inStep && this.#connection.open)
      this.#carrier.malformed('unexpected', 'a reply came that nothing had asked for')
    return undefined
  }

  #answered(message: Message): void {
    const request = this.#matched(message)
    if (request === undefined) return
    request.holder = undefined
    const early = this.#pieces?.isSending(request) === true
    if (early) this.#carrier.shut()
    request.onReply(message)
    if (early) this.#pieces?.answered()
    else this.#settled()
  }

  #settled(): void {
    if (this.waiting === 0) this.usedMs = this.#carrier.owner.runtime.clock.nowMs
    this.#carrier.onSettled()
  }

  #stop(source: FlowSource): void {
    if (this.#backpressure.stop(source)) this.#carrier.owner.stats.pauses.add(1)
  }
}
