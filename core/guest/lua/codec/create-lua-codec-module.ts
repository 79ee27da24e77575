/** Makes a codec in Lua ready to be instantiated, in the interpreter that plugins in Lua share. */
import type { GuestModule } from '../../guest-instance.ts'
import { Trap } from '../../trap.ts'
import type { LuaPlugin } from '../create-lua-module.ts'
import { LuaInstance } from '../lua-instance.ts'
import { defaultLuaLimits, type LuaLimits } from '../lua-limits.ts'
import { luaSource } from '../lua-source.ts'
import { LuaCodecProgram } from './lua-codec-program.ts'

/** A codec is given whole chunks, and writes whole frames. */
export const defaultLuaCodecLimits: LuaLimits = Object.freeze({
  ...defaultLuaLimits,
  memoryBytesMax: 64 << 20,
  answerBytesMax: 16 << 20,
  fuelPerCall: 200_000_000,
})

/** A trap says why the file is refused. Whether its Lua is right is seen when it is instantiated. */
export function createLuaCodecModule(plugin: LuaPlugin): GuestModule | Trap {
  const { interpreter: module, name, file, limits = defaultLuaCodecLimits } = plugin
  const source = luaSource(name, file, limits.sourceBytesMax)
  if (source instanceof Trap) return source
  return {
    remote: false,
    instantiate: (host) =>
      LuaInstance.create({ module, source, limits, host }, (parts) => LuaCodecProgram.create(parts)),
  }
}
