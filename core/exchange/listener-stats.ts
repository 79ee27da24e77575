/** What a listener counts itself; what filters count is theirs. */
import { type ErrorKind, errorTable, isErrorKind, type SharedState } from '../../sdk/index.ts'
import { counters } from '../base/shared/counters.ts'

const LABEL = 'listener'

const table = {
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

export type ListenerStats = ReturnType<typeof createListenerStats>

export function createListenerStats(shared: SharedState, listener: string) {
  const errors = shared.counter({
    name: 'local_errors_total',
    about: 'Exchanges that the proxy itself ended with an error, by kind.',
    labels: [LABEL, 'error'],
  })
  const kinds = Object.keys(errorTable).filter(isErrorKind)
  const byKind = new Map(kinds.map((kind) => [kind, errors.with([listener, kind])]))
  return {
    ...counters(shared, table, [LABEL, listener]),
    connectionsActive: shared
      .gauge({ name: 'listener_connections_active', about: 'Connections open now.', labels: [LABEL] })
      .with([listener]),
    localError: (kind: ErrorKind): void => byKind.get(kind)?.add(1),
  }
}
