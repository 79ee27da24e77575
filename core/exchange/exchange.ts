/**
 * ActiveExchange: one request and its at most one response on their way through the filters and the upstream: it runs the
 * chain, hands the request to a cluster, and takes what comes of it.
 */
import type { Forward, Message, Pause, PauseListener, Settled, Verdict } from '../../sdk/index.ts'
import { Mutation, replyError } from '../../sdk/index.ts'
import { Cluster } from '../upstream/cluster.ts'
import type { ReplyBrake } from '../upstream/reply-brake.ts'
import { ExchangeEnding } from './exchange-ending.ts'
import { ExchangePieces } from './exchange-pieces.ts'
import { askAboutRequest, askAboutResponse, NO_VERDICT } from './filter-call.ts'
import { goesOn } from './goes-on.ts'
import { replyTimeoutMs } from './reply-timeout.ts'
import { understood } from './understood.ts'

export class ActiveExchange extends ExchangeEnding implements PauseListener {
  /** Whether the upstream has the request, or a part of it, and has not answered. */
  get awaiting(): boolean {
    return this.state === 'upstream'
  }

  /** Runs the request through the chain. */
  start(): void {
    this.message.mutation = new Mutation()
    this.runRequest()
  }

  /** Whether it waits for nothing but its turn. */
  get ready(): boolean {
    return this.state === 'turn'
  }

  /** Those before it have been sent, or all that came with it have passed the filters. */
  proceed(): void {
    const verdict = this.forwarding
    if (this.state === 'turn' && verdict !== undefined) this.send(verdict)
  }

  onSent(): void {
    if (this.pieces?.sent() !== true && !this.expectsReply) this.end('oneway')
  }

  onReply(message: Message): void {
    if (this.state !== 'upstream') return
    this.downstream.runtime.wheel.cancel(this)
    this.upstreamMs = this.downstream.runtime.clock.nowMs - this.forwardedMs
    message.origin = this.downstream
    this.response = message
    this.state = 'response'
    this.step = 0
    if (this.chain.response.length === 0) this.deliver(message)
    else this.runResponse(message)
  }

  onReplyBeginning(message: Message, brake: ReplyBrake): void {
    if (this.state !== 'upstream') return
    this.pieces ??= new ExchangePieces(this, undefined)
    this.pieces.replyBegins(message, brake)
  }

  onReplyPiece(piece: Message): void {
    if (this.state !== 'ended') this.pieces?.replyPiece(piece)
  }

  onDeadline(): void {
    if (this.pieces?.held === true) {
      this.heldTooLong()
      return
    }
    // What is not taken is nobody's fault upstream; whoever takes nothing for long is dropped.
    if (this.pieces?.stopped === true) {
      this.awaitUpstream()
      return
    }
    switch (this.state) {
      case 'paused':
      case 'paused-response':
        this.heldTooLong()
        return
      default:
        this.fail('request_timeout', this.timeoutText())
    }
  }

  protected heldTooLong(): void {
    const limitMs = this.downstream.options['pause-timeout']
    this.fail('plugin_failed', `a filter held the message longer than ${limitMs} ms`)
  }

  protected runRequest(): void {
    const { filters } = this.chain
    while (this.seen < filters.length) {
      const filter = filters[this.seen++]
      if (filter?.onRequest === undefined) continue
      const verdict = askAboutRequest(this, filter)
      if (goesOn(verdict)) continue
      this.obeyRequest(verdict)
      return
    }
    this.fail('route_not_found', `no filter of listener ${this.listener} forwards this request`)
  }

  protected obeyRequest(verdict: Exclude<Verdict, undefined>): void {
    if (typeof verdict === 'string') {
      if (verdict === 'continue') this.runRequest()
      else this.endUntold(verdict)
    } else if (verdict.verdict === 'forward') {
      this.forward(verdict)
    } else if (verdict.verdict === 'reply') {
      this.replyLocally(verdict)
    } else {
      this.pause('paused', verdict)
    }
  }

