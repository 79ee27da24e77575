/**
 * Workers: the set of worker threads. All of them get the same configuration or none does; one that dies is
 * replaced and gets the live one, and only its own connections are lost.
 */
import type { Counter, Gauge } from '../../sdk/index.ts'
import type { Logger, LogLevel, LogSink } from '../base/log.ts'
import type { SharedMemory } from '../base/shared/memory.ts'
import type { Shared } from '../base/shared/shared.ts'
import type { BoundListener } from '../exchange/data-plane.ts'
import type { RecordBatch } from '../exchange/recorder.ts'
import type { TapReport } from '../guest/tap-call.ts'
import type { ConfigFacts } from './config-facts.ts'
import { preparedByAll, type Review } from './prepared-by-all.ts'
import type { ConfigText, RecordCommand } from './protocol.ts'
import { Stopping } from './stopping.ts'
import { WorkerLink } from './worker-link.ts'
import { WorkerPlace, type WorkerReport } from './worker-place.ts'

/** A thread loads its modules. */
const READY_MS = 60_000
/** Listeners are bound, and the names of endpoints looked up, for which the data plane takes 5 s at most. */
const COMMIT_MS = 15_000
/** What a worker may take beyond the time allowed for draining, to close what was answered. */
const DRAIN_GRACE_MS = 5_000

/** A worker begins to record, or gives what it has. */
const RECORD_MS = 10_000

const accept: Review = async () => undefined

export interface WorkersParts {
  readonly count: number
  /** The code that the threads run. */
  readonly program: string
  readonly memory: SharedMemory
  readonly epochMs: number
  readonly shared: Shared
  readonly sink: LogSink
  readonly log: Logger
  /** Whether another process may have the addresses of listeners as well. */
  readonly takeOver?: boolean
  /** Who watches the calls of plugins; absent where nobody does. */
  readonly watcher?: PluginWatcher
  nowMs(): number
}

/** Somebody who wants to see calls of plugins, so many of each worker in a second. */
export interface PluginWatcher {
  readonly callsPerSecond: number
  onTap(report: TapReport): void
}

export class Workers {
  readonly #parts: WorkersParts
  readonly #places: WorkerPlace[] = []
  readonly #logPending: readonly SharedArrayBuffer[]
  readonly #serving: Gauge
  readonly #deaths: Counter
  #level: LogLevel
  #config: ConfigText | undefined = undefined
  #bound: readonly BoundListener[] = []
  #stopping = false
  /** Changes to the configurations that workers have, one after the other. */
  #changes: Promise<unknown> = Promise.resolve()

