/** FindSlots: every number of a declaration that has a name, whole fields and bits alike. */
import type { BitsDeclaration } from './declaration.ts'
import type { Field } from './field.ts'
import type { SchemaProblem } from './problem.ts'
import { Slot } from './slot.ts'

const BITS_FIELD_MAX = 32

export function findSlots(fields: readonly Field[], problems: SchemaProblem[]): readonly Slot[] {
  const names = new Set(fields.map(({ name }) => name))
  return fields.flatMap((field) => {
    if (field.form !== 'number' && field.form !== 'varint') return []
    const whole = new Slot(
      field.name,
      field,
      field.declared,
      0,
      field.form === 'varint' ? 64 : field.width * 8,
    )
    checkWords(whole, ['fields', field.index], problems)
    const bits = (field.declared.bits ?? []).flatMap((declared, index) => {
      const path = ['fields', field.index, 'bits', index]
      if (names.has(declared.name))
        problems.push({ path: [...path, 'name'], text: `there is a "${declared.name}" already` })
      names.add(declared.name)
      const range = rangeOf(declared)
      const most = Math.min(field.width * 8, BITS_FIELD_MAX)
      if (range.to < range.from || range.to >= most) {
        problems.push({ path: [...path, 'at'], text: `"${field.name}" has the bits 0 to ${most - 1}` })
        return []
      }
      const slot = new Slot(declared.name, field, declared, range.from, range.to - range.from + 1)
      checkWords(slot, path, problems)
      return [slot]
    })
    return [whole, ...bits]
  })
}

function rangeOf({ at }: BitsDeclaration): { readonly from: number; readonly to: number } {
  const [from = 0, to = from] = String(at).split('-').map(Number)
  return { from, to }
}

function checkWords(slot: Slot, path: SchemaProblem['path'], problems: SchemaProblem[]): void {
  for (const number of Object.keys(slot.declared.names ?? {})) {
    if (/^[0-9]+$/.test(number) && slot.parse(number) !== undefined) continue
    problems.push({
      path: [...path, 'names', number],
      text: `"${slot.name}" is ${slot.bits} bits wide: ${number} is none of its numbers`,
    })
  }
  const { default: usual } = slot.declared
  if (usual !== undefined && slot.parse(String(usual)) === undefined)
    problems.push({
      path: [...path, 'default'],
      text: `"${slot.name}" is ${slot.range}, not ${JSON.stringify(usual)}`,
    })
}
