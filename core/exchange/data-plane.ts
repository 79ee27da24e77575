/**
 * DataPlane: everything of one worker that carries traffic. It takes snapshots: what is new begins to listen, what
 * is gone drains, what stays is swapped in place, and if anything of it fails nothing has changed.
 */
import type { Filter } from '../../sdk/index.ts'
import type { Runtime } from '../net/runtime.ts'
import { Cluster } from '../upstream/cluster.ts'
import type { ClusterOptions } from '../upstream/options.ts'
import { Listener } from './listener.ts'
import type { ListenerSnapshot, Snapshot } from './snapshot.ts'

const SWEEP_MS = 250
/** While connections drain they are looked at more often, so that the quiet ones close soon. */
const DRAIN_SWEEP_MS = 25
/** How long filters may take for what they still have to do when everything has drained. */
const SETTLE_MS = 1_000
/** How long a new snapshot waits for the names of its endpoints to be looked up. */
const RESOLVE_WAIT_MS = 5_000

export interface BoundListener {
  readonly name: string
  readonly address: string
}

export class DataPlane {
  readonly #runtime: Runtime
  #snapshot: Snapshot | undefined = undefined
  #listeners = new Map<string, Listener>()
  /** Listeners that are gone from the configuration and still have connections. */
  #leaving: Listener[] = []
  #clusters = new Map<string, Cluster>()
  /** Clusters that no snapshot names any more and whose exchanges may still run. */
  #leavingClusters: Cluster[] = []
  readonly #sweeper: NodeJS.Timeout

  constructor(runtime: Runtime) {
    this.#runtime = runtime
    runtime.wheel.start()
    this.#sweeper = setInterval(() => this.#sweep(), SWEEP_MS)
    this.#sweeper.unref()
  }

  get version(): number {
    return this.#snapshot?.version ?? 0
  }