  constructor(parts: WorkersParts) {
    const { shared, count } = parts
    this.#parts = parts
    this.#level = parts.log.control.level
    this.#logPending = Array.from(
      { length: count },
      () => new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT),
    )
    this.#serving = shared
      .gauge({ name: 'workers', about: 'Workers that carry traffic.', labels: [] })
      .with([])
    this.#deaths = shared
      .counter({ name: 'worker_deaths_total', about: 'Workers that died and were replaced.', labels: [] })
      .with([])
  }

  get count(): number {
    return this.#parts.count
  }

  get servingCount(): number {
    return this.#places.filter(({ state }) => state === 'serving').length
  }

  /** Where the listeners of the live configuration listen. */
  get bound(): readonly BoundListener[] {
    return this.#bound
  }

  /** Starts every worker with its first configuration. Rejects when one cannot have it; all are ended then. */
  async start(config: ConfigText, review: Review = accept): Promise<ConfigFacts> {
    if (this.#stopping) throw new Stopping()
    for (let index = 0; index < this.#parts.count; index++)
      this.#places.push(new WorkerPlace(index, this.#owner()))
    const links = this.#places.map(({ link }) => link)
    try {
      await withinTime(Promise.all(links.map(({ ready }) => ready)), READY_MS, 'the workers did not start')
      return await this.#inTurn(() => this.#give(config, links, review))
    } catch (error) {
      await this.stopNow()
      throw error
    }
  }

  /**
   * Makes a configuration live in all workers. Rejects with the reason, and then all have the one before; with
   * {@link Stopping} when they are ended meanwhile.
   */
  apply(config: ConfigText, review: Review = accept): Promise<ConfigFacts> {
    return this.#inTurn(async () => {
      if (this.#stopping) throw new Stopping()
      const serving = this.#places.filter(({ state }) => state === 'serving')
      return this.#give(
        config,
        serving.map(({ link }) => link),
        review,
      )
    })
  }

  /** Ends all workers once they have drained; false when one had to be ended before it was done. */
  async drain(timeoutMs: number): Promise<boolean> {
    this.#stop()
    const links = this.#places.map(({ link }) => link).filter(({ gone }) => !gone)
    const drained = await Promise.allSettled(links.map((link) => link.drain(timeoutMs, DRAIN_GRACE_MS)))
    await Promise.all(links.map((link) => link.stop()))
    return drained.every(({ status }) => status === 'fulfilled')
  }

  /** Ends all workers now. */
  async stopNow(): Promise<void> {
    this.#stop()
    await Promise.all(this.#places.map(({ link }) => link.stop()))
  }

  /** What every worker says; one that hangs is waited for no longer than the timeout. */
  reports(timeoutMs: number, plugin?: string): Promise<WorkerReport[]> {
    return Promise.all(this.#places.map((place) => place.report(timeoutMs, plugin)))
  }

  /** What the recordings of all workers that serve have; rejects when one of them cannot do it. */
  async record(command: RecordCommand): Promise<RecordBatch> {
    const serving = this.#places.filter(({ state }) => state === 'serving')
    const batches = await Promise.all(serving.map(({ link }) => link.record(command, RECORD_MS)))
    return {
      records: batches.flatMap(({ records }) => records),
      dropped: batches.reduce((sum, { dropped }) => sum + dropped, 0),
      full: batches.every(({ full }) => full),
    }
  }

  /** How long each worker's thread has been busy since it started. */
  get busyMs(): readonly number[] {
    return this.#places.map(({ link }) => link.busyMs)
  }

  setLogLevel(level: LogLevel): void {
    this.#level = level
    for (const { link } of this.#places) link.setLogLevel(level)
  }

  reopen(): void {
    for (const { link } of this.#places) link.reopen()
  }

  /**
   * Prepares everywhere, then commits: first in one worker, because what can still fail is binding, and it is given
   * the ports that the others share; then in the rest. One of these that fails is ended, and replaced with the
   * configuration that is live by then.
   */
  async #give(wanted: ConfigText, links: readonly WorkerLink[], review: Review): Promise<ConfigFacts> {
    const [first, ...others] = links
    if (first === undefined) throw new Error('no worker is there to take the configuration')
    const { config, facts } = await this.#prepared(wanted, links, review)
    const bound = await first.commit(this.#bound, COMMIT_MS).catch((error: unknown) => {
      for (const link of others) link.abort()
      throw error
    })
    this.#config = config
    this.#bound = bound
    await Promise.all(others.map((link) => this.#commitOrEnd(link)))
    for (const place of this.#places) if (links.includes(place.link) && !place.link.gone) place.serves()
    return facts
  }

  async #prepared(wanted: ConfigText, links: readonly WorkerLink[], review: Review) {
    try {
      const prepared = await preparedByAll(wanted, links, review)
      // Who takes no more callers begins nothing new.
      if (this.#stopping) throw new Stopping()
      return prepared
    } catch (error) {
      for (const link of links) link.abort()
      throw error
    }
  }

  async #commitOrEnd(link: WorkerLink): Promise<void> {
    try {
      await link.commit(this.#bound, COMMIT_MS)
    } catch (error) {
      // One that drains answers late, and what it still has in flight is to be finished.
      if (this.#places[link.index]?.state === 'stopped') return
      this.#parts.log.error('worker could not take the configuration that others took', {
        worker: link.index,
        error,
      })
      await link.terminate('it could not take the configuration')
    }
  }

  /** A replacement takes its turn among reloads, so that it cannot be given a configuration that is going out. */
  async #bringUp(link: WorkerLink): Promise<void> {
    await withinTime(link.ready, READY_MS, `worker ${link.index} did not start`)
    await this.#inTurn(async () => {
      const config = this.#config
      if (config === undefined) return
      await preparedByAll(config, [link], accept)
      await link.commit(this.#bound, COMMIT_MS)
      for (const place of this.#places) if (place.link === link) place.serves()
    })
  }

  #openLink(index: number, onExit: (reason: string) => void): WorkerLink {
    const { program, memory, epochMs, sink, watcher, takeOver = false } = this.#parts
    const logPending = this.#logPending[index] ?? new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT)
    Atomics.store(new Int32Array(logPending), 0, 0)
    return new WorkerLink({
      program,
      sink,
      onExit,
      ...(watcher === undefined ? {} : { onTap: (report: TapReport) => watcher.onTap(report) }),
      data: {
        ...{ index, memory, epochMs, logPending, takeOver },
        logLevel: this.#level,
        tapped: watcher?.callsPerSecond ?? 0,
      },
    })
  }

  #owner() {
    return {
      log: this.#parts.log,
      nowMs: () => this.#parts.nowMs(),
      openLink: (index: number, onExit: (reason: string) => void) => this.#openLink(index, onExit),
      bringUp: (link: WorkerLink) => this.#bringUp(link),
      onDeath: (index: number) => this.#onDeath(index),
      onState: () => this.#serving.set(this.servingCount),
    }
  }

  #onDeath(index: number): void {
    this.#parts.shared.release(index)
    if (this.#places[index]?.state !== 'stopped') this.#deaths.add(1)
  }

  #stop(): void {
    this.#stopping = true
    for (const place of this.#places) place.stop()
  }

  #inTurn<Result>(change: () => Promise<Result>): Promise<Result> {
    const done = this.#changes.then(change)
    this.#changes = done.catch(() => undefined)
    return done
  }
}

async function withinTime<Result>(promise: Promise<Result>, ms: number, problem: string): Promise<Result> {
  const { promise: late, reject } = Promise.withResolvers<never>()
  const timer = setTimeout(() => reject(new Error(`${problem} within ${ms} ms`)), ms)
  try {
    return await Promise.race([promise, late])
  } finally {
    clearTimeout(timer)
  }
}
