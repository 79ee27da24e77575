/**
 * Directory: which metrics and series exist, and in which cell of every thread's region each is counted. It is a
 * log in shared memory that only grows: a record is written behind what is published and then published with one
 * store, so readers need no lock and a writer that dies leaves nothing behind. Every thread reads it into maps.
 *
 * ```
 * directory  published bytes(4) lock(4) cells used(4) …64 | record | record | …
 * family     1(1) kind(1) cell(4) seriesMax(4) name about count(2) label…
 * series     2(1) family(4) cell(4) count(2) value…
 * text       size(2) UTF-8
 * ```
 */
import type { MetricOptions } from '../../../sdk/index.ts'
import { SharedLock } from './lock.ts'
import type { SharedMemory } from './memory.ts'
import { RecordReader, RecordWriter } from './record.ts'

const PUBLISHED_AT = 0
const LOCK_AT = 1
const CELLS_USED_AT = 2
const HEADER_BYTES = 64
const FAMILY = 1
const SERIES = 2
const SERIES_MAX_DEFAULT = 1_000
/** A record is refused rather than written past this: label values are cut long before. */
const RECORD_BYTES_MAX = 65_536

/** `amounts`: a histogram by powers of two. */
export const metricKinds = ['counter', 'gauge', 'histogram', 'amounts'] as const
export type MetricKind = (typeof metricKinds)[number]

export interface Series {
  readonly labels: readonly string[]
  /** The first of its cells in every region. */
  readonly cell: number
}

export interface Family {
  readonly index: number
  readonly kind: MetricKind
  readonly name: string
  readonly about: string
  readonly labels: readonly string[]
  readonly seriesMax: number
  /** Shared by the series that found no room; it is not among `series`. */
  readonly other: Series
  /** By their label values, joined by NUL. */
  readonly series: Map<string, Series>
}

export class Directory {
  readonly #header: Int32Array
  readonly #bytes: Buffer
  readonly #lock: SharedLock
  readonly #cellsMax: number
  readonly #families: Family[] = []
  readonly #byIdentity = new Map<string, Family>()
  #read = HEADER_BYTES

  constructor(memory: SharedMemory, thread: { readonly index: number; readonly main: boolean }) {
    this.#header = new Int32Array(memory.directory, 0, HEADER_BYTES / Int32Array.BYTES_PER_ELEMENT)
    this.#bytes = Buffer.from(memory.directory)
    this.#lock = new SharedLock(this.#header, LOCK_AT, thread)
    this.#cellsMax =
      Math.min(...memory.regions.map((region) => region.byteLength)) / Float64Array.BYTES_PER_ELEMENT
  }

  /** Every metric that any thread has declared, in the order of their declaration. */
  families(): readonly Family[] {
    this.#catchUp()
    return this.#families
  }

  /** The metric, declared when it is new. Throws when it cannot be: that is for the one who configures. */
  family(kind: MetricKind, cellsCount: number, options: MetricOptions): Family {
    this.#catchUp()
    const identity = identityOf(options.name, options.labels)
    if (!this.#byIdentity.has(identity)) this.#lock.run(() => this.#declare(kind, cellsCount, options))
    const family = this.#byIdentity.get(identity)
    if (family === undefined) throw new Error(`there is no room to declare the metric ${options.name}`)
    if (family.kind !== kind) throw new Error(`the metric ${options.name} is a ${family.kind}, not a ${kind}`)
    return family
  }

  /** The series of these label values, entered when it is new; the family's `other` when there is no room. */
  series(family: Family, cellsCount: number, labels: readonly string[]): Series {
    this.#catchUp()
    const key = labels.join('\0')
    const room = family.series.size < family.seriesMax
    if (room && !family.series.has(key)) this.#lock.run(() => this.#enter(family, cellsCount, labels))
    return family.series.get(key) ?? family.other
  }

  /** The main thread says that a worker is gone. */
  release(threadIndex: number): void {
    this.#lock.freeOf(threadIndex)
  }

  #declare(kind: MetricKind, cellsCount: number, options: MetricOptions): void {
    this.#catchUp()
    if (this.#byIdentity.has(identityOf(options.name, options.labels))) return
    const record = new RecordWriter()
    record.u8(FAMILY)
    record.u8(metricKinds.indexOf(kind))
    const cell = this.#reserve(cellsCount)
    if (cell === undefined) return
    record.u32(cell)
    record.u32(options.seriesMax ?? SERIES_MAX_DEFAULT)
    record.text(options.name)
    record.text(options.about)
    record.texts(options.labels)
    this.#publish(record)
  }

  #enter(family: Family, cellsCount: number, labels: readonly string[]): void {
    this.#catchUp()
    if (family.series.has(labels.join('\0')) || family.series.size >= family.seriesMax) return
    const cell = this.#reserve(cellsCount)
    if (cell === undefined) return
    const record = new RecordWriter()
    record.u8(SERIES)
    record.u32(family.index)
    record.u32(cell)
    record.texts(labels)
    this.#publish(record)
  }

  #reserve(cellsCount: number): number | undefined {
    const cell = Atomics.load(this.#header, CELLS_USED_AT)
    if (cell + cellsCount > this.#cellsMax) return undefined
    Atomics.store(this.#header, CELLS_USED_AT, cell + cellsCount)
    return cell
  }

  #publish(record: RecordWriter): void {
    const start = this.#end()
    const size = record.bytes.length
    if (size > RECORD_BYTES_MAX || start + size > this.#bytes.length) return
    this.#bytes.set(record.bytes, start)
    Atomics.store(this.#header, PUBLISHED_AT, start + size - HEADER_BYTES)
    this.#catchUp()
  }

  #end(): number {
    return HEADER_BYTES + Atomics.load(this.#header, PUBLISHED_AT)
  }

  #catchUp(): void {
    const end = this.#end()
    while (this.#read < end) {
      const reader = new RecordReader(this.#bytes, this.#read)
      if (reader.u8() === FAMILY) this.#readFamily(reader)
      else this.#readSeries(reader)
      this.#read = reader.at
    }
  }

  #readFamily(reader: RecordReader): void {
    const kind = metricKinds[reader.u8()] ?? 'counter'
    const cell = reader.u32()
    const seriesMax = reader.u32()
    const name = reader.text()
    const about = reader.text()
    const labels = reader.texts()
    const other = { labels: labels.map(() => 'other'), cell }
    const index = this.#families.length
    const family = { index, kind, name, about, labels, seriesMax, other, series: new Map<string, Series>() }
    this.#families.push(family)
    this.#byIdentity.set(identityOf(name, labels), family)
  }

  #readSeries(reader: RecordReader): void {
    const family = this.#families[reader.u32()]
    const cell = reader.u32()
    const labels = reader.texts()
    family?.series.set(labels.join('\0'), { labels, cell })
  }
}

/** The same metric may be declared anew with other labels, as a reload can do; both are then exposed. */
function identityOf(name: string, labels: readonly string[]): string {
  return [name, ...labels].join('\0')
}
