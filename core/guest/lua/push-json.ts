/**
 * Pushes a value of JSON onto Lua's stack: objects and lists become tables, whole numbers integers, null nothing. The
 * configuration is the operator's, but its depth and size are bounded all the same.
 */
import type { Interpreter } from './interpreter.ts'

const DEPTH_MAX = 64
const STACK_PER_LEVEL = 4

/** Leaves one value on the main thread's stack. */
export function pushJson(interpreter: Interpreter, value: unknown, depth = 0): void {
  const { calls, state } = interpreter
  if (depth > DEPTH_MAX || calls.lua_checkstack(state, STACK_PER_LEVEL) === 0) {
    throw new RangeError(`the configuration is nested more than ${DEPTH_MAX} deep`)
  }
  if (typeof value === 'string') interpreter.pushText(state, value)
  else if (typeof value === 'number') pushNumber(interpreter, value)
  else if (typeof value === 'boolean') calls.lua_pushboolean(state, value ? 1 : 0)
  else if (typeof value === 'object' && value !== null) pushTable(interpreter, value, depth)
  else calls.lua_pushnil(state)
}

function pushNumber({ calls, state }: Interpreter, value: number): void {
  if (Number.isSafeInteger(value)) calls.lua_pushinteger(state, BigInt(value))
  else calls.lua_pushnumber(state, value)
}

function pushTable(interpreter: Interpreter, value: object, depth: number): void {
  const { calls, state } = interpreter
  const listed = Array.isArray(value)
  calls.lua_createtable(state, 0, 0)
  for (const [key, item] of Object.entries(value)) {
    if (listed) calls.lua_pushinteger(state, BigInt(key) + 1n)
    else interpreter.pushText(state, key)
    pushJson(interpreter, item, depth + 1)
    calls.lua_rawset(state, -3)
  }
}
