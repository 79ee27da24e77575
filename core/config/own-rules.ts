/** OwnRules: what a declaration says about a value itself, not about what is in it (JSON Schema, Validation §6). */
import { wrongKind, wrongWord } from './finding.ts'
import { isMapValue, type PlainMap } from './shape.ts'
import { kindName, shown } from './wording.ts'

/** A rule and its limit, held against a value; a sentence when it is broken. */
type Rule = (value: unknown, limit: unknown, schema: PlainMap) => string | undefined

/** In the order in which they are told: the kind first, which explains the rest. */
const RULES: Readonly<Record<string, Rule>> = {
  type: (value, limit, schema) => {
    if (ofType(value, limit)) return undefined
    const written = 'pattern' in schema && typeof value === 'number'
    return written ? notUnderstood(value, schema) : wrongKind(kindName(schema), value)
  },
  enum: (value, limit) =>
    !Array.isArray(limit) || limit.some((word) => same(word, value)) ? undefined : wrongWord(value, limit),
  const: (value, limit) => (same(limit, value) ? undefined : wrongWord(value, [limit])),
  pattern: (value, limit, schema) =>
    typeof value !== 'string' || new RegExp(String(limit), 'u').test(value)
      ? undefined
      : notUnderstood(value, schema),
  minLength: text((value, limit) =>
    value.length >= limit
      ? undefined
      : limit === 1
        ? 'must not be empty'
        : `needs at least ${limit} characters`,
  ),
  maxLength: text((value, limit) =>
    value.length <= limit ? undefined : `must not have more than ${limit} characters`,
  ),
  minimum: number((value, limit) =>
    value >= limit ? undefined : `must be at least ${limit}, not ${shown(value)}`,
  ),
  maximum: number((value, limit) =>
    value <= limit ? undefined : `must be at most ${limit}, not ${shown(value)}`,
  ),
  exclusiveMinimum: number((value, limit) =>
    value > limit ? undefined : `must be more than ${limit}, not ${shown(value)}`,
  ),
  exclusiveMaximum: number((value, limit) =>
    value < limit ? undefined : `must be less than ${limit}, not ${shown(value)}`,
  ),
  multipleOf: number((value, limit) =>
    Number.isInteger(value / limit) ? undefined : `must be a multiple of ${limit}, not ${shown(value)}`,
  ),
  minItems: list((value, limit) =>
    value.length >= limit ? undefined : `needs at least ${counted(limit, 'element')}`,
  ),
  maxItems: list((value, limit) =>
    value.length <= limit ? undefined : `must not have more than ${counted(limit, 'element')}`,
  ),
  uniqueItems: (value, limit) =>
    limit !== true ||
    !Array.isArray(value) ||
    new Set(value.map((each) => JSON.stringify(each))).size === value.length
      ? undefined
      : 'must not have an element twice',
  minProperties: map((keys, limit) =>
    keys >= limit ? undefined : `needs at least ${counted(limit, 'key')}`,
  ),
  maxProperties: map((keys, limit) =>
    keys <= limit ? undefined : `must not have more than ${counted(limit, 'key')}`,
  ),
}

/** The first of the declaration's own rules that the value breaks, as a sentence. */
export function ownRule(schema: PlainMap, value: unknown): string | undefined {
  for (const [name, rule] of Object.entries(RULES)) {
    const broken = name in schema ? rule(value, schema[name], schema) : undefined
    if (broken !== undefined) return broken
  }
  return undefined
}

function ofType(value: unknown, type: unknown): boolean {
  if (Array.isArray(type)) return type.some((each) => ofType(value, each))
  switch (type) {
    case 'array':
      return Array.isArray(value)
    case 'object':
      return isMapValue(value)
    case 'null':
      return value === null
    case 'integer':
      return Number.isInteger(value)
    case 'number':
      return typeof value === 'number' && Number.isFinite(value)
    default:
      return typeof value === type
  }
}

function same(left: unknown, right: unknown): boolean {
  return left === right || (typeof left === 'object' && JSON.stringify(left) === JSON.stringify(right))
}

function text(rule: (value: string, limit: number) => string | undefined): Rule {
  return (value, limit) => (typeof value === 'string' ? rule(value, Number(limit)) : undefined)
}

function number(rule: (value: number, limit: number) => string | undefined): Rule {
  return (value, limit) => (typeof value === 'number' ? rule(value, Number(limit)) : undefined)
}

function list(rule: (value: readonly unknown[], limit: number) => string | undefined): Rule {
  return (value, limit) => (Array.isArray(value) ? rule(value, Number(limit)) : undefined)
}

function map(rule: (keys: number, limit: number) => string | undefined): Rule {
  return (value, limit) => (isMapValue(value) ? rule(Object.keys(value).length, Number(limit)) : undefined)
}

function notUnderstood(value: unknown, schema: PlainMap): string {
  const known = Array.isArray(schema['examples']) ? schema['examples'].map(String) : []
  const like = known.length === 0 ? '' : `: write it like ${known.join(', ')}`
  return `${shown(value)} is not understood${like}`
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`
}
