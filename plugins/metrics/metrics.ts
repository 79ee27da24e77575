/** MetricsFilter: counts every exchange when it ends, whatever its end, and those that have not ended. */
import type { Exchange, Filter, FilterContext, Metadata, Outcome } from '../../sdk/index.ts'
import { type Families, metricFamilies } from './families.ts'
import type { ReplyReading } from './operation-series.ts'
import type { MetricsOptions } from './options.ts'
import { ProtocolSeries } from './protocol-series.ts'

export class MetricsFilter implements Filter {
  readonly #families: Families
  readonly #listener: string
  readonly #operationsMax: number
  readonly #exceptions: boolean
  readonly #protocols = new Map<string, ProtocolSeries>()
  /** The protocol counted last: a listener mostly has one. */
  #last: ProtocolSeries | undefined = undefined

  constructor(options: MetricsOptions, context: FilterContext) {
    this.#families = metricFamilies(context.shared)
    this.#listener = context.listener
    this.#operationsMax = options['operations-max']
    this.#exceptions = options.exceptions
  }

  onRequest(metadata: Metadata): undefined {
    this.#of(metadata.protocol).active.add(1)
  }

  onEnd(exchange: Exchange, outcome: Outcome): void {
    const series = this.#of(exchange.protocol)
    series.active.add(-1)
    const operation = this.#operationsMax === 0 ? '' : exchange.request.operation
    series.count(operation, outcome, this.#read(outcome.response))
  }

  #of(protocol: string): ProtocolSeries {
    const last = this.#last
    if (last !== undefined && last.protocol === protocol) return last
    const series = this.#protocols.get(protocol) ?? this.#enter(protocol)
    this.#last = series
    return series
  }

  /** Protocols come from the codecs there are, so they need no other bound. */
  #enter(protocol: string): ProtocolSeries {
    const series = new ProtocolSeries(this.#families, this.#listener, protocol, this.#operationsMax)
    this.#protocols.set(protocol, series)
    return series
  }

  #read(response: Metadata | undefined): ReplyReading {
    if (response === undefined) return 'ok'
    if (response.kind === 'error') return 'upstream_error'
    return this.#exceptions && response.get('exception') !== undefined ? 'exception' : 'ok'
  }
}
