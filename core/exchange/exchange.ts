/**
 * ActiveExchange: one request and its at most one response, from the first filter to `onEnd`. It runs the chain,
 * hands the request to a cluster, and ends exactly once, whatever happens in which order. It is the
 * {@link Exchange} that filters see, the {@link Outcome} they are told, and the deadline that bounds both.
 */
import type {
  ByteWriter,
  Codec,
  ErrorKind,
  Exchange,
  ExchangeFlag,
  Filter,
  Forward,
  LocalError,
  LocalReply,
  Message,
  Outcome,
  PauseListener,
  Reply,
  Route,
  Settled,
  Verdict,
  Writing,
} from '../../sdk/index.ts'
import { Mutation, Pause, replyError } from '../../sdk/index.ts'
import type { Deadline } from '../base/timing-wheel.ts'
import { Cluster } from '../upstream/cluster.ts'
import type { Endpoint } from '../upstream/endpoint.ts'
import type { ReplyBrake } from '../upstream/reply-brake.ts'
import type { Admission, RequestHolder, RequestSource, UpstreamRequest } from '../upstream/request.ts'
import { BodyFlow, type BodyOwner } from './body-flow.ts'
import type { FilterChain, Step } from './chain.ts'
import type { Downstream } from './downstream.ts'
import { ExchangePieces } from './exchange-pieces.ts'
import { understood } from './understood.ts'

const NO_VERDICT = 'the filter answered with what is no verdict'

/**
 * request => paused => request; request => upstream => response => paused-response => response => ended. Where the
 * codec works elsewhere, whatever is answered is `writing` until it is ready, then `response` again. Where requests keep
 * their order, one that is ready waits in `turn` for those before it, then goes `upstream`. A reply in pieces waits for its
 * turn to be `due`, then is `passing` until its last piece is written.
 * Every state may go to ended.
 */
type State =
  | 'request'
  | 'paused'
  | 'turn'
  | 'upstream'
  | 'response'
  | 'paused-response'
  | 'writing'
  | 'due'
  | 'passing'
  | 'ended'

