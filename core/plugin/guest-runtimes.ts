/** GuestRuntimes: what runs the kinds of plugins that there are. */
import type { GuestRuntime } from './guest-runtime.ts'
import { wasmRuntime } from './wasm-runtime.ts'

export const guestRuntimes: readonly GuestRuntime[] = [wasmRuntime]
