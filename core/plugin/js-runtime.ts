/** JsRuntime: makes JavaScript files of the plugin folder ready, each in a process of its own. */
import { basename } from 'node:path'
import { createJsModule, type JsModule } from '../guest/js/create-js-module.ts'
import { defaultJsLimits, type JsLimits } from '../guest/js/js-limits.ts'
import { Trap } from '../guest/trap.ts'
import type { GuestRuntime, GuestSource } from './guest-runtime.ts'

/** A runtime for one worker. */
export function createJsRuntime(): GuestRuntime {
  return {
    kind: 'js',
    load: async (source) => moduleOf(source, limitsOf(source)),
    manifestIn: async (source) => {
      const module = moduleOf(source, defaultJsLimits)
      try {
        return await module.manifest()
      } catch (error) {
        throw new Error(`${source.path}: ${error instanceof Error ? error.message : String(error)}`)
      } finally {
        module.close()
      }
    },
  }
}

/** Fuel is nanoseconds. */
function limitsOf({ fuel, memoryBytesMax }: GuestSource): JsLimits {
  return {
    ...defaultJsLimits,
    ...(fuel === undefined ? {} : { fuelPerCall: fuel }),
    ...(memoryBytesMax === undefined ? {} : { memoryBytesMax }),
  }
}

function moduleOf({ path, bytes }: Pick<GuestSource, 'path' | 'bytes'>, limits: JsLimits): JsModule {
  const module = createJsModule({ name: basename(path), file: bytes, limits })
  if (module instanceof Trap) throw new Error(`${path}: ${module.text}`)
  return module
}
