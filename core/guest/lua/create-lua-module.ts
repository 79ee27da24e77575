/** Makes a plugin in Lua ready to be instantiated. The interpreter is compiled once and shared by all of them. */
import type { GuestModule } from '../guest-instance.ts'
import { Trap } from '../trap.ts'
import { LuaFilter } from './lua-filter.ts'
import { LuaInstance } from './lua-instance.ts'
import { defaultLuaLimits, type LuaLimits } from './lua-limits.ts'
import { luaSource } from './lua-source.ts'

export interface LuaPlugin {
  /** From {@link compileInterpreter}; may come from another worker. */
  readonly interpreter: WebAssembly.Module
  /** The file's name without its folder, which errors begin with: `tag.lua:12: …`. */
  readonly name: string
  readonly file: Buffer
  readonly limits?: LuaLimits
}

/** A trap says why the file is refused. Whether its Lua is right is seen when it is instantiated. */
export function createLuaModule(plugin: LuaPlugin): GuestModule | Trap {
  const { interpreter: module, name, file, limits = defaultLuaLimits } = plugin
  const source = luaSource(name, file, limits.sourceBytesMax)
  if (source instanceof Trap) return source
  return {
    remote: false,
    fuelPerTurn: limits.fuelPerTurn,
    instantiate: (host) =>
      LuaInstance.create({ module, source, limits, host }, (parts) => LuaFilter.create(parts)),
  }
}
