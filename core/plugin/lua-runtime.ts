/** LuaRuntime: makes Lua files of the plugin folder ready. The interpreter is compiled when the first one comes. */
import { basename } from 'node:path'
import { setImmediate as turn } from 'node:timers/promises'
import { errorText } from '../base/error-text.ts'
import { createLuaCodecModule, defaultLuaCodecLimits } from '../guest/lua/codec/create-lua-codec-module.ts'
import { warmLuaCodec } from '../guest/lua/codec/warm-lua-codec.ts'
import { createLuaModule } from '../guest/lua/create-lua-module.ts'
import { compileInterpreter } from '../guest/lua/interpreter-image.ts'
import { defaultLuaLimits, type LuaLimits } from '../guest/lua/lua-limits.ts'
import { Trap } from '../guest/trap.ts'
import type { GuestRuntime } from './guest-runtime.ts'
import { luaManifest } from './lua-manifest.ts'
import { protocolOf } from './plugin-file.ts'

/** What a codec may spend: 7 ms and 0.3 µs for each byte, at the interpreter's slowest; a frame takes 0.1 million. */
const CODEC_FUEL = { fuelPerCall: 50_000_000, fuelPerByte: 2_000 }

/** A runtime for one worker. */
export function createLuaRuntime(): GuestRuntime {
  let interpreter: WebAssembly.Module | undefined
  let warmed: Promise<void> | undefined
  return {
    kind: 'lua',
    manifestIn: ({ name, path, bytes }) => {
      interpreter ??= compileInterpreter()
      const file = { name: basename(path), bytes, codec: protocolOf(name) !== undefined }
      try {
        return luaManifest(interpreter, file)
      } catch (error) {
        throw new Error(`${path}: ${errorText(error)}`)
      }
    },
    loadCodec: async ({ path, bytes, fuel, memoryBytesMax }) => {
      const limits = limitsOf(defaultLuaCodecLimits, fuel, memoryBytesMax)
      interpreter ??= compileInterpreter()
      const module = createLuaCodecModule({ interpreter, name: basename(path), file: bytes, limits })
      if (module instanceof Trap) throw new Error(`${path}: ${module.text}`)
      warmed ??= warmLuaCodec(interpreter, turn)
      await warmed
      return { module, limits: CODEC_FUEL }
    },
    load: async ({ path, bytes, fuel, memoryBytesMax }) => {
      const limits = limitsOf(defaultLuaLimits, fuel, memoryBytesMax)
      interpreter ??= compileInterpreter()
      const module = createLuaModule({ interpreter, name: basename(path), file: bytes, limits })
      if (module instanceof Trap) throw new Error(`${path}: ${module.text}`)
      return module
    },
  }
}

function limitsOf(
  defaults: LuaLimits,
  fuel: number | undefined,
  memoryBytesMax: number | undefined,
): LuaLimits {
  return {
    ...defaults,
    ...(fuel === undefined ? {} : { fuelPerCall: fuel }),
    ...(memoryBytesMax === undefined ? {} : { memoryBytesMax }),
  }
}
