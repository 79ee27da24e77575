/**
 * ThreadRunner: the worker's side of the protocol. It hands requests to what carries the traffic, one after the
 * other where they change something, and answers each. A drain waits for nothing but what is going live this moment, and
 * nothing goes live after it.
 */
import type { MessagePort } from 'node:worker_threads'
import type { LogControl } from '../base/log.ts'
import type { BoundListener } from '../exchange/data-plane.ts'
import type { RecordBatch } from '../exchange/recorder.ts'
import type { LogRelay } from './log-relay.ts'
import type {
  ConfigText,
  FromWorker,
  PlaneReport,
  PreparedConfig,
  RecordCommand,
  ToWorker,
  WorkerAnswer,
  WorkerRequest,
} from './protocol.ts'
import { Refusal } from './refusal.ts'
import { Stopping } from './stopping.ts'

/** A configuration that was compiled in this worker and is not live yet. */
export interface Prepared extends PreparedConfig {
  /** Makes it live; `bound` tells where other workers listen already. When this rejects, what was live before still is. */
  commit(bound: readonly BoundListener[]): Promise<readonly BoundListener[]>
  abort(): void
}

/** What carries the traffic in a worker. */
export interface ThreadHost {
  /** Compiles. Rejects with a {@link Refusal} when the configuration is wrong. */
  prepare(config: ConfigText): Promise<Prepared>
  /** Settles when every connection is gone, at the latest a moment after the timeout. */
  drain(timeoutMs: number): Promise<void>
  /** With what the plugin of this name said. */
  report(plugin?: string): PlaneReport
  /** Begins, fetches from or ends a recording. */
  record(command: RecordCommand): RecordBatch
  /** Files are opened anew. */
  reopen(): void
}

export interface ThreadRunnerParts {
  readonly port: MessagePort
  readonly host: ThreadHost
  readonly control: LogControl
  readonly relay: LogRelay
}

const DONE: WorkerAnswer = { type: 'done' }

export class ThreadRunner {
  readonly #port: MessagePort
  readonly #host: ThreadHost
  readonly #control: LogControl
  readonly #relay: LogRelay
  #prepared: Prepared | undefined = undefined
  /** Settles when the last request that changes something is done; they never overlap. */
  #changes: Promise<unknown> = Promise.resolve()
  /** Settles when what is going live is live, or is not. */
  #commits: Promise<unknown> = Promise.resolve()
  #draining = false

  constructor(parts: ThreadRunnerParts) {
    this.#port = parts.port
    this.#host = parts.host
    this.#control = parts.control
    this.#relay = parts.relay
  }

  /** Listens to the main thread and says that this thread is there. */
  run(): void {
    this.#port.on('message', (message: ToWorker) => this.#on(message))
    this.#post({ type: 'ready' })
  }

  #on(message: ToWorker): void {
    switch (message.type) {
      case 'request':
        this.#serve(message.id, message.request)
        return
      case 'log-level':
        this.#control.level = message.level
        return
      case 'reopen':
        this.#host.reopen()
        return
    }
  }

  #serve(id: number, request: WorkerRequest): void {
    const done = inTurn(request) ? this.#inTurn(request) : this.#answer(request)
    done.then(
      (answer) => this.#post({ type: 'answer', id, answer }),
      (error: unknown) => {
        const stopping = error instanceof Stopping
        this.#post({ type: 'refusal', id, problems: Refusal.problemsOf(error), stopping })
      },
    )
  }

  #inTurn(request: WorkerRequest): Promise<WorkerAnswer> {
    const done = this.#changes.then(() => this.#answer(request))
    this.#changes = done.catch(() => undefined)
    return done
  }

  async #answer(request: WorkerRequest): Promise<WorkerAnswer> {
    switch (request.type) {
      case 'prepare':
        return { type: 'prepared', prepared: plainData(await this.#prepare(request.config)) }
      case 'commit':
        return { type: 'bound', listeners: await this.#commit(request.bound) }
      case 'abort':
        this.#prepared?.abort()
        this.#prepared = undefined
        return DONE
      case 'report':
        return { type: 'report', report: this.#host.report(request.plugin) }
      case 'record':
        return { type: 'records', batch: this.#host.record(request.command) }
      case 'drain':
        this.#draining = true
        await this.#commits
        await this.#host.drain(request.timeoutMs)
        this.#relay.flush()
        return DONE
    }
  }

  async #prepare(config: ConfigText): Promise<Prepared> {
    this.#prepared?.abort()
    this.#prepared = undefined
    if (this.#draining) throw new Stopping()
    const prepared = await this.#host.prepare(config)
    this.#prepared = prepared
    return prepared
  }

  async #commit(bound: readonly BoundListener[]): Promise<readonly BoundListener[]> {
    const prepared = this.#prepared
    if (prepared === undefined) throw new Error('no configuration was prepared')
    this.#prepared = undefined
    try {
      if (this.#draining) throw new Stopping()
      const live = prepared.commit(bound)
      this.#commits = live.catch(() => undefined)
      return await live
    } catch (error) {
      // Its filters, plugins and clusters exist and will not go live.
      prepared.abort()
      throw error
    }
  }

  #post(message: FromWorker): void {
    this.#port.postMessage(message)
  }
}

/** Whether it changes something, for which another change has to be over. */
function inTurn({ type }: WorkerRequest): boolean {
  return type === 'prepare' || type === 'commit' || type === 'abort'
}

/** Without what is to be called, which cannot be sent. */
function plainData({ facts, plugins }: Prepared): PreparedConfig {
  return plugins === undefined ? { facts } : { facts, plugins }
}
