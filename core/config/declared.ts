/** Declared: a part of a declaration, read as the JSON Schema that it is. */
import { isMapValue, type PlainMap } from './shape.ts'

/** A declaration and the named ones that it may refer to. */
export interface Declared {
  readonly schema: PlainMap
  readonly named: PlainMap
}

/** Follows references to the declaration that is meant. */
export function resolved(declared: Declared): Declared {
  let { schema, named } = declared
  // A chain of references is never longer than the names there are.
  for (let hops = 0; hops <= Object.keys(named).length + 1; hops++) {
    const defined = schema['$defs']
    if (isMapValue(defined)) named = { ...named, ...defined }
    const reference = schema['$ref']
    if (typeof reference !== 'string') break
    const target = named[reference.replace('#/$defs/', '')]
    if (!isMapValue(target)) break
    schema = target
  }
  return { schema, named }
}

/** The declarations of a map's keys. */
export function propertiesOf(schema: PlainMap): PlainMap {
  return isMapValue(schema['properties']) ? schema['properties'] : {}
}

/** Keys that must be there and have no default. */
export function missingKeys({ schema, named }: Declared, value: PlainMap): readonly string[] {
  const properties = propertiesOf(schema)
  const required: readonly unknown[] = Array.isArray(schema['required']) ? schema['required'] : []
  return required.filter((key): key is string => {
    if (typeof key !== 'string' || Object.hasOwn(value, key)) return false
    const property = properties[key]
    if (!isMapValue(property)) return true
    return resolved({ schema: property, named }).schema['default'] === undefined
  })
}
