/**
 * Explain: every way in which a value does not fit its declaration, one sentence for each, with nothing filled in
 * yet. It walks maps, lists and unions; of a union the branch is named that was meant, not every one that did not fit.
 */
import type { TSchema } from 'typebox'
import { nearest } from '../../sdk/index.ts'
import { type Declared, missingKeys, propertiesOf, resolved } from './declared.ts'
import { type Finding, finding, unknownKey } from './finding.ts'
import { ownRule } from './own-rules.ts'
import type { ConfigPath } from './path.ts'
import { isMapValue, type PlainMap } from './shape.ts'
import { strangeCheck } from './strange-schema.ts'
import { explainUnion } from './union.ts'
import { inSentence } from './wording.ts'

/** What does not fit, in no particular order; empty when the value is valid. */
export function explain(schema: TSchema, value: unknown): readonly Finding[] {
  if (!isMapValue(schema)) return []
  const strange = strangeCheck(schema)
  const tooMuch = strange?.tooMuch(value)
  if (tooMuch !== undefined) return [finding([], tooMuch)]
  const found = findings({ schema, named: {} }, value, [])
  return found.length > 0 ? found : (strange?.found(value) ?? [])
}

/** Whether a value fits a part of a declaration. */
export function fits(declared: Declared, value: unknown): boolean {
  return findings(declared, value, []).length === 0
}

function findings(declared: Declared, value: unknown, path: ConfigPath): readonly Finding[] {
  const { schema, named } = resolved(declared)
  if (Array.isArray(schema['anyOf'])) return unionFindings(schema['anyOf'], named, { value, path })
  const broken = ownRule(schema, value)
  if (broken !== undefined) return [finding(path, broken)]
  return innerFindings({ schema, named }, value, path)
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
  const missing = missingKeys(declared, value)
  const found: Finding[] = []
  const meant = new Set<string>()
  for (const key of Object.keys(value)) {
    const part = keyDeclaration(declared.schema, key)
    if (isMapValue(part)) {
      found.push(...findings({ schema: part, named: declared.named }, value[key], [...path, key]))
    } else if (part === false) {
      found.push(unknownKey(path, key, known))
      const near = missing.length === 0 ? undefined : nearest(key, known)
      if (near !== undefined) meant.add(near)
    }
  }
  for (const key of missing) {
    // A misspelt key is reported as such, not as missing too.
    if (!meant.has(key)) found.push(finding(path, `"${key}" is missing${about(properties[key])}`))
  }
  return found
}

/** What a map declares for a key; `false` when it knows no such key, anything else when it does not care. */
export function keyDeclaration(schema: PlainMap, key: string): unknown {
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
