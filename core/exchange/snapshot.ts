/** Snapshot: one configuration, validated and compiled, frozen from then on. It is swapped in whole or not at all. */
import type { Codec } from '../../sdk/index.ts'
import type { Cluster } from '../upstream/cluster.ts'
import type { FilterChain } from './chain.ts'
import type { ListenerOptions } from './options.ts'

export interface ListenerSnapshot {
  readonly options: ListenerOptions
  /** What the listener speaks: one codec, or with `protocol: auto` those that are sniffed for, in order. */
  readonly codecs: readonly Codec[]
  readonly chain: FilterChain
}

export interface Snapshot {
  /** Grows by one with each configuration that went live. */
  readonly version: number
  readonly listeners: readonly ListenerSnapshot[]
  readonly clusters: ReadonlyMap<string, Cluster>
  /** How long exchanges may go on where this snapshot takes their listener away. */
  readonly drainMs: number
}
