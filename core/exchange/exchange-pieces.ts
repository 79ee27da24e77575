/** ExchangePieces: what an exchange keeps of messages that come in pieces; most have none. */
import type { Message } from '../../sdk/index.ts'
import type { ReplyBrake } from '../upstream/reply-brake.ts'
import type { BodyFlow } from './body-flow.ts'
import { JoinedBody } from './joined-body.ts'

export class ExchangePieces {
  readonly request: BodyFlow | undefined
  reply: BodyFlow | undefined = undefined
  /** Stops the upstream while the reply cannot be taken. */
  brake: ReplyBrake | undefined = undefined
  #joined: JoinedBody | undefined = undefined

  constructor(request: BodyFlow | undefined) {
    this.request = request
  }

  /** Whether a filter holds a piece. */
  get held(): boolean {
    return this.request?.held === true || this.reply?.held === true
  }

  /** Whether the reply's upstream is read no further, because the reply is not taken. */
  get stopped(): boolean {
    return this.brake?.stopped === true
  }

  takeReply(flow: BodyFlow, brake: ReplyBrake): void {
    this.reply = flow
    this.brake = brake
  }

  /** The reply is wanted whole. */
  join(beginning: Message, onWhole: (message: Message) => void): void {
    this.#joined = new JoinedBody(beginning, onWhole)
  }

  /** A piece of the reply; answers where it went unless it is joined. */
  addReply(piece: Message): BodyFlow | undefined {
    this.#joined?.add(piece)
    this.reply?.add(piece)
    return this.reply
  }

  discard(): void {
    this.request?.discard()
    this.reply?.discard()
    this.#joined = undefined
  }
}
