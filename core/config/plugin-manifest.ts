/**
 * PluginManifest: reads what a plugin says about itself, beside its file or in it. It is a stranger's text: its size,
 * depth and its JSON Schema are bounded, and what could make a check slow is refused.
 */
import { type Manifest, manifestOptions } from '../plugin/manifest.ts'
import { decode } from './decode.ts'
import { explain } from './explain.ts'
import { tooLarge, tooLong } from './parts.ts'
import { pathText } from './path.ts'
import { problemText } from './problem.ts'
import { isMapValue, type PlainMap } from './shape.ts'
import { ConfigSource } from './source.ts'

const SCHEMA_DEPTH_MAX = 16
const SCHEMA_NODES_MAX = 1_000
/** Mistakes that are told at once. */
const TOLD_MAX = 16
/** Expressions may run for ever on the right text, and references go round in circles. */
const SCHEMA_REFUSED = ['pattern', 'patternProperties', 'format', '$ref', '$dynamicRef', '$recursiveRef']

export interface ReadManifest {
  readonly manifest: Manifest
  /** What the plugin's configuration must fit; `undefined` when any does. */
  readonly schema: PlainMap | undefined
}

/** A text is a sidecar's; anything else is data that the file itself carries. A string answers what is wrong. */
export function readManifest(given: unknown, name: string, path: string): ReadManifest | string {
  const large = typeof given === 'string' ? tooLong(given) : tooLarge(given)
  if (large !== undefined) return `${path}: the manifest ${large}`
  const source = typeof given === 'string' ? new ConfigSource(path, given) : undefined
  const [first] = source?.problems ?? []
  if (first !== undefined) return problemText(first)
  const value = source === undefined ? (given ?? {}) : source.value
  const found = explain(manifestOptions, value)
  if (found.length > 0) {
    const texts = found
      .slice(0, TOLD_MAX)
      .map(({ path: at, text, anchor }) =>
        source === undefined ? `${pathText(at)}: ${text}` : problemText(source.problem(at, text, anchor)),
      )
    // A table of Lua has no order, and all workers are to say the same.
    return source === undefined ? `${path}: its manifest: ${texts.sort().join('; ')}` : texts.join('; ')
  }
  const manifest = decode(manifestOptions, value)
  if (manifest === undefined) return `${path}: the manifest cannot be read`
  if (manifest.name !== undefined && manifest.name !== name) {
    return `${path}: the manifest is that of "${manifest.name}", and the file is called "${name}"`
  }
  const fault = manifest.options === undefined ? undefined : schemaFault(manifest.options)
  if (fault !== undefined) return `${path}: options: ${fault}`
  return {
    manifest,
    schema: manifest.options,
  }
}

function schemaFault(schema: unknown): string | undefined {
  let nodes = 0
  const walk = (value: unknown, depth: number): string | undefined => {
    if (++nodes > SCHEMA_NODES_MAX) return `the schema has more than ${SCHEMA_NODES_MAX} parts`
    if (depth > SCHEMA_DEPTH_MAX) return `the schema is nested deeper than ${SCHEMA_DEPTH_MAX} levels`
    if (Array.isArray(value)) return firstFault(value.map((each) => () => walk(each, depth + 1)))
    if (!isMapValue(value)) return undefined
    const refused = SCHEMA_REFUSED.find(
      (word) => typeof value[word] === 'string' || isPatternMap(value, word),
    )
    if (refused !== undefined) return `"${refused}" is not understood in a plugin's schema`
    return firstFault(Object.values(value).map((each) => () => walk(each, depth + 1)))
  }
  return walk(schema, 0)
}

function isPatternMap(value: Readonly<Record<string, unknown>>, word: string): boolean {
  return word === 'patternProperties' && isMapValue(value[word])
}

function firstFault(checks: readonly (() => string | undefined)[]): string | undefined {
  for (const check of checks) {
    const fault = check()
    if (fault !== undefined) return fault
  }
  return undefined
}
