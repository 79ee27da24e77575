/** Wording: how values and kinds of values are called in messages. */
import { isMapValue, type PlainMap } from './shape.ts'

/** Longer texts are cut. */
const SHOWN_SIZE_MAX = 48

const KIND_NAMES: Readonly<Record<string, string>> = {
  string: 'a string',
  number: 'a number',
  integer: 'an integer',
  boolean: 'true or false',
  array: 'a list',
  object: 'a map',
  null: 'empty',
}

/** The kind of value that a declaration wants: "a string", "a map". */
export function kindName(schema: PlainMap): string {
  const type = schema['type']
  return typeof type === 'string' ? (KIND_NAMES[type] ?? type) : 'something else'
}

/** A value as a message shows it. */
export function shown(value: unknown): string {
  if (value === null || value === undefined) return 'empty'
  if (isMapValue(value)) return 'a map'
  if (Array.isArray(value)) return 'a list'
  const text = typeof value === 'string' ? JSON.stringify(value) : String(value)
  return text.length <= SHOWN_SIZE_MAX ? text : `${text.slice(0, SHOWN_SIZE_MAX)}…`
}

/** "a, b or c" */
export function either(words: readonly string[]): string {
  const all = [...new Set(words)]
  return all.length < 2 ? all.join('') : `${all.slice(0, -1).join(', ')} or ${all.at(-1)}`
}

/** A sentence as the end of another one; a word in capitals stays as it is. */
export function inSentence(sentence: string): string {
  const bare = sentence.replace(/\.$/, '')
  return /^[A-Z][a-z ]/.test(bare) ? `${bare.slice(0, 1).toLowerCase()}${bare.slice(1)}` : bare
}
