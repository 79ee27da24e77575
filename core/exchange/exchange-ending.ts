/**
 * ExchangeEnding: how an exchange is answered and ends: with the upstream's reply, a filter's, an error, or with nothing, and
 * once, whatever happens in which order. Every filter that the request has reached is told.
 */
import type {
  ErrorKind,
  Filter,
  LocalError,
  LocalReply,
  Message,
  Outcome,
  Reply,
  Writing,
} from '../../sdk/index.ts'
import type { Deadline } from '../base/timing-wheel.ts'
import type { ReplyBrake } from '../upstream/reply-brake.ts'
import type { UpstreamRequest } from '../upstream/request.ts'
import type { Step } from './chain.ts'
import { ExchangeFacts } from './exchange-facts.ts'

export abstract class ExchangeEnding extends ExchangeFacts implements UpstreamRequest, Deadline {
  /** Whether it waits for nothing but its turn. */
  abstract readonly ready: boolean
  /** Those before it have been sent. */
  abstract proceed(): void
  abstract onSent(): void
  abstract onReply(message: Message): void
  abstract onReplyBeginning(message: Message, brake: ReplyBrake): void
  abstract onReplyPiece(piece: Message): void
  abstract onDeadline(): void

  get ended(): boolean {
    return this.state === 'ended'
  }

  /** Whether the request has reached a filter. */
  reached(step: Step): boolean {
    return step.index < this.seen
  }

  /** The caller will send nothing more, and is told so in its turn. */
  farewell(): void {
    this.downstream.replies.replyDrain(this)
    this.end('local_reply')
  }

  /** Ends the exchange with an error, which its caller is told when it waits for a reply. */
  fail(kind: ErrorKind, text: string): void {
    if (this.state === 'ended' || this.state === 'writing') return
    this.error = kind
    this.errorText = text
    this.leaveUpstream()
    if (this.pieces?.passing === true) {
      this.cutReply('error')
      return
    }
    const error = { kind, text }
    if (this.expectsReply && this.codec.prepare !== undefined) {
      this.prepare({ kind: 'error', request: this.message, error }, () => this.replyError(error))
    } else this.replyError(error)
  }

  protected replyError(error: LocalError): void {
    this.downstream.replies.replyError(this, error)
    this.end('error')
  }

  /** For codecs that work elsewhere: the caller's connection goes on when what is written is ready. */
  protected prepare(writing: Writing, next: () => void): void {
    this.state = 'writing'
    this.downstream.runtime.wheel.cancel(this)
    this.downstream.prepare(writing, () => {
      if (this.state !== 'writing') return
      this.state = 'response'
      next()
    })
  }

  /** The caller is gone: nothing is told to anybody but the filters. */
  abandon(): void {
    if (this.state === 'ended') return
    this.leaveUpstream()
    this.end('downstream_gone')
  }

  /** A filter wants it to end without a word, in the middle of a message. */
  drop(): void {
    this.leaveUpstream()
    if (this.pieces?.passing === true) this.cutReply('dropped')
    else this.end('dropped')
  }

  /** The last piece of it has passed. */
  endWith(result: 'ok' | 'oneway'): void {
    this.end(result)
  }

  onFailure(kind: ErrorKind, text: string): void {
    this.fail(kind, text)
  }

  protected deliver(message: Message): void {
    if (this.codec.prepare === undefined) this.reply(message)
    else this.deliverWhenReady(message)
  }

  protected deliverWhenReady(message: Message): void {
    this.prepare({ kind: 'message', message }, () => this.reply(message))
  }

  protected reply(message: Message): void {
    if (message.rest > 0 && this.pieces?.write(message) === true) return
    const problem = this.downstream.replies.reply(this, message)
    // It was replaced.
    if (message.rest > 0) this.passOverRest()
    if (problem === undefined) this.end('ok')
    else this.fail('bad_response', problem)
  }

  /** A reply of which the caller has the beginning can be ended in one way only: with the connection. */
  protected cutReply(result: Outcome['result']): void {
    this.downstream.replies.cutReply(this)
    this.end(result)
  }

  protected replyLocally(verdict: Reply): void {
    if (verdict.error !== undefined) this.fail(verdict.error.kind, verdict.error.text)
    else if (verdict.reply !== undefined) this.replyMessage(verdict.reply)
    else this.fail('plugin_failed', 'a filter replied with nothing')
  }

  protected replyMessage(reply: LocalReply): void {
    if (!this.expectsReply || this.codec.prepare === undefined) this.writeReply(reply)
    else this.prepare({ kind: 'reply', request: this.message, reply }, () => this.writeReply(reply))
  }

  protected writeReply(reply: LocalReply): void {
    const problem = this.downstream.replies.replyMessage(this, reply)
    if (problem === undefined) this.end('local_reply')
    else this.fail('plugin_failed', problem)
  }

  protected passOverRest(): void {
    const holder = this.holder
    this.holder = undefined
    holder?.passOver?.(this)
  }

  protected leaveUpstream(): void {
    const holder = this.holder
    this.holder = undefined
    holder?.forget(this)
  }

  protected end(result: Outcome['result']): void {
    if (this.state === 'ended') return
    const { runtime } = this.downstream
    this.state = 'ended'
    this.result = result
    runtime.wheel.cancel(this)
    if (this.pieces !== undefined) {
      this.leaveUpstream()
      this.pieces.discard()
    }
    this.admission?.finish(this)
    this.durationMs = runtime.clock.nowMs - this.startedMs
    const steps = this.chain.end
    for (let i = 0; i < steps.length; i++) {
      const step = steps[i]
      if (step !== undefined && step.index < this.seen) this.tell(step.filter)
    }
    this.chain.leave()
    this.downstream.ended(this)
  }

  protected tell(filter: Filter): void {
    try {
      filter.onEnd?.(this, this)
    } catch (error) {
      this.filterFailed(filter, error)
    }
  }
}
