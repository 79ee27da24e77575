/**
 * PieceTraffic: messages that pass an upstream connection in pieces: the request that is being sent, whose end has to
 * be appended before anything else is, and the reply that is coming. A connection on which a request was begun that will not
 * be ended is good for nothing more.
 */
import type { EncodeProblem, Message } from '../../sdk/index.ts'
import type { ReplyBrake } from './reply-brake.ts'
import type { RequestSource, UpstreamRequest } from './request.ts'

/** The connection, as its pieces see it. */
export interface PieceCarrier {
  /** Whether nobody asked for what begins, and the client whose connection it is is to have it. */
  isUnasked(message: Message): boolean
  tellUnasked(message: Message): void
  /** The request that a reply is for. */
  matched(reply: Message): UpstreamRequest | undefined
  write(piece: Message, request: UpstreamRequest): EncodeProblem | undefined
  malformed(code: 'unexpected', text: string): void
  /** A message in pieces is over, or is wanted no more. */
  settled(): void
  /** Nothing new is to be sent there. */
  shut(): void
  abort(reason: string): void
}

/** What becomes of the pieces that come: their request takes them, the client does unasked, or they are passed over. */
type Coming = 'none' | 'reply' | 'unasked' | 'passed-over'

const EARLY = 'a request was answered before it had been sent to its end'

export class PieceTraffic {
  readonly brake: ReplyBrake
  readonly #carrier: PieceCarrier
  /** Whose beginning was sent and whose end was not. */
  #sending: UpstreamRequest | undefined = undefined
  #receiving: UpstreamRequest | undefined = undefined
  #coming: Coming = 'none'
  #taker: RequestSource | undefined = undefined

  constructor(brake: ReplyBrake, carrier: PieceCarrier) {
    this.brake = brake
    this.#carrier = carrier
  }

  /** Requests that wait here and in no correlation: for the rest of a reply, or for being sent when no reply is due. */
  get waiting(): number {
    return (this.#receiving === undefined ? 0 : 1) + (this.#sending?.expectsReply === false ? 1 : 0)
  }

  /** Whether a reply is coming that those behind it have to wait for. */
  get coming(): boolean {
    return this.#coming !== 'none'
  }

  /** Whether nothing else may be written before the end of a request. */
  get sending(): boolean {
    return this.#sending !== undefined
  }

  /** The client that took pieces last. */
  get taker(): RequestSource | undefined {
    return this.#taker
  }

  isSending(request: UpstreamRequest): boolean {
    return this.#sending === request
  }

  isReceiving(request: UpstreamRequest): boolean {
    return this.#receiving === request
  }

  /** The request's beginning was sent. */
  send(request: UpstreamRequest): void {
    this.#sending = request
  }

  sendPiece(request: UpstreamRequest, piece: Message): EncodeProblem | undefined {
    if (this.#sending !== request) return 'its connection has gone on without it'
    const problem = this.#carrier.write(piece, request)
    if (problem !== undefined || piece.kind !== 'stream-close') return problem
    this.#sending = undefined
    if (!request.expectsReply) this.#carrier.settled()
    return undefined
  }

  /** A reply begins, or a message that nobody asked for. */
  begin(message: Message): void {
    if (this.#carrier.isUnasked(message)) {
      this.#coming = 'unasked'
      this.#carrier.tellUnasked(message)
      return
    }
    const request = this.#carrier.matched(message)
    this.#coming = request === undefined ? 'passed-over' : 'reply'
    if (request === undefined) return
    this.#receiving = request
    this.#taker = request.source
    if (this.#sending === request) this.#carrier.shut()
    this.brake.renew()
    request.onReplyBeginning(message, this.brake)
  }

  piece(piece: Message): void {
    const coming = this.#coming
    const request = this.#receiving
    if (coming === 'none') {
      this.#carrier.malformed('unexpected', 'a piece of a reply came that had not begun')
      return
    }
    const last = piece.kind === 'stream-close'
    if (last) {
      this.#coming = 'none'
      this.#receiving = undefined
      if (request !== undefined) request.holder = undefined
    }
    if (coming === 'unasked') this.#carrier.tellUnasked(piece)
    else request?.onReplyPiece(piece)
    if (last) this.#over(request)
  }

  /** The rest of what is coming is not taken; false when nothing is. */
  refuse(text: string): boolean {
    if (this.#coming === 'none') return false
    const request = this.#receiving
    const unasked = this.#coming === 'unasked'
    this.#coming = 'none'
    this.#receiving = undefined
    if (unasked) {
      this.#carrier.abort(text)
      return true
    }
    if (request !== undefined) {
      request.holder = undefined
      request.onFailure('bad_response', text)
    }
    this.#over(request)
    return true
  }

  /** Nobody takes the rest of the reply that is coming. */
  passOver(request: UpstreamRequest): void {
    if (this.#receiving !== request) return
    this.#coming = 'passed-over'
    this.#receiving = undefined
    this.#over(request)
  }

  /** The request was answered at once with a whole reply, before it had been sent to its end. */
  answered(): void {
    this.#carrier.abort(EARLY)
  }

  /** Requests that the connection's end cuts in two and that wait in no correlation; nothing is under way afterwards. */
  takeHalves(): readonly UpstreamRequest[] {
    const halves = [this.#sending?.expectsReply === false ? this.#sending : undefined, this.#receiving]
    this.#sending = undefined
    this.#receiving = undefined
    this.#coming = 'passed-over'
    return halves.filter((request) => request !== undefined)
  }

  #over(request: UpstreamRequest | undefined): void {
    if (request !== undefined && this.#sending === request) this.#carrier.abort(EARLY)
    else this.#carrier.settled()
  }
}
