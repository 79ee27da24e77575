/** WasmRuntime: makes WebAssembly files of the plugin folder ready. */
import { compileWasm } from '../guest/wasm/compile-wasm.ts'
import { TypeLedger, type TypeShare } from '../guest/wasm/meter/type-ledger.ts'
import { WasmGuest } from '../guest/wasm/wasm-guest.ts'
import { defaultWasmQuota, type WasmQuota } from '../guest/wasm/wasm-quota.ts'
import type { GuestRuntime, GuestSource } from './guest-runtime.ts'
import { wasmManifest } from './wasm-manifest.ts'

const PAGE_BYTES = 65_536
/**
 * What a codec may spend: 0.7 ms and 10 ns for each byte, and for a large frame no more than the most. What calls leave
 * over is saved up to what makes one as long as a filter's may be: Go's collector takes 3.5 million, once in some
 * thousand calls.
 */
const CODEC_FUEL = { fuelPerCall: 2_000_000, fuelPerByte: 30, fuelSavedMax: 8_000_000 }
const CODEC_FUEL_MAX = 250_000_000

/** For one worker; what it counts of types, each worker counts alike. */
export function createWasmRuntime(): GuestRuntime {
  const types = new TypeLedger()
  return {
    kind: 'wasm',
    manifestIn: ({ bytes }) => wasmManifest(bytes),
    load: (source) => compile(source, defaultWasmQuota, { codec: false, types: types.share(source.name) }),
    loadCodec: async (source) => {
      const quota = { ...defaultWasmQuota, fuelPerCall: CODEC_FUEL_MAX }
      return {
        module: await compile(source, quota, { codec: true, types: types.share(source.name) }),
        limits: CODEC_FUEL,
      }
    },
  }
}

async function compile(
  source: GuestSource,
  defaults: WasmQuota,
  given: { readonly codec: boolean; readonly types: TypeShare },
): Promise<WasmGuest> {
  const { path, bytes, original, grants, fuel, memoryBytesMax } = source
  const quota = {
    ...defaults,
    ...(fuel === undefined ? {} : { fuelPerCall: fuel }),
    ...(memoryBytesMax === undefined ? {} : { memoryPagesMax: Math.ceil(memoryBytesMax / PAGE_BYTES) }),
  }
  const compiled = await compileWasm({ bytes: new Uint8Array(bytes), original, grants, quota, ...given })
  if (compiled.kind === 'refused') throw new Error(`${path}: ${compiled.text}`)
  return new WasmGuest(compiled, quota)
}
