/** Decode: a value that fits its declaration, with defaults filled in and durations and sizes as numbers. */
import type { TSchema } from 'typebox'
import type { Infer } from '../../sdk/index.ts'
import { type Declared, propertiesOf, resolved } from './declared.ts'
import { explain, fits, keyDeclaration } from './explain.ts'
import { isMapValue, type PlainMap } from './shape.ts'

/** The decoded value, or `undefined` when {@link explain} has anything to say about it. The value is not changed. */
export function decode<const Schema extends TSchema>(
  schema: Schema,
  value: unknown,
): Infer<Schema> | undefined {
  if (!isMapValue(schema) || explain(schema, value).length > 0) return undefined
  const made = decoded({ schema, named: {} }, value)
  return isDecoded<Schema>(made) ? made : undefined
}

function decoded(declared: Declared, given: unknown): unknown {
  const { schema, named } = resolved(declared)
  const value = given === undefined ? structuredClone(schema['default']) : given
  const { anyOf } = schema
  if (value === undefined) return undefined
  if (Array.isArray(anyOf)) return ofUnion(anyOf.filter(isMapValue), named, value)
  const inner = innerDecoded({ schema, named }, value)
  const codec = '~codec' in schema ? schema['~codec'] : undefined
  return isCodec(codec) ? codec.decode(inner) : inner
}

function ofUnion(parts: readonly PlainMap[], named: PlainMap, value: unknown): unknown {
  const branch = parts.map((schema) => ({ schema, named })).find((each) => fits(each, value))
  return branch === undefined ? value : decoded(branch, value)
}

function innerDecoded({ schema, named }: Declared, value: unknown): unknown {
  if (Array.isArray(value)) {
    const { items } = schema
    return isMapValue(items) ? value.map((each) => decoded({ schema: items, named }, each)) : value
  }
  return isMapValue(value) ? ofMap({ schema, named }, value) : value
}

function ofMap({ schema, named }: Declared, value: PlainMap): PlainMap {
  const keys = new Set([...Object.keys(value), ...Object.keys(propertiesOf(schema))])
  const entries = [...keys].map((key): [string, unknown] => {
    const part = keyDeclaration(schema, key)
    const given = Object.hasOwn(value, key) ? value[key] : undefined
    return [key, isMapValue(part) ? decoded({ schema: part, named }, given) : given]
  })
  return Object.fromEntries(entries.filter(([, each]) => each !== undefined))
}

function isCodec(value: unknown): value is { decode(value: unknown): unknown } {
  return isMapValue(value) && typeof value['decode'] === 'function'
}

/** It fits the declaration, and the declaration has the type. */
function isDecoded<Schema extends TSchema>(value: unknown): value is Infer<Schema> {
  return value !== undefined
}
