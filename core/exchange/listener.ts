/**
 * Listener: a bound address in one worker and the connections it accepted. It carries the parts of a snapshot
 * that new exchanges use, so that a reload changes those and touches no socket.
 */

import { createServer, type Server, type Socket } from 'node:net'
import type { ClusterHandle, Codec, Filter } from '../../sdk/index.ts'
import type { Limit } from '../base/shared/limit.ts'
import { formatHostPort, parseAddress } from '../net/address.ts'
import { type ConnectionLimits, connectionLimits } from '../net/connection-limits.ts'
import type { Runtime } from '../net/runtime.ts'
import { removeStaleSocket } from '../net/unix-socket.ts'
import type { Cluster } from '../upstream/cluster.ts'
import type { FilterChain } from './chain.ts'
import { Downstream } from './downstream.ts'
import type { DownstreamOwner, DrainPhase } from './downstream-owner.ts'
import { ListenError } from './listen-error.ts'
import { createListenerStats, type ListenerStats } from './listener-stats.ts'
import { listening } from './listening.ts'
import type { ListenerOptions } from './options.ts'
import { refuseShared } from './refuse-shared.ts'
import type { ListenerSnapshot, Snapshot } from './snapshot.ts'

/** Connections that the system holds until they are accepted. */
const BACKLOG_COUNT = 4_096
/** How long peers may take to read their last answers and close, once everything is answered. */
const CLOSE_MS = 2_000
/** A client that learns of the close before it has looked at its last answer takes the call for lost. */
const ANSWERED_MS = 200

export class Listener implements DownstreamOwner {
  readonly name: string
  readonly runtime: Runtime
  readonly stats: ListenerStats
  /** Where it listens, with the port that the system chose. */
  boundAddress = ''
  drain: DrainPhase = 'no'
  #parts: ListenerSnapshot
  /** While somebody listens in: the chain with what they listen with before it. */
  #tapped: FilterChain | undefined = undefined
  #tap: Filter | undefined = undefined
  #clusters: Snapshot['clusters']
  #limits: ConnectionLimits
  #connectionLimit: Limit
  readonly #connections = new Set<Downstream>()
  #server: Server | undefined = undefined
  #leaving: { readonly sinceMs: number; readonly deadlineMs: number } | undefined = undefined

  constructor(parts: ListenerSnapshot, clusters: Snapshot['clusters'], runtime: Runtime) {
    this.name = parts.options.name
    this.runtime = runtime
    this.stats = createListenerStats(runtime.shared, this.name)
    this.#parts = parts
    this.#clusters = clusters
    this.#limits = connectionLimits(parts.options)
    this.#connectionLimit = this.#limitConnections()
  }

  get options(): ListenerOptions {
    return this.#parts.options
  }

  get chain(): FilterChain {
    return this.#tapped ?? this.#parts.chain
  }

  get codecs(): readonly Codec[] {
    return this.#parts.codecs
  }

  get limits(): ConnectionLimits {
    return this.#limits
  }

  get backlogBytesMax(): number {
    return this.options.watermarks.max
  }

  get connectionsCount(): number {
    return this.#connections.size
  }

  /**
   * Binds and accepts. `port` replaces port 0, so that all workers listen on the one the first was given. Unless it is
   * `shared` with listeners of this process nobody else may listen there. Rejects with a {@link ListenError}.
   */
  async listen(port: number | undefined, shared = port !== undefined): Promise<void> {
    try {
      await this.#listen(port, shared)
    } catch (error) {
      throw new ListenError(this.name, error)
    }
  }

