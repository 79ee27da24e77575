/** PlaceFields: the declared fields, each with its form and its place; what is wrong with one is said and left out. */
import { hint } from '../nearest.ts'
import type { CodecDeclaration, FieldDeclaration } from './declaration.ts'
import { type Field, type FieldForm, isPart } from './field.ts'
import type { SchemaProblem } from './problem.ts'

const NUMBER = /^(u8|u16|u24|u32|u64|i8|i16|i32|i64)$/
const FIXED = /^(bytes|text)\(([0-9]{1,4})\)$/
const FIXED_BYTES_MAX = 1_024
/** Parts of any size in one frame. */
const PARTS_MAX = 8

/** What `counts`, `over` and conditions say of their own. */
const RESERVED = ['frame', 'rest', 'from']

const BINARY_TYPES = [
  ...['u8', 'u16', 'u24', 'u32', 'u64', 'i8', 'i16', 'i32', 'i64', 'varint', 'bytes(8)', 'text(8)'],
  ...['bytes', 'text', 'pairs', 'json', 'body'],
]
const LINE_TYPES = ['word', 'text', 'pairs', 'json']

/** Which keys of a field go with which of its types or meanings; those that are not here go with all. */
const KEYS_OF: readonly (readonly [
  keys: readonly (keyof FieldDeclaration)[],
  fits: (field: FieldDeclaration) => boolean,
  what: string,
])[] = [
  [['counts', 'plus'], ({ is }) => is === 'length', 'a length (`is: length`)'],
  [['algorithm', 'over'], ({ is }) => is === 'checksum', 'a checksum (`is: checksum`)'],
  [['ok'], ({ is }) => is === 'status', 'a status (`is: status`)'],
  [['bits', 'byte-order'], ({ type }) => NUMBER.test(type), 'a number of fixed width'],
  [['size'], ({ type }) => ['bytes', 'text', 'pairs', 'json'].includes(type), 'bytes, text, pairs and json'],
  [
    ['count', 'key-size', 'value-size', 'assign', 'separator', 'escape'],
    ({ type }) => type === 'pairs',
    'pairs',
  ],
  [['prefix'], ({ type }) => type === 'pairs' || type === 'json', 'pairs and json'],
  [['names'], ({ type }) => NUMBER.test(type) || type === 'varint', 'a number'],
]

export function placeFields(declaration: CodecDeclaration, problems: SchemaProblem[]): readonly Field[] {
  const fields: Field[] = []
  const names = new Set<string>()
  let part = 0
  let offset = 0
  for (const [index, declared] of declaration.fields.entries()) {
    const say = (key: string, text: string) => problems.push({ path: ['fields', index, key], text })
    if (names.has(declared.name)) say('name', `there are two fields "${declared.name}"`)
    if (RESERVED.includes(declared.name))
      say('name', `"${declared.name}" means something else where fields are named: call it otherwise`)
    names.add(declared.name)
    const form = formOf(declared, declaration.line !== undefined)
    if (typeof form === 'string') {
      say('type', form)
      continue
    }
    checkKeys(declared, index, problems)
    fields.push({
      name: declared.name,
      index,
      ...form,
      little: (declared['byte-order'] ?? declaration['byte-order']) === 'little',
      part,
      offset,
      declared,
    })
    if (isPart(form.form)) {
      part++
      offset = 0
    } else offset += form.width
  }
  if (part > PARTS_MAX)
    problems.push({
      path: ['fields'],
      text: `a frame has at most ${PARTS_MAX} fields of any size, not ${part}`,
    })
  return fields
}

interface Form {
  readonly form: FieldForm
  readonly width: number
  readonly signed: boolean
  readonly text: boolean
}

function formOf({ type }: FieldDeclaration, line: boolean): Form | string {
  const known = line ? LINE_TYPES : BINARY_TYPES
  const fixed = FIXED.exec(type)
  const form = (form: FieldForm, text = false): Form => ({ form, width: 0, signed: false, text })
  if (!line && NUMBER.test(type))
    return { form: 'number', width: Number(type.slice(1)) / 8, signed: type.startsWith('i'), text: false }
  if (!line && fixed !== null) {
    const width = Number(fixed[2])
    if (width < 1 || width > FIXED_BYTES_MAX) return `must have 1 to ${FIXED_BYTES_MAX} bytes`
    return { form: 'fixed', width, signed: false, text: fixed[1] === 'text' }
  }
  if (!known.includes(type)) return `unknown type "${type}"${hint(type, known)}${line ? ' in a line' : ''}`
  if (type === 'word') return form('word', true)
  if (type === 'text') return form(line ? 'word' : 'sized', true)
  if (type === 'pairs' || type === 'json' || type === 'body' || type === 'varint') return form(type)
  return form('sized')
}

function checkKeys(declared: FieldDeclaration, index: number, problems: SchemaProblem[]): void {
  if (declared.count !== undefined && declared.size !== undefined)
    problems.push({
      path: ['fields', index, 'count'],
      text: 'pairs have a "size" or a "count" in front of them, not both',
    })
  for (const [keys, fits, what] of KEYS_OF) {
    if (fits(declared)) continue
    for (const key of keys) {
      if (declared[key] === undefined) continue
      problems.push({ path: ['fields', index, key], text: `"${key}" goes with ${what}` })
    }
  }
}
