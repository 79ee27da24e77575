/**
 * Cluster: a named group of endpoints in one worker. It admits a request within its limits, picks an endpoint, and
 * picks another one while the request has not been sent. It outlives the snapshots that name it unchanged.
 */
import type { ClusterHandle } from '../../sdk/index.ts'
import type { Limit } from '../base/shared/limit.ts'
import type { Runtime } from '../net/runtime.ts'
import { type Balancer, createBalancer } from './balancer/balancer.ts'
import { type ClusterStats, createClusterStats } from './cluster-stats.ts'
import { Endpoint, type EndpointOwner } from './endpoint.ts'
import type { CallRequest } from './http-call.ts'
import type { CallAnswer, CallCluster, HttpCalls } from './http-calls.ts'
import type { Lease } from './lease.ts'
import type { ClusterOptions } from './options.ts'
import type { Admission, UpstreamRequest } from './request.ts'
import { type EndpointSpec, Resolver } from './resolver.ts'

export class Cluster implements ClusterHandle, EndpointOwner, Admission, CallCluster {
  readonly name: string
  readonly options: ClusterOptions
  readonly stats: ClusterStats
  readonly runtime: Runtime
  readonly #inFlight: Limit
  readonly #resolver: Resolver
  #endpoints: readonly Endpoint[] = []
  /** Endpoints that were taken out and may still have exchanges to finish. */
  #leaving: Endpoint[] = []
  #balancer: Balancer<Endpoint>
  /** For a cluster that plugins call out: loaded then only, for most workers call nothing out. */
  readonly #loading: Promise<HttpCalls> | undefined
  #calls: HttpCalls | undefined = undefined

