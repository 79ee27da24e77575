/**
 * ExchangePieces: what becomes of the messages of an exchange that come in pieces, of which most have none: the pieces are
 * shown to the filters, sent and written behind their beginnings, and passed over when the exchange ends before them.
 */
import type { Filter, Message, Mutation, Settled, Verdict } from '../../sdk/index.ts'
import type { ReplyBrake } from '../upstream/reply-brake.ts'
import { BodyFlow, type BodyOwner } from './body-flow.ts'
import type { Step } from './chain.ts'
import type { ActiveExchange } from './exchange.ts'
import { askAboutPiece } from './filter-call.ts'
import { JoinedBody } from './joined-body.ts'

/** none => due => passing; none => passing. A reply that is due waits for those before it. */
type ReplyState = 'none' | 'due' | 'passing'

export class ExchangePieces implements BodyOwner {
  /** Stops the upstream while the reply cannot be taken. */
  brake: ReplyBrake | undefined = undefined
  readonly #exchange: ActiveExchange
  readonly #request: BodyFlow | undefined
  #reply: BodyFlow | undefined = undefined
  #joined: JoinedBody | undefined = undefined
  #replyState: ReplyState = 'none'

  constructor(exchange: ActiveExchange, request: BodyFlow | undefined) {
    this.#exchange = exchange
    this.#request = request
    request?.begin(this, exchange.chain.requestPieces)
  }

  /** Bytes of the request that have not come. */
  get missingBytes(): number {
    return this.#request?.missingBytes ?? 0
  }

  /** Whether a filter holds a piece. */
  get held(): boolean {
    return this.#request?.held === true || this.#reply?.held === true
  }

  /** Whether the caller has the beginning of its reply and not the end. */
  get passing(): boolean {
    return this.#replyState === 'passing'
  }

  /** Whether the reply is not taken as fast as it comes. */
  get stopped(): boolean {
    return this.passing && this.brake?.stopped === true
  }

  /** The beginning of the request was sent; false when nothing else of it is to be. */
  sent(): boolean {
    if (this.#request === undefined || this.#exchange.message.mutation?.newBody !== undefined) return false
    this.#request.open()
    return true
  }

  /** The upstream's reply begins. */
  replyBegins(message: Message, brake: ReplyBrake): void {
    const exchange = this.#exchange
    if (exchange.chain.wholeResponses) {
      this.#joined = new JoinedBody(message, (whole) => exchange.onReply(whole))
      exchange.awaitUpstream()
      return
    }
    this.brake = brake
    this.#reply = new BodyFlow(message, brake.held)
    this.#reply.begin(this, exchange.chain.responsePieces)
    exchange.onReply(message)
  }

  replyPiece(piece: Message): void {
    const exchange = this.#exchange
    if (this.#joined !== undefined) {
      exchange.awaitUpstream()
      this.#joined.add(piece)
      return
    }
    if (this.passing) exchange.awaitUpstream()
    this.#reply?.add(piece)
    const waitingBytes = this.#reply?.waitingBytes ?? 0
    if (waitingBytes > exchange.downstream.backlogBytesMax)
      exchange.downstream.destroy('too much of a reply waits for its turn or for a filter')
  }

  /** Writes the beginning of a reply, at its turn, and whatever of it is there; false when it is whole or was replaced. */
  write(message: Message): boolean {
    if (this.#reply === undefined || message.mutation?.newBody !== undefined) return false
    const exchange = this.#exchange
    if (!exchange.downstream.replies.isNext(exchange)) {
      this.#replyState = 'due'
      return true
    }
    const problem = exchange.downstream.replies.reply(exchange, message)
    if (problem !== undefined) {
      this.#replyState = 'none'
      exchange.fail('bad_response', problem)
      return true
    }
    this.#replyState = 'passing'
    exchange.downstream.replies.passing = exchange
    exchange.awaitUpstream()
    this.#reply.open()
    return true
  }

  /** The replies before it have been sent. */
  onDue(): void {
    const { response } = this.#exchange
    if (this.#replyState === 'due' && response !== undefined) this.write(response)
  }

  /** The exchange is over. */
  discard(): void {
    this.#request?.discard()
    this.#reply?.discard()
    this.#joined = undefined
    this.#replyState = 'none'
  }

  reached(step: Step): boolean {
    return this.#exchange.reached(step)
  }

  askPiece(filter: Filter, piece: Message, mutation: Mutation): Verdict {
    piece.origin = this.#exchange.downstream
    return askAboutPiece(this.#exchange, filter, piece, mutation)
  }

  passPiece(flow: BodyFlow, piece: Message): void {
    if (flow === this.#request) this.#send(piece)
    else this.#write(piece)
  }

  obeyPiece(flow: BodyFlow, verdict: Exclude<Settled, 'continue'>): void {
    const exchange = this.#exchange
    if (verdict === 'drop' || verdict === 'close') {
      exchange.drop()
      if (verdict === 'close') exchange.downstream.closeConnection('a filter closed it')
    } else if (verdict.verdict === 'reply' && verdict.error !== undefined) {
      exchange.fail(verdict.error.kind, verdict.error.text)
    } else {
      const what = flow === this.#request ? 'request' : 'reply'
      exchange.fail('plugin_failed', `a filter wanted to answer or forward a piece of a ${what}`)
    }
  }

  pieceHeld(held: boolean): void {
    const exchange = this.#exchange
    const { runtime, options } = exchange.downstream
    if (held) runtime.wheel.arm(exchange, options['pause-timeout'])
    else exchange.awaitUpstream()
  }

  bodyCut(text: string): void {
    this.#exchange.fail('bad_request', text)
  }

  #send(piece: Message): void {
    const exchange = this.#exchange
    const problem = exchange.holder?.sendPiece?.(exchange, piece)
    if (problem !== undefined) exchange.fail('bad_request', problem)
    else if (piece.kind === 'stream-close' && !exchange.expectsReply) exchange.endWith('oneway')
    else if (exchange.awaiting) exchange.awaitUpstream()
  }

  #write(piece: Message): void {
    const exchange = this.#exchange
    const problem = exchange.downstream.replies.replyPiece(exchange, piece)
    if (problem !== undefined) exchange.fail('bad_response', problem)
    else if (piece.kind === 'stream-close') exchange.endWith('ok')
  }
}
