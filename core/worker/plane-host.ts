/**
 * PlaneHost: a worker's data plane as the protocol drives it: a configuration's text is compiled here, becomes a
 * snapshot, and is then applied or discarded. It decides nothing about traffic.
 */
import { compile } from '../config/compile.ts'
import { type LoadedConfig, loadConfig } from '../config/load.ts'
import type { GuestBuild } from '../config/plugin-build.ts'
import { problemText } from '../config/problem.ts'
import { type BoundListener, DataPlane } from '../exchange/data-plane.ts'
import { ListenError } from '../exchange/listen-error.ts'
import type { RecordBatch } from '../exchange/recorder.ts'
import type { Snapshot } from '../exchange/snapshot.ts'
import type { Tap } from '../guest/tap.ts'
import { parseAddress } from '../net/address.ts'
import type { Runtime } from '../net/runtime.ts'
import type { Registry } from '../plugin/registry.ts'
import type { Cluster } from '../upstream/cluster.ts'
import type { ClusterOptions } from '../upstream/options.ts'
import { type ConfigFacts, factsOf } from './config-facts.ts'
import { PlanePlugins } from './plane-plugins.ts'
import type { ConfigText, PlaneReport, PluginOutcome, RecordCommand } from './protocol.ts'
import { Recording } from './recording.ts'
import { Refusal } from './refusal.ts'
import type { Prepared, ThreadHost } from './thread-runner.ts'

export interface PlaneHostParts {
  readonly runtime: Runtime
  readonly registry: Registry
  /** The worker's index: unix sockets, which cannot be shared, are worker 0's. */
  readonly index: number
  /** Whether another process may have the addresses of listeners as well. */
  readonly takeOver: boolean
  /** Watches the calls of plugins; absent where nobody does. */
  readonly tap?: Tap
}

interface CompiledSnapshot {
  readonly snapshot: Snapshot
  readonly reopeners: readonly (() => void)[]
}

/** What a configuration is compiled with, beside its text. */
interface Planned {
  readonly facts: ConfigFacts
  readonly build?: GuestBuild
  readonly outcome?: PluginOutcome
}

export class PlaneHost implements ThreadHost {
  readonly #parts: PlaneHostParts
  #plane: DataPlane | undefined = undefined
  #reopeners: readonly (() => void)[] = []
  readonly #plugins: PlanePlugins
  readonly #recording: Recording
  /** The file of which was told already what it says in vain. */
  #warned = ''
  /** Holds the plugins of the live configuration that stand in no chain. */
  #build: GuestBuild | undefined = undefined

  constructor(parts: PlaneHostParts) {
    this.#parts = parts
    this.#recording = new Recording(() => this.#planeOf(), parts.runtime.clock)
    this.#plugins = new PlanePlugins(parts.runtime, (name) => this.#plane?.findCluster(name), parts.tap)
  }

  async prepare(text: ConfigText): Promise<Prepared> {
    const loaded = loadConfig(text.text, text.file, {
      envoyFilters: this.#parts.registry.envoyFilters,
      pluginsDir: text.pluginsDir,
    })
    const { config } = loaded
    if (config === undefined) throw new Refusal(loaded.problems.map(problemText))
    this.#warn(loaded, text.text)
    const facts = factsOf(config, text.file)
    if (facts.plugins?.dir !== text.plugins?.dir) return elsewhere(facts)
    if (text.plugins === undefined) return this.#prepared(loaded, text.version, { facts })
    const build = await this.#plugins.build(loaded, text.plugins, this.#parts.registry)
    const { uses, refused } = build
    const notices = build.notices.map(problemText)
    try {
      const outcome = { uses, refused, notices, problems: [] }
      return this.#prepared(build.loaded, text.version, { facts, build, outcome })
    } catch (error) {
      build.release()
      // The file may be right, and only lack a plugin that was refused: whoever asked has an older version of it.
      if (refused.length === 0) throw error
      return unusable(facts, { uses, refused, notices, problems: Refusal.problemsOf(error) })
    }
  }

  async drain(timeoutMs: number): Promise<void> {
    await this.#plane?.drain(timeoutMs)
  }

