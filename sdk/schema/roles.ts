/** Roles: which field or bits a meaning belongs to, and what stands in the way of finding out. */
import type { Field } from './field.ts'
import type { SchemaProblem } from './problem.ts'
import type { Slot } from './slot.ts'

/** The only slot of a meaning; another one is a problem. */
export function onlySlot(
  slots: readonly Slot[],
  is: 'status' | 'compressed' | 'id',
  problems: SchemaProblem[],
): Slot | undefined {
  const found = slots.filter(({ declared }) => declared.is === is)
  for (const slot of found.slice(1)) {
    problems.push({ path: ['fields', slot.field.index], text: `"${found[0]?.name}" is the ${is} already` })
  }
  return found[0]
}

/** The bytes that may stand in a constant field. */
export function constantValues(field: Field, problems: SchemaProblem[]): readonly Buffer[] {
  const { value } = field.declared
  if (value === undefined) return []
  return [value].flat().flatMap((each) => {
    const bytes = constantBytes(field, each)
    if (bytes !== undefined) return [bytes]
    const text = `${JSON.stringify(each)} is not what a field of ${field.width} bytes holds`
    problems.push({ path: ['fields', field.index, 'value'], text })
    return []
  })
}

function constantBytes({ form, width, little, text }: Field, value: number | string): Buffer | undefined {
  if (form === 'number' && typeof value === 'number') {
    const digits = BigInt(value)
      .toString(16)
      .padStart(width * 2, '0')
    if (digits.length > width * 2) return undefined
    const bytes = Buffer.from(digits, 'hex')
    return little ? bytes.reverse() : bytes
  }
  const bytes = text || form === 'number' ? Buffer.from(String(value)) : Buffer.from(String(value), 'hex')
  return bytes.length === width ? bytes : undefined
}
