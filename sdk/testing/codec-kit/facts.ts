/** Facts: everything that can be read of a message, as plain data that can be compared and shown. */
import type { Message } from '../../message.ts'
import { guarded } from './codec-threw.ts'

export interface Facts {
  readonly kind: string
  readonly id: string
  readonly 'stream-id': number
  readonly status: number
  readonly operation: string
  readonly 'header-size': number
  readonly size: number
  readonly body: string
  readonly keys: readonly string[]
  readonly properties: Readonly<Record<string, readonly string[]>>
}

export function factsOf(message: Message): Facts {
  return guarded('reader_throws', () => {
    const keys = [...message.keys()]
    return {
      kind: message.kind,
      id: message.requestId,
      'stream-id': message.streamId,
      status: message.status,
      operation: message.operation,
      'header-size': message.headerSize,
      size: message.size,
      body: message.body.toString('hex'),
      keys,
      properties: Object.fromEntries(keys.map((key) => [key, [...message.getAll(key)]])),
    }
  })
}

/** The first fact in which two differ, as a clause for people; `undefined` when they are the same. */
export function difference(
  left: Facts,
  right: Facts,
  passed: readonly (keyof Facts)[] = [],
): string | undefined {
  for (const [name, value] of Object.entries(left)) {
    const field = fieldOf(name)
    if (field === undefined || passed.includes(field)) continue
    const other = right[field]
    if (JSON.stringify(value) === JSON.stringify(other)) continue
    if (field === 'properties') return propertyDifference(left.properties, right.properties)
    return `its ${name} is ${shown(other)} instead of ${shown(value)}`
  }
  return undefined
}

/** What of the properties differs; keys that are passed over are not looked at. */
export function propertyDifference(
  left: Facts['properties'],
  right: Facts['properties'],
  passed: ReadonlySet<string> = new Set(),
): string | undefined {
  for (const key of new Set([...Object.keys(left), ...Object.keys(right)])) {
    if (passed.has(key) || JSON.stringify(left[key]) === JSON.stringify(right[key])) continue
    return `its property "${key}" is ${shown(right[key])} instead of ${shown(left[key])}`
  }
  return undefined
}

const SHOWN_UNITS_MAX = 120

/** A value for people: short, absent where it is not there. */
export function shown(value: unknown): string {
  const only = Array.isArray(value) && value.length === 1 ? value[0] : value
  const text = only === undefined ? 'absent' : JSON.stringify(only)
  return text.length > SHOWN_UNITS_MAX ? `${text.slice(0, SHOWN_UNITS_MAX)}…` : text
}

const FIELDS: readonly (keyof Facts)[] = [
  'kind',
  'id',
  'stream-id',
  'status',
  'operation',
  'header-size',
  'size',
  'body',
  'keys',
  'properties',
]

function fieldOf(name: string): keyof Facts | undefined {
  return FIELDS.find((field) => field === name)
}
