/**
 * PieceTraffic: messages that pass an upstream connection in pieces: the request that is being sent, whose end has to
 * be appended before anything else is, and the reply that is coming.
 */
import type { Message } from '../../sdk/index.ts'
import type { ReplyBrake } from './reply-brake.ts'
import type { RequestSource, UpstreamRequest } from './request.ts'

/** What becomes of the pieces of a reply: its request takes them, its client does unasked, or they are passed over. */
type Coming = 'none' | 'reply' | 'unasked' | 'passed-over'

export class PieceTraffic {
  readonly brake: ReplyBrake
  /** Whose beginning was sent and whose end was not. */
  sending: UpstreamRequest | undefined = undefined
  #receiving: UpstreamRequest | undefined = undefined
  #coming: Coming = 'none'
  #taker: RequestSource | undefined = undefined

  constructor(brake: ReplyBrake) {
    this.brake = brake
  }

  /** Whether a reply has begun and not ended. */
  get coming(): boolean {
    return this.#coming !== 'none'
  }

  /** Whose reply is coming; `undefined` when it is passed over or was not asked for. */
  get receiving(): UpstreamRequest | undefined {
    return this.#receiving
  }

  /** The client that took pieces last. */
  get taker(): RequestSource | undefined {
    return this.#taker
  }

  /** The request's reply begins. */
  receive(request: UpstreamRequest): void {
    this.#coming = 'reply'
    this.#receiving = request
    this.#taker = request.source
    this.brake.renew()
  }

  /** A message begins that no request waits for. */
  receiveUnasked(wanted: boolean): void {
    this.#coming = wanted ? 'unasked' : 'passed-over'
  }

  /** Nobody takes the rest of what is coming. */
  passOver(): void {
    this.#coming = 'passed-over'
    this.#receiving = undefined
  }

  /** Requests that the connection's end cuts in two and that nobody else knows to wait there; it has none afterwards. */
  takeHalves(): readonly UpstreamRequest[] {
    const { sending } = this
    const receiving = this.#receiving
    this.sending = undefined
    this.passOver()
    const oneway = sending === undefined || sending.expectsReply ? undefined : sending
    return [oneway, receiving].filter((request) => request !== undefined)
  }

  /** Hands a piece on; behind the last one nothing is coming. */
  take(piece: Message, onUnasked: ((message: Message) => void) | undefined): void {
    const request = this.#receiving
    const coming = this.#coming
    if (piece.kind === 'stream-close') {
      this.#coming = 'none'
      this.#receiving = undefined
      if (request !== undefined) request.holder = undefined
    }
    if (coming === 'unasked') onUnasked?.(piece)
    else request?.onReplyPiece(piece)
  }
}