  report(plugin?: string): PlaneReport {
    const plane = this.#plane?.report() ?? { version: 0, listeners: [], clusters: [] }
    const report = { ...plane, failures: this.#plugins.failures }
    return plugin === undefined ? report : { ...report, lines: this.#plugins.linesOf(plugin) }
  }

  record(command: RecordCommand): RecordBatch {
    return this.#recording.obey(command)
  }

  reopen(): void {
    for (const reopener of this.#reopeners) reopener()
  }

  #planeOf(): DataPlane {
    this.#plane ??= new DataPlane(this.#parts.runtime)
    return this.#plane
  }

  #prepared(loaded: LoadedConfig, version: number, { facts, build, outcome }: Planned): Prepared {
    const plane = this.#planeOf()
    const registry = build?.registry ?? this.#parts.registry
    const compiled = this.#compile(plane, loaded, version, registry)
    const snapshot = this.#own(compiled.snapshot)
    return {
      facts,
      ...(outcome === undefined ? {} : { plugins: outcome }),
      commit: async (bound) => {
        build?.handOver()
        const listeners = await plane
          .apply(snapshot, this.#ports(snapshot, bound))
          .catch((error: unknown) => {
            throw placed(error, loaded)
          })
        build?.live()
        this.#reopeners = compiled.reopeners
        this.#build?.release()
        this.#build = build
        return listeners
      },
      abort: () => {
        plane.discard(snapshot)
        build?.release()
      },
    }
  }

  #compile(plane: DataPlane, loaded: LoadedConfig, version: number, registry: Registry): CompiledSnapshot {
    const { runtime } = this.#parts
    const clusters = new Map<string, Cluster>()
    const cluster = (options: ClusterOptions): Cluster => {
      const made = plane.cluster(options)
      clusters.set(made.name, made)
      return made
    }
    const compiled = compile(loaded, registry, { ...runtime, version, cluster })
    if (compiled.kind === 'snapshot') return compiled
    plane.discard({ version, listeners: [], clusters, drainMs: 0 })
    throw new Refusal(compiled.problems.map(problemText))
  }

  /**
   * The ports that these listeners share with those of other workers, or of a weir that ends soon. Where the configuration says
   * port 0, the system chose it for the first worker.
   */
  #ports(snapshot: Snapshot, bound: readonly BoundListener[]): ReadonlyMap<string, number> {
    const ports = new Map<string, number>()
    for (const { options } of snapshot.listeners) {
      const wanted = portOf(options.address)
      const port = portOf(bound.find(({ name }) => name === options.name)?.address)
      if (port !== undefined && (wanted === 0 || wanted === port)) ports.set(options.name, port)
      else if (this.#parts.takeOver && wanted !== undefined && wanted !== 0) ports.set(options.name, wanted)
    }
    return ports
  }

  /** Once for each new text, by one of the workers. */
  #warn({ warnings }: LoadedConfig, text: string): void {
    if (this.#parts.index !== 0 || text === this.#warned) return
    this.#warned = text
    for (const warning of warnings)
      this.#parts.runtime.log.warn('configuration', { warning: problemText(warning) })
  }

  /** The part of a snapshot that this worker carries. */
  #own(snapshot: Snapshot): Snapshot {
    if (this.#parts.index === 0) return snapshot
    const listeners = snapshot.listeners.filter(({ options }) => portOf(options.address) !== undefined)
    for (const listener of snapshot.listeners) if (!listeners.includes(listener)) listener.chain.retire()
    return { ...snapshot, listeners }
  }
}

/** The configuration wants plugins of another folder than those that it was given with. */
function elsewhere(facts: ConfigFacts): Prepared {
  return {
    facts,
    commit: () => Promise.reject(new Error('the plugins are not those of the configuration')),
    abort: () => undefined,
  }
}

function unusable(facts: ConfigFacts, plugins: PluginOutcome): Prepared {
  return {
    facts,
    plugins,
    commit: () => Promise.reject(new Refusal(plugins.problems)),
    abort: () => undefined,
  }
}

/** A listener that cannot be had is told with its line. */
function placed(error: unknown, { listeners, source }: LoadedConfig): unknown {
  const plan = error instanceof ListenError && listeners.find(({ name }) => name === error.listener)
  if (!plan) return error
  return new Refusal([problemText(source.problem([...plan.path, 'address'], error.message))])
}

function portOf(text: string | undefined): number | undefined {
  const address = text === undefined ? undefined : parseAddress(text)
  return typeof address === 'object' && address.kind === 'tcp' ? address.port : undefined
}
