/** StoreFunctions: the store that all workers share, as functions of Lua: `get`, `set`, `delete`, `add`, `cas`. */
import type { KeyValue } from '../guest-host.ts'
import type { HostFunction } from './host-functions.ts'
import type { Interpreter } from './interpreter.ts'

export const storeFunctionNames = ['get', 'set', 'delete', 'add', 'cas'] as const

const KEY_BYTES_MAX = 256
const VALUE_BYTES_MAX = 65_536
const BUSY = 'the store is busy'
/** What the host's work costs the guest, in fuel: some microseconds, and more for large values. */
const ASK_COST = 20_000
const BYTE_COST = 8
const LUA_NIL = 0

/** The prelude has checked that keys and values are texts, and numbers numbers. */
export function storeFunctions(interpreter: Interpreter, store: KeyValue): readonly HostFunction[] {
  const { calls } = interpreter
  // The prelude says where it was asked.
  const fail = (state: number, why: string): never => {
    interpreter.pushText(state, why)
    calls.lua_error(state)
    throw new Error('unreachable: lua_error returned')
  }
  const text = (state: number, index: number, bytesMax: number): Buffer => {
    const bytes = interpreter.copyText(state, index, bytesMax + 1) ?? NO_BYTES
    if (bytes.length > bytesMax) fail(state, `a text of the store has more than ${bytesMax} bytes`)
    interpreter.charge(bytes.length * BYTE_COST)
    return bytes
  }
  const key = (state: number): Buffer => {
    interpreter.charge(ASK_COST)
    return text(state, 1, KEY_BYTES_MAX)
  }
  const number = (state: number, index: number): number => calls.lua_tonumberx(state, index, 0)
  const flag = (state: number, answer: boolean | 'busy'): number => {
    if (answer === 'busy') return fail(state, BUSY)
    calls.lua_pushboolean(state, answer ? 1 : 0)
    return 1
  }
  return [
    (state) => {
      const value = store.get(key(state))
      if (value === 'busy') return fail(state, BUSY)
      interpreter.charge((value?.length ?? 0) * BYTE_COST)
      if (value === undefined) calls.lua_pushnil(state)
      else interpreter.pushBytes(state, value)
      return 1
    },
    (state) => flag(state, store.set(key(state), text(state, 2, VALUE_BYTES_MAX), number(state, 3))),
    (state) => flag(state, store.delete(key(state))),
    (state) => {
      const sum = store.add(key(state), number(state, 2), number(state, 3))
      if (sum === 'busy') return fail(state, BUSY)
      if (Number.isSafeInteger(sum)) calls.lua_pushinteger(state, BigInt(sum))
      else if (Number.isNaN(sum)) calls.lua_pushnil(state)
      else calls.lua_pushnumber(state, sum)
      return 1
    },
    (state) => {
      const name = key(state)
      const expected = calls.lua_type(state, 2) === LUA_NIL ? undefined : text(state, 2, VALUE_BYTES_MAX)
      const answer = store.exchange(name, expected, text(state, 3, VALUE_BYTES_MAX), number(state, 4))
      return flag(state, answer === 'busy' ? answer : answer === 'stored')
    },
  ]
}

const NO_BYTES = Buffer.alloc(0)
