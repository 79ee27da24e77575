/**
 * Shared: one thread's view of the state that all workers share, made from the memory that the main thread gave
 * it. A name means the same thing in every thread, before and after a reload, and when a worker has died.
 */
import type {
  Counter,
  Gauge,
  Histogram,
  MetricFamily,
  MetricOptions,
  SharedState,
  TokenBucket,
  TokenBucketOptions,
} from '../../../sdk/index.ts'
import { TokenBuckets } from './buckets.ts'
import type { KeyValuePart, KeyValueQuota } from './key-value-part.ts'
import { KeyValues } from './key-values.ts'
import { type Limit, Limits } from './limit.ts'
import { createSharedMemory, type SharedMemory } from './memory.ts'
import { type FamilyReading, Metrics } from './metrics.ts'

/** Time for token buckets; in every thread it is measured from the same moment. */
interface SharedClock {
  readonly nowMs: number
}

export class Shared implements SharedState {
  readonly #metrics: Metrics
  readonly #buckets: TokenBuckets
  readonly #limits: Limits
  readonly #keyValues: KeyValues

  /** `thread` is a worker's index, or `main`. No two living threads may have the same. */
  constructor(memory: SharedMemory, thread: number | 'main', clock: SharedClock) {
    const main = thread === 'main'
    const of = { index: main ? memory.workersCount : thread, main }
    this.#metrics = new Metrics(memory, of)
    this.#buckets = new TokenBuckets(memory, of, () => clock.nowMs)
    this.#limits = new Limits(memory, of)
    this.#keyValues = new KeyValues(memory, of, () => clock.nowMs)
  }

  /** Shared with nobody: for tests, and for trying a configuration. */
  static alone(clock: SharedClock): Shared {
    return new Shared(createSharedMemory(0), 'main', clock)
  }

  counter(options: MetricOptions): MetricFamily<Counter> {
    return this.#metrics.counter(options)
  }

  gauge(options: MetricOptions): MetricFamily<Gauge> {
    return this.#metrics.gauge(options)
  }

  histogram(options: MetricOptions): MetricFamily<Histogram> {
    return this.#metrics.histogram(options)
  }

  tokenBucket(name: string, options: TokenBucketOptions): TokenBucket | undefined {
    return this.#buckets.bucket(name, options)
  }

  /** How many of something may be held at once over all workers. Throws when the table of limits is full. */
  limit(name: string, max: number): Limit {
    return this.#limits.limit(name, max)
  }

  /** An owner's part of the key-value store; `undefined` when there are too many owners. */
  keyValues(owner: string, quota: KeyValueQuota): KeyValuePart | undefined {
    return this.#keyValues.part(owner, quota)
  }

  /** Every metric with its sums over all threads, without asking any of them. */
  read(): FamilyReading[] {
    return this.#metrics.read()
  }

  /**
   * For the main thread, once a worker has ended and before another gets its index: gives back what it held of
   * limits, forgets what it gauged, and frees its locks. What it counted stays.
   */
  release(worker: number): void {
    this.#metrics.release(worker)
    this.#buckets.release(worker)
    this.#limits.release(worker)
    this.#keyValues.release(worker)
  }
}
