/** What a cluster counts: one set of series per cluster, shared by its endpoints and connections. */
import type { Gauge, SharedState } from '../../sdk/index.ts'
import { counters } from '../base/shared/counters.ts'

const LABEL = 'cluster'

const table = {
  connects: ['upstream_connects_total', 'Connections to endpoints that were made.'],
  connectFailures: ['upstream_connect_failures_total', 'Dials of endpoints that failed.'],
  resets: ['upstream_resets_total', 'Connections that ended while requests waited on them.'],
  lateReplies: ['upstream_late_replies_total', 'Replies dropped because nobody waited for them.'],
  malformed: ['upstream_malformed_total', 'Connections ended because what came could not be understood.'],
  codecFailures: ['upstream_codec_failures_total', 'Connections ended because their codec threw.'],
  drains: ['upstream_drains_total', 'Signals of endpoints to send them nothing more.'],
  overflows: ['upstream_overflows_total', 'Requests refused because a limit of the cluster was reached.'],
  pauses: ['upstream_read_disables_total', 'Times that a slow endpoint stopped the callers who send to it.'],
  heartbeats: ['upstream_heartbeats_total', 'Heartbeats sent to idle connections.'],
} as const

export type ClusterStats = ReturnType<typeof createClusterStats>

export function createClusterStats(shared: SharedState, cluster: string) {
  const gauge = (name: string, about: string): Gauge =>
    shared.gauge({ name, about, labels: [LABEL] }).with([cluster])
  return {
    cluster,
    ...counters(shared, table, [LABEL, cluster]),
    connectionsActive: gauge('upstream_connections_active', 'Connections to endpoints open now.'),
    ownConnectionsActive: gauge(
      'upstream_own_connections_active',
      'Connections to endpoints that belong to one client now.',
    ),
  }
}
