/** MemorySharedState: counters, gauges, histograms and buckets in plain memory, readable by the test. */
import type { Clock } from '../filter.ts'
import type {
  Counter,
  Gauge,
  Histogram,
  Labels,
  MetricFamily,
  MetricOptions,
  SharedState,
  TokenBucket,
  TokenBucketOptions,
} from '../shared.ts'
import { MemoryBucket } from './memory-bucket.ts'

const BUCKETS_MAX = 1_000

export class MemorySharedState implements SharedState {
  readonly buckets = new Map<string, MemoryBucket>()
  readonly #clock: Clock
  readonly #bucketsMax: number
  readonly #families = new Map<string, MemoryFamily>()

  /** `bucketsMax`: how many buckets there may be before the table is full. */
  constructor(clock: Clock, bucketsMax: number = BUCKETS_MAX) {
    this.#clock = clock
    this.#bucketsMax = bucketsMax
  }

  counter(options: MetricOptions): MetricFamily<Counter> {
    return this.#family(options)
  }

  gauge(options: MetricOptions): MetricFamily<Gauge> {
    return this.#family(options)
  }

  histogram(options: MetricOptions): MetricFamily<Histogram> {
    return this.#family(options)
  }

  tokenBucket(name: string, options: TokenBucketOptions): TokenBucket | undefined {
    const { capacity, tokens, everyMs } = options
    const key = `${name} ${capacity}/${tokens}/${everyMs}`
    const known = this.buckets.get(key)
    if (known !== undefined) return known
    if (this.buckets.size >= this.#bucketsMax) return undefined
    const bucket = new MemoryBucket(options, this.#clock)
    this.buckets.set(key, bucket)
    return bucket
  }

  /** What a metric's series counts; 0 when nobody asked for it. `read('requests_total', { listener: 'in' })` */
  read(name: string, labels: Readonly<Record<string, string>> = {}): number {
    return this.#families.get(name)?.sum(labels) ?? 0
  }

  /** What a histogram's series observed, in milliseconds, in order. */
  observed(name: string, labels: Readonly<Record<string, string>> = {}): readonly number[] {
    return this.#families.get(name)?.observed(labels) ?? []
  }

  /** The label values of every series of a metric. */
  series(name: string): readonly Labels[] {
    return this.#families.get(name)?.series() ?? []
  }

  #family(options: MetricOptions): MemoryFamily {
    const known = this.#families.get(options.name)
    if (known !== undefined) return known
    const family = new MemoryFamily(options.labels)
    this.#families.set(options.name, family)
    return family
  }
}

class MemoryFamily implements MetricFamily<MemorySeries> {
  readonly #names: readonly string[]
  readonly #series = new Map<string, MemorySeries>()

  constructor(names: readonly string[]) {
    this.#names = names
  }

  with(labels: Labels): MemorySeries {
    if (labels.length !== this.#names.length) {
      throw new Error(`the labels are ${this.#names.join(', ')}, and ${labels.length} values were given`)
    }
    const key = labels.join('\0')
    const series = this.#series.get(key) ?? new MemorySeries([...labels])
    this.#series.set(key, series)
    return series
  }

  sum(wanted: Readonly<Record<string, string>>): number {
    return this.#matching(wanted).reduce((sum, series) => sum + series.value, 0)
  }

  observed(wanted: Readonly<Record<string, string>>): readonly number[] {
    return this.#matching(wanted).flatMap((series) => series.observations)
  }

  series(): readonly Labels[] {
    return [...this.#series.values()].map(({ labels }) => labels)
  }

  #matching(wanted: Readonly<Record<string, string>>): readonly MemorySeries[] {
    const places = Object.entries(wanted).map(([name, value]) => ({ at: this.#names.indexOf(name), value }))
    return [...this.#series.values()].filter(({ labels }) =>
      places.every(({ at, value }) => labels[at] === value),
    )
  }
}

class MemorySeries implements Counter, Gauge, Histogram {
  readonly labels: Labels
  readonly observations: number[] = []
  value = 0

  constructor(labels: Labels) {
    this.labels = labels
  }

  add(difference: number): void {
    this.value += difference
  }

  set(value: number): void {
    this.value = value
  }

  observe(milliseconds: number): void {
    this.observations.push(milliseconds)
    this.value += 1
  }
}
