/**
 * TestProxy: one listener and its clusters on real sockets, in a time that the test moves. It is swept and ticked
 * by hand, and when it is stopped nothing may be left over.
 */
import { ManualClock } from '../../core/base/clock.ts'
import { FilterChain } from '../../core/exchange/chain.ts'
import { Listener } from '../../core/exchange/listener.ts'
import type { ListenerOptions } from '../../core/exchange/options.ts'
import { Cluster } from '../../core/upstream/cluster.ts'
import type { ClusterOptions } from '../../core/upstream/options.ts'
import { type Codec, type Filter, forward } from '../../sdk/index.ts'
import { eventually, PATIENCE_MS } from './eventually.ts'
import { LineCodec, type LineProtocol } from './line-codec.ts'
import { LinePeer } from './line-peer.ts'
import { TestRuntime } from './test-runtime.ts'

export interface TestProxyParts {
  /** Default: everything goes to the cluster `up`. */
  readonly filters?: readonly Filter[]
  readonly protocol?: LineProtocol
  readonly codecs?: readonly Codec[]
  readonly listener?: Partial<ListenerOptions>
  readonly cluster?: Partial<ClusterOptions>
  /** Addresses of the cluster `up`. */
  readonly endpoints?: readonly string[]
  readonly runtime?: TestRuntime
}

const watermarks = { high: 1_048_576, low: 524_288, max: 67_108_864 }

export const toUp: Filter = { onRequest: () => forward('up') }

export class TestProxy {
  readonly clock: ManualClock
  readonly runtime: TestRuntime
  readonly listener: Listener
  readonly cluster: Cluster
  readonly chain: FilterChain
  readonly protocol: LineProtocol
  readonly #clients: LinePeer[] = []

  private constructor(parts: TestProxyParts) {
    this.clock = new ManualClock(1_000)
    this.runtime = parts.runtime ?? new TestRuntime(this.clock)
    this.protocol = parts.protocol ?? 'ids'
    this.cluster = new Cluster(
      clusterOptions({ endpoints: [...(parts.endpoints ?? [])], ...parts.cluster }),
      this.runtime,
    )
    this.chain = chainOf(parts.filters ?? [toUp])
    const options = listenerOptions({ protocol: this.protocol, ...parts.listener })
    const codecs = parts.codecs ?? [new LineCodec(this.protocol)]
    const listener = { options, codecs, chain: this.chain }
    const clusters = new Map([['up', this.cluster]])
    this.listener = new Listener(listener, clusters, this.runtime)
  }

  static async start(parts: TestProxyParts): Promise<TestProxy> {
    const proxy = new TestProxy(parts)
    await proxy.listener.listen(undefined)
    return proxy
  }

  async client(protocol: string = this.protocol): Promise<LinePeer> {
    const client = await LinePeer.connect(protocol, this.listener.boundAddress)
    this.#clients.push(client)
    return client
  }

  /** Time goes on: deadlines come and everything is looked at. */
  advance(ms: number): void {
    this.clock.advance(ms)
    this.runtime.wheel.tick()
    this.sweep()
  }

  sweep(): void {
    this.listener.sweep(this.clock.nowMs)
    this.cluster.sweep(this.clock.nowMs)
  }

  /** A figure of the listener or of the cluster. */
  figure(name: string): number {
    return this.runtime.figure(name, name.startsWith('upstream_') ? 'up' : 'in')
  }

  localErrors(kind: string): number {
    return this.runtime.figure('local_errors_total', 'in', kind)
  }

  /** Ends everything, without waiting for what comes of it. */
  end(): void {
    this.listener.destroy()
    this.cluster.close('the test is over')
    for (const client of this.#clients) client.socket.destroy()
  }

  /** Ends everything and demands that nothing is left: connections, exchanges, deadlines, admissions. */
  async stop(): Promise<void> {
    this.end()
    await eventually(() => this.listener.connectionsCount === 0, 'every client is gone')
    await eventually(() => this.chain.exchangesActive === 0, 'every exchange has ended')
    await eventually(() => this.runtime.wheel.armed === 0, 'no deadline is armed')
    await eventually(() => this.cluster.report().requestsActive === 0, 'every request has been finished')
    await eventually(
      () =>
        this.cluster.report().endpoints.every((endpoint) => endpoint.connections + endpoint.pending === 0),
      'every upstream connection is closed',
    )
    await eventually(() => this.figure('listener_connections_active') === 0, 'no client is counted')
    await eventually(() => this.figure('upstream_connections_active') === 0, 'no connection is counted')
    for (const endpoint of this.cluster.report().endpoints)
      if (endpoint.requestsActive !== 0) throw new Error(`${endpoint.address} still counts requests`)
  }
}

export function chainOf(filters: readonly Filter[]): FilterChain {
  return new FilterChain(filters.map((filter, index) => ({ name: `filter-${index}`, filter })))
}

export function listenerOptions(options: Partial<ListenerOptions> = {}): ListenerOptions {
  return {
    name: 'in',
    address: '127.0.0.1:0',
    protocol: 'ids',
    filters: [],
    'connections-max': 100,
    'exchanges-per-connection': 1_024,
    'body-size-max': 1_048_576,
    'pieces-from': 262_144,
    'sniff-timeout': 10_000,
    'frame-timeout': 60_000,
    'idle-timeout': 3_600_000,
    'write-timeout': 60_000,
    'heartbeat-interval': 0,
    'request-timeout': 30_000,
    'pause-timeout': 10_000,
    keepalive: 60_000,
    watermarks,
    ...options,
  }
}

export function clusterOptions(options: Partial<ClusterOptions> = {}): ClusterOptions {
  return {
    name: 'up',
    endpoints: [],
    balancer: 'round-robin',
    hash: [],
    // In real time, which goes on while the machine is busy with something else.
    'connect-timeout': PATIENCE_MS,
    'connect-attempts': 3,
    'connections-max': 8,
    'own-connections-max': 1_024,
    'exchanges-per-connection': 512,
    'pending-max': 1_024,
    'requests-max': 65_536,
    'idle-timeout': 600_000,
    'heartbeat-interval': 0,
    'body-size-max': 1_048_576,
    'pieces-from': 262_144,
    'write-timeout': 60_000,
    keepalive: 60_000,
    watermarks,
    dns: { interval: 5_000, ttl: false },
    backoff: { base: 100, max: 10_000 },
    ...options,
  }
}
