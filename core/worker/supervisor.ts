/**
 * Supervisor: the main thread of `weir run`. It carries no traffic: it starts the workers, keeps the configuration,
 * serves the admin API, writes the log, and ends everything in order when it is asked to.
 *
 * Signals: TERM and INT drain, and a second one ends at once; HUP reloads; USR1 opens log files anew. An error that
 * nobody caught in this thread is logged, then the process drains and reports failure: what the thread knows may be
 * wrong by now, and the workers finish their calls without it.
 */
import { AdminServer } from '../admin/server.ts'
import type { AdminSource, Phase, PluginStatus, ReloadOutcome, WorkerReport } from '../admin/source.ts'
import { errorText } from '../base/error-text.ts'
import type { Logger, LogLevel } from '../base/log.ts'
import type { FamilyReading } from '../base/shared/metrics.ts'
import type { Shared } from '../base/shared/shared.ts'
import { ConfigWatch } from '../config/watch.ts'
import type { RecordBatch, RecorderOptions } from '../exchange/recorder.ts'
import type { ConfigFacts } from './config-facts.ts'
import type { LiveConfig, LiveStatus, ReloadCause } from './live-config.ts'
import type { PluginService } from './plugin-service.ts'
import { busyReading, processReadings } from './process-metrics.ts'
import type { Workers } from './workers.ts'

/** A signal that follows another one so soon is the same one. */
const ECHO_MS = 500
const DRAIN_DEFAULT_MS = 30_000

/** Where the process hears of signals and of its own failures; `process` is one. */
export interface ProcessEvents {
  on(event: string, listener: (...args: unknown[]) => void): unknown
  off(event: string, listener: (...args: unknown[]) => void): unknown
}

export interface SupervisorParts {
  readonly file: string
  readonly watch: boolean
  /** From the command line; wins over the file's at every reload. */
  readonly logLevel: LogLevel | undefined
  readonly startedAtMs: number
  readonly log: Logger
  readonly shared: Shared
  readonly live: LiveConfig
  readonly workers: Workers
  readonly plugins: PluginService
  readonly events: ProcessEvents
}

/** `ok`: asked to stop, and everything in flight was finished. */
export type SuperviseResult = 'ok' | 'failed'

export class Supervisor implements AdminSource {
  readonly #parts: SupervisorParts
  readonly #stopped = Promise.withResolvers<SuperviseResult>()
  readonly #handlers: readonly (readonly [event: string, listener: (...args: unknown[]) => void])[]
  #phase: Phase = 'starting'
  #failed = false
  /** How many recordings were begun. */
  #recordings = 0
  /** A further signal to stop means at once. */
  #impatient = false
  #admin: AdminServer | undefined = undefined
  #watch: ConfigWatch | undefined = undefined

