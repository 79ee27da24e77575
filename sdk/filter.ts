/**
 * Filter: one step of a listener's chain. One filter serves all exchanges of a worker and snapshot; what belongs
 * to one exchange lives in the exchange. Filters run in the configured order on requests and in reverse on
 * responses, synchronously unless they answer with a promise or a {@link Pause}.
 */
import type { ErrorKind } from './errors.ts'
import type { Metadata } from './metadata.ts'
import type { Mutation } from './mutation.ts'
import type { SharedState } from './shared.ts'
import type { ClusterHandle, Verdict } from './verdict.ts'

/** A route that was chosen for an exchange. */
export interface Route {
  readonly name: string
  /** What the route configures for other filters, by filter name, as written. */
  readonly filterConfigs: Readonly<Record<string, unknown>>
}

/** One exchange as filters see it. Times are milliseconds of the monotonic {@link Clock}. */
export interface Exchange {
  readonly listener: string
  readonly protocol: string
  /** The caller's address and our own, as `ip:port` or a socket's path. */
  readonly peer: string
  readonly localAddress: string
  readonly startedMs: number
  readonly request: Metadata
  /** The route, found by the chain's {@link Filter.route} when first asked for. */
  readonly route: Route | undefined
  /** Whether it is over: nothing that is decided about it counts any more. */
  readonly ended: boolean
  /** Forgets the route, so that the next reader finds it anew; for filters that changed what routes match on. */
  clearRoute(): void
  /** A place for what a filter keeps from one phase to the next; one slot per filter. */
  get(filter: Filter): unknown
  set(filter: Filter, value: unknown): void
}

/**
 * Facts beside the error kind, as Envoy's response flags. `late_reply` is reserved and never set: an exchange that is given up
 * has ended, and was told of, before its reply can come; those replies are counted by their cluster.
 */
export type ExchangeFlag = 'late_reply' | 'downstream_gone' | 'dropped' | 'retried'

/** How an exchange ended. */
export interface Outcome {
  /** `ok`: the upstream's reply was sent (whatever it says); `oneway`: sent, and no reply is due. */
  readonly result: 'ok' | 'oneway' | 'local_reply' | 'error' | 'dropped' | 'downstream_gone'
  readonly error: ErrorKind | undefined
  /** The sentence the caller was told with the error. */
  readonly errorText: string
  readonly response: Metadata | undefined
  readonly requestBytes: number
  readonly responseBytes: number
  readonly startedMs: number
  /** From the first byte of the request to the last decision about it. */
  readonly durationMs: number
  /** From forwarding to the reply; -1 when nothing was forwarded or no reply came. */
  readonly upstreamMs: number
  readonly cluster: string
  /** The endpoint's address; empty when none was chosen. */
  readonly endpoint: string
  readonly attempts: number
  readonly flags: readonly ExchangeFlag[]
}

export interface Filter {
  onRequest?(metadata: Metadata, mutation: Mutation, exchange: Exchange): Verdict | Promise<Verdict>
  onResponse?(metadata: Metadata, mutation: Mutation, exchange: Exchange): Verdict | Promise<Verdict>
  /**
   * What follows the first frame of a call, in either direction: a piece of a message that is passed on as it comes, of
   * kind `stream-data`, the last of kind `stream-close`. Its body may be replaced where the codec can; `drop`, `close` and
   * an error end the exchange, and what has not come yet is passed over.
   */
  onStreamData?(metadata: Metadata, mutation: Mutation, exchange: Exchange): Verdict
  /** Whose bodies this filter reads: such messages do not come in pieces where it is in the chain. Default: nobody's. */
  readonly wholeBodies?: { readonly request: boolean; readonly response: boolean }
  /**
   * Properties of requests that this filter decides by: a request whose beginning lacks one of them does not come in pieces
   * where it is in the chain. One that it reads and does not name here may have its request refused by the codec.
   */
  readonly reads?: readonly string[]
  /** Exactly once for every filter that the request reached, however the exchange ended. */
  onEnd?(exchange: Exchange, outcome: Outcome): void
  /** Every route this filter may find, with where it stands (relative to this filter's options). */
  readonly routes?: readonly { readonly route: Route; readonly path: readonly (string | number)[] }[]
  /** Finds the route of a request; the filter that forwards has it. */
  route?(metadata: Metadata, exchange: Exchange): Route | undefined
  /**
   * Called once for each route that configures this filter, before traffic, with the configuration decoded by
   * `routeOptions`. The filter keeps what it makes of it under the route.
   */
  onRoute?(route: Route, config: unknown): void
  /**
   * The snapshot this filter belongs to is no longer used by any exchange. When the proxy stops, a promise is waited for, a
   * second at most; whether it is kept is the filter's own affair.
   */
  onDestroy?(): void | Promise<void>
}

/** Monotonic and wall time, refreshed once per turn of the event loop. */
export interface Clock {
  /** Monotonic milliseconds with a fraction; the epoch is the worker's start. */
  readonly nowMs: number
  /** Milliseconds since 1970. */
  readonly wallMs: number
}

export interface Log {
  debug(text: string, fields?: Readonly<Record<string, unknown>>): void
  info(text: string, fields?: Readonly<Record<string, unknown>>): void
  warn(text: string, fields?: Readonly<Record<string, unknown>>): void
  error(text: string, fields?: Readonly<Record<string, unknown>>): void
}

/** What the host gives a filter when it is made. */
export interface FilterContext {
  readonly listener: string
  readonly protocol: string
  /** Where the filter stands in the configuration, for messages: `listeners[0].filters[1]`. */
  readonly path: string
  readonly clock: Clock
  readonly log: Log
  readonly shared: SharedState
  /** A number from 0 to under 1. */
  random(): number
  /** `undefined` when no cluster has the name. */
  cluster(name: string): ClusterHandle | undefined
  readonly clusterNames: readonly string[]
  /** A problem with the configuration that only the filter can see; `path` is relative to the filter's own. */
  problem(path: readonly (string | number)[], text: string): void
  /** Called when the operator asks for files to be opened anew (SIGUSR1). */
  onReopen(listener: () => void): void
}