  protected pause(state: 'paused' | 'paused-response', pause: Pause): void {
    const { runtime, options } = this.downstream
    this.state = state
    if (state === 'paused') this.downstream.turns?.hold(this)
    runtime.wheel.arm(this, options['pause-timeout'])
    pause.wait(this)
  }

  /** The pause that it waits for is over; there is one at a time, and it ends once. */
  onResume(answer: Settled): void {
    const state = this.state
    if (state !== 'paused' && state !== 'paused-response') return
    const verdict = understood(answer) ? answer : replyError('plugin_failed', NO_VERDICT)
    const { clock, turn, wheel } = this.downstream.runtime
    wheel.cancel(this)
    // Many pauses may end together.
    if (!turn.begun && !turn.departures.begun) clock.refresh()
    if (state === 'paused') {
      this.state = 'request'
      this.obeyRequest(verdict)
    } else {
      this.state = 'response'
      this.obeyResponse(verdict)
    }
  }

  protected forward(verdict: Forward): void {
    const { turns, departures } = this.downstream
    if (departures !== undefined) {
      this.state = 'turn'
      this.forwarding = verdict
      departures.add(this)
    } else if (turns === undefined || turns.empty) {
      this.send(verdict)
    } else if (turns.take(this)) {
      this.send(verdict)
      turns.pass(undefined)
    } else {
      this.state = 'turn'
      this.forwarding = verdict
    }
  }

  protected send(verdict: Forward): void {
    const { cluster } = verdict
    const target = cluster instanceof Cluster ? cluster : this.downstream.findCluster(cluster)
    if (target === undefined) {
      this.fail(
        'cluster_not_found',
        `no cluster is named ${typeof cluster === 'string' ? cluster : cluster.name}`,
      )
      return
    }
    const { runtime } = this.downstream
    this.state = 'upstream'
    this.cluster = target.name
    this.forwardedMs = runtime.clock.nowMs
    if (this.expectsReply) {
      this.timeoutMs = replyTimeoutMs(this.downstream.options, verdict, this.message)
      this.awaitUpstream()
    }
    if (this.codec.prepare === undefined) target.send(this)
    else this.sendWhenReady(target)
  }

  // A method of its own: one that makes what is done later keeps its variables for it with every call.
  protected sendWhenReady(target: Cluster): void {
    this.downstream.prepare({ kind: 'message', message: this.message }, () => {
      if (this.state === 'upstream') target.send(this)
    })
  }

  /** From now on so long is waited for the upstream; with each piece it counts anew. */
  awaitUpstream(): void {
    if (this.timeoutMs > 0) this.downstream.runtime.wheel.arm(this, this.timeoutMs)
    else this.downstream.runtime.wheel.cancel(this)
  }

  protected timeoutText(): string {
    const where = this.endpointAddress === '' ? this.cluster : `${this.cluster} at ${this.endpointAddress}`
    return `no reply from ${where} within ${this.timeoutMs} ms`
  }

  protected runResponse(message: Message): void {
    message.mutation ??= new Mutation()
    const steps = this.chain.response
    while (this.step < steps.length) {
      const step = steps[this.step++]
      if (step === undefined || step.index >= this.seen) continue
      const verdict = askAboutResponse(this, step.filter)
      if (goesOn(verdict)) continue
      this.obeyResponse(verdict)
      return
    }
    this.deliver(message)
  }

  protected obeyResponse(verdict: Exclude<Verdict, undefined>): void {
    if (typeof verdict === 'string') {
      if (verdict !== 'continue') this.endUntold(verdict)
      else if (this.response !== undefined) this.runResponse(this.response)
    } else if (verdict.verdict === 'forward') {
      this.fail('plugin_failed', 'a filter forwarded a reply; only requests can be forwarded')
    } else if (verdict.verdict === 'reply') {
      this.replyLocally(verdict)
    } else {
      this.pause('paused-response', verdict)
    }
  }

  /** A filter ends it without a word, and its connection with `close`. */
  protected endUntold(verdict: 'drop' | 'close'): void {
    this.end('dropped')
    if (verdict === 'close') this.downstream.closeConnection('a filter closed it')
  }
}
