/**
 * SchemaFault: why a JSON Schema that a stranger wrote is not held against anything. Whoever checks a value relies on the
 * words of a schema having values of their kinds, and on none that could make a check slow; it is made sure of here.
 */
import { nearest } from '../../sdk/index.ts'
import { type Finding, finding } from './finding.ts'
import type { ConfigPath } from './path.ts'
import { isMapValue, type PlainMap } from './shape.ts'
import { either, shown } from './wording.ts'

const DEPTH_MAX = 16
const PARTS_MAX = 1_000
/** Expressions may run for ever on the right text, and references go round in circles. */
const REFUSED = ['pattern', 'patternProperties', 'format', '$ref', '$dynamicRef', '$recursiveRef']
/** What begins like this is no data: a function that the library calls. */
const CALLED = '~'
/** What older schemas write for two words of later ones: under each key a schema, or a list of other keys. */
const DEPENDENCIES = 'dependencies'
const TYPES = ['string', 'number', 'integer', 'boolean', 'array', 'object', 'null']

/** What stands under a word of a schema; an empty table of Lua may be meant as a list or a map. */
type Kind = (value: unknown) => string | undefined

const isList = (value: unknown): value is readonly unknown[] =>
  Array.isArray(value) || (isMapValue(value) && Object.keys(value).length === 0)
const isTexts = (value: unknown): boolean =>
  isList(value) && Object.values(value).every((each) => typeof each === 'string')
const isTextLists = (value: unknown): boolean => isMapValue(value) && Object.values(value).every(isTexts)
const must =
  (what: string, holds: (value: unknown) => boolean): Kind =>
  (value) =>
    holds(value)
      ? undefined
      : `must be ${what}${what.startsWith(shown(value)) ? '' : `, not ${shown(value)}`}`

const count = must('a whole number', (value) => Number.isInteger(value) && Number(value) >= 0)
const number = must('a number', Number.isFinite)
const text = must('a string', (value) => typeof value === 'string')
const flag = must('true or false', (value) => typeof value === 'boolean')
const texts = must('a list of strings', isTexts)
const list = must('a list', isList)
/** Whose parts are schemas themselves. */
const schema = must('a schema', (value) => typeof value === 'boolean' || typeof value === 'object')
const schemas = must('a list of one schema or more', (value) => Array.isArray(value) && value.length > 0)
const named = must('a map of schemas', isMapValue)

const KINDS: readonly (readonly [kind: Kind, words: string])[] = [
  [text, '$id $schema $anchor $comment title description'],
  [typeFault, 'type'],
  [() => undefined, 'const default'],
  [list, 'enum examples'],
  [texts, 'required'],
  [flag, 'uniqueItems readOnly writeOnly deprecated'],
  [count, 'minLength maxLength minItems maxItems minContains maxContains minProperties maxProperties'],
  [number, 'minimum maximum exclusiveMinimum exclusiveMaximum'],
  [must('a number above 0', (value) => Number.isFinite(value) && Number(value) > 0), 'multipleOf'],
  [must('a map of lists', isTextLists), 'dependentRequired'],
  [schema, 'items additionalItems contains unevaluatedItems'],
  [schema, 'additionalProperties propertyNames unevaluatedProperties'],
  [schema, 'not if then else'],
  [schemas, 'anyOf allOf oneOf prefixItems'],
  [named, `properties dependentSchemas $defs definitions ${DEPENDENCIES}`],
]
const WORDS: ReadonlyMap<string, Kind> = new Map(
  KINDS.flatMap(([kind, words]) => words.split(' ').map((word) => [word, kind] as const)),
)
const KNOWN = [...WORDS.keys()]
/** Not of the language, and as near to a word of it as a slip; others write them, and mean nothing by it here. */
const ANNOTATIONS = /^(?:example|id|x-.*)$/

/** Where the first fault is and what is wrong; `undefined` when the schema may be used. */
export function schemaFault(given: PlainMap): Finding | undefined {
  let parts = 0
  const counted = (value: unknown, depth: number): string | undefined => {
    if (++parts > PARTS_MAX) return `the schema has more than ${PARTS_MAX} parts`
    if (depth > DEPTH_MAX) return `the schema is nested deeper than ${DEPTH_MAX} levels`
    if (typeof value !== 'object' || value === null) return undefined
    return firstOf(Object.values(value), (each) => counted(each, depth + 1))
  }
  const much = counted(given, 0)
  return much === undefined ? partFault(given, []) : finding([], much)
}

/** Of a schema within a schema: all that is not a map has been looked at where it stands. */
function partFault(part: unknown, path: ConfigPath): Finding | undefined {
  if (typeof part === 'boolean') return undefined
  if (!isMapValue(part)) return finding(path, `must be a schema, not ${shown(part)}`)
  return firstOf(Object.entries(part), ([word, value]) => {
    const at = [...path, word]
    const wrong = wordFault(word, value)
    return wrong === undefined ? innerFault(word, value, at) : finding(at, wrong)
  })
}

function wordFault(word: string, value: unknown): string | undefined {
  if (REFUSED.includes(word) || word.startsWith(CALLED))
    return `"${word}" is not understood in a plugin's schema`
  const kind = WORDS.get(word)
  if (kind !== undefined) return kind(value)
  // Words that nobody knows say nothing, as in JSON Schema everywhere; a slip of the finger is no such word.
  const near = ANNOTATIONS.test(word) ? undefined : nearest(word, KNOWN)
  return near === undefined ? undefined : `unknown key "${word}", did you mean "${near}"?`
}

function innerFault(word: string, value: unknown, path: ConfigPath): Finding | undefined {
  const kind = WORDS.get(word)
  if (kind === schema && !Array.isArray(value)) return partFault(value, path)
  if (kind !== schema && kind !== schemas && kind !== named) return undefined
  const parts: readonly (readonly [string | number, unknown])[] = Array.isArray(value)
    ? [...value.entries()]
    : Object.entries(isMapValue(value) ? value : {})
  return firstOf(parts, ([key, each]) =>
    word === DEPENDENCIES && isTexts(each) ? undefined : partFault(each, [...path, key]),
  )
}

function typeFault(value: unknown): string | undefined {
  const names: readonly unknown[] = Array.isArray(value) ? value : [value]
  const strange = names.find((name) => typeof name !== 'string' || !TYPES.includes(name))
  if (strange === undefined && names.length > 0) return undefined
  const near = typeof strange === 'string' ? nearest(strange, TYPES) : undefined
  return `must be ${either(TYPES)}, not ${shown(strange)}${near === undefined ? '' : `: did you mean "${near}"?`}`
}

function firstOf<Each, Fault>(
  all: readonly Each[],
  fault: (each: Each) => Fault | undefined,
): Fault | undefined {
  for (const each of all) {
    const found = fault(each)
    if (found !== undefined) return found
  }
  return undefined
}
