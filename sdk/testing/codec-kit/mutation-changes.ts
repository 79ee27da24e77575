/** MutationChanges: what is recorded for a vector: the changes its list tells, and those that the kit makes up. */
import type { Edit, Mutation } from '../../mutation.ts'
import type { Facts } from './facts.ts'
import { bytesOf, type Sample } from './sample.ts'
import type { MutationCase } from './vectors.ts'

const NEW_KEY = 'x-weir-new'
/** Past what one byte, and what two bytes, can count. */
const LONG = 'x'.repeat(300)
const LONGER = 'y'.repeat(70_000)
/** What ends a field or a line in protocols of text. */
const SIGNS = 'a b=c|d;e,f:g"h\\i\r\nj\u0000k'

export interface Change {
  /** For people: `set "a" to "b"`. */
  readonly name: string
  readonly edits: readonly Edit[]
  readonly body?: Buffer
  /** The vector's own, with what it says of the result. */
  readonly told?: MutationCase
}

export function toldChanges(sample: Sample): readonly Change[] {
  return sample.vector.mutations.map((told, index) => {
    const edits: Edit[] = [
      ...Object.entries(told.set).map(([key, value]) => ({ op: 'set' as const, key, value: String(value) })),
      ...Object.entries(told.add).map(([key, value]) => ({ op: 'add' as const, key, value: String(value) })),
      ...told.remove.map((key) => ({ op: 'remove' as const, key, value: '' })),
    ]
    const body = told.body === undefined ? {} : { body: bytesOf(told.body) }
    return { name: `mutation ${index + 1} of the vector`, edits, told, ...body }
  })
}

export function triedChanges(facts: Facts): readonly Change[] {
  const [first = NEW_KEY] = facts.keys
  const values = ['weir', '', 'né\u{1f600}', LONG, LONGER, SIGNS]
  return [
    ...facts.keys.flatMap((key) => [one('set', key, 'weir'), one('add', key, 'Weir'), one('remove', key)]),
    ...values.flatMap((value) => [one('set', first, value), one('set', NEW_KEY, value)]),
    one('add', NEW_KEY, 'Weir'),
    one('remove', NEW_KEY),
    several([edit('add', NEW_KEY, 'one'), edit('add', NEW_KEY, 'two')]),
    several([edit('set', NEW_KEY, 'one'), edit('set', NEW_KEY, 'two')]),
    several([edit('set', NEW_KEY, 'one'), edit('remove', NEW_KEY)]),
    several([edit('remove', first), edit('set', first, 'again')]),
    several([edit('remove', first), edit('set', NEW_KEY, LONG)]),
    ...bodies(facts),
  ]
}

export function record({ edits, body }: Change, mutation: Mutation): void {
  for (const { op, key, value } of edits) {
    if (op === 'set') mutation.set(key, value)
    else if (op === 'add') mutation.add(key, value)
    else mutation.remove(key)
  }
  if (body !== undefined) mutation.body(body)
}

/** The properties as they are to read afterwards. */
export function editedProperties(
  properties: Facts['properties'],
  edits: readonly Edit[],
): Facts['properties'] {
  const values = new Map(Object.entries(properties))
  for (const { op, key, value } of edits) {
    if (op === 'set') values.set(key, [value])
    else if (op === 'add') values.set(key, [...(values.get(key) ?? []), value])
    else values.delete(key)
  }
  return Object.fromEntries(values)
}

function bodies(facts: Facts): readonly Change[] {
  const body = Buffer.from(facts.body, 'hex')
  const sizes = [
    ['an empty body', Buffer.alloc(0)],
    ['a short body', Buffer.from('weir')],
    ['a body that is a byte longer', Buffer.concat([body, Buffer.from('!')])],
    ['a long body', Buffer.alloc(LONGER.length, 'z')],
  ] as const
  return sizes.map(([name, bytes]) => ({ name, edits: [], body: bytes }))
}

function edit(op: Edit['op'], key: string, value = ''): Edit {
  return { op, key, value }
}

function one(op: Edit['op'], key: string, value = ''): Change {
  return several([edit(op, key, value)])
}

function several(edits: readonly Edit[]): Change {
  return { name: edits.map(nameOf).join(' and '), edits }
}

const SHOWN_UNITS_MAX = 30

function nameOf({ op, key, value }: Edit): string {
  const text = JSON.stringify(value.length > SHOWN_UNITS_MAX ? `${value.slice(0, SHOWN_UNITS_MAX)}…` : value)
  return op === 'remove' ? `"${key}" removed` : `"${key}" ${op === 'set' ? 'set to' : 'added as'} ${text}`
}
