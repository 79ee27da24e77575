/** ProtocolSeries: the figures of one listener and protocol, with the operations that have their own. */
import type { Gauge, Outcome } from '../../sdk/index.ts'
import type { Families } from './families.ts'
import { OperationSeries, type ReplyReading } from './operation-series.ts'

const OTHER = 'other'

export class ProtocolSeries {
  readonly protocol: string
  readonly active: Gauge
  readonly #families: Families
  readonly #labels: readonly [listener: string, protocol: string]
  readonly #operationsMax: number
  readonly #operations = new Map<string, OperationSeries>()
  readonly #other: OperationSeries

  constructor(families: Families, listener: string, protocol: string, operationsMax: number) {
    this.protocol = protocol
    this.active = families.active.with([listener, protocol])
    this.#families = families
    this.#labels = [listener, protocol]
    this.#operationsMax = operationsMax
    this.#other = new OperationSeries(families, this.#labels, operationsMax === 0 ? '' : OTHER)
  }

  count(operation: string, outcome: Outcome, reading: ReplyReading): void {
    const series = this.#operations.get(operation) ?? this.#enter(operation, outcome)
    series.count(outcome, reading)
  }

  /** Only what was forwarded once is an operation: names that callers make up take no place. */
  #enter(operation: string, outcome: Outcome): OperationSeries {
    if (outcome.cluster === '' || this.#operations.size >= this.#operationsMax) return this.#other
    const series = new OperationSeries(this.#families, this.#labels, operation)
    this.#operations.set(operation, series)
    return series
  }
}