  constructor(options: ClusterOptions, runtime: Runtime) {
    this.name = options.name
    this.options = options
    this.runtime = runtime
    this.stats = createClusterStats(runtime.shared, options.name)
    this.#inFlight = runtime.shared.limit(`cluster/${options.name}/requests`, options['requests-max'])
    this.#balancer = this.#createBalancer()
    this.#resolver = new Resolver(options, {
      random: () => runtime.random(),
      onChange: (specs) => this.#update(specs),
      onProblem: (hostname, problem) => this.#onNameProblem(hostname, problem),
    })
    this.#loading = options.protocol === 'http' ? this.#load() : undefined
    this.#resolver.start()
  }

  /** The only protocol that is spoken here; `undefined` where it is that of whoever sends. */
  get protocol(): string | undefined {
    return this.options.protocol
  }

  /** Whether every name among the endpoints has been looked up once, successfully or not. */
  get resolved(): boolean {
    return this.#resolver.complete
  }

  /** Sends a request to an endpoint, or fails it; either may happen before this returns. */
  send(request: UpstreamRequest): void {
    if (this.#loading !== undefined) {
      request.onFailure(
        'cluster_not_found',
        `cluster ${this.name} speaks ${this.protocol}: plugins call it out`,
      )
      return
    }
    if (!this.#inFlight.acquire()) {
      this.stats.overflows.add(1)
      request.onFailure('overloaded', `too many requests in flight to cluster ${this.name}`)
      return
    }
    request.admission = this
    this.#place(request, undefined)
  }

  /** A call of a plugin's own; a string answers why there is no reply. */
  callOut(request: CallRequest, timeoutMs: number, answered: (answer: CallAnswer) => void): void {
    if (this.#calls !== undefined) this.#calls.call(request, timeoutMs, answered)
    else if (this.#loading === undefined)
      answered(`cluster ${this.name} cannot be called out: it has no protocol: http`)
    else void this.#loading.then((calls) => calls.call(request, timeoutMs, answered))
  }

  pick(tried: Endpoint | undefined): Endpoint | undefined {
    return this.#balancer.pick(undefined, tried)
  }

  admit(): boolean {
    if (this.#inFlight.acquire()) return true
    this.stats.overflows.add(1)
    return false
  }

  leave(): void {
    this.#inFlight.release()
  }

  finish(request: UpstreamRequest): void {
    request.admission = undefined
    this.#inFlight.release()
    request.upstreamEndpoint?.finish(request)
  }

  onUnsent(endpoint: Endpoint, reason: string, requests: readonly UpstreamRequest[]): void {
    for (const request of requests) {
      endpoint.finish(request)
      if (request.attempts < this.options['connect-attempts']) this.#place(request, { endpoint, reason })
      else request.onFailure('upstream_connect_failed', `${endpoint.address}: ${reason}`)
    }
  }

  /** No snapshot names this cluster any more: connections close when nothing waits on them. */
  close(reason: string): void {
    this.#resolver.close()
    void this.#loading?.then((calls) => calls.close())
    for (const endpoint of [...this.#endpoints, ...this.#leaving]) endpoint.close(reason)
  }

  /** Whether anything of it is still open. */
  get busy(): boolean {
    if (this.#calls !== undefined && this.#calls.active > 0) return true
    return [...this.#endpoints, ...this.#leaving].some((endpoint) => endpoint.busy)
  }

  sweep(nowMs: number): void {
    for (const endpoint of this.#endpoints) endpoint.sweep(nowMs)
    for (const endpoint of this.#leaving) endpoint.sweep(nowMs)
    this.#leaving = this.#leaving.filter((endpoint) => endpoint.busy)
  }

  /** Figures for people and programs. */
  report() {
    return {
      name: this.name,
      balancer: this.options.balancer,
      requestsActive: this.#inFlight.used,
      names: this.#resolver.report(),
      endpoints: this.#endpoints.map((endpoint) => endpoint.report()),
    }
  }

  /** `failed` is the endpoint that could not be reached just now, when there was one. */
  #place(
    request: UpstreamRequest,
    failed: { readonly endpoint: Endpoint; readonly reason: string } | undefined,
  ): void {
    if (request.message.affinity !== 'shared' && request.source.lease !== undefined) {
      this.#placeOn(request.source.lease, request)
      return
    }
    const endpoint = this.#balancer.pick(request.message, failed?.endpoint)
    if (endpoint !== undefined) {
      request.attempts++
      endpoint.send(request)
    } else if (failed !== undefined) {
      request.onFailure('upstream_connect_failed', `${failed.endpoint.address}: ${failed.reason}`)
    } else {
      request.onFailure('no_healthy_upstream', `no endpoint of cluster ${this.name} is available`)
    }
  }

  /** Its client has a connection of its own, and whatever needs one goes there. */
  #placeOn(lease: Lease, request: UpstreamRequest): void {
    if (lease.cluster !== this.name) {
      const text = `the connection of this client belongs to cluster ${lease.cluster}, and the request was sent to ${this.name}`
      request.onFailure('bad_request', text)
      return
    }
    request.attempts++
    lease.send(request)
  }

  #update(specs: readonly EndpointSpec[]): void {
    const known = new Map(this.#endpoints.map((endpoint) => [endpoint.key, endpoint]))
    this.#endpoints = specs.map((spec) => {
      const endpoint = new Endpoint(spec, this)
      const same = known.get(endpoint.key)
      known.delete(endpoint.key)
      return same ?? endpoint
    })
    for (const gone of known.values()) {
      gone.close('no longer an endpoint of the cluster')
      this.#leaving.push(gone)
    }
    this.#balancer = this.#createBalancer()
  }

  async #load(): Promise<HttpCalls> {
    const { HttpCalls } = await import('./http-calls.ts')
    this.#calls = new HttpCalls(this)
    return this.#calls
  }

  #onNameProblem(hostname: string, problem: string | undefined): void {
    if (problem === undefined) this.runtime.log.info('name resolves again', { cluster: this.name, hostname })
    else this.runtime.log.warn('name cannot be resolved', { cluster: this.name, hostname, problem })
  }

  #createBalancer(): Balancer<Endpoint> {
    const { balancer, hash } = this.options
    return createBalancer(balancer, this.#endpoints, () => this.runtime.random(), hash)
  }
}
