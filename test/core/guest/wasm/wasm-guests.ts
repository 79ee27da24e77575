/** Compiles modules for tests, and fails the test with the reason when one is refused. */
import { expect } from 'vitest'
import { bareGrants } from '../../../../core/guest/grant.ts'
import { compileWasm } from '../../../../core/guest/wasm/compile-wasm.ts'
import { WasmGuest } from '../../../../core/guest/wasm/wasm-guest.ts'
import { defaultWasmQuota, type WasmQuota } from '../../../../core/guest/wasm/wasm-quota.ts'

export interface WasmOptions {
  readonly grants?: number
  readonly quota?: Partial<WasmQuota>
  /** Whether it is a codec. */
  readonly codec?: boolean
}

export async function wasmGuest(
  bytes: Uint8Array<ArrayBuffer>,
  options: WasmOptions = {},
): Promise<WasmGuest> {
  const quota = { ...defaultWasmQuota, ...options.quota }
  const { grants = bareGrants, codec = false } = options
  const compiled = await compileWasm({ bytes, grants, quota, codec })
  if (compiled.kind === 'refused') expect.fail(compiled.text)
  return new WasmGuest(compiled, quota)
}

/** Why a module is not loaded. */
export async function refusalText(
  bytes: Uint8Array<ArrayBuffer>,
  options: WasmOptions = {},
): Promise<string> {
  const quota = { ...defaultWasmQuota, ...options.quota }
  const compiled = await compileWasm({ bytes, grants: options.grants ?? bareGrants, quota })
  if (compiled.kind !== 'refused') expect.fail('was accepted')
  return compiled.text
}
