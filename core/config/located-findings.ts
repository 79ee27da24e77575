/** LocatedFindings: what is wrong with the configuration of a plugin, each with its line where the file holds it. */
import type { Finding } from './finding.ts'
import type { LoadedConfig } from './load.ts'
import { type ConfigPath, pathText } from './path.ts'
import { problemText } from './problem.ts'
import { elements, entry } from './shape.ts'

/**
 * `places` are where the plugin may be configured, the one that goes first before the others. What stands in none of
 * them, as what the plugin brings itself, is told by its path alone; what is missing is so in the first that is there.
 */
export function locatedFindings(
  findings: readonly Finding[],
  source: LoadedConfig['source'] | undefined,
  places: readonly ConfigPath[],
): string {
  return `its configuration: ${findings.map((each) => located(each, source, places)).join('; ')}`
}

function located(
  { path, text, anchor }: Finding,
  source: LoadedConfig['source'] | undefined,
  places: readonly ConfigPath[],
): string {
  const [key] = path
  const at = places.find((each) => holds(source?.value, each, key))
  if (source !== undefined && at !== undefined)
    return problemText(source.problem([...at, ...path], text, anchor))
  return path.length === 0 ? text : `${pathText(path)}: ${text}`
}

function holds(root: unknown, path: ConfigPath, key: string | number | undefined): boolean {
  let value = root
  for (const part of path) value = typeof part === 'number' ? elements(value)[part] : entry(value, part)
  return value !== undefined && (typeof key !== 'string' || entry(value, key) !== undefined)
}