  /** The cluster of these options: the one that runs when nothing about it changes, or a new one. */
  cluster(options: ClusterOptions): Cluster {
    const running = this.#clusters.get(options.name)
    const same = running !== undefined && JSON.stringify(running.options) === JSON.stringify(options)
    return same ? running : new Cluster(options, this.#runtime)
  }

  /** A cluster of the live snapshot. */
  findCluster(name: string): Cluster | undefined {
    return this.#clusters.get(name)
  }

  /** Lets a filter see every exchange of a listener, before all others; none: no more. False when there is no such listener. */
  tap(listener: string, filter: Filter | undefined): boolean {
    const tapped = this.#listeners.get(listener)
    tapped?.tap(filter)
    return tapped !== undefined
  }

  /** Gives up a snapshot that was compiled and will not go live. */
  discard(snapshot: Snapshot): void {
    for (const { chain } of snapshot.listeners) chain.retire()
    for (const cluster of snapshot.clusters.values()) {
      if (this.#clusters.get(cluster.name) !== cluster) cluster.close('the configuration was not taken')
    }
  }

  /**
   * Makes a snapshot live. `ports` names the ports on which other workers have its listeners already.
   * When a listener cannot be bound the promise rejects and the former snapshot goes on as it was.
   */
  async apply(snapshot: Snapshot, ports: ReadonlyMap<string, number> = new Map()): Promise<BoundListener[]> {
    await this.#resolved(snapshot)
    const heirs = this.#heirs(snapshot)
    const fresh = await this.#bind(snapshot, ports, heirs)
    for (const [name, from] of heirs) fresh.get(name)?.inherit(from)
    const kept = new Map<string, Listener>()
    for (const parts of snapshot.listeners) {
      const listener = fresh.get(parts.options.name) ?? this.#running(parts)
      if (listener === undefined) continue
      listener.swap(parts, snapshot.clusters)
      kept.set(listener.name, listener)
    }
    for (const [name, listener] of this.#listeners)
      if (kept.get(name) !== listener) this.#leave(listener, snapshot.drainMs)
    this.#listeners = kept
    this.#snapshot = snapshot
    this.#takeClusters(snapshot)
    return [...kept.values()].map(({ name, boundAddress }) => ({ name, address: boundAddress }))
  }

  /**
   * Accepts nothing more and lets exchanges finish: quiet connections close at once; from half the time on new
   * requests are refused; at the end what is still in flight is answered with an error.
   */
  async drain(deadlineMs: number): Promise<void> {
    this.#runtime.clock.refresh()
    for (const listener of this.#leaving) listener.leave(deadlineMs)
    for (const listener of this.#listeners.values()) this.#leave(listener, deadlineMs)
    this.#listeners.clear()
    const listeners = [...this.#leaving]
    for (this.#sweep(); this.#leaving.length > 0; this.#sweep()) await sleep(DRAIN_SWEEP_MS)
    await within(SETTLE_MS, Promise.all(listeners.map(({ settled }) => settled)))
  }

  /** Ends everything now, without a word to anybody. */
  destroy(): void {
    clearInterval(this.#sweeper)
    this.#runtime.wheel.stop()
    for (const listener of [...this.#listeners.values(), ...this.#leaving]) {
      listener.destroy()
      listener.retire()
    }
    for (const cluster of [...this.#clusters.values(), ...this.#leavingClusters]) {
      cluster.close('the proxy has stopped')
    }
  }

  /** Figures for people and programs. */
  report() {
    return {
      version: this.version,
      listeners: [...this.#listeners.values(), ...this.#leaving].map((listener) => listener.report()),
      clusters: [...this.#clusters.values()].map((cluster) => cluster.report()),
    }
  }

  async #resolved(snapshot: Snapshot): Promise<void> {
    const clusters = [...snapshot.clusters.values()]
    for (let waitedMs = 0; waitedMs < RESOLVE_WAIT_MS; waitedMs += DRAIN_SWEEP_MS) {
      if (clusters.every((cluster) => cluster.resolved)) return
      await sleep(DRAIN_SWEEP_MS)
    }
  }

  /** Listens on every address of the snapshot that nobody listens on yet; all of them or none. */
  async #bind(
    snapshot: Snapshot,
    ports: ReadonlyMap<string, number>,
    heirs: ReadonlyMap<string, Listener>,
  ): Promise<Map<string, Listener>> {
    const fresh = new Map<string, Listener>()
    try {
      for (const parts of snapshot.listeners) {
        if (this.#running(parts) !== undefined) continue
        const listener = new Listener(parts, snapshot.clusters, this.#runtime)
        fresh.set(listener.name, listener)
        const port = ports.get(listener.name)
        const shared = port !== undefined || this.#owns(parts.options.address, fresh)
        if (!heirs.has(listener.name)) await listener.listen(port, shared)
      }
    } catch (error) {
      for (const listener of fresh.values()) listener.destroy()
      throw error
    }
    return fresh
  }

  /** Whether listeners of this worker have the port, under whatever host: then no other process has it. */
  #owns(address: string, fresh: ReadonlyMap<string, Listener>): boolean {
    const port = address.slice(address.lastIndexOf(':'))
    const listeners = [...this.#listeners.values(), ...fresh.values()]
    return listeners.some(({ boundAddress }) => boundAddress.endsWith(port))
  }

  /** By name, the new listeners whose address one has that leaves: the socket goes over, so that nobody finds it closed. */
  #heirs(snapshot: Snapshot): ReadonlyMap<string, Listener> {
    const staying = new Set(snapshot.listeners.map((parts) => this.#running(parts)))
    const leaving = [...this.#listeners.values()].filter((listener) => !staying.has(listener))
    const heirs = new Map<string, Listener>()
    for (const parts of snapshot.listeners) {
      const { name, address } = parts.options
      if (this.#running(parts) !== undefined || address.endsWith(':0')) continue
      const from = leaving.find((listener) => listener.options.address === address)
      if (from !== undefined) heirs.set(name, from)
    }
    return heirs
  }

  /** The listener that already serves these parts: its name and address are the same. */
  #running(parts: ListenerSnapshot): Listener | undefined {
    const running = this.#listeners.get(parts.options.name)
    return running?.options.address === parts.options.address ? running : undefined
  }

  #leave(listener: Listener, deadlineMs: number): void {
    listener.leave(deadlineMs)
    this.#leaving.push(listener)
  }

  #takeClusters(snapshot: Snapshot): void {
    for (const [name, cluster] of this.#clusters) {
      if (snapshot.clusters.get(name) === cluster) continue
      cluster.close('no longer in the configuration')
      this.#leavingClusters.push(cluster)
    }
    this.#clusters = new Map(snapshot.clusters)
  }

  #sweep(): void {
    const { clock } = this.#runtime
    clock.refresh()
    for (const listener of this.#listeners.values()) listener.sweep(clock.nowMs)
    for (const listener of this.#leaving) listener.sweep(clock.nowMs)
    for (const cluster of this.#clusters.values()) cluster.sweep(clock.nowMs)
    for (const cluster of this.#leavingClusters) cluster.sweep(clock.nowMs)
    for (const listener of this.#leaving) if (listener.connectionsCount === 0) listener.retire()
    this.#leaving = this.#leaving.filter((listener) => listener.connectionsCount > 0)
    // A draining listener may still send to a cluster that is idle now.
    if (this.#leaving.length === 0)
      this.#leavingClusters = this.#leavingClusters.filter((cluster) => cluster.busy)
  }
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}

/** Resolves with the promise, or when the time is over. */
function within(ms: number, promise: Promise<unknown>): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms)
    void promise.finally(() => {
      clearTimeout(timer)
      resolve()
    })
  })
}
