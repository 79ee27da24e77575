/** LuaRuntime: makes Lua files of the plugin folder ready. The interpreter is compiled when the first one comes. */
import { basename } from 'node:path'
import { createLuaModule } from '../guest/lua/create-lua-module.ts'
import { compileInterpreter } from '../guest/lua/interpreter-image.ts'
import { defaultLuaLimits } from '../guest/lua/lua-limits.ts'
import { Trap } from '../guest/trap.ts'
import type { GuestRuntime } from './guest-runtime.ts'

/** A runtime for one worker. */
export function createLuaRuntime(): GuestRuntime {
  let interpreter: WebAssembly.Module | undefined
  return {
    kind: 'lua',
    load: async ({ path, bytes, fuel, memoryBytesMax }) => {
      const limits = {
        ...defaultLuaLimits,
        ...(fuel === undefined ? {} : { fuelPerCall: fuel }),
        ...(memoryBytesMax === undefined ? {} : { memoryBytesMax }),
      }
      interpreter ??= compileInterpreter()
      const module = createLuaModule({ interpreter, name: basename(path), file: bytes, limits })
      if (module instanceof Trap) throw new Error(`${path}: ${module.text}`)
      return module
    },
  }
}
