/**
 * PluginManifest: reads what a plugin says about itself, beside its file or in it. It is a stranger's text: its size,
 * depth and its JSON Schema are bounded, and nothing is held against a schema that has a fault.
 */
import { type Manifest, manifestOptions } from '../plugin/manifest.ts'
import { protocolOf } from '../plugin/plugin-file.ts'
import { decode } from './decode.ts'
import { explain } from './explain.ts'
import type { Finding } from './finding.ts'
import { LOOKS_MAX, partsOf, tooLarge, tooLong } from './parts.ts'
import { pathText } from './path.ts'
import { problemText } from './problem.ts'
import { schemaFault } from './schema-fault.ts'
import type { PlainMap } from './shape.ts'
import { ConfigSource } from './source.ts'

/** Mistakes that are told at once. */
const TOLD_MAX = 16

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
    const texts = found.slice(0, TOLD_MAX).map((each) => located(each, source))
    // A table of Lua has no order, and all workers are to say the same.
    return source === undefined ? `${path}: its manifest: ${texts.sort().join('; ')}` : texts.join('; ')
  }
  const manifest = decode(manifestOptions, value)
  if (manifest === undefined) return `${path}: the manifest cannot be read`
  if (manifest.name !== undefined && manifest.name !== name) {
    return `${path}: the manifest is that of "${manifest.name}", and the file is called "${name}"`
  }
  const kind = protocolOf(name) === undefined ? 'filter' : 'codec'
  if (manifest.kind !== undefined && manifest.kind !== kind) {
    return `${path}: the manifest is that of a ${manifest.kind}, and the file is called "${name}" as a ${kind}'s is`
  }
  const fault = manifest.options === undefined ? undefined : ownFault(manifest.options, manifest.config)
  if (fault === undefined) return { manifest, schema: manifest.options }
  const text = located(fault, source)
  return source === undefined ? `${path}: its manifest: ${text}` : text
}

/** Of the schema, or of what the plugin itself has against it; what is missing there, somebody else may give. */
function ownFault(schema: PlainMap, config: PlainMap): Finding | undefined {
  const fault = schemaFault(schema)
  if (fault !== undefined) return { ...fault, path: ['options', ...fault.path] }
  const { properties = {}, additionalProperties } = schema
  const looks = partsOf(schema, LOOKS_MAX) * partsOf(config, LOOKS_MAX)
  const [first] = looks > LOOKS_MAX ? [] : explain({ properties, additionalProperties }, config)
  return first === undefined ? undefined : { ...first, path: ['config', ...first.path] }
}

/** With its line, where it stands in a file of its own. */
function located({ path, text, anchor }: Finding, source: ConfigSource | undefined): string {
  return source === undefined ? `${pathText(path)}: ${text}` : problemText(source.problem(path, text, anchor))
}
