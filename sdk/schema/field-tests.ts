/**
 * FieldTests: the conditions of a declaration: fields and keys with what they must be. Names that nothing answers to, and
 * values that a field cannot hold, are problems.
 */
import type { Message } from '../message.ts'
import { hint } from '../nearest.ts'
import type { KindCondition } from './declaration.ts'
import type { SchemaProblem } from './problem.ts'
import type { FieldReader } from './property-reader.ts'
import type { Slot } from './slot.ts'

/** The texts that a property must be one of. */
export interface FieldTest {
  readonly property: string
  readonly slot: Slot | undefined
  readonly read: FieldReader
  readonly values: ReadonlySet<string>
}

/** What the conditions may name. */
export interface TestSources {
  readonly slots: readonly Slot[]
  /** A reader of a field or key, of numbers as they are on the wire; `undefined` when there is none. */
  find(property: string): FieldReader | undefined
  readonly known: readonly string[]
}

type Wanted = Exclude<KindCondition, readonly unknown[]>

export function findTests(
  wanted: Wanted,
  sources: TestSources,
  path: SchemaProblem['path'],
  problems: SchemaProblem[],
): readonly FieldTest[] {
  return Object.entries(wanted).flatMap(([name, values]) =>
    testOf(name, [values].flat().map(String), sources, [...path, name], problems),
  )
}

/** One condition, or a list of them, each with where it stands. */
export function eachCondition(
  declared: KindCondition,
): readonly { readonly condition: Wanted; readonly path: SchemaProblem['path'] }[] {
  if (!Array.isArray(declared)) return [{ condition: declared, path: [] }]
  return declared.map((condition, index) => ({ condition, path: [index] }))
}

export function passes(tests: readonly FieldTest[], message: Message): boolean {
  return tests.every(({ read, values }) => values.has(read(message) ?? ''))
}

function testOf(
  property: string,
  values: readonly string[],
  sources: TestSources,
  path: SchemaProblem['path'],
  problems: SchemaProblem[],
): readonly FieldTest[] {
  const slot = sources.slots.find(({ name }) => name === property)
  const read = sources.find(property)
  if (read === undefined) {
    problems.push({
      path,
      text: `there is no field "${property}"${hint(property, [...sources.known, 'from'])}`,
    })
    return []
  }
  for (const value of values) {
    if (slot === undefined || slot.parse(value) !== undefined) continue
    problems.push({ path, text: `"${property}" is ${slot.range}, not ${JSON.stringify(value)}` })
  }
  const meant = slot === undefined ? values : values.map((value) => String(slot.parse(value) ?? ''))
  return [{ property, slot, read, values: new Set(meant) }]
}
