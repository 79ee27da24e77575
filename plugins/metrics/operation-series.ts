/**
 * OperationSeries: the figures of one operation, found by its name and held ready for each cluster it went to.
 * Counting an exchange then is a few additions, without making a label or an object.
 */
import type { Counter, Histogram, Outcome } from '../../sdk/index.ts'
import type { Families } from './families.ts'

/** How a reply that came from the upstream reads. */
export type ReplyReading = 'ok' | 'exception' | 'upstream_error'

export class OperationSeries {
  readonly #families: Families
  /** Listener, protocol. */
  readonly #labels: readonly [string, string]
  readonly #operation: string
  readonly #clusters = new Map<string, ClusterSeries>()
  #last: ClusterSeries

  constructor(families: Families, labels: readonly [string, string], operation: string) {
    this.#families = families
    this.#labels = labels
    this.#operation = operation
    this.#last = this.#enter('')
  }

  count(outcome: Outcome, reading: ReplyReading): void {
    if (outcome.cluster !== this.#last.cluster) this.#last = this.#of(outcome.cluster)
    this.#last.count(outcome, reading)
  }

  #of(cluster: string): ClusterSeries {
    return this.#clusters.get(cluster) ?? this.#enter(cluster)
  }

  /** Clusters come from the configuration, so there are as many as it has. */
  #enter(cluster: string): ClusterSeries {
    const series = new ClusterSeries(this.#families, [...this.#labels, cluster, this.#operation])
    this.#clusters.set(cluster, series)
    return series
  }
}

class ClusterSeries {
  readonly cluster: string
  readonly #families: Families
  readonly #labels: readonly [listener: string, protocol: string, cluster: string, operation: string]
  #duration: Histogram | undefined = undefined
  #requestBytes: Counter | undefined = undefined
  #responseBytes: Counter | undefined = undefined
  #ok: Counter | undefined = undefined
  /** By result and error, for all ends but the usual one. */
  readonly #others = new Map<string, Map<string, Counter>>()

  constructor(
    families: Families,
    labels: readonly [listener: string, protocol: string, cluster: string, operation: string],
  ) {
    this.#families = families
    this.#labels = labels
    this.cluster = labels[2]
  }

  count(outcome: Outcome, reading: ReplyReading): void {
    this.#requestsOf(outcome, reading).add(1)
    this.#duration ??= this.#families.duration.with(this.#labels)
    this.#duration.observe(outcome.durationMs)
    this.#requestBytes ??= this.#families.requestBytes.with(this.#labels)
    this.#requestBytes.add(outcome.requestBytes)
    if (outcome.responseBytes === 0) return
    this.#responseBytes ??= this.#families.responseBytes.with(this.#labels)
    this.#responseBytes.add(outcome.responseBytes)
  }

  #requestsOf(outcome: Outcome, reading: ReplyReading): Counter {
    if (outcome.result !== 'ok') return this.#other(outcome.result, outcome.error ?? '')
    switch (reading) {
      case 'ok':
        this.#ok ??= this.#requests('ok', '')
        return this.#ok
      case 'exception':
        return this.#other('exception', '')
      case 'upstream_error':
        return this.#other('error', 'upstream_error')
    }
  }

  #other(result: string, error: string): Counter {
    return this.#others.get(result)?.get(error) ?? this.#enter(result, error)
  }

  #enter(result: string, error: string): Counter {
    const byError = this.#others.get(result) ?? new Map<string, Counter>()
    const counter = this.#requests(result, error)
    this.#others.set(result, byError.set(error, counter))
    return counter
  }

  #requests(result: string, error: string): Counter {
    return this.#families.requests.with([...this.#labels, result, error])
  }
}
