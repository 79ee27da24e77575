/**
 * Union: what to say about a value that fits none of several declarations. The branch that was meant is the one
 * of the value's own kind with the least to change; only its problems are reported.
 */
import { type Declared, missingKeys, propertiesOf } from './declared.ts'
import { type Finding, finding, unknownKey, wrongKind, wrongWord } from './finding.ts'
import type { ConfigPath } from './path.ts'
import { isMapValue, type PlainMap } from './shape.ts'
import { either, kindName } from './wording.ts'

/** A finding at the value itself says more against a branch than one deep inside it. */
const SHALLOW_WEIGHT = 8

/** A branch, and what it has against the value. */
export interface Tried {
  readonly branch: Declared
  readonly found: readonly Finding[]
}

/** Nothing when one of the branches has nothing against the value. */
export function explainUnion(tried: readonly Tried[], value: unknown, path: ConfigPath): readonly Finding[] {
  if (tried.some(({ found }) => found.length === 0)) return []
  const fitting = tried.filter(({ branch }) => sameKind(branch.schema, value))
  if (fitting.length === 0)
    return [finding(path, wrongKind(either(tried.map(({ branch }) => kindName(branch.schema))), value))]
  const words = fitting.map(({ branch }) => wordsOf(branch.schema))
  if (words.every((some) => some.length > 0)) return [finding(path, wrongWord(value, words.flat()))]
  return amongMaps(fitting, value, path) ?? best(fitting, path)
}

/** Several maps are allowed: keys that none of them knows, and no keys at all, are told apart from the rest. */
function amongMaps(
  tried: readonly Tried[],
  value: unknown,
  path: ConfigPath,
): readonly Finding[] | undefined {
  if (!isMapValue(value) || tried.length < 2) return undefined
  if (tried.some(({ branch }) => branch.schema['additionalProperties'] !== false)) return undefined
  const known = keysOf(tried)
  const strange = Object.keys(value).filter((key) => !known.includes(key))
  if (strange.length > 0) return strange.map((key) => unknownKey(path, key, known))
  const bare = Object.keys(value).length === 0
  if (!bare || tried.some(({ branch }) => missingKeys(branch, value).length === 0)) return undefined
  return [finding(path, `needs one of ${either(known)}`)]
}

function best(tried: readonly Tried[], path: ConfigPath): readonly Finding[] {
  const [chosen] = tried.toSorted((a, b) => weight(a.found, path) - weight(b.found, path))
  if (chosen === undefined) return []
  const known = keysOf(tried)
  const own = either(keysOf([chosen]))
  return chosen.found.map((each) => {
    const key = each.path.length === path.length + 1 ? each.unknownKey : undefined
    if (key === undefined || !known.includes(key)) return each
    return unknownKey(path, key, known, `"${key}" does not go together with ${own}`)
  })
}

function weight(found: readonly Finding[], path: ConfigPath): number {
  let sum = 0
  for (const { path: at, unknownKey } of found) {
    const depth = at.length - path.length - (unknownKey === undefined ? 0 : 1)
    sum += depth <= 0 ? SHALLOW_WEIGHT : 1
  }
  return sum
}

function keysOf(tried: readonly Tried[]): readonly string[] {
  return [...new Set(tried.flatMap(({ branch }) => Object.keys(propertiesOf(branch.schema))))]
}

function wordsOf(schema: PlainMap): readonly unknown[] {
  if ('const' in schema) return [schema['const']]
  return Array.isArray(schema['enum']) ? schema['enum'] : []
}

function sameKind(schema: PlainMap, value: unknown): boolean {
  const type = schema['type']
  if (Array.isArray(schema['enum'])) return schema['enum'].some((word) => typeof word === typeof value)
  if (value === null) return type === 'null'
  if (Array.isArray(value)) return type === 'array'
  if (isMapValue(value)) return type === 'object'
  if (typeof value === 'number') return type === 'number' || type === 'integer'
  return type === typeof value || type === undefined
}
