/** Planes: data planes of one test in real time, with snapshots of the test protocol; torn down when it is over. */
import { TurnClock } from '../../core/base/clock.ts'
import { DataPlane } from '../../core/exchange/data-plane.ts'
import type { ListenerOptions } from '../../core/exchange/options.ts'
import type { ListenerSnapshot, Snapshot } from '../../core/exchange/snapshot.ts'
import type { ClusterOptions } from '../../core/upstream/options.ts'
import type { Filter } from '../../sdk/index.ts'
import { eventually } from './eventually.ts'
import { LineCodec } from './line-codec.ts'
import { LinePeer } from './line-peer.ts'
import { chainOf, clusterOptions, listenerOptions, toUp } from './test-proxy.ts'
import { TestRuntime } from './test-runtime.ts'

export interface SnapshotParts {
  readonly listeners: readonly (Partial<ListenerOptions> & { readonly chain?: readonly Filter[] })[]
  readonly clusters: readonly Partial<ClusterOptions>[]
}

/** Nobody who is quiet waits for its end; who is not may be held up by what else the machine does. */
const DRAIN_MS = 60_000

export class TestPlane {
  readonly runtime = new TestRuntime(new TurnClock())
  readonly plane = new DataPlane(this.runtime)
  readonly #codec = new LineCodec('ids')
  #version = 0

  snapshot(parts: SnapshotParts): Snapshot {
    const clusters = parts.clusters.map((options) => this.plane.cluster(clusterOptions(options)))
    const listeners = parts.listeners.map(({ chain, ...options }): ListenerSnapshot => {
      return { options: listenerOptions(options), codecs: [this.#codec], chain: chainOf(chain ?? [toUp]) }
    })
    const version = ++this.#version
    return {
      version,
      listeners,
      clusters: new Map(clusters.map((cluster) => [cluster.name, cluster])),
      drainMs: DRAIN_MS,
    }
  }

  /** Applies a snapshot and answers the addresses of its listeners, by name. */
  async apply(parts: SnapshotParts): Promise<ReadonlyMap<string, string>> {
    const bound = await this.plane.apply(this.snapshot(parts))
    return new Map(bound.map(({ name, address }) => [name, address]))
  }
}

export class Planes {
  #planes: TestPlane[] = []
  #clients: LinePeer[] = []

  create(): TestPlane {
    const plane = new TestPlane()
    this.#planes.push(plane)
    return plane
  }

  async client(address: string | undefined): Promise<LinePeer> {
    if (address === undefined) throw new Error('no such listener')
    const client = await LinePeer.connect('ids', address)
    this.#clients.push(client)
    return client
  }

  async clear(): Promise<void> {
    const planes = this.#planes
    this.#planes = []
    for (const { plane } of planes) plane.destroy()
    for (const client of this.#clients.splice(0)) client.socket.destroy()
    for (const { plane, runtime } of planes) {
      await eventually(
        () => plane.report().listeners.every(({ connections }) => connections === 0),
        'no client',
      )
      await eventually(() => runtime.wheel.armed === 0, 'no deadline is armed')
    }
  }
}
