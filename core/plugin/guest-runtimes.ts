/** GuestRuntimes: what runs the kinds of plugins that there are, for one worker. */
import type { GuestRuntime } from './guest-runtime.ts'
import { createJsRuntime } from './js-runtime.ts'
import { createLuaRuntime } from './lua-runtime.ts'
import { createWasmRuntime } from './wasm-runtime.ts'

export function createGuestRuntimes(): readonly GuestRuntime[] {
  return [createWasmRuntime(), createLuaRuntime(), createJsRuntime()]
}
