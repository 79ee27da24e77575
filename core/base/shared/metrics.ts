/**
 * Metrics: counters, gauges and histograms. Every thread counts in its own region with plain adds, at 2 ns each;
 * sums over the regions are made by whoever asks, without asking the threads, so a hung worker's figures are there
 * and a dead worker's stay: its replacement goes on in the same region.
 */
import type { Counter, Gauge, Histogram, Labels, MetricFamily, MetricOptions } from '../../../sdk/index.ts'
import { AMOUNT_CELLS_COUNT, AMOUNT_SUM_AT, amountBucketOf } from './amounts.ts'
import { addToCell, readCell } from './cells.ts'
import { Directory, type Family, type MetricKind } from './directory.ts'
import { bucketOf, HISTOGRAM_CELLS_COUNT, SUM_AT } from './histogram.ts'
import type { SharedMemory } from './memory.ts'

/** Label values come from peers: longer ones are cut. */
const LABEL_CHARACTERS_MAX = 200

/** Threads that have a part in a metric: this one's cells, and everybody's. */
interface Regions {
  readonly own: Float64Array
  readonly all: readonly Float64Array[]
}

/** A series with the sums over all threads, by cell: one for counters and gauges, buckets and sum for histograms of both kinds. */
export interface SeriesReading {
  readonly labels: readonly string[]
  readonly cells: readonly number[]
}

export interface FamilyReading {
  readonly kind: MetricKind
  readonly name: string
  readonly about: string
  readonly labels: readonly string[]
  readonly series: readonly SeriesReading[]
}

export class Metrics {
  readonly #directory: Directory
  readonly #regions: Regions

  constructor(memory: SharedMemory, thread: { readonly index: number; readonly main: boolean }) {
    this.#directory = new Directory(memory, thread)
    const all = memory.regions.map((region) => new Float64Array(region))
    const own = all[thread.index]
    if (own === undefined) throw new Error(`there is no region for thread ${thread.index}`)
    this.#regions = { own, all }
  }

  counter(options: MetricOptions): MetricFamily<Counter> {
    const regions = this.#regions
    return this.#family('counter', options, (cell) => new SharedNumber(regions, cell))
  }

  gauge(options: MetricOptions): MetricFamily<Gauge> {
    const regions = this.#regions
    return this.#family('gauge', options, (cell) => new SharedNumber(regions, cell))
  }

  histogram(options: MetricOptions): MetricFamily<Histogram> {
    const own = this.#regions.own
    if (options.of === 'amounts')
      return this.#family('amounts', options, (cell) => new SharedAmounts(own, cell))
    return this.#family('histogram', options, (cell) => new SharedHistogram(own, cell))
  }

