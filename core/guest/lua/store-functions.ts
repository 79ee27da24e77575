/** StoreFunctions: the store that all workers share, as functions of Lua: `get`, `set`, `delete`, `add`. */
import type { KeyValue } from '../guest-host.ts'
import type { HostFunction } from './host-functions.ts'
import type { Interpreter } from './interpreter.ts'

const KEY_BYTES_MAX = 256
const VALUE_BYTES_MAX = 65_536

/** The prelude has checked that keys and values are texts, and numbers numbers. */
export function storeFunctions(interpreter: Interpreter, store: KeyValue): readonly HostFunction[] {
  const { calls } = interpreter
  const text = (state: number, index: number, bytesMax: number): Buffer => {
    const bytes = interpreter.copyText(state, index, bytesMax + 1) ?? Buffer.alloc(0)
    if (bytes.length > bytesMax)
      interpreter.raise(state, `a text of the store has more than ${bytesMax} bytes`)
    return bytes
  }
  const number = (state: number, index: number): number => calls.lua_tonumberx(state, index, 0)
  return [
    (state) => {
      const value = store.get(text(state, 1, KEY_BYTES_MAX))
      if (value === undefined) calls.lua_pushnil(state)
      else interpreter.pushBytes(state, value)
      return 1
    },
    (state) => {
      const key = text(state, 1, KEY_BYTES_MAX)
      const stored = store.set(key, text(state, 2, VALUE_BYTES_MAX), number(state, 3))
      calls.lua_pushboolean(state, stored ? 1 : 0)
      return 1
    },
    (state) => {
      store.delete(text(state, 1, KEY_BYTES_MAX))
      return 0
    },
    (state) => {
      calls.lua_pushnumber(
        state,
        store.add(text(state, 1, KEY_BYTES_MAX), number(state, 2), number(state, 3)),
      )
      return 1
    },
  ]
}
