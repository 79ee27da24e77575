/** Counters: a table of names and what they mean, as the counters of one thing, such as a listener or a cluster. */
import type { Counter, SharedState } from '../../../sdk/index.ts'

export type CounterTable = Readonly<Record<string, readonly [name: string, about: string]>>
export type Counters<Table> = { readonly [Key in keyof Table]: Counter }

/** `what` is the label, such as `cluster`, and `name` its value. */
export function counters<Table extends CounterTable>(
  shared: SharedState,
  table: Table,
  [what, name]: readonly [what: string, name: string],
): Counters<Table> {
  const made = Object.fromEntries(
    Object.entries(table).map(([key, [family, about]]) => [
      key,
      shared.counter({ name: family, about, labels: [what] }).with([name]),
    ]),
  )
  if (!hasAll(table, made)) throw new Error(`not everything of ${what} ${name} is counted`)
  return made
}

function hasAll<Table extends CounterTable>(table: Table, made: object): made is Counters<Table> {
  return Object.keys(table).every((key) => Object.hasOwn(made, key))
}
