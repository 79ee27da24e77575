/**
 * Compile: a loaded configuration becomes a {@link Snapshot}: clusters, codecs and filters, made and connected. It
 * is all or nothing; what was made for a configuration that turns out to be wrong is destroyed again.
 */
import type { ClusterHandle } from '../../sdk/index.ts'
import { FilterChain } from '../exchange/chain.ts'
import type { ListenerSnapshot, Snapshot } from '../exchange/snapshot.ts'
import type { Registry } from '../plugin/registry.ts'
import type { Cluster } from '../upstream/cluster.ts'
import type { ClusterOptions } from '../upstream/options.ts'
import { ChainBuilder, type ChainParts, type FilterHost } from './chain.ts'
import { findCodecs, type ListenerCodecs } from './codecs.ts'
import type { LoadedConfig } from './load.ts'
import { clusterProtocols, type ListenerPlan } from './plan.ts'
import { type ConfigProblem, inFileOrder } from './problem.ts'
import { entry, textEntry } from './shape.ts'

/** What a configuration is compiled for. */
export interface CompileHost extends FilterHost {
  /** The version of the snapshot to be made. */
  readonly version: number
  /**
   * The cluster of these options: one that runs already where nothing changed. What was asked for in a compile
   * that fails is the host's to let go.
   */
  cluster(options: ClusterOptions): Cluster
}

export type Compiled =
  | {
      readonly kind: 'snapshot'
      readonly snapshot: Snapshot
      /** What the snapshot's filters want called when files are to be opened anew. */
      readonly reopeners: readonly (() => void)[]
    }
  | { readonly kind: 'problems'; readonly problems: readonly ConfigProblem[] }

/** Compiles for traffic. A configuration that did not load is answered with everything that is wrong with it. */
export function compile(loaded: LoadedConfig, registry: Registry, host: CompileHost): Compiled {
  const { config } = loaded
  if (config === undefined) return { kind: 'problems', problems: loaded.problems }
  const clusters = new Map(config.clusters.map((options) => [options.name, host.cluster(options)]))
  const built = buildListeners(loaded, { registry, host, clusters, pluginsDir: pluginsDirOf(loaded) })
  const problems = problemsOf(loaded, built)
  if (problems.length > 0) {
    for (const { chain } of built) chain.destroy()
    return { kind: 'problems', problems }
  }
  const listeners = built.flatMap(({ plan, chain, codecs }): readonly ListenerSnapshot[] => {
    const options = config.listeners[plan.index]
    return options === undefined
      ? []
      : [{ options, codecs: codecs.codecs, chain: new FilterChain(chain.filters) }]
  })
  const reopeners = built.flatMap(({ chain }) => chain.reopeners)
  return {
    kind: 'snapshot',
    snapshot: { version: host.version, listeners, clusters, drainMs: config.drain.timeout },
    reopeners,
  }
}

/**
 * Everything that is wrong with a configuration, down to the filters' own checks: they are made and destroyed
 * again, for a host that does nothing.
 */
export function validate(
  loaded: LoadedConfig,
  registry: Registry,
  host: FilterHost,
): readonly ConfigProblem[] {
  const protocols = clusterProtocols(loaded.source.value)
  const handle = (name: string): ClusterHandle => ({ name, protocol: protocols.get(name) })
  const clusters = new Map(loaded.clusterNames.map((name) => [name, handle(name)]))
  const built = buildListeners(loaded, { registry, host, clusters, pluginsDir: pluginsDirOf(loaded) })
  for (const { chain } of built) chain.destroy()
  return problemsOf(loaded, built)
}

/** As it is written, also in a file that is wrong elsewhere. */
function pluginsDirOf({ config, source }: LoadedConfig): string | undefined {
  return config?.plugins.dir ?? textEntry(entry(source.value, 'plugins'), 'dir')
}

interface BuiltListener {
  readonly plan: ListenerPlan
  readonly chain: ChainBuilder
  readonly codecs: ListenerCodecs
}

function buildListeners(loaded: LoadedConfig, parts: ChainParts): readonly BuiltListener[] {
  return loaded.listeners.map((plan) => {
    const chain = new ChainBuilder(plan, parts)
    chain.build()
    return { plan, chain, codecs: findCodecs(plan, parts.registry) }
  })
}

function problemsOf(loaded: LoadedConfig, built: readonly BuiltListener[]): readonly ConfigProblem[] {
  const findings = built.flatMap(({ chain, codecs }) => [...codecs.findings, ...chain.findings])
  const found = findings.map(({ path, text, anchor }) => loaded.source.problem(path, text, anchor))
  return inFileOrder([...loaded.problems, ...found])
}