  constructor(parts: SupervisorParts) {
    this.#parts = parts
    const stop = () => this.#onStopSignal()
    this.#handlers = [
      ['SIGTERM', stop],
      ['SIGINT', stop],
      ['SIGHUP', () => void this.#reload('signal')],
      ['SIGUSR1', () => parts.workers.reopen()],
      ['uncaughtException', (error) => this.#fail('an error in the main thread was not caught', error)],
      ['unhandledRejection', (error) => this.#fail('a rejection in the main thread was not handled', error)],
    ]
  }

  /** Starts with a valid configuration and runs until asked to stop. */
  async run(text: string, facts: ConfigFacts): Promise<SuperviseResult> {
    for (const [event, listener] of this.#handlers) this.#parts.events.on(event, listener)
    try {
      await this.#start(text, facts)
      return await this.#stopped.promise
    } catch (error) {
      // Asked to stop while it was starting: what was not finished is no failure.
      if (this.#phase === 'draining') return await this.#stopped.promise
      this.#parts.log.error('weir cannot start', { reason: errorText(error) })
      return 'failed'
    } finally {
      this.#phase = 'stopped'
      this.#watch?.close()
      this.#parts.plugins.close()
      await this.#admin?.close()
      for (const [event, listener] of this.#handlers) this.#parts.events.off(event, listener)
    }
  }

  get phase(): Phase {
    return this.#phase
  }

  get logLevel(): LogLevel {
    return this.#parts.log.control.level
  }

  metrics(): readonly FamilyReading[] {
    return [...this.#parts.shared.read(), busyReading(this.#parts.workers.busyMs)]
  }

  processMetrics(): readonly FamilyReading[] {
    return processReadings(this.#parts.startedAtMs)
  }

  reports(timeoutMs: number, plugin?: string): Promise<readonly WorkerReport[]> {
    return this.#parts.workers.reports(timeoutMs, plugin)
  }

  config(): LiveStatus {
    return this.#parts.live.status()
  }

  reload(): Promise<ReloadOutcome> {
    return this.#reload('admin')
  }

  plugins(): readonly PluginStatus[] {
    return this.#parts.plugins.list()
  }

  reloadPlugins(name: string | undefined): Promise<readonly string[]> {
    return this.#parts.plugins.reload(name)
  }

  disablePlugin(name: string, disabled: boolean): Promise<readonly string[] | undefined> {
    return this.#parts.plugins.disable(name, disabled)
  }

  async startRecording(listener: string, options: RecorderOptions): Promise<number> {
    const id = ++this.#recordings
    await this.#parts.workers.record({ do: 'start', id, listener, options })
    return id
  }

  fetchRecords(id: number, stop: boolean): Promise<RecordBatch> {
    return this.#parts.workers.record({ do: stop ? 'stop' : 'fetch', id })
  }

  setLogLevel(level: LogLevel): void {
    this.#parts.log.control.level = level
    this.#parts.workers.setLogLevel(level)
  }

  /** Takes no more connections, finishes what is in flight within the time the configuration allows, and stops. */
  drain(): void {
    if (this.#phase !== 'serving' && this.#phase !== 'starting') return
    const timeoutMs = this.#parts.live.facts?.drainMs ?? DRAIN_DEFAULT_MS
    this.#phase = 'draining'
    this.#parts.log.info('draining', { timeoutMs })
    this.#parts.workers.drain(timeoutMs).then(
      (clean) => this.#end(clean),
      (error: unknown) => {
        this.#parts.log.error('draining failed', { error })
        this.#end(false)
      },
    )
  }

  async #start(text: string, facts: ConfigFacts): Promise<void> {
    const { live, workers, plugins, log } = this.#parts
    this.#admin = await AdminServer.open(facts.adminAddress, { source: this, log })
    await live.start(text, (config) => plugins.start(config, facts))
    // Somebody may have asked to stop meanwhile.
    if (this.#phase === 'starting') this.#phase = 'serving'
    if (this.#parts.watch) this.#watch = this.#openWatch(text)
    plugins.open((apply) => live.reapply(apply))
    const listeners = Object.fromEntries(workers.bound.map(({ name, address }) => [name, address]))
    log.info('weir is serving', { workers: workers.count, listeners, admin: this.#admin.address })
  }

  #openWatch(current: string): ConfigWatch {
    return new ConfigWatch({
      file: this.#parts.file,
      current,
      onText: () => void this.#reload('watch'),
      onProblem: (problem) => this.#parts.log.warn('the configuration file cannot be read', { problem }),
    })
  }

  async #reload(cause: ReloadCause): Promise<ReloadOutcome> {
    const { live, plugins, logLevel } = this.#parts
    const before = live.facts?.logLevel
    if (this.#phase !== 'serving') {
      return { ok: false, version: live.status().version, problems: [`the proxy is ${this.#phase}`] }
    }
    if (cause !== 'watch') plugins.forgive()
    const outcome = await live.reload(cause, (config) => plugins.apply(config))
    if (outcome.ok) this.#watch?.adopt(live.text)
    const level = live.facts?.logLevel
    // What an operator set by hand stays until the file says something new.
    if (logLevel === undefined && level !== before && level !== undefined) this.setLogLevel(level)
    return outcome
  }

  /** A signal to a whole process group comes twice, directly and through the launcher: an echo is no second wish. */
  #onStopSignal(): void {
    if (this.#phase !== 'draining') {
      this.drain()
      setTimeout(() => (this.#impatient = true), ECHO_MS).unref()
    } else if (this.#impatient) {
      this.#stopNow()
    }
  }

  #stopNow(): void {
    this.#parts.log.warn('stopping at once, as asked a second time')
    this.#parts.workers.stopNow().finally(() => this.#end(false))
  }

  #fail(text: string, error: unknown): void {
    this.#parts.log.error(text, { error })
    this.#failed = true
    if (this.#phase === 'starting') this.#stopped.resolve('failed')
    else this.drain()
  }

  #end(clean: boolean): void {
    this.#parts.log.info('weir has stopped', { clean })
    this.#stopped.resolve(clean && !this.#failed ? 'ok' : 'failed')
  }
}
