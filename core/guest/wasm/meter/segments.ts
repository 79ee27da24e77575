/**
 * Element and data segments (WebAssembly core specification §5.5.12, §5.5.14). They are copied as they are; here
 * only their form is checked, and how much there is of them, for instantiating applies them without fuel.
 */
import type { BinaryReader } from './binary-reader.ts'
import { skipConstantExpression } from './constant-expression.ts'
import { readEach } from './read-each.ts'
import { Refusal } from './refusal.ts'
import type { ValueTypes } from './value-types.ts'

/** Go's linker leaves a segment out for every few zeros and makes some ten thousand. */
const DATA_SEGMENTS_MAX = 65_536
const ELEMENT_SEGMENTS_MAX = 10_000
/** Elements in all segments of a module: 0.2 µs each, whenever an instance is made. Go's runtime has 6,300. */
const ELEMENTS_MAX = 65_536

/** Bits of an element segment's flags: not active, or of a table that is named; of expressions, not functions. */
const PASSIVE_BIT = 1
const EXPLICIT_BIT = 2
const EXPRESSIONS_BIT = 4

/** Passes over the element section's contents, in steps. */
export function* skipElementSegments(reader: BinaryReader, types: ValueTypes): Generator<undefined> {
  const count = reader.count(ELEMENT_SEGMENTS_MAX, 'element segments')
  let elements = 0
  for (let i = 0; i < count; i++) {
    const at = reader.at
    elements += yield* skipElementSegment(reader, types)
    if (elements > ELEMENTS_MAX) {
      throw new Refusal('over_quota', `has over ${ELEMENTS_MAX} elements in its segments`, at)
    }
  }
}

/** Passes over the data section's contents, in steps. */
export function* skipDataSegments(reader: BinaryReader, types: ValueTypes): Generator<undefined> {
  yield* readEach(reader, reader.count(DATA_SEGMENTS_MAX, 'data segments'), () => {
    const at = reader.at
    const flags = reader.u32()
    if (flags > 2) throw new Refusal('malformed', 'has a data segment with unknown flags', at)
    if (flags === 2) reader.u32()
    if (flags !== 1) skipConstantExpression(reader, types)
    reader.skip(reader.u32())
  })
}

function* skipElementSegment(reader: BinaryReader, types: ValueTypes): Generator<undefined, number> {
  const at = reader.at
  const flags = reader.u32()
  if (flags > 7) throw new Refusal('malformed', 'has an element segment with unknown flags', at)
  const active = (flags & PASSIVE_BIT) === 0
  if (active && (flags & EXPLICIT_BIT) !== 0) reader.u32()
  if (active) skipConstantExpression(reader, types)
  const expressions = (flags & EXPRESSIONS_BIT) !== 0
  if ((flags & (PASSIVE_BIT | EXPLICIT_BIT)) !== 0) {
    if (expressions) types.readReference(reader)
    else if (reader.byte() !== 0)
      throw new Refusal('malformed', 'has an element segment of an unknown kind', at)
  }
  const count = reader.count(ELEMENTS_MAX, 'elements in a segment')
  yield* readEach(reader, count, () => {
    if (expressions) skipConstantExpression(reader, types)
    else reader.u32()
  })
  return count
}