  /** Everything that was ever counted, summed over all threads. */
  read(): FamilyReading[] {
    return this.#directory.families().map((family) => ({
      kind: family.kind,
      name: family.name,
      about: family.about,
      labels: family.labels,
      series: this.#readSeries(family),
    }))
  }

  /** The main thread says that a worker is gone: what it gauged is no more. What it counted stays. */
  release(threadIndex: number): void {
    this.#directory.release(threadIndex)
    const region = this.#regions.all[threadIndex]
    for (const family of this.#directory.families()) {
      if (family.kind !== 'gauge') continue
      for (const { cell } of [family.other, ...family.series.values()]) region?.fill(0, cell, cell + 1)
    }
  }

  #family<Series>(
    kind: MetricKind,
    options: MetricOptions,
    create: (cell: number) => Series,
  ): MetricFamily<Series> {
    const cellsCount = cellsOf(kind)
    const family = this.#directory.family(kind, cellsCount, options)
    return new SharedFamily({ directory: this.#directory, family, cellsCount, create })
  }

  #readSeries(family: Family): SeriesReading[] {
    const count = cellsOf(family.kind)
    const read = [...family.series.values()].map(({ labels, cell }) => ({
      labels,
      cells: this.#sums(cell, count),
    }))
    const other = this.#sums(family.other.cell, count)
    if (other.some((sum) => sum !== 0)) read.push({ labels: family.other.labels, cells: other })
    return read
  }

  #sums(cell: number, count: number): number[] {
    return Array.from({ length: count }, (_, i) => sumOf(this.#regions.all, cell + i))
  }
}

interface FamilyParts<Series> {
  readonly directory: Directory
  readonly family: Family
  readonly cellsCount: number
  create(cell: number): Series
}

class SharedFamily<Series> implements MetricFamily<Series> {
  readonly #parts: FamilyParts<Series>
  readonly #other: Series
  readonly #known = new Map<string, Series>()

  constructor(parts: FamilyParts<Series>) {
    this.#parts = parts
    this.#other = parts.create(parts.family.other.cell)
  }

  with(labels: Labels): Series {
    const known = this.#known.get(labels.length === 1 ? (labels[0] ?? '') : labels.join('\0'))
    return known ?? this.#enter(labels)
  }

  #enter(labels: Labels): Series {
    const { directory, family, cellsCount } = this.#parts
    if (labels.length !== family.labels.length) {
      throw new Error(
        `${family.name} has the labels ${family.labels.join(', ')}, and got ${labels.length} values`,
      )
    }
    const cleaned = labels.map(cleanLabel)
    const key = cleaned.join('\0')
    const known = this.#known.get(key)
    if (known !== undefined) return known
    // Only what is found is kept, so that the map is no larger than the family.
    const entered = directory.series(family, cellsCount, cleaned)
    if (entered === family.other) return this.#other
    const series = this.#parts.create(entered.cell)
    this.#known.set(key, series)
    return series
  }
}

class SharedNumber implements Counter, Gauge {
  readonly #own: Float64Array
  readonly #all: readonly Float64Array[]
  readonly #cell: number

  constructor(regions: Regions, cell: number) {
    this.#own = regions.own
    this.#all = regions.all
    this.#cell = cell
  }

  add(difference: number): void {
    addToCell(this.#own, this.#cell, difference)
  }

  /** Sets this thread's part. */
  set(value: number): void {
    this.#own[this.#cell] = value
  }

  /** The sum over all threads. */
  get value(): number {
    return sumOf(this.#all, this.#cell)
  }
}

class SharedHistogram implements Histogram {
  readonly #own: Float64Array
  readonly #cell: number

  constructor(own: Float64Array, cell: number) {
    this.#own = own
    this.#cell = cell
  }

  observe(milliseconds: number): void {
    if (!(milliseconds >= 0)) return
    addToCell(this.#own, this.#cell + bucketOf(milliseconds), 1)
    addToCell(this.#own, this.#cell + SUM_AT, milliseconds)
  }
}

class SharedAmounts implements Histogram {
  readonly #own: Float64Array
  readonly #cell: number

  constructor(own: Float64Array, cell: number) {
    this.#own = own
    this.#cell = cell
  }

  observe(amount: number): void {
    if (!(amount >= 0)) return
    addToCell(this.#own, this.#cell + amountBucketOf(amount), 1)
    addToCell(this.#own, this.#cell + AMOUNT_SUM_AT, amount)
  }
}

function cellsOf(kind: MetricKind): number {
  if (kind === 'amounts') return AMOUNT_CELLS_COUNT
  return kind === 'histogram' ? HISTOGRAM_CELLS_COUNT : 1
}

function sumOf(regions: readonly Float64Array[], cell: number): number {
  let sum = 0
  for (const region of regions) sum += readCell(region, cell)
  return sum
}

function cleanLabel(value: string): string {
  const short = value.length > LABEL_CHARACTERS_MAX ? `${value.slice(0, LABEL_CHARACTERS_MAX)}…` : value
  return short.toWellFormed().replaceAll(/[\0-\x1f\x7f]/g, '?')
}
