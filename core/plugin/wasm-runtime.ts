/** WasmRuntime: makes WebAssembly files of the plugin folder ready. */
import { compileWasm } from '../guest/wasm/compile-wasm.ts'
import { WasmGuest } from '../guest/wasm/wasm-guest.ts'
import { defaultWasmQuota } from '../guest/wasm/wasm-quota.ts'
import type { GuestRuntime } from './guest-runtime.ts'

const PAGE_BYTES = 65_536

export const wasmRuntime: GuestRuntime = {
  kind: 'wasm',
  load: async ({ path, bytes, grants, fuel, memoryBytesMax }) => {
    const quota = {
      ...defaultWasmQuota,
      ...(fuel === undefined ? {} : { fuelPerCall: fuel }),
      ...(memoryBytesMax === undefined ? {} : { memoryPagesMax: Math.ceil(memoryBytesMax / PAGE_BYTES) }),
    }
    const compiled = await compileWasm({ bytes: new Uint8Array(bytes), grants, quota })
    if (compiled.kind === 'refused') throw new Error(`${path}: ${compiled.text}`)
    return new WasmGuest(compiled, quota)
  },
}
