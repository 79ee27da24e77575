/** Lengths: which bytes each length field counts, and which lengths and sums a frame has to carry. */
import { hint } from '../nearest.ts'
import { type Edge, type Field, isPart } from './field.ts'
import type { SchemaProblem } from './problem.ts'

/** The field says `plus` more than the bytes of so many of a fixed size and of these parts. */
export interface LengthRule {
  readonly field: Field
  readonly plus: number
  readonly fixed: number
  readonly parts: readonly number[]
}

/** Bytes of fixed size in front of each part and, last, behind all of them. */
export function gapsOf(fields: readonly Field[]): readonly number[] {
  const gaps = [0]
  for (const field of fields) {
    if (isPart(field.form)) gaps.push(0)
    else gaps[gaps.length - 1] = field.offset + field.width
  }
  return gaps
}

/** Where a field begins and where it ends. */
export function edgesOf(field: Field): readonly [from: Edge, to: Edge] {
  const from = { part: field.part, offset: field.offset }
  if (isPart(field.form)) return [from, { part: field.part + 1, offset: 0 }]
  return [from, { part: field.part, offset: field.offset + field.width }]
}

export function lengthsOf(fields: readonly Field[], problems: SchemaProblem[]): readonly LengthRule[] {
  return fields.flatMap((field) => {
    if (field.declared.is !== 'length') return []
    const path = ['fields', field.index]
    if (field.form !== 'number' && field.form !== 'varint') {
      problems.push({ path: [...path, 'type'], text: 'a length is a number' })
      return []
    }
    const counted = countedFields(field, fields, problems)
    const plus = field.declared.plus ?? 0
    const fixed = counted.filter(({ form }) => !isPart(form)).reduce((sum, { width }) => sum + width, 0)
    const parts = counted.filter(({ form }) => isPart(form)).map(({ part }) => part)
    if (parts.includes(field.part) && isPart(field.form)) {
      problems.push({ path: [...path, 'counts'], text: 'a length of variable width cannot count itself' })
    }
    return [{ field, plus, fixed, parts }]
  })
}

function countedFields(field: Field, fields: readonly Field[], problems: SchemaProblem[]): readonly Field[] {
  const path = ['fields', field.index, 'counts']
  const { counts } = field.declared
  if (counts === undefined) {
    problems.push({ path: path.slice(0, 2), text: '"counts" is missing: which bytes the length counts' })
    return []
  }
  return namedFields(counts, field, fields, (name) => {
    const known = ['frame', 'rest', ...fields.map(({ name }) => name)]
    problems.push({ path, text: `there is no field "${name}"${hint(name, known)}` })
  })
}

/** The fields that a name or a list of names means; `frame` is all of them, `rest` those behind this one. */
export function namedFields(
  named: string | readonly string[],
  field: Field,
  fields: readonly Field[],
  unknown: (name: string) => void,
): readonly Field[] {
  if (named === 'frame') return fields
  if (named === 'rest') return fields.slice(fields.indexOf(field) + 1)
  const names = typeof named === 'string' ? [named] : named
  for (const name of names) if (!fields.some((each) => each.name === name)) unknown(name)
  return fields.filter(({ name }) => names.includes(name))
}
