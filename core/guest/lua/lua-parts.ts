/** LuaParts: what a plugin in Lua is started with, filter or codec. */
import type { GuestHost } from '../guest-host.ts'
import type { LuaLimits } from './lua-limits.ts'
import type { LuaSource } from './lua-source.ts'

export interface LuaParts {
  readonly module: WebAssembly.Module
  readonly source: LuaSource
  readonly limits: LuaLimits
  readonly host: GuestHost
}
