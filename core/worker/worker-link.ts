/**
 * WorkerLink: the main thread's end of one worker thread. It starts the thread, pairs answers with requests, and
 * reports the thread's end once, with the reason. It decides nothing about replacing it.
 */
import { setFlagsFromString } from 'node:v8'
import { Worker } from 'node:worker_threads'
import type { LogLevel, LogSink } from '../base/log.ts'
import type { BoundListener } from '../exchange/data-plane.ts'
import type { RecordBatch } from '../exchange/recorder.ts'
import type { TapReport } from '../guest/tap-call.ts'
import { LogRelay } from './log-relay.ts'
import type {
  ConfigText,
  FromWorker,
  PlaneReport,
  PreparedConfig,
  RecordCommand,
  ToWorker,
  WorkerAnswer,
  WorkerData,
  WorkerRequest,
} from './protocol.ts'
import { Refusal } from './refusal.ts'
import { Stopping } from './stopping.ts'
import { threadFlags, YOUNG_SEMI_MB } from './thread-flags.ts'

/** A worker's heap is small: what is in flight is in buffers outside. The young generation is three semi-spaces. */
const RESOURCE_LIMITS = {
  maxYoungGenerationSizeMb: 3 * YOUNG_SEMI_MB,
  maxOldGenerationSizeMb: 1_024,
} as const

interface Waiting {
  readonly resolve: (answer: WorkerAnswer) => void
  readonly reject: (error: Error) => void
  readonly timer: NodeJS.Timeout
}

export interface WorkerLinkParts {
  /** The code that the thread runs. */
  readonly program: string
  readonly data: WorkerData
  readonly sink: LogSink
  /** Hears of the calls of plugins that are watched. */
  onTap?(report: TapReport): void
  /** Called once, after every request that waited has been refused. */
  onExit(reason: string): void
}

export class WorkerLink {
  readonly index: number
  /** Settles when the thread has loaded and listens to requests; rejects when it ends before. */
  readonly ready: Promise<void>
  readonly #worker: Worker
  readonly #parts: WorkerLinkParts
  readonly #waiting = new Map<number, Waiting>()
  readonly #readiness = Promise.withResolvers<void>()
  #nextId = 1
  #failure = ''
  /** It was ended while nothing was wrong with it. */
  #stopped = false
  #gone = false

  constructor(parts: WorkerLinkParts) {
    this.index = parts.data.index
    this.#parts = parts
    this.ready = this.#readiness.promise
    // Whoever waits for readiness hears of the failure; that nobody waits is no failure of its own.
    this.ready.catch(() => {})
    for (const flag of threadFlags) setFlagsFromString(flag)
    this.#worker = new Worker(parts.program, {
      eval: true,
      workerData: parts.data,
      name: `worker ${parts.data.index}`,
      resourceLimits: RESOURCE_LIMITS,
    })
    this.#worker.on('message', (message: FromWorker) => this.#on(message))
    this.#worker.on('error', (error: unknown) => {
      this.#failure = error instanceof Error ? (error.stack ?? error.message) : String(error)
    })
    this.#worker.on('exit', (code) => this.#exited(code))
  }

  get gone(): boolean {
    return this.#gone
  }

  /** How long the thread has been busy since it started; it need not answer for that. */
  get busyMs(): number {
    return this.#gone ? 0 : this.#worker.performance.eventLoopUtilization().active
  }

  async prepare(config: ConfigText, timeoutMs: number): Promise<PreparedConfig> {
    const answer = await this.#request({ type: 'prepare', config }, timeoutMs)
    if (answer.type === 'prepared') return answer.prepared
    throw new Error(`worker ${this.index} answered with something else than facts`)
  }

  async commit(bound: readonly BoundListener[], timeoutMs: number): Promise<readonly BoundListener[]> {
    const answer = await this.#request({ type: 'commit', bound }, timeoutMs)
    return answer.type === 'bound' ? answer.listeners : []
  }

  /** Nobody waits for it: the worker forgets what it prepared. */
  abort(): void {
    this.#request({ type: 'abort' }, 0).catch(() => {})
  }

  /** Plain data for the admin API; rejects when the worker does not answer in time. */
  async report(timeoutMs: number, plugin?: string): Promise<PlaneReport> {
    const about = plugin === undefined ? {} : { plugin }
    const answer = await this.#request({ type: 'report', ...about }, timeoutMs)
    if (answer.type === 'report') return answer.report
    throw new Error(`worker ${this.index} answered with something else than a report`)
  }

  async record(command: RecordCommand, timeoutMs: number): Promise<RecordBatch> {
    const answer = await this.#request({ type: 'record', command }, timeoutMs)
    if (answer.type === 'records') return answer.batch
    throw new Error(`worker ${this.index} answered with something else than records`)
  }

  /** Settles when the worker has nothing left to do. */
  async drain(timeoutMs: number, graceMs: number): Promise<void> {
    await this.#request({ type: 'drain', timeoutMs }, timeoutMs + graceMs)
  }

  setLogLevel(level: LogLevel): void {
    this.#post({ type: 'log-level', level })
  }

  reopen(): void {
    this.#post({ type: 'reopen' })
  }

  /** Ends the thread, because weir stops. What it was asked is refused with that. */
  async stop(): Promise<void> {
    this.#stopped ||= !this.#gone && this.#failure === ''
    await this.terminate('stopped')
  }

  /** Ends the thread now, whatever it does. */
  async terminate(reason: string): Promise<void> {
    if (this.#failure === '') this.#failure = reason
    await this.#worker.terminate()
  }

  #request(request: WorkerRequest, timeoutMs: number): Promise<WorkerAnswer> {
    if (this.#stopped) return Promise.reject(new Stopping())
    if (this.#gone) return Promise.reject(new Error(`worker ${this.index} is gone`))
    const { promise, resolve, reject } = Promise.withResolvers<WorkerAnswer>()
    const id = this.#nextId++
    const timer = setTimeout(() => this.#expire(id, request, timeoutMs), timeoutMs)
    this.#waiting.set(id, { resolve, reject, timer })
    this.#post({ type: 'request', id, request })
    return promise
  }

  #expire(id: number, request: WorkerRequest, timeoutMs: number): void {
    this.#settle(id)?.reject(
      new Error(`worker ${this.index} did not answer "${request.type}" within ${timeoutMs} ms`),
    )
  }

  #settle(id: number): Waiting | undefined {
    const waiting = this.#waiting.get(id)
    this.#waiting.delete(id)
    clearTimeout(waiting?.timer)
    return waiting
  }

  #on(message: FromWorker): void {
    switch (message.type) {
      case 'ready':
        this.#readiness.resolve()
        return
      case 'answer':
        this.#settle(message.id)?.resolve(message.answer)
        return
      case 'refusal':
        this.#settle(message.id)?.reject(message.stopping ? new Stopping() : new Refusal(message.problems))
        return
      case 'log':
        this.#parts.sink.write(message.lines)
        LogRelay.written(this.#parts.data.logPending, message.lines)
        return
      case 'tap':
        this.#parts.onTap?.(message.report)
        return
    }
  }

  #exited(code: number): void {
    this.#gone = true
    const reason = this.#failure === '' ? `exit code ${code}` : this.#failure
    const gone = this.#stopped ? new Stopping() : new Error(`worker ${this.index} ended: ${reason}`)
    this.#readiness.reject(gone)
    for (const id of [...this.#waiting.keys()]) this.#settle(id)?.reject(gone)
    this.#parts.onExit(reason)
  }

  #post(message: ToWorker): void {
    if (!this.#gone) this.#worker.postMessage(message)
  }
}
