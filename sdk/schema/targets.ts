/** FindTargets: the properties of a declaration, by the names under which filters and the rest of the file call them. */
import { readText } from '../abi/text.ts'
import type { Message } from '../message.ts'
import { hint } from '../nearest.ts'
import type { AreaField } from './area-field.ts'
import type { Target } from './draft.ts'
import type { Field } from './field.ts'
import type { SchemaProblem } from './problem.ts'
import type { FieldReader } from './property-reader.ts'
import type { Slot } from './slot.ts'
import type { View } from './view.ts'

export interface FoundTargets {
  readonly properties: Map<string, Target>
  readonly names: Map<string, Target>
  readonly readers: Map<string, FieldReader>
}

/** What finds and reads fields, in frames or in lines. */
export interface TargetSources {
  readonly fields: readonly Field[]
  readonly slots: readonly Slot[]
  readonly view: View
  slotReader(slot: Slot): FieldReader
  /** Names of fields that tell which message is which. */
  readonly telling: ReadonlySet<string>
}

export function findTargets(sources: TargetSources, problems: SchemaProblem[]): FoundTargets {
  const properties = new Map<string, Target>()
  const names = new Map<string, Target>()
  const readers = new Map<string, FieldReader>()
  const add = (target: Target, property: string | undefined, read: FieldReader) => {
    const { slot, field } = target
    names.set(slot?.name ?? field.name, target)
    if (property === undefined) return
    if (properties.has(property)) {
      const text = `there is a property "${property}" already`
      problems.push({ path: ['fields', field.index, 'property'], text })
    }
    properties.set(property, target)
    readers.set(property, read)
  }
  for (const field of sources.fields) {
    for (const slot of sources.slots.filter((each) => each.field === field)) {
      // A number that is declared bit by bit is no property as a whole, unless it is given a name.
      const whole = slot.name === field.name
      const inBits = whole && field.declared.bits !== undefined && field.declared.property === undefined
      const writable =
        slot.declared.writable ?? (slot.declared.is === undefined && !sources.telling.has(slot.name))
      add({ slot, field, writable }, inBits ? undefined : slot.property, sources.slotReader(slot))
    }
    if (field.form === 'fixed' || field.form === 'sized' || field.form === 'word') {
      const { is, property, writable } = field.declared
      const plain = is === undefined && !sources.telling.has(field.name)
      const target = { slot: undefined, field, writable: writable ?? plain }
      const shown =
        property === false || is === 'magic' || is === 'reserved' ? undefined : (property ?? field.name)
      add(target, shown, textReader(field, sources.view))
    }
    if (field.form === 'body') names.set(field.name, { slot: undefined, field, writable: true })
  }
  return { properties, names, readers }
}

export function textReader(field: Field, view: View): FieldReader {
  return (message: Message) => {
    if (!view.locate(message, field)) return undefined
    const { from, to } = view
    if (!field.text) return message.bytes.toString('hex', from, to)
    const text = readText(message.bytes, from, to)
    return field.width === 0 ? text : text.replace(/\0+$/, '')
  }
}

/** `{service}/{method}` as texts and, in odd places, names of properties. */
export function operationPieces(
  template: string,
  { properties }: FoundTargets,
  areas: readonly AreaField[],
  problems: SchemaProblem[],
): readonly string[] {
  if (template === '') return []
  const pieces = template.split(/[{}]/)
  for (const [index, name] of pieces.entries()) {
    if (index % 2 === 0 || properties.has(name) || areas.some((area) => area.keyOf(name) !== undefined))
      continue
    const text = `there is no property "${name}"${hint(name, [...properties.keys()])}`
    problems.push({ path: ['operation'], text })
  }
  return pieces
}