export class ActiveExchange
  implements Exchange, Outcome, UpstreamRequest, Deadline, BodyOwner, PauseListener
{
  readonly message: Message
  readonly downstream: Downstream
  readonly chain: FilterChain
  readonly startedMs: number
  readonly expectsReply: boolean
  /** The connection's list of exchanges in flight. */
  next: ActiveExchange | undefined = undefined
  previous: ActiveExchange | undefined = undefined
  /** The order of replies, where the protocol has no ids: whoever is next, what is written before its turn, and how far it is. */
  behind: ActiveExchange | undefined = undefined
  early: ByteWriter | undefined = undefined
  place: 'none' | 'due' | 'over' = 'none'
  /** Where a message of it comes in pieces. */
  pieces: ExchangePieces | undefined = undefined
  // The wheel's.
  deadlineMs = 0
  wheelNext: Deadline | undefined = undefined
  wheelPrevious: Deadline | undefined = undefined
  // The upstream's.
  upstreamId = 0
  holder: RequestHolder | undefined = undefined
  admission: Admission | undefined = undefined
  upstreamEndpoint: Endpoint | undefined = undefined
  attempts = 0
  endpointAddress = ''
  // The outcome.
  result: Outcome['result'] = 'ok'
  error: ErrorKind | undefined = undefined
  errorText = ''
  response: Message | undefined = undefined
  responseBytes = 0
  durationMs = 0
  upstreamMs = -1
  cluster = ''
  #state: State = 'request'
  /** How many filters the request has reached. */
  #seen = 0
  /** The response filter that runs or waits, as a place in the chain's response steps. */
  #step = 0
  #forwardedMs = 0
  /** What is to be done when those before it have been sent. */
  #forwarding: Forward | undefined = undefined
  #timeoutMs = 0
  #route: Route | undefined = undefined
  #routeKnown = false
  #slots: unknown[] | undefined = undefined

  constructor(downstream: Downstream, chain: FilterChain, message: Message, startedMs: number) {
    this.downstream = downstream
    this.chain = chain
    this.message = message
    this.startedMs = startedMs
    this.expectsReply = message.kind !== 'oneway'
    chain.enter()
  }

  get listener(): string {
    return this.downstream.listener
  }

  get protocol(): string {
    return this.message.protocol
  }

  get peer(): string {
    return this.downstream.peer
  }

  get localAddress(): string {
    return this.downstream.localAddress
  }

  get request(): Message {
    return this.message
  }

  get requestBytes(): number {
    return this.message.size - (this.pieces?.request?.missingBytes ?? 0)
  }

  get endpoint(): string {
    return this.endpointAddress
  }

  get flags(): readonly ExchangeFlag[] {
    const flags: ExchangeFlag[] = []
    if (this.attempts > 1) flags.push('retried')
    if (this.result === 'dropped') flags.push('dropped')
    if (this.result === 'downstream_gone') flags.push('downstream_gone')
    return flags
  }

  get source(): RequestSource {
    return this.downstream
  }

  get codec(): Codec {
    return this.downstream.codec
  }

  get ended(): boolean {
    return this.#state === 'ended'
  }

  get route(): Route | undefined {
    if (!this.#routeKnown) {
      this.#routeKnown = true
      this.#route = this.chain.routeSource?.route?.(this.message, this)
    }
    return this.#route
  }

  clearRoute(): void {
    this.#routeKnown = false
    this.#route = undefined
  }

  get(filter: Filter): unknown {
    return this.#slots?.[this.chain.filters.indexOf(filter)]
  }

  set(filter: Filter, value: unknown): void {
    if (this.#slots === undefined) this.#slots = new Array<unknown>(this.chain.filters.length).fill(undefined)
    this.#slots[this.chain.filters.indexOf(filter)] = value
  }

  /** Runs the request through the chain. */
  start(): void {
    this.message.mutation = new Mutation()
    this.#runRequest()
  }

  /** Whether it waits for nothing but its turn. */
  get ready(): boolean {
    return this.#state === 'turn'
  }

  /** Those before it have been sent. */
  proceed(): void {
    const verdict = this.#forwarding
    if (this.#state === 'turn' && verdict !== undefined) this.#send(verdict)
  }

  /** The caller will send nothing more, and is told so in its turn. */
  farewell(): void {
    this.downstream.replyDrain(this)
    this.#end('local_reply')
  }

  /** Ends the exchange with an error, which its caller is told when it waits for a reply. */
  fail(kind: ErrorKind, text: string): void {
    if (this.#state === 'ended' || this.#state === 'writing') return
    this.error = kind
    this.errorText = text
    this.#leaveUpstream()
    if (this.#state === 'passing') {
      this.#cutReply('error')
      return
    }
    const error = { kind, text }
    if (this.expectsReply && this.codec.prepare !== undefined) {
      this.#prepare({ kind: 'error', request: this.message, error }, () => this.#replyError(error))
    } else this.#replyError(error)
  }

  #replyError(error: LocalError): void {
    this.downstream.replyError(this, error)
    this.#end('error')
  }

  /** For codecs that work elsewhere: the caller's connection goes on when what is written is ready. */
  #prepare(writing: Writing, next: () => void): void {
    this.#state = 'writing'
    this.downstream.runtime.wheel.cancel(this)
    this.downstream.prepare(writing, () => {
      if (this.#state !== 'writing') return
      this.#state = 'response'
      next()
    })
  }

  /** The caller is gone: nothing is told to anybody but the filters. */
  abandon(): void {
    if (this.#state === 'ended') return
    this.#leaveUpstream()
    this.#end('downstream_gone')
  }

  onSent(): void {
    if (this.pieces?.request !== undefined && this.message.mutation?.newBody === undefined)
      this.pieces.request.open()
    else if (!this.expectsReply) this.#end('oneway')
  }

  onReply(message: Message): void {
    if (this.#state !== 'upstream') return
    this.downstream.runtime.wheel.cancel(this)
    this.upstreamMs = this.downstream.runtime.clock.nowMs - this.#forwardedMs
    message.origin = this.downstream
    this.response = message
    this.#state = 'response'
    this.#step = 0
    if (this.chain.response.length === 0) this.#deliver(message)
    else this.#runResponse(message)
  }

  onReplyBeginning(message: Message, brake: ReplyBrake): void {
    if (this.#state !== 'upstream') return
    this.pieces ??= new ExchangePieces(undefined)
    if (this.chain.wholeResponses) {
      this.pieces.join(message, (whole) => this.onReply(whole))
      this.#await()
      return
    }
    const flow = new BodyFlow(message, brake.held)
    flow.begin(this, this.chain.responsePieces)
    this.pieces.takeReply(flow, brake)
    this.onReply(message)
  }

  onReplyPiece(piece: Message): void {
    if (this.#state === 'ended') return
    const flow = this.pieces?.addReply(piece)
    if (flow === undefined) {
      if (this.#state === 'upstream') this.#await()
    } else if (flow.waitingBytes > this.downstream.backlogBytesMax) {
      this.downstream.destroy('too much of a reply waits for its turn or for a filter')
    } else if (this.#state === 'passing') this.#await()
  }

  /** The replies before it have been sent. */
  onDue(): void {
    const flow = this.pieces?.reply
    if (this.#state === 'due' && this.response !== undefined && flow !== undefined)
      this.#replyInPieces(this.response, flow)
  }

  reached(step: Step): boolean {
    return step.index < this.#seen
  }

  askPiece(filter: Filter, piece: Message, mutation: Mutation): Verdict {
    piece.origin = this.downstream
    try {
      const answer = filter.onStreamData?.(piece, mutation, this)
      return answer === undefined || understood(answer)
        ? answer
        : this.#failed(filter, new TypeError(NO_VERDICT))
    } catch (error) {
      return this.#failed(filter, error)
    }
  }

  passPiece(flow: BodyFlow, piece: Message): void {
    const last = piece.kind === 'stream-close'
    if (flow === this.pieces?.request) {
      const problem = this.holder?.sendPiece?.(this, piece)
      if (problem !== undefined) this.fail('bad_request', problem)
      else if (last && !this.expectsReply) this.#end('oneway')
      else if (this.#state === 'upstream') this.#await()
      return
    }
    const problem = this.downstream.replyPiece(this, piece)
    if (problem !== undefined) this.fail('bad_response', problem)
    else if (last) this.#end('ok')
  }

  obeyPiece(flow: BodyFlow, verdict: Exclude<Settled, 'continue'>): void {
    if (verdict === 'drop' || verdict === 'close') {
      this.#leaveUpstream()
      if (this.#state === 'passing') this.#cutReply('dropped')
      else this.#end('dropped')
      if (verdict === 'close') this.downstream.closeConnection('a filter closed it')
    } else if (verdict.verdict === 'reply' && verdict.error !== undefined) {
      this.fail(verdict.error.kind, verdict.error.text)
    } else {
      const what = flow === this.pieces?.request ? 'request' : 'reply'
      this.fail('plugin_failed', `a filter wanted to answer or forward a piece of a ${what}`)
    }
  }

  pieceHeld(held: boolean): void {
    const { runtime, options } = this.downstream
    if (held) runtime.wheel.arm(this, options['pause-timeout'])
    else this.#await()
  }

  bodyCut(text: string): void {
    this.fail('bad_request', text)
  }

  onFailure(kind: ErrorKind, text: string): void {
    this.fail(kind, text)
  }

  onDeadline(): void {
    if (this.pieces?.held === true) {
      this.#heldTooLong()
      return
    }
    // What is not taken is nobody's fault upstream; whoever takes nothing for long is dropped.
    if (this.#state === 'passing' && this.pieces?.stopped === true) {
      this.#await()
      return
    }
    switch (this.#state) {
      case 'paused':
      case 'paused-response':
        this.#heldTooLong()
        return
      default:
        this.fail('request_timeout', this.#timeoutText())
    }
  }

  #heldTooLong(): void {
    const limitMs = this.downstream.options['pause-timeout']
    this.fail('plugin_failed', `a filter held the message longer than ${limitMs} ms`)
  }

  #runRequest(): void {
    const { filters } = this.chain
    while (this.#seen < filters.length) {
      const filter = filters[this.#seen++]
      if (filter?.onRequest === undefined) continue
      const verdict = this.#ask(filter, 'request')
      if (verdict === undefined || verdict === 'continue') continue
      this.#obeyRequest(verdict)
      return
    }
    this.fail('route_not_found', `no filter of listener ${this.listener} forwards this request`)
  }

  /** A filter's answer; a filter that throws, or answers what is no verdict, has answered with an error. */
  #ask(filter: Filter, phase: 'request' | 'response'): Verdict {
    try {
      const message = phase === 'request' ? this.message : this.response
      if (message?.mutation === undefined) return undefined
      const answer =
        phase === 'request'
          ? filter.onRequest?.(message, message.mutation, this)
          : filter.onResponse?.(message, message.mutation, this)
      if (answer === undefined || answer === 'continue') return answer
      if (answer instanceof Promise) return this.#pauseOf(filter, answer)
      return understood(answer) ? answer : this.#failed(filter, new TypeError(NO_VERDICT))
    } catch (error) {
      return this.#failed(filter, error)
    }
  }

  #failed(filter: Filter, error: unknown): Reply {
    return this.downstream.filterFailed(this.chain.names[this.chain.filters.indexOf(filter)] ?? '', error)
  }

  /** A promise as a pause; one that fails has answered with an error. */
  #pauseOf(filter: Filter, promise: Promise<Verdict>): Pause {
    const pause = new Pause()
    promise.then(
      (verdict) => {
        if (verdict instanceof Pause) verdict.wait((later) => pause.resume(later))
        else pause.resume(verdict ?? 'continue')
      },
      (error: unknown) => pause.resume(this.#failed(filter, error)),
    )
    return pause
  }

  #obeyRequest(verdict: Exclude<Verdict, undefined>): void {
    if (verdict === 'continue') {
      this.#runRequest()
    } else if (verdict === 'drop') {
      this.#end('dropped')
    } else if (verdict === 'close') {
      this.#end('dropped')
      this.downstream.closeConnection('a filter closed it')
    } else if (verdict.verdict === 'forward') {
      this.#forward(verdict)
    } else if (verdict.verdict === 'reply') {
      this.#replyLocally(verdict)
    } else {
      this.#pause('paused', verdict)
    }
  }

  #pause(state: 'paused' | 'paused-response', pause: Pause): void {
    const { runtime, options } = this.downstream
    this.#state = state
    if (state === 'paused') this.downstream.turns?.hold(this)
    runtime.wheel.arm(this, options['pause-timeout'])
    pause.wait(this)
  }

  /** The pause that it waits for is over; there is one at a time, and it ends once. */
  onResume(answer: Settled): void {
    const state = this.#state
    if (state !== 'paused' && state !== 'paused-response') return
    const verdict = understood(answer) ? answer : replyError('plugin_failed', NO_VERDICT)
    this.downstream.runtime.wheel.cancel(this)
    this.downstream.runtime.clock.refresh()
    if (state === 'paused') {
      this.#state = 'request'
      this.#obeyRequest(verdict)
    } else {
      this.#state = 'response'
      this.#obeyResponse(verdict)
    }
  }

  #forward(verdict: Forward): void {
    const { turns } = this.downstream
    if (turns === undefined || turns.empty) {
      this.#send(verdict)
    } else if (turns.take(this)) {
      this.#send(verdict)
      turns.pass(undefined)
    } else {
      this.#state = 'turn'
      this.#forwarding = verdict
    }
  }

  #send(verdict: Forward): void {
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
    this.#state = 'upstream'
    this.cluster = target.name
    this.#forwardedMs = runtime.clock.nowMs
    if (this.expectsReply) {
      this.#timeoutMs = this.#timeout(verdict)
      this.#await()
    }
    if (this.codec.prepare === undefined) target.send(this)
    else {
      this.downstream.prepare({ kind: 'message', message: this.message }, () => {
        if (this.#state === 'upstream') target.send(this)
      })
    }
  }

  /** From now on so long is waited for the upstream; with each piece it counts anew. */
  #await(): void {
    if (this.#timeoutMs > 0) this.downstream.runtime.wheel.arm(this, this.#timeoutMs)
    else this.downstream.runtime.wheel.cancel(this)
  }

  /** The route's timeout or the listener's, shortened by what the request itself says, where that is configured. */
  #timeout(verdict: Forward): number {
    const { options } = this.downstream
    const usual = verdict.timeoutMs ?? options['request-timeout']
    const { waitMs } = this.message
    // What waits for ever is ended by its caller.
    const configured = waitMs === 0 || usual === 0 ? usual : waitMs === Infinity ? 0 : usual + waitMs
    const property = options['timeout-property']
    if (property === undefined) return configured
    const asked = Number(this.message.get(property))
    if (!(asked > 0)) return configured
    return configured > 0 ? Math.min(configured, asked) : asked
  }

  #timeoutText(): string {
    const where = this.endpointAddress === '' ? this.cluster : `${this.cluster} at ${this.endpointAddress}`
    return `no reply from ${where} within ${this.#timeoutMs} ms`
  }

  #runResponse(message: Message): void {
    message.mutation ??= new Mutation()
    const steps = this.chain.response
    while (this.#step < steps.length) {
      const step = steps[this.#step++]
      if (step === undefined || step.index >= this.#seen) continue
      const verdict = this.#ask(step.filter, 'response')
      if (verdict === undefined || verdict === 'continue') continue
      this.#obeyResponse(verdict)
      return
    }
    this.#deliver(message)
  }

  #obeyResponse(verdict: Exclude<Verdict, undefined>): void {
    if (verdict === 'continue') {
      if (this.response !== undefined) this.#runResponse(this.response)
    } else if (verdict === 'drop') {
      this.#end('dropped')
    } else if (verdict === 'close') {
      this.#end('dropped')
      this.downstream.closeConnection('a filter closed it')
    } else if (verdict.verdict === 'forward') {
      this.fail('plugin_failed', 'a filter forwarded a reply; only requests can be forwarded')
    } else if (verdict.verdict === 'reply') {
      this.#replyLocally(verdict)
    } else {
      this.#pause('paused-response', verdict)
    }
  }

  #deliver(message: Message): void {
    if (this.codec.prepare === undefined) this.#reply(message)
    else this.#prepare({ kind: 'message', message }, () => this.#reply(message))
  }

  #reply(message: Message): void {
    const flow = message.rest > 0 && message.mutation?.newBody === undefined ? this.pieces?.reply : undefined
    if (flow !== undefined) {
      this.#replyInPieces(message, flow)
      return
    }
    const problem = this.downstream.reply(this, message)
    // It was replaced.
    if (message.rest > 0) this.#passOverRest()
    if (problem === undefined) this.#end('ok')
    else this.fail('bad_response', problem)
  }

  #replyInPieces(message: Message, flow: BodyFlow): void {
    if (!this.downstream.due(this)) {
      this.#state = 'due'
      return
    }
    const problem = this.downstream.reply(this, message)
    if (problem !== undefined) {
      this.fail('bad_response', problem)
      return
    }
    this.#state = 'passing'
    this.downstream.passing = this
    this.#await()
    flow.open()
  }

  /** A reply of which the caller has the beginning can be ended in one way only: with the connection. */
  #cutReply(result: Outcome['result']): void {
    this.downstream.cutReply(this)
    this.#end(result)
  }

  #replyLocally(verdict: Reply): void {
    if (verdict.error !== undefined) this.fail(verdict.error.kind, verdict.error.text)
    else if (verdict.reply !== undefined) this.#replyMessage(verdict.reply)
    else this.fail('plugin_failed', 'a filter replied with nothing')
  }

  #replyMessage(reply: LocalReply): void {
    if (!this.expectsReply || this.codec.prepare === undefined) this.#writeReply(reply)
    else this.#prepare({ kind: 'reply', request: this.message, reply }, () => this.#writeReply(reply))
  }

  #writeReply(reply: LocalReply): void {
    const problem = this.downstream.replyMessage(this, reply)
    if (problem === undefined) this.#end('local_reply')
    else this.fail('plugin_failed', problem)
  }

  #passOverRest(): void {
    const holder = this.holder
    this.holder = undefined
    holder?.passOver?.(this)
  }

  #leaveUpstream(): void {
    const holder = this.holder
    this.holder = undefined
    holder?.forget(this)
  }

  #end(result: Outcome['result']): void {
    if (this.#state === 'ended') return
    const { runtime } = this.downstream
    this.#state = 'ended'
    this.result = result
    runtime.wheel.cancel(this)
    this.pieces?.discard()
    this.admission?.finish(this)
    this.durationMs = runtime.clock.nowMs - this.startedMs
    const steps = this.chain.end
    for (let i = 0; i < steps.length; i++) {
      const step = steps[i]
      if (step !== undefined && step.index < this.#seen) this.#tell(step.filter)
    }
    this.chain.leave()
    this.downstream.ended(this)
  }

  #tell(filter: Filter): void {
    try {
      filter.onEnd?.(this, this)
    } catch (error) {
      this.downstream.filterFailed(this.chain.names[this.chain.filters.indexOf(filter)] ?? '', error)
    }
  }
}
