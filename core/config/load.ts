/**
 * Load: the text of a configuration becomes a valid {@link Config}, or a list of everything that is wrong with it.
 * What needs the plugins, filters and their options above all, is checked when the chains are compiled.
 */
import { check } from './checks.ts'
import { decode } from './decode.ts'
import { explain } from './explain.ts'
import { type Config, configOptions } from './options.ts'
import { clusterNames, type ListenerPlan, planListeners } from './plan.ts'
import { type ConfigProblem, inFileOrder } from './problem.ts'
import { isMapValue } from './shape.ts'
import { ConfigSource } from './source.ts'

export interface LoadedConfig {
  readonly source: ConfigSource
  /** `undefined` exactly when there are problems. */
  readonly config: Config | undefined
  readonly problems: readonly ConfigProblem[]
  /** What the file says about chains and clusters, valid or not. */
  readonly listeners: readonly ListenerPlan[]
  readonly clusterNames: readonly string[]
}

/** Reads a configuration; `file` is its name in messages. */
export function loadConfig(text: string, file: string): LoadedConfig {
  const source = new ConfigSource(file, text)
  const root = source.value
  if (root === undefined) return broken(source, source.problems)
  if (!isMapValue(root)) {
    return broken(source, [
      ...source.problems,
      source.problem([], 'must be a map with listeners and clusters'),
    ])
  }
  const findings = [...explain(configOptions, root), ...check(root)]
  const problems = [
    ...source.problems,
    ...findings.map(({ path, text, anchor }) => source.problem(path, text, anchor)),
  ]
  return {
    source,
    config: problems.length === 0 ? decode(configOptions, root) : undefined,
    problems: inFileOrder(problems),
    listeners: planListeners(root),
    clusterNames: clusterNames(root),
  }
}

function broken(source: ConfigSource, problems: readonly ConfigProblem[]): LoadedConfig {
  return { source, config: undefined, problems: inFileOrder(problems), listeners: [], clusterNames: [] }
}
