/** InterpreterExports: the functions of the interpreter that weir calls, which are those of Lua's C interface (Lua 5.4 manual §4.6, §5.1). */
import { meterExports } from '../wasm/meter/module-writer.ts'

/** Addresses and sizes are i32; those that may be above 2 GiB never are, for no quota is. */
type Call = (...values: number[]) => number
type Index = (state: number, table: number, index: bigint) => number

export interface InterpreterExports {
  readonly memory: WebAssembly.Memory
  readonly __indirect_function_table: WebAssembly.Table
  readonly __wasm_call_ctors: () => void
  readonly malloc: (size: number) => number
  readonly free: (address: number) => void
  readonly stackSave: () => number
  readonly stackRestore: (address: number) => void
  readonly setThrew: (threw: number, value: number) => void
  readonly luaL_newstate: () => number
  readonly luaL_openlibs: (state: number) => void
  readonly luaL_loadbufferx: Call
  readonly luaL_traceback: Call
  readonly luaL_tolstring: Call
  readonly luaL_where: (state: number, level: number) => void
  readonly lua_callk: Call
  readonly lua_checkstack: (state: number, count: number) => number
  readonly lua_concat: (state: number, count: number) => void
  readonly lua_createtable: Call
  readonly lua_error: (state: number) => number
  readonly lua_gettop: (state: number) => number
  readonly lua_isinteger: (state: number, index: number) => number
  readonly lua_pcallk: Call
  readonly lua_pushboolean: (state: number, value: number) => void
  readonly lua_pushcclosure: (state: number, call: number, upvalues: number) => void
  readonly lua_pushinteger: (state: number, value: bigint) => void
  readonly lua_pushlstring: (state: number, address: number, size: number) => number
  readonly lua_pushnil: (state: number) => void
  readonly lua_pushnumber: (state: number, value: number) => void
  readonly lua_pushvalue: (state: number, index: number) => void
  readonly lua_rawget: (state: number, table: number) => number
  readonly lua_rawgeti: Index
  readonly lua_rawset: (state: number, table: number) => void
  readonly lua_rawseti: Index
  readonly lua_resetthread: (state: number, from: number) => number
  readonly lua_settop: (state: number, index: number) => void
  readonly lua_tolstring: (state: number, index: number, size: number) => number
  readonly lua_tonumberx: (state: number, index: number, valid: number) => number
  readonly lua_type: (state: number, index: number) => number
  readonly [meterExports.refuel]: (units: number) => number
}

/**
 * The functions of a module that was instantiated, or `undefined` when it is not the interpreter. They are taken into
 * an object of their own, written out: the engine keeps exports in a table by name, as it does what is put into an
 * object name by name, and each call would look there (10 ns, and there are a dozen for each message).
 */
export function interpreterExports(
  exports: Readonly<Record<string, unknown>>,
): InterpreterExports | undefined {
  const taken = {
    memory: exports['memory'],
    __indirect_function_table: exports['__indirect_function_table'],
    __wasm_call_ctors: exports['__wasm_call_ctors'],
    malloc: exports['malloc'],
    free: exports['free'],
    stackSave: exports['stackSave'],
    stackRestore: exports['stackRestore'],
    setThrew: exports['setThrew'],
    luaL_newstate: exports['luaL_newstate'],
    luaL_openlibs: exports['luaL_openlibs'],
    luaL_loadbufferx: exports['luaL_loadbufferx'],
    luaL_traceback: exports['luaL_traceback'],
    luaL_tolstring: exports['luaL_tolstring'],
    luaL_where: exports['luaL_where'],
    lua_callk: exports['lua_callk'],
    lua_checkstack: exports['lua_checkstack'],
    lua_concat: exports['lua_concat'],
    lua_createtable: exports['lua_createtable'],
    lua_error: exports['lua_error'],
    lua_gettop: exports['lua_gettop'],
    lua_isinteger: exports['lua_isinteger'],
    lua_pcallk: exports['lua_pcallk'],
    lua_pushboolean: exports['lua_pushboolean'],
    lua_pushcclosure: exports['lua_pushcclosure'],
    lua_pushinteger: exports['lua_pushinteger'],
    lua_pushlstring: exports['lua_pushlstring'],
    lua_pushnil: exports['lua_pushnil'],
    lua_pushnumber: exports['lua_pushnumber'],
    lua_pushvalue: exports['lua_pushvalue'],
    lua_rawget: exports['lua_rawget'],
    lua_rawgeti: exports['lua_rawgeti'],
    lua_rawset: exports['lua_rawset'],
    lua_rawseti: exports['lua_rawseti'],
    lua_resetthread: exports['lua_resetthread'],
    lua_settop: exports['lua_settop'],
    lua_tolstring: exports['lua_tolstring'],
    lua_tonumberx: exports['lua_tonumberx'],
    lua_type: exports['lua_type'],
    [meterExports.refuel]: exports[meterExports.refuel],
  }
  return isInterpreter(taken) ? taken : undefined
}

function isInterpreter(taken: object): taken is InterpreterExports {
  const found = new Map<string, unknown>(Object.entries(taken))
  const ours = [found.get('memory'), found.get('__indirect_function_table')]
  if (!(ours[0] instanceof WebAssembly.Memory) || !(ours[1] instanceof WebAssembly.Table)) return false
  return [...found.values()].every((value) => ours.includes(value) || typeof value === 'function')
}
