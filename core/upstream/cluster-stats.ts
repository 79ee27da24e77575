/** What a cluster counts: one set of series per cluster, shared by its endpoints and connections. */
import type { Counter, Gauge, SharedState } from '../../sdk/index.ts'

const LABELS = ['cluster'] as const

const families = {
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

export class ClusterStats {
  readonly connects: Counter
  readonly connectFailures: Counter
  readonly resets: Counter
  readonly lateReplies: Counter
  readonly malformed: Counter
  readonly codecFailures: Counter
  readonly drains: Counter
  readonly overflows: Counter
  readonly pauses: Counter
  readonly heartbeats: Counter
  readonly connectionsActive: Gauge

  readonly ownConnectionsActive: Gauge
  /** The cluster that is counted. */
  readonly cluster: string

  constructor(shared: SharedState, cluster: string) {
    this.cluster = cluster
    const counter = ([name, about]: readonly [string, string]): Counter =>
      shared.counter({ name, about, labels: LABELS }).with([cluster])
    this.connects = counter(families.connects)
    this.connectFailures = counter(families.connectFailures)
    this.resets = counter(families.resets)
    this.lateReplies = counter(families.lateReplies)
    this.malformed = counter(families.malformed)
    this.codecFailures = counter(families.codecFailures)
    this.drains = counter(families.drains)
    this.overflows = counter(families.overflows)
    this.pauses = counter(families.pauses)
    this.heartbeats = counter(families.heartbeats)
    this.connectionsActive = shared
      .gauge({
        name: 'upstream_connections_active',
        about: 'Connections to endpoints open now.',
        labels: LABELS,
      })
      .with([cluster])
    this.ownConnectionsActive = shared
      .gauge({
        name: 'upstream_own_connections_active',
        about: 'Connections to endpoints that belong to one client now.',
        labels: LABELS,
      })
      .with([cluster])
  }
}
