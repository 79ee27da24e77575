/** What a listener counts itself; what filters count is theirs. */
import type { Counter, Gauge, SharedState } from '../../sdk/index.ts'
import { type ErrorKind, errorTable, isErrorKind } from '../../sdk/index.ts'

const LABELS = ['listener'] as const

const families = {
  connections: ['listener_connections_total', 'Connections accepted.'],
  refused: [
    'listener_connections_refused_total',
    'Connections closed at once because the limit was reached.',
  ],
  malformed: ['listener_malformed_total', 'Connections ended because what came could not be understood.'],
  timeouts: [
    'listener_idle_closes_total',
    'Connections closed because nothing came, or a frame did not end.',
  ],
  pauses: [
    'listener_read_disables_total',
    'Times that a connection was read no further until there was room.',
  ],
  heartbeats: ['listener_heartbeats_total', 'Heartbeats answered.'],
  encodeProblems: ['listener_encode_problems_total', 'Replies that could not be written as filters asked.'],
  filterFailures: ['listener_filter_failures_total', 'Exchanges in which a filter threw.'],
  unasked: ['listener_unasked_total', 'Messages that upstreams sent to a client without being asked.'],
  codecFailures: ['listener_codec_failures_total', 'Connections ended because their codec threw.'],
} as const

export class ListenerStats {
  readonly connections: Counter
  readonly refused: Counter
  readonly malformed: Counter
  readonly timeouts: Counter
  readonly pauses: Counter
  readonly heartbeats: Counter
  readonly encodeProblems: Counter
  readonly filterFailures: Counter
  readonly unasked: Counter
  readonly codecFailures: Counter
  readonly connectionsActive: Gauge
  readonly #localErrors = new Map<ErrorKind, Counter>()

  constructor(shared: SharedState, listener: string) {
    const counter = ([name, about]: readonly [string, string]): Counter =>
      shared.counter({ name, about, labels: LABELS }).with([listener])
    this.connections = counter(families.connections)
    this.refused = counter(families.refused)
    this.malformed = counter(families.malformed)
    this.timeouts = counter(families.timeouts)
    this.pauses = counter(families.pauses)
    this.heartbeats = counter(families.heartbeats)
    this.encodeProblems = counter(families.encodeProblems)
    this.filterFailures = counter(families.filterFailures)
    this.unasked = counter(families.unasked)
    this.codecFailures = counter(families.codecFailures)
    this.connectionsActive = shared
      .gauge({ name: 'listener_connections_active', about: 'Connections open now.', labels: LABELS })
      .with([listener])
    const errors = shared.counter({
      name: 'local_errors_total',
      about: 'Exchanges that the proxy itself ended with an error, by kind.',
      labels: ['listener', 'error'],
    })
    for (const kind of Object.keys(errorTable).filter(isErrorKind))
      this.#localErrors.set(kind, errors.with([listener, kind]))
  }

  localError(kind: ErrorKind): void {
    this.#localErrors.get(kind)?.add(1)
  }
}
