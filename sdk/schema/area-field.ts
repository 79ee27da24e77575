/** AreaField: a field that holds keys with values: how they are written, and how their properties are called. */
import type { Message } from '../message.ts'
import type { Area } from './area.ts'
import type { CodecDeclaration } from './declaration.ts'
import { type Field, prefixWidth } from './field.ts'
import { JsonArea } from './json-area.ts'
import { PairArea } from './pair-area.ts'
import type { SchemaProblem } from './problem.ts'
import { TextArea } from './text-area.ts'

export class AreaField {
  readonly field: Field
  readonly area: Area
  /** In front of its keys in the names of properties. */
  readonly prefix: string
  /** Its place among the areas. */
  readonly index: number

  constructor(field: Field, area: Area, index: number) {
    this.field = field
    this.area = area
    this.prefix = field.declared.prefix ?? ''
    this.index = index
  }

  /** The key that a property's name means here; `undefined` when it means none. */
  keyOf(property: string): string | undefined {
    if (this.prefix === '') return property
    return property.startsWith(this.prefix) ? property.slice(this.prefix.length) : undefined
  }
}

/** What a message's areas hold, once they were looked at. */
export class AreaNotes {
  readonly spans: (readonly number[] | undefined)[] = []
}

export function areaNotes(message: Message): AreaNotes {
  if (message.parts instanceof AreaNotes) return message.parts
  const notes = new AreaNotes()
  message.parts = notes
  return notes
}

export function findAreas(
  fields: readonly Field[],
  declaration: CodecDeclaration,
  pairsMax: number,
  problems: SchemaProblem[],
): readonly AreaField[] {
  const found = fields.filter(({ form }) => form === 'pairs' || form === 'json')
  const areas = found.map((field, index) => new AreaField(field, areaOf(field, declaration, pairsMax), index))
  for (const [index, { field, prefix }] of areas.entries()) {
    const same = areas.slice(0, index).find((other) => other.prefix === prefix)
    if (same === undefined) continue
    const text = `the keys of "${field.name}" are called like those of "${same.field.name}": give one a "prefix"`
    problems.push({ path: ['fields', field.index], text })
  }
  // The longer prefix is asked first, so that the one without any gets what is left.
  return areas.toSorted((left, right) => right.prefix.length - left.prefix.length)
}

function areaOf({ form, declared, little }: Field, { line }: CodecDeclaration, pairsMax: number): Area {
  if (form === 'json') return new JsonArea(pairsMax)
  if (declared.assign === undefined && line === undefined) {
    const count = prefixWidth(declared.count)
    const key = prefixWidth(declared['key-size']) ?? 1
    return new PairArea({ count, key, value: prefixWidth(declared['value-size']) ?? 2, little }, pairsMax)
  }
  const marks = {
    assign: declared.assign ?? '=',
    separator: declared.separator ?? '&',
    percent: declared.escape === 'percent',
    refused:
      line === undefined ? [] : [line.end, ...(line['also-end'] === undefined ? [] : [line['also-end']])],
  }
  return new TextArea(marks, pairsMax)
}
