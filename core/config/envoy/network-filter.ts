/**
 * NetworkFilter: what an element of a filter chain of Envoy's is here. Whoever brings a protocol says what that is; the
 * type of the configuration decides where there is one, and the name where there is none, as in Envoy.
 */
import { type EnvoyNetworkFilter, hint } from '../../../sdk/index.ts'
import { explain } from '../explain.ts'
import type { ConfigPath } from '../path.ts'
import { entry, isMapValue, type PlainMap, textEntry } from '../shape.ts'
import { readLoosely } from './read-loosely.ts'
import type { Translation } from './translation.ts'
import { unsupported } from './unsupported.ts'

/** By each of their names. */
export type EnvoyFilters = ReadonlyMap<string, EnvoyNetworkFilter>

const TYPE = '@type'
/** Wrappers that hold a configuration of another type. */
const STRUCTS = ['udpa.type.v1.TypedStruct', 'xds.type.v3.TypedStruct']

interface Placed {
  readonly filter: unknown
  readonly path: ConfigPath
}

/** `undefined` when it is not known; a problem is noted then. */
export function networkFilter(
  { filter, path }: Placed,
  known: EnvoyFilters,
  translation: Translation,
): EnvoyNetworkFilter | undefined {
  const given = configOf(filter)
  const name = textEntry(filter, 'name') ?? ''
  const wanted = given.type ?? name
  const found = known.get(wanted)
  if (found === undefined) {
    const at = given.type === undefined ? [...path, 'name'] : [...path, ...given.typePath]
    translation.problem(wanted === '' ? path : at, unknownText(name, given.type, [...known.keys()]))
    return undefined
  }
  checkConfig(found, { value: given.value, path: [...path, ...given.valuePath] }, translation)
  return found
}

interface GivenConfig {
  readonly type: string | undefined
  readonly typePath: ConfigPath
  readonly value: PlainMap
  readonly valuePath: ConfigPath
}

function configOf(filter: unknown): GivenConfig {
  const key = isMapValue(entry(filter, 'typed_config')) ? 'typed_config' : 'config'
  const config = entry(filter, key)
  const { [TYPE]: typed, ...value } = isMapValue(config) ? config : {}
  const type = bare(typed)
  if (type === undefined || !STRUCTS.includes(type))
    return { type, typePath: [key, TYPE], value, valuePath: [key] }
  const inner = value['value']
  return {
    type: bare(value['type_url'] ?? value['typeUrl']),
    typePath: [key, 'type_url'],
    value: isMapValue(inner) ? inner : {},
    valuePath: [key, 'value'],
  }
}

/** A type without the address in front of it. */
function bare(type: unknown): string | undefined {
  return typeof type === 'string' ? type.slice(type.lastIndexOf('/') + 1) : undefined
}

function unknownText(name: string, type: string | undefined, known: readonly string[]): string {
  if (name === '' && type === undefined) return 'a filter needs a name'
  const of = type === undefined || type === name ? '' : ` (${type})`
  return `not supported yet: the network filter ${name === '' ? type : `${name}${of}`}${hint(type ?? name, known)}`
}

function checkConfig(
  { options }: EnvoyNetworkFilter,
  { value, path }: { readonly value: PlainMap; readonly path: ConfigPath },
  translation: Translation,
): void {
  const origin = translation.origins.of(path)
  const fitted = readLoosely(options, { value, origin, path }, translation)
  for (const each of explain(options, fitted)) {
    const found = unsupported(each)
    translation.problems.push({ ...found, path: translation.origins.of([...path, ...found.path]) })
  }
}
