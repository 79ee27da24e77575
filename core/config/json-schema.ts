/**
 * JsonSchema: the whole configuration file as JSON Schema, from the declarations that also validate it, so that
 * editors complete and check it. What plugins declare is put where the file holds it.
 */
import { codecDeclaration } from '../../sdk/schema/declaration.ts'
import type { Registry } from '../plugin/registry.ts'
import { configOptions } from './options.ts'
import { isMapValue, type PlainMap } from './shape.ts'

const DIALECT = 'https://json-schema.org/draft/2020-12/schema'
/** Of plugins; the folder takes no other. */
const NAME = '^[A-Za-z][A-Za-z0-9_-]{0,62}$'
const LISTENER = ['properties', 'listeners', 'items', 'properties']
const ROUTES = ['properties', 'routes']
const ROUTE_FILTERS = [...ROUTES, 'items', 'properties', 'filters']

export function jsonSchema(registry: Registry): PlainMap {
  const filters = filterSchemas(registry)
  let schema = plain(configOptions)
  schema = put(schema, [...LISTENER, 'filters', 'items'], chainElement(filters))
  schema = put(schema, [...LISTENER, 'protocol', 'anyOf'], protocolNames([...registry.codecNames, 'auto']))
  schema = put(schema, [...LISTENER, 'protocols', 'items', 'anyOf'], protocolNames(registry.codecNames))
  const routes = get(filters['router'], ROUTES)
  if (routes !== undefined) schema = put(schema, [...LISTENER, 'routes'], routes)
  return titled('The configuration of weir', schema)
}

/** A file `NAME.codec.yaml` as JSON Schema. */
export function codecJsonSchema(): PlainMap {
  return titled('A codec of weir, declared', plain(codecDeclaration))
}

function titled(title: string, schema: PlainMap): PlainMap {
  const defined: Record<string, unknown> = {}
  const body = portable(schema, defined)
  return { $schema: DIALECT, title, ...(isMapValue(body) ? body : {}), $defs: defined }
}

/** Those that are known, for editors to complete, and any that a codec of the folder may have. */
function protocolNames(known: readonly string[]): readonly PlainMap[] {
  return [{ enum: [...known] }, { pattern: NAME, description: 'A codec of the folder.' }]
}

/** The options of every filter; the router's know what routes may configure of the others. */
function filterSchemas(registry: Registry): PlainMap {
  const known = registry.filterNames.flatMap((name) => registry.filter(name) ?? [])
  const routeOptions = known.flatMap(({ name, routeOptions }) =>
    routeOptions === undefined ? [] : [[name, plain(routeOptions)]],
  )
  const perRoute = {
    type: 'object',
    properties: Object.fromEntries(routeOptions),
    // Plugins of the folder have names that nobody knows here; what is built in and takes nothing of routes is refused.
    patternProperties: { [nameBut(known.map(({ name }) => name))]: {} },
    additionalProperties: false,
  }
  const entries = known.map(({ name, about, options }) => {
    const schema = { description: about, ...plain(options) }
    return [name, get(schema, ROUTE_FILTERS) === undefined ? schema : put(schema, ROUTE_FILTERS, perRoute)]
  })
  return Object.fromEntries(entries)
}

/** A pattern that every name of a plugin fits but these. */
function nameBut(names: readonly string[]): string {
  return `^(?!(?:${names.join('|')})$)${NAME.slice(1)}`
}

/** A name alone, or a map with one name and its options. Plugins of the folder have names that nobody knows here. */
function chainElement(filters: PlainMap): PlainMap {
  const plugin = { type: 'string', pattern: NAME, description: 'A plugin of the folder.' }
  const withOptions = {
    type: 'object',
    properties: filters,
    patternProperties: { [NAME]: {} },
    additionalProperties: false,
    minProperties: 1,
    maxProperties: 1,
  }
  return { anyOf: [{ enum: Object.keys(filters) }, plugin, withOptions] }
}

/** The declaration as data, without what only the validator understands. */
function plain(declaration: unknown): PlainMap {
  const copy: unknown = JSON.parse(JSON.stringify(declaration))
  return isMapValue(copy) ? copy : {}
}

/**
 * Named declarations go to the root, where JSON Schema looks for them, and what has a default need not be given.
 */
function portable(value: unknown, defined: Record<string, unknown>): unknown {
  if (Array.isArray(value)) return value.map((element) => portable(element, defined))
  if (!isMapValue(value)) return value
  const { $defs, $id: _id, $ref, required, ...rest } = value
  if (isMapValue($defs)) {
    for (const [name, part] of Object.entries($defs)) defined[name] ??= portable(part, defined)
  }
  const made = Object.fromEntries(Object.entries(rest).map(([key, part]) => [key, portable(part, defined)]))
  const needed = Array.isArray(required) ? required.filter((key) => needsValue(value, key)) : []
  return {
    ...made,
    ...(typeof $ref === 'string' ? { $ref: `#/$defs/${$ref}` } : {}),
    ...(needed.length === 0 ? {} : { required: needed }),
  }
}

function needsValue(schema: PlainMap, key: unknown): boolean {
  return typeof key === 'string' && get(schema, ['properties', key, 'default']) === undefined
}

function get(value: unknown, path: readonly string[]): unknown {
  let found: unknown = value
  for (const key of path) found = isMapValue(found) ? found[key] : undefined
  return found
}

/** A copy with something else at a path; what is on the way to it must be there. */
function put(value: PlainMap, [key, ...rest]: readonly string[], replacement: unknown): PlainMap {
  if (key === undefined) return value
  if (rest.length === 0) return { ...value, [key]: replacement }
  const inner = value[key]
  return isMapValue(inner) ? { ...value, [key]: put(inner, rest, replacement) } : value
}
