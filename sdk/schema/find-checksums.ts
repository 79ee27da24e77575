/** FindChecksums: the sums of a declaration, each with the bytes that it is over. */
import { checksums, isChecksumName } from '../checksum.ts'
import { hint } from '../nearest.ts'
import { ChecksumField } from './checksum-field.ts'
import type { Edge, Field } from './field.ts'
import { edgesOf, namedFields } from './lengths.ts'
import type { SchemaProblem } from './problem.ts'

type Range = readonly [from: Edge, to: Edge]

/** In the order in which they have to be written: one that is over another comes after it. */
export function findChecksums(fields: readonly Field[], problems: SchemaProblem[]): readonly ChecksumField[] {
  const found = fields.filter(({ declared }) => declared.is === 'checksum')
  const over = new Map(found.map((field) => [field, summedFields(field, fields, problems)]))
  const made = found.flatMap((field) => {
    const path = ['fields', field.index]
    const { algorithm } = field.declared
    if (field.form !== 'number') {
      problems.push({ path: [...path, 'type'], text: 'a checksum is a number of fixed width' })
      return []
    }
    if (algorithm === undefined || !isChecksumName(algorithm)) {
      const text = `"algorithm" is missing: one of ${Object.keys(checksums).join(', ')}`
      problems.push({ path, text })
      return []
    }
    return [new ChecksumField(field, checksums[algorithm], merged((over.get(field) ?? []).map(edgesOf)))]
  })
  const behind = (left: ChecksumField, right: ChecksumField) =>
    over.get(left.field)?.includes(right.field) === true
  for (const left of made) {
    const ring = made.find((right) => right !== left && behind(left, right) && behind(right, left))
    if (ring === undefined) continue
    const text = `"${left.field.name}" and "${ring.field.name}" are over each other`
    problems.push({ path: ['fields', left.field.index, 'over'], text })
  }
  return made.toSorted((left, right) => Number(behind(left, right)) - Number(behind(right, left)))
}

function summedFields(field: Field, fields: readonly Field[], problems: SchemaProblem[]): readonly Field[] {
  const path = ['fields', field.index, 'over']
  const { over } = field.declared
  if (over === undefined) {
    problems.push({ path: path.slice(0, 2), text: '"over" is missing: which bytes the sum is over' })
    return []
  }
  const summed = namedFields(over, field, fields, (name) => {
    const known = ['frame', 'rest', ...fields.map(({ name }) => name)]
    problems.push({ path, text: `there is no field "${name}"${hint(name, known)}` })
  })
  if (over !== 'frame' && summed.includes(field))
    problems.push({ path, text: 'a checksum cannot be over itself' })
  return summed.filter((each) => each !== field)
}

/** Fields that lie next to each other are one range. */
function merged(ranges: readonly Range[]): readonly Range[] {
  const found: Range[] = []
  for (const [from, to] of ranges) {
    const last = found.at(-1)
    if (last !== undefined && last[1].part === from.part && last[1].offset === from.offset)
      found[found.length - 1] = [last[0], to]
    else found.push([from, to])
  }
  return found
}
