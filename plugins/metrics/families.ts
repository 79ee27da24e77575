/** The metrics themselves: names, labels and bounds, all in one place. */
import type { Counter, Gauge, Histogram, MetricFamily, SharedState } from '../../sdk/index.ts'

/** Over all listeners; a histogram's series takes seventeen numbers, a counter's one. */
const REQUEST_SERIES_MAX = 5_000
const OPERATION_SERIES_MAX = 2_000

const OPERATION_LABELS = ['listener', 'protocol', 'cluster', 'operation'] as const

export interface Families {
  readonly requests: MetricFamily<Counter>
  readonly duration: MetricFamily<Histogram>
  readonly requestBytes: MetricFamily<Counter>
  readonly responseBytes: MetricFamily<Counter>
  readonly active: MetricFamily<Gauge>
}

export function metricFamilies(shared: SharedState): Families {
  return {
    requests: shared.counter({
      name: 'requests_total',
      about: 'Requests by how they ended; error names the kind of a failure.',
      labels: [...OPERATION_LABELS, 'result', 'error'],
      seriesMax: REQUEST_SERIES_MAX,
    }),
    duration: shared.histogram({
      name: 'request_duration_seconds',
      about: 'From the first byte of a request to the last decision about it.',
      labels: OPERATION_LABELS,
      seriesMax: OPERATION_SERIES_MAX,
    }),
    requestBytes: shared.counter({
      name: 'request_bytes_total',
      about: 'Bytes of requests as they were received.',
      labels: OPERATION_LABELS,
      seriesMax: OPERATION_SERIES_MAX,
    }),
    responseBytes: shared.counter({
      name: 'response_bytes_total',
      about: 'Bytes of replies, those of the proxy itself included.',
      labels: OPERATION_LABELS,
      seriesMax: OPERATION_SERIES_MAX,
    }),
    active: shared.gauge({
      name: 'requests_active',
      about: 'Requests that have not ended.',
      labels: ['listener', 'protocol'],
    }),
  }
}
