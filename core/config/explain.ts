/**
 * Explain: every way in which a value does not fit its declaration, one sentence for each, with nothing filled in
 * yet. TypeBox decides about single values; this file walks maps, lists and unions, because there its errors name
 * every branch that did not fit instead of the one that was meant.
 */
import type { TSchema } from 'typebox'
import Value from 'typebox/value'
import { nearest } from '../../sdk/index.ts'
import { type Declared, missingKeys, propertiesOf, resolved } from './declared.ts'
import { type Finding, finding, unknownKey, wrongKind, wrongWord } from './finding.ts'
import type { ConfigPath } from './path.ts'
import { isMapValue, type PlainMap } from './shape.ts'
import { explainUnion } from './union.ts'
import { inSentence, kindName, shown } from './wording.ts'

/** What a declaration says about the value itself, not about what is in it. */
const OWN_RULES = [
  ...['type', 'enum', 'const', 'pattern', 'format', 'minLength', 'maxLength'],
  ...['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum', 'multipleOf'],
  ...['minItems', 'maxItems', 'uniqueItems', 'minProperties', 'maxProperties', 'propertyNames'],
]

/** What does not fit, in no particular order; empty when the value is valid. */
export function explain(schema: TSchema, value: unknown): readonly Finding[] {
  if (!isMapValue(schema)) return []
  const found = findings({ schema, named: {} }, value, [])
  if (found.length > 0) return found
  // What this walk has no sentence for is still refused, in the validator's own words.
  const filled = Value.Default(schema, Value.Clone(value))
  if (Value.Check(schema, filled)) return []
  return Value.Errors(schema, filled).map((error) => finding(pointerPath(error.instancePath), error.message))
}

function findings(declared: Declared, value: unknown, path: ConfigPath): readonly Finding[] {
  const { schema, named } = resolved(declared)
  if (Array.isArray(schema['anyOf'])) return unionFindings(schema['anyOf'], named, { value, path })
  const broken = ownRule(schema, value)
  if (broken !== undefined) return [finding(path, broken)]
  const inner = innerFindings({ schema, named }, value, path)
  if (inner.length > 0) return inner
  const unrefined = refinement({ schema, named }, value)
  return unrefined === undefined ? [] : [finding(path, unrefined)]
}

interface Placed {
  readonly value: unknown
  readonly path: ConfigPath
}

function unionFindings(
  parts: readonly unknown[],
  named: PlainMap,
  { value, path }: Placed,
): readonly Finding[] {
  const branches = parts.filter(isMapValue).map((part) => resolved({ schema: part, named }))
  const tried = branches.map((branch) => ({ branch, found: findings(branch, value, path) }))
  return explainUnion(tried, value, path)
}

function innerFindings(declared: Declared, value: unknown, path: ConfigPath): readonly Finding[] {
  if (Array.isArray(value)) return listFindings(declared, value, path)
  return isMapValue(value) ? mapFindings(declared, value, path) : []
}

function listFindings(declared: Declared, value: readonly unknown[], path: ConfigPath): readonly Finding[] {
  const items = declared.schema['items']
  if (!isMapValue(items)) return []
  const element = { schema: items, named: declared.named }
  return value.flatMap((each, index) => findings(element, each, [...path, index]))
}

function mapFindings(declared: Declared, value: PlainMap, path: ConfigPath): readonly Finding[] {
  const properties = propertiesOf(declared.schema)
  const known = Object.keys(properties)
  const found: Finding[] = []
  const meant = new Set<string>()
  for (const key of Object.keys(value)) {
    const part = keyDeclaration(declared.schema, key)
    if (isMapValue(part)) {
      found.push(...findings({ schema: part, named: declared.named }, value[key], [...path, key]))
    } else if (part === false) {
      found.push(unknownKey(path, key, known))
      const near = nearest(key, known)
      if (near !== undefined) meant.add(near)
    }
  }
  for (const key of missingKeys(declared, value)) {
    // A misspelt key is reported as such, not as missing too.
    if (!meant.has(key)) found.push(finding(path, `"${key}" is missing${about(properties[key])}`))
  }
  return found
}

/** What a map declares for a key; `false` when it knows no such key, anything else when it does not care. */
function keyDeclaration(schema: PlainMap, key: string): unknown {
  const properties = propertiesOf(schema)
  if (Object.hasOwn(properties, key)) return properties[key]
  const patterns = isMapValue(schema['patternProperties']) ? schema['patternProperties'] : {}
  const matching = Object.keys(patterns).find((pattern) => new RegExp(pattern).test(key))
  return matching === undefined ? schema['additionalProperties'] : patterns[matching]
}

function about(declared: unknown): string {
  const text = isMapValue(declared) ? declared['description'] : undefined
  return typeof text === 'string' ? `: ${inSentence(text)}` : ''
}

/** The first of the declaration's own rules that the value breaks, as a sentence. */
function ownRule(schema: PlainMap, value: unknown): string | undefined {
  const own = Object.fromEntries(
    OWN_RULES.filter((rule) => rule in schema).map((rule) => [rule, schema[rule]]),
  )
  const [error] = Value.Errors(own, value)
  if (error === undefined) return undefined
  switch (error.keyword) {
    case 'type':
      return 'pattern' in schema && typeof value === 'number'
        ? `${shown(value)} is not understood${examples(schema)}`
        : wrongKind(kindName(schema), value)
    case 'enum':
      return wrongWord(value, error.params.allowedValues)
    case 'const':
      return wrongWord(value, [error.params.allowedValue])
    case 'pattern':
      return `${shown(value)} is not understood${examples(schema)}`
    case 'minimum':
      return `must be at least ${error.params.limit}, not ${shown(value)}`
    case 'maximum':
      return `must be at most ${error.params.limit}, not ${shown(value)}`
    case 'minItems':
      return `needs at least ${counted(error.params.limit, 'element')}`
    case 'minLength':
      return error.params.limit === 1
        ? 'must not be empty'
        : `needs at least ${error.params.limit} characters`
    case 'minProperties':
      return `needs at least ${counted(error.params.limit, 'key')}`
    case 'maxProperties':
      return `must not have more than ${counted(error.params.limit, 'key')}`
    default:
      return error.message
  }
}

/** What a hand-written rule of the declaration says about the value, once its defaults are filled in. */
function refinement({ schema, named }: Declared, value: unknown): string | undefined {
  const rules = schema['~refine']
  if (rules === undefined) return undefined
  const context = Object.entries(named).flatMap(([name, part]) =>
    isMapValue(part) ? [[name, part] as const] : [],
  )
  const filled = Value.Default(Object.fromEntries(context), schema, Value.Clone(value))
  return Value.Errors({ '~refine': rules }, filled)[0]?.message
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`
}

function examples(schema: PlainMap): string {
  const known = Array.isArray(schema['examples']) ? schema['examples'].map(String) : []
  return known.length === 0 ? '' : `: write it like ${known.join(', ')}`
}

/** A JSON pointer as a path; indices are told from keys by their look, which is good enough for a message. */
function pointerPath(pointer: string): ConfigPath {
  const parts = pointer.split('/').slice(1)
  return parts.map((part) => {
    const key = part.replaceAll('~1', '/').replaceAll('~0', '~')
    return /^[0-9]+$/.test(key) ? Number(key) : key
  })
}
