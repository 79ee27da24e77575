/**
 * State that all workers share and see exactly: counters, histograms, token buckets. A handle is found once by
 * name and then costs an atomic operation a use. What a name holds survives reloads and the death of a worker.
 */

/** Label values, in the order in which the metric's label names were declared. */
export type Labels = readonly string[]

export interface Counter {
  add(count: number): void
  readonly value: number
}

export interface Gauge {
  add(difference: number): void
  set(value: number): void
  readonly value: number
}

/** A histogram of durations, where `observe` takes milliseconds and the exposition says seconds, or of amounts. */
export interface Histogram {
  observe(value: number): void
}

/** A metric with labels. Series beyond `seriesMax` share one whose labels are all `other`. */
export interface MetricFamily<Series> {
  with(labels: Labels): Series
}

export interface MetricOptions {
  /** Without the `weir_` prefix; in base units, ending as Prometheus wants it (`_total`, `_seconds`, `_bytes`). */
  readonly name: string
  readonly about: string
  readonly labels: readonly string[]
  /** How many series the metric may have before further ones are counted together; default 1,000. */
  readonly seriesMax?: number
  /** Of histograms: whether they count durations, which is the default, or amounts by powers of two. */
  readonly of?: 'durations' | 'amounts'
}

/** A bucket of tokens that fills continuously. */
export interface TokenBucket {
  /** Takes so many tokens, all or none; true when they were there. */
  take(count: number): boolean
  /** Puts back tokens that were taken for a request which another bucket then refused; never above the capacity. */
  give(count: number): void
  /** Tokens there now. */
  readonly available: number
}

export interface TokenBucketOptions {
  /** The most tokens it holds, which is also what it starts with. */
  readonly capacity: number
  /** `tokens` come in every `everyMs` milliseconds. */
  readonly tokens: number
  readonly everyMs: number
}

export interface SharedState {
  counter(options: MetricOptions): MetricFamily<Counter>
  gauge(options: MetricOptions): MetricFamily<Gauge>
  histogram(options: MetricOptions): MetricFamily<Histogram>
  /**
   * The bucket of this name. Workers that ask with the same name and options share it; other options make it a
   * new one. `undefined` when the table of buckets is full.
   */
  tokenBucket(name: string, options: TokenBucketOptions): TokenBucket | undefined
}
