/** Meters modules for tests and runs what comes out, with types checked instead of claimed. */
import { expect } from 'vitest'
import type { ModuleFacts } from '../../../../core/guest/wasm/meter/facts.ts'
import { meterModule } from '../../../../core/guest/wasm/meter/meter-module.ts'
import { meterExports } from '../../../../core/guest/wasm/meter/module-writer.ts'
import type { MeterQuota } from '../../../../core/guest/wasm/meter/quota.ts'

/** A quota that a small plugin might have. */
export const smallQuota: MeterQuota = {
  moduleBytesMax: 8 << 20,
  functionsMax: 10_000,
  functionBytesMax: 7_000_000,
  memoryPagesMax: 16,
  tableElementsMax: 1000,
  imports: [],
  exceptions: 'refused',
}

export interface MeteredGuest {
  readonly facts: ModuleFacts
  readonly exports: Readonly<Record<string, unknown>>
  /** Calls an export. */
  call(name: string, ...values: (number | bigint)[]): unknown
  /** Sets the fuel and answers what was left. */
  refuel(units: number): number
}

/** The metered bytes; a refusal fails the test with its text. */
export function meterBytes(bytes: Uint8Array<ArrayBuffer>, quota: Partial<MeterQuota> = {}) {
  const result = meterModule(bytes, { ...smallQuota, ...quota })
  if (result.kind === 'refused') expect.fail(`refused: ${result.text} at ${result.offset}`)
  return result
}

/** A running instance of the metered module, without fuel. */
export function meteredGuest(
  bytes: Uint8Array<ArrayBuffer>,
  quota: Partial<MeterQuota> = {},
  imports: WebAssembly.Imports = {},
): MeteredGuest {
  const result = meterBytes(bytes, quota)
  const instance = new WebAssembly.Instance(new WebAssembly.Module(result.bytes), imports)
  const call = (name: string, ...values: (number | bigint)[]) => callExport(instance.exports, name, values)
  return {
    facts: result.facts,
    exports: instance.exports,
    call,
    refuel: (units) => Number(call(meterExports.refuel, units)),
  }
}

/** The refusal, as `code: text`; a module that is accepted fails the test. */
export function refusalOf(bytes: Uint8Array<ArrayBuffer>, quota: Partial<MeterQuota> = {}): string {
  const result = meterModule(bytes, { ...smallQuota, ...quota })
  if (result.kind !== 'refused') expect.fail('was accepted')
  expect(result.offset).toBeGreaterThanOrEqual(0)
  expect(result.offset).toBeLessThanOrEqual(bytes.length)
  return `${result.code}: ${result.text}`
}

/** Calls an exported function, whatever the exports hold under the name. */
export function callExport(
  exports: Readonly<Record<string, unknown>>,
  name: string,
  values: readonly (number | bigint)[],
): unknown {
  const exported = exports[name]
  if (typeof exported !== 'function') expect.fail(`${name} is no exported function`)
  return exported(...values)
}
