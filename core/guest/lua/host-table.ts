/**
 * HostTable: what the prelude is given, put together on Lua's stack: a table of functions and of tables of functions,
 * by name. The prelude makes the author's view of it; nothing else of the host is in reach of a plugin.
 */
import type { HostFunction } from './host-functions.ts'
import type { Interpreter } from './interpreter.ts'

/** Names with their functions; a list of names goes with a list of functions of the same order. */
export interface HostTable {
  readonly functions: Readonly<Record<string, HostFunction>>
  readonly tables: Readonly<Record<string, Readonly<Record<string, HostFunction>>>>
}

/** Leaves the table on the main thread's stack. */
export function pushHostTable(interpreter: Interpreter, table: HostTable): void {
  const { calls, state } = interpreter
  const all = [
    ...Object.values(table.functions),
    ...Object.values(table.tables).flatMap((each) => Object.values(each)),
  ]
  let place = interpreter.install(all)
  const pushFunctions = (functions: Readonly<Record<string, HostFunction>>): void => {
    for (const name of Object.keys(functions)) {
      interpreter.pushText(state, name)
      calls.lua_pushcclosure(state, place++, 0)
      calls.lua_rawset(state, -3)
    }
  }
  calls.lua_createtable(state, 0, 0)
  pushFunctions(table.functions)
  for (const [name, functions] of Object.entries(table.tables)) {
    interpreter.pushText(state, name)
    calls.lua_createtable(state, 0, 0)
    pushFunctions(functions)
    calls.lua_rawset(state, -3)
  }
}

/** Functions under names, in the same order. */
export function named<Name extends string>(
  names: readonly Name[],
  functions: readonly HostFunction[],
): Readonly<Record<string, HostFunction>> {
  return Object.fromEntries(
    names.flatMap((name, index) => {
      const call = functions[index]
      return call === undefined ? [] : [[name, call]]
    }),
  )
}
