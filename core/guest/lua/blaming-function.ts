/**
 * BlamingFunction: makes a function of the prelude one whose errors name the line of the plugin that called it. A
 * function of Lua that is called last in another takes its place, and with it its line; a function of the host does
 * not (Lua 5.4, ldo.c, `luaD_pretailcall`), so one of those stands in between. `return reply { … }` is what plugins write.
 */
import type { HostFunction } from './host-functions.ts'
import type { Interpreter } from './interpreter.ts'
import { REGISTRY } from './known-texts.ts'

/** Lua's place of a C function's first upvalue (lua.h, `lua_upvalueindex`): what is called. */
const UPVALUE = REGISTRY - 1
const VALUES_MAX = 4

/** The function `blaming(call)` for the prelude. */
export function blamingFunction(interpreter: Interpreter): HostFunction {
  const { calls } = interpreter
  const between = interpreter.install([
    (state) => {
      const values = Math.min(calls.lua_gettop(state), VALUES_MAX)
      calls.lua_settop(state, values)
      calls.lua_pushvalue(state, UPVALUE)
      for (let index = 1; index <= values; index++) calls.lua_pushvalue(state, index)
      if (calls.lua_pcallk(state, values, 1, 0, 0, 0) === 0) return 1
      calls.luaL_where(state, 1)
      calls.lua_pushvalue(state, -2)
      calls.lua_concat(state, 2)
      return calls.lua_error(state)
    },
  ])
  return (state) => {
    calls.lua_pushcclosure(state, between, 1)
    return 1
  }
}
