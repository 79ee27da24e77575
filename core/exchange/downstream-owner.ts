/** DownstreamOwner: what a client's connection asks of its listener; the answers change with every reload. */
import type { ClusterHandle, Codec } from '../../sdk/index.ts'
import type { ConnectionLimits } from '../net/connection-limits.ts'
import type { Runtime } from '../net/runtime.ts'
import type { Cluster } from '../upstream/cluster.ts'
import type { FilterChain } from './chain.ts'
import type { Downstream } from './downstream.ts'
import type { ListenerStats } from './listener-stats.ts'
import type { ListenerOptions } from './options.ts'

/** `serving`: connections are closed when they fall quiet; `refusing`: new requests are answered with an error. */
export type DrainPhase = 'no' | 'serving' | 'refusing'

export interface DownstreamOwner {
  readonly name: string
  readonly options: ListenerOptions
  readonly chain: FilterChain
  readonly codecs: readonly Codec[]
  readonly stats: ListenerStats
  readonly runtime: Runtime
  readonly limits: ConnectionLimits
  readonly backlogBytesMax: number
  readonly drain: DrainPhase
  findCluster(cluster: ClusterHandle | string): Cluster | undefined
  onClosed(downstream: Downstream): void
}
