/**
 * Load: the text of a configuration becomes a valid {@link Config}, or a list of everything that is wrong with it.
 * What needs the plugins, filters and their options above all, is checked when the chains are compiled.
 */
import { createRequire } from 'node:module'
import { extname } from 'node:path'
import { check } from './checks.ts'
import { decode } from './decode.ts'
import type * as bootstrap from './envoy/bootstrap.ts'
import { isBootstrap } from './envoy/is-bootstrap.ts'
import type { EnvoyFilters } from './envoy/network-filter.ts'
import { explain } from './explain.ts'
import type { Finding } from './finding.ts'
import { type Config, configOptions } from './options.ts'
import { clusterNames, type ListenerPlan, planListeners } from './plan.ts'
import { type ConfigProblem, inFileOrder } from './problem.ts'
import { entry, isMapValue, type PlainMap } from './shape.ts'
import { ConfigSource } from './source.ts'

const NO_FILTERS: EnvoyFilters = new Map()
/** What reads files of Envoy's is loaded with the first of them: a megabyte that most workers never need. */
const BOOTSTRAP = `./envoy/bootstrap${extname(import.meta.url)}`

export interface LoadedConfig {
  /** What the file says, as a file of ours would say it, and where that stands. */
  readonly source: Pick<ConfigSource, 'value' | 'problem'>
  /** `undefined` exactly when there are problems. */
  readonly config: Config | undefined
  readonly problems: readonly ConfigProblem[]
  /** What the file says in vain; nothing is refused for that. */
  readonly warnings: readonly ConfigProblem[]
  /** What the file says about chains and clusters, valid or not. */
  readonly listeners: readonly ListenerPlan[]
  readonly clusterNames: readonly string[]
}

/** What a text is read with. */
export interface LoadGiven {
  /** What network filters of Envoy's are here. */
  readonly envoyFilters?: EnvoyFilters
  /** The folder of plugins of a file that names none. */
  readonly pluginsDir?: string | undefined
}

/** Reads a configuration, ours or a bootstrap of Envoy's; `file` is its name in messages. */
export function loadConfig(text: string, file: string, given: LoadGiven = {}): LoadedConfig {
  const source = new ConfigSource(file, text)
  const root = source.value
  if (root === undefined) return broken(source, source.problems)
  if (!isMapValue(root)) {
    return broken(source, [
      ...source.problems,
      source.problem([], 'must be a map with listeners and clusters'),
    ])
  }
  if (isBootstrap(root)) return loadBootstrap(source, root, given)
  const value = withPlugins(root, given.pluginsDir)
  const located: LoadedConfig['source'] = {
    value,
    problem: (path, about, anchor) => source.problem(path, about, anchor),
  }
  return loaded(located, value, source.problems, findingsOf(value))
}

function withPlugins(root: PlainMap, dir: string | undefined): PlainMap {
  const plugins = entry(root, 'plugins') ?? {}
  if (dir === undefined || !isMapValue(plugins) || entry(plugins, 'dir') !== undefined) return root
  return { ...root, plugins: { ...plugins, dir } }
}

/** Envoy takes the last of two keys without a word. */
function loadBootstrap(source: ConfigSource, root: PlainMap, given: LoadGiven): LoadedConfig {
  const { readBootstrap }: typeof bootstrap = createRequire(import.meta.url)(BOOTSTRAP)
  const { native: read, translation } = readBootstrap(root, given.envoyFilters ?? NO_FILTERS)
  const native = withPlugins(read, given.pluginsDir)
  const shown = ({ path, text, anchor }: Finding) => source.problem(path, text, anchor)
  const warnings = [...source.doubled, ...translation.warnings.map(shown)]
  const problems = [
    ...source.problems.filter((problem) => !source.doubled.includes(problem)),
    ...translation.problems.map(shown),
  ]
  const located: LoadedConfig['source'] = {
    value: native,
    problem: (path, text, anchor) => source.problem(translation.placeOf(path), text, anchor),
  }
  // Listeners that could not be read are not missed.
  const found = findingsOf(native).filter(({ path: { length } }) => length > 1 || problems.length === 0)
  return { ...loaded(located, native, problems, found), warnings: inFileOrder(warnings) }
}

function findingsOf(root: PlainMap): readonly Finding[] {
  return [...explain(configOptions, root), ...check(root)]
}

function loaded(
  source: LoadedConfig['source'],
  root: PlainMap,
  before: readonly ConfigProblem[],
  found: readonly Finding[],
): LoadedConfig {
  const problems = [...before, ...found.map(({ path, text, anchor }) => source.problem(path, text, anchor))]
  return {
    source,
    config: problems.length === 0 ? decode(configOptions, root) : undefined,
    problems: inFileOrder(problems),
    warnings: [],
    listeners: planListeners(root),
    clusterNames: clusterNames(root),
  }
}

function broken(source: ConfigSource, problems: readonly ConfigProblem[]): LoadedConfig {
  return {
    source,
    config: undefined,
    problems: inFileOrder(problems),
    warnings: [],
    listeners: [],
    clusterNames: [],
  }
}
