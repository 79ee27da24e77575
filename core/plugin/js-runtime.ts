/** JsRuntime: makes JavaScript files of the plugin folder ready, each in a process of its own. */
import { basename } from 'node:path'
import { errorText } from '../base/error-text.ts'
import type { GuestModule } from '../guest/guest-instance.ts'
import { createJsModule, type JsModule } from '../guest/js/create-js-module.ts'
import { createTrustedModule } from '../guest/js/create-trusted-module.ts'
import { defaultJsCodecLimits, defaultJsLimits, type JsLimits } from '../guest/js/js-limits.ts'
import { TrustedGlobals } from '../guest/js/trusted-globals.ts'
import { Trap } from '../guest/trap.ts'
import type { GuestRuntime, GuestSource } from './guest-runtime.ts'
import { protocolOf } from './plugin-file.ts'

/** A runtime for one worker. */
export function createJsRuntime(): GuestRuntime {
  const globals = new TrustedGlobals()
  return {
    kind: 'js',
    load: async (source) =>
      source.trusted === true ? await trusted(source, globals) : moduleOf(source, limitsOf(source)),
    loadCodec: async (source) => {
      const limits = limitsOf(source, defaultJsCodecLimits)
      const module = moduleOf(source, limits, true)
      return { module, limits: { fuelPerCall: limits.fuelPerCall, fuelPerByte: 0 } }
    },
    manifestIn: async (source) => {
      const codec = protocolOf(source.name) !== undefined
      const module = moduleOf(source, codec ? defaultJsCodecLimits : defaultJsLimits, codec)
      try {
        return await module.manifest()
      } catch (error) {
        throw new Error(`${source.path}: ${errorText(error)}`)
      } finally {
        module.close()
      }
    },
  }
}

async function trusted(source: GuestSource, globals: TrustedGlobals): Promise<GuestModule> {
  const { path, bytes } = source
  try {
    return await createTrustedModule({ name: basename(path), file: bytes, globals, limits: limitsOf(source) })
  } catch (error) {
    throw new Error(`${path}: ${errorText(error)}`)
  }
}

/** Fuel is nanoseconds. */
function limitsOf({ fuel, memoryBytesMax }: GuestSource, defaults = defaultJsLimits): JsLimits {
  return {
    ...defaults,
    ...(fuel === undefined ? {} : { fuelPerCall: fuel }),
    ...(memoryBytesMax === undefined ? {} : { memoryBytesMax }),
  }
}

function moduleOf(
  { path, bytes }: Pick<GuestSource, 'path' | 'bytes'>,
  limits: JsLimits,
  codec = false,
): JsModule {
  const module = createJsModule({ name: basename(path), file: bytes, limits, codec })
  if (module instanceof Trap) throw new Error(`${path}: ${module.text}`)
  return module
}
