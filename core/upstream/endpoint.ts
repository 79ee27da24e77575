/**
 * Endpoint: one address of a cluster in one worker, with its health. An endpoint whose dials fail is left alone
 * for a time that doubles; one that asked for nothing more gets nothing until the connections it said so on have
 * closed.
 */
import type { Codec, ErrorKind } from '../../sdk/index.ts'
import type { Address } from '../net/address.ts'
import type { Runtime } from '../net/runtime.ts'
import type { Host } from './balancer/balancer.ts'
import type { ClusterStats } from './cluster-stats.ts'
import type { ClusterOptions } from './options.ts'
import { Pool, type PoolOwner } from './pool.ts'
import type { UpstreamRequest } from './request.ts'
import type { EndpointSpec } from './resolver.ts'

export type Health = 'healthy' | 'backing-off' | 'draining'

/** Errors that speak against the endpoint a request was sent to. */
const BLAMED: readonly ErrorKind[] = [
  'upstream_connect_failed',
  'upstream_reset',
  'request_timeout',
  'bad_response',
]

/** What an endpoint tells its cluster. */
export interface EndpointOwner {
  readonly options: ClusterOptions
  readonly stats: ClusterStats
  readonly runtime: Runtime
  /** These were never sent to the endpoint, because no connection to it could be made. */
  onUnsent(endpoint: Endpoint, reason: string, requests: readonly UpstreamRequest[]): void
}

export class Endpoint implements Host, PoolOwner {
  readonly address: string
  readonly weight: number
  readonly priority: number
  readonly spec: EndpointSpec
  readonly target: Address
  /** Equal for equal specifications, so that an update keeps what has not changed. */
  readonly key: string
  /** Requests sent here in this worker that have neither been answered nor failed. */
  active = 0
  requestsTotal = 0
  failuresTotal = 0
  readonly #owner: EndpointOwner
  #pools: Pool[] = []
  #failedDials = 0
  #retryAtMs = 0
  #lastFailure = ''
  /** Connections in a row that ended before the endpoint had sent anything. */
  #silentDeaths = 0
  #draining = false
  #connected = 0
  #closeReason: string | undefined = undefined

  constructor(spec: EndpointSpec, owner: EndpointOwner) {
    this.spec = spec
    this.address = spec.address
    this.weight = spec.weight
    this.priority = spec.priority
    this.key = JSON.stringify(spec)
    this.target = spec.target
    this.#owner = owner
  }

  get options(): ClusterOptions {
    return this.#owner.options
  }

  get stats(): ClusterStats {
    return this.#owner.stats
  }

  get runtime(): Runtime {
    return this.#owner.runtime
  }

  /** Whether a balancer may pick it. */
  get available(): boolean {
    return !this.#draining && (this.#connected > 0 || this.mayDial)
  }

  get mayDial(): boolean {
    return this.#failedDials === 0 || this.runtime.clock.nowMs >= this.#retryAtMs
  }

  get health(): Health {
    if (this.#draining) return 'draining'
    return this.#failedDials === 0 ? 'healthy' : 'backing-off'
  }

  send(request: UpstreamRequest): void {
    this.begin(request)
    this.#pool(request.codec).send(request)
  }

  /** A request is sent here from now on. */
  begin(request: UpstreamRequest): void {
    this.requestsTotal++
    this.active++
    request.upstreamEndpoint = this
    request.endpointAddress = this.address
  }

  /** A request that was sent here is answered, failed or to be sent elsewhere. */
  finish(request: UpstreamRequest): void {
    request.upstreamEndpoint = undefined
    this.active--
    if (request.error !== undefined && BLAMED.includes(request.error)) this.failuresTotal++
  }

  /** A call of a plugin's begins, over a connection that is not one of the pools'; {@link callEnded} follows. */
  callBegan(): void {
    this.requestsTotal++
    this.active++
  }

  callEnded(failed: boolean): void {
    this.active--
    if (failed) this.failuresTotal++
  }

  /** Whether anything of it is still open. */
  get busy(): boolean {
    return this.#pools.some((pool) => pool.connectionsCount > 0 || pool.pendingCount > 0)
  }

  /** Connections close when nothing waits on them; those that are still asked for, too. */
  close(reason: string): void {
    this.#closeReason = reason
    for (const pool of this.#pools) pool.close(reason)
  }

  sweep(nowMs: number): void {
    for (const pool of this.#pools) pool.sweep(nowMs)
    if (this.#pools.some((pool) => pool.unused)) this.#dropUnused()
  }

  /** Figures for people and programs. */
  report() {
    return {
      address: this.address,
      weight: this.weight,
      priority: this.priority,
      locality: this.spec.locality,
      metadata: this.spec.metadata,
      health: this.health,
      lastFailure: this.#lastFailure,
      connections: this.#pools.reduce((sum, pool) => sum + pool.connectionsCount, 0),
      pending: this.#pools.reduce((sum, pool) => sum + pool.pendingCount, 0),
      waitingBytes: this.#pools.reduce((sum, pool) => sum + pool.waitingBytes, 0),
      requestsActive: this.active,
      requestsTotal: this.requestsTotal,
      failuresTotal: this.failuresTotal,
    }
  }

  onConnected(): void {
    this.#connected++
    this.runtime
      .sampledLog('upstream_connected')
      ?.debug('connected to an endpoint', { endpoint: this.address })
  }

  onAlive(): void {
    this.#silentDeaths = 0
    this.#failedDials = 0
  }

  onDialFailed(reason: string, waiting: readonly UpstreamRequest[]): void {
    const waitMs = this.#leaveAlone(reason)
    this.runtime
      .sampledLog('upstream_connect_failed')
      ?.warn('endpoint cannot be reached', { endpoint: this.address, reason, retryInMs: Math.round(waitMs) })
    this.#owner.onUnsent(this, reason, waiting)
  }

  onDrain(): void {
    this.#draining = true
  }

  onConnectionClosed(silent: boolean): void {
    this.#connected--
    if (silent) this.#diedSilent()
    if (!this.#draining) return
    this.#draining = this.#pools.some((pool) => pool.drainingCount > 0)
    // It is on its way out: a dial right now may still be accepted, and what is sent then be lost.
    if (!this.#draining && this.#connected === 0) this.#leaveAlone('it asked for nothing more and closed')
  }

  /** It accepts and then closes: once is bad luck, twice in a row is as good as refusing. */
  #diedSilent(): void {
    if (++this.#silentDeaths > 1) this.#leaveAlone('it closed before it said anything')
  }

  /** Nothing is dialled for a time, which doubles while no connection is made; answers how long that is. */
  #leaveAlone(reason: string): number {
    const { base, max } = this.options.backoff
    const waitMs = Math.min(max, base * 2 ** Math.min(this.#failedDials, 30))
    this.#failedDials++
    this.#retryAtMs = this.runtime.clock.nowMs + waitMs * (0.75 + this.runtime.random() / 2)
    this.#lastFailure = reason
    return waitMs
  }

  /** Pools of codecs that nobody speaks any more: they end when what they carry has. */
  #dropUnused(): void {
    for (const pool of this.#pools) if (pool.unused) pool.close('its codec was replaced')
    this.#pools = this.#pools.filter((pool) => !pool.unused || !pool.empty)
  }

  #pool(codec: Codec): Pool {
    for (const pool of this.#pools) if (pool.codec === codec) return pool
    const pool = new Pool(codec, this)
    if (this.#closeReason !== undefined) pool.close(this.#closeReason)
    this.#pools.push(pool)
    return pool
  }
}