  async #listen(port: number | undefined, shared: boolean): Promise<void> {
    const address = parseAddress(this.options.address)
    if (typeof address === 'string') throw new Error(address)
    const server = createServer({ allowHalfOpen: true, noDelay: true, pauseOnConnect: false })
    this.#serve(server)
    if (address.kind === 'unix') {
      await removeStaleSocket(address.path)
      await listening(server, { path: address.path, backlog: BACKLOG_COUNT })
      this.boundAddress = this.options.address
    } else {
      const { host } = address
      if (!shared && address.port !== 0) await refuseShared(host, address.port)
      await listening(server, { host, port: port ?? address.port, backlog: BACKLOG_COUNT, reusePort: true })
      const bound = server.address()
      this.boundAddress = formatHostPort(
        host,
        typeof bound === 'object' && bound !== null ? bound.port : address.port,
      )
    }
    this.#watch(server)
  }

  /** Accepts what comes to the address of another listener from now on; that one goes on with the connections it has. */
  inherit(from: Listener): void {
    const server = from.#server
    if (server === undefined) throw new Error(`listener ${from.name} does not listen`)
    from.#server = undefined
    server.removeAllListeners('connection')
    server.removeAllListeners('error')
    this.boundAddress = from.boundAddress
    this.#serve(server)
    this.#watch(server)
  }

  #serve(server: Server): void {
    server.on('connection', (socket) => this.#accept(socket))
    this.#server = server
  }

  /** Without file descriptors left every connection that comes is an error, as often as one comes. */
  #watch(server: Server): void {
    server.on('error', (error) =>
      this.runtime
        .sampledLog('listener_failed')
        ?.error('listener failed', { listener: this.name, error: error.message }),
    )
  }

  /** New exchanges run on these parts from now on. */
  swap(parts: ListenerSnapshot, clusters: Snapshot['clusters']): void {
    if (this.#parts.chain !== parts.chain) {
      this.#parts.chain.retire()
      this.#parts = parts
      this.tap(this.#tap)
    }
    this.#parts = parts
    this.#clusters = clusters
    this.#limits = connectionLimits(parts.options)
    this.#connectionLimit = this.#limitConnections()
  }

  /** New exchanges pass this filter before all others, in this snapshot and those to come; none: no more. */
  tap(filter: Filter | undefined): void {
    this.#tapped?.retire()
    this.#tap = filter
    const tap = filter === undefined ? undefined : { name: 'tap', filter }
    this.#tapped = tap === undefined ? undefined : this.#parts.chain.behind(tap)
  }

  findCluster(cluster: ClusterHandle | string): Cluster | undefined {
    return this.#clusters.get(typeof cluster === 'string' ? cluster : cluster.name)
  }

  /**
   * Accepts no more and lets exchanges finish within `deadlineMs`: connections that fall quiet close; from half the
   * time on new requests are refused; at the end what is in flight is answered with an error. A listener that is
   * already leaving keeps the earlier end.
   */
  leave(deadlineMs: number): void {
    this.#server?.close()
    this.#server = undefined
    const { nowMs } = this.runtime.clock
    const known = this.#leaving
    if (known !== undefined && known.sinceMs + known.deadlineMs <= nowMs + deadlineMs) return
    if (this.drain === 'no') this.drain = 'serving'
    this.#leaving = { sinceMs: nowMs, deadlineMs }
  }

  /** Its last connection has closed: no request will come any more. */
  retire(): void {
    this.tap(undefined)
    this.#parts.chain.retire()
  }

  /** Resolves when its filters, once destroyed, have done what they do then. */
  get settled(): Promise<unknown> {
    return this.#parts.chain.settled
  }

  /** Ends everything now, without a word to anybody. */
  destroy(): void {
    this.#server?.close()
    this.#server = undefined
    for (const downstream of [...this.#connections]) downstream.destroy('the proxy has stopped')
  }

  sweep(nowMs: number): void {
    if (this.#leaving !== undefined) this.#drain(nowMs - this.#leaving.sinceMs, this.#leaving.deadlineMs)
    for (const downstream of this.#connections) downstream.sweep(nowMs)
  }

  onClosed(downstream: Downstream): void {
    this.#connections.delete(downstream)
    this.#connectionLimit.release()
    this.stats.connectionsActive.add(-1)
  }

  /** Figures for people and programs. */
  report() {
    return {
      name: this.name,
      address: this.boundAddress,
      protocol: this.options.protocol,
      codecs: this.#codecFigures(),
      filters: this.#parts.chain.names,
      connections: this.#connections.size,
      exchanges: this.#parts.chain.exchangesActive + this.#tappedExchanges,
      draining: this.drain !== 'no',
      waitingBytes: this.#waitingBytes,
    }
  }

  /** Bytes that wait for clients, and those of clients that wait for upstreams. */
  get #waitingBytes(): number {
    let bytes = 0
    for (const downstream of this.#connections) bytes += downstream.waitingBytes
    return bytes
  }

  /** The tapped chain counts as one exchange on its own. */
  get #tappedExchanges(): number {
    return this.#tapped === undefined ? 0 : this.#tapped.exchangesActive - 1
  }

  /** What is held counts on under a new maximum, for the limit goes by the listener's name. */
  #limitConnections(): Limit {
    return this.runtime.shared.limit(`listener/${this.name}/connections`, this.options['connections-max'])
  }

  /** Connections by the version of the codec that they speak, of codecs that have versions. */
  #codecFigures(): readonly {
    readonly name: string
    readonly version: string
    readonly connections: number
  }[] {
    const counts = new Map<Codec, number>()
    for (const codec of this.codecs) if (codec.life !== undefined) counts.set(codec, 0)
    for (const { spokenCodec } of this.#connections) {
      if (spokenCodec?.life !== undefined) counts.set(spokenCodec, (counts.get(spokenCodec) ?? 0) + 1)
    }
    return [...counts].map(([{ name, life }, connections]) => ({
      name,
      version: life?.version ?? '',
      connections,
    }))
  }

  #drain(passedMs: number, deadlineMs: number): void {
    if (passedMs >= deadlineMs / 2) this.drain = 'refusing'
    if (passedMs >= deadlineMs + CLOSE_MS) this.destroy()
    else if (passedMs >= deadlineMs) {
      const close = passedMs >= deadlineMs + ANSWERED_MS
      for (const downstream of [...this.#connections]) downstream.drainNow(close)
    }
  }

  #accept(socket: Socket): void {
    this.runtime.clock.refresh()
    if (!this.#connectionLimit.acquire()) {
      this.stats.refused.add(1)
      this.runtime.sampledLog('connection_refused')?.warn('connection limit reached', { listener: this.name })
      socket.destroy()
      return
    }
    this.stats.connections.add(1)
    this.stats.connectionsActive.add(1)
    const caller = new Downstream(socket, this)
    this.#connections.add(caller)
    const { peer } = caller
    this.runtime.sampledLog('caller_connected')?.debug('a caller connected', { listener: this.name, peer })
  }
}
