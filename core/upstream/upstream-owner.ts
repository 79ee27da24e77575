/** UpstreamOwner: whose connection to an endpoint it is, and what it is told: a pool, or one client's lease. */
import type { Codec, Message } from '../../sdk/index.ts'
import type { Runtime } from '../net/runtime.ts'
import type { ClusterStats } from './cluster-stats.ts'
import type { ClusterOptions } from './options.ts'
import type { UpstreamConnection } from './upstream-connection.ts'

export interface UpstreamOwner {
  readonly address: string
  readonly codec: Codec
  readonly options: ClusterOptions
  readonly stats: ClusterStats
  readonly runtime: Runtime
  /** Requests wait for a connection. */
  readonly wanted: boolean
  /** Set where the connection belongs to one client: it has sent what nobody asked for. */
  readonly onUnasked: ((message: Message) => void) | undefined
  /** A reply has come or a request was given up: there may be room for another. */
  onRoom(connection: UpstreamConnection): void
  /** The endpoint asked for nothing more; it is the one that closes the connection. */
  onDrain(): void
  /** The endpoint has sent its first bytes here. */
  onAlive(): void
  onClosed(connection: UpstreamConnection): void
}
