/**
 * Compiles a WebAssembly plugin: metered, held against its quota, its exports and imports looked at, and turned into
 * machine code before it goes live. Nothing of it runs here. The result can be handed to another thread.
 */
import { setImmediate as turnOver } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { abi } from '../../../sdk/abi/abi.ts'
import { grantBits, missingGrant } from '../grant.ts'
import { envOffers } from './env-offers.ts'
import type { ExternalType, ModuleFacts, ValueType } from './meter/facts.ts'
import { type MeterResult, meterSteps } from './meter/meter-module.ts'
import type { MeteredLayout } from './meter/metered-layout.ts'
import type { MeterQuota } from './meter/quota.ts'
import type { TypeShare } from './meter/type-ledger.ts'
import type { Offer } from './offer.ts'
import { wasiOffers } from './wasi-offers.ts'
import type { WasmQuota } from './wasm-quota.ts'
import { weirOffers } from './weir-offers.ts'

const COMPILE_POLL_MS = 1_000

/** What it takes to say later where in the author's module a place in the metered one is. */
export interface MeteredCode {
  /** The module as it was given. */
  readonly original: Uint8Array
  readonly layout: MeteredLayout
}

/** A module that may be instantiated, in any thread. */
export interface CompiledWasm {
  readonly kind: 'compiled'
  readonly module: WebAssembly.Module
  readonly facts: ModuleFacts
  readonly code: MeteredCode
}

export interface RefusedWasm {
  readonly kind: 'refused'
  /** Completes a sentence that begins with the plugin's name. */
  readonly text: string
}

export interface WasmSource {
  readonly bytes: Uint8Array<ArrayBuffer>
  /** The same where somebody keeps them anyway; else `bytes` are kept, for saying where a call failed. */
  readonly original?: Uint8Array | undefined
  /** Bits of `abi.grant`. */
  readonly grants: number
  readonly quota: WasmQuota
  /** It is to be a codec, and has to say so. */
  readonly codec?: boolean
  /** Where its types are counted, which stay with the process. */
  readonly types?: TypeShare
}

/** Everything that any guest may import. */
export const offers: readonly Offer[] = [...weirOffers, ...wasiOffers, ...envOffers]

export async function compileWasm({
  bytes,
  original = bytes,
  grants,
  quota,
  codec,
  types,
}: WasmSource): Promise<CompiledWasm | RefusedWasm> {
  const metered = await meteredInTurns(bytes, { ...meterQuota(quota), types })
  if (metered.kind === 'refused') return { kind: 'refused', text: metered.text }
  const { facts, layout } = metered
  const text = wrongExport(facts) ?? wrongKind(facts, codec === true) ?? notGranted(facts, grants)
  if (text !== undefined) return { kind: 'refused', text }
  // Otherwise the first call of each function compiles it, while traffic waits and no fuel is counted.
  setFlagsFromString('--no-wasm-lazy-compilation')
  // A program that has nothing else to do does not wait for the compiler by itself.
  const waiting = setInterval(() => {}, COMPILE_POLL_MS)
  try {
    const module = await WebAssembly.compile(metered.bytes)
    return { kind: 'compiled', module, facts, code: { original, layout } }
  } catch (error) {
    return {
      kind: 'refused',
      text: `cannot be compiled: ${error instanceof Error ? error.message : 'no reason given'}`,
    }
  } finally {
    clearInterval(waiting)
  }
}

/** Traffic has its turns while a large module is metered. */
async function meteredInTurns(bytes: Uint8Array<ArrayBuffer>, quota: MeterQuota): Promise<MeterResult> {
  const steps = meterSteps(bytes, quota)
  for (;;) {
    const step = steps.next()
    if (step.done === true) return step.value
    await turnOver()
  }
}

/** What the meter accepts of a plugin with this quota. */
export function meterQuota(quota: WasmQuota): MeterQuota {
  const { moduleBytesMax, functionsMax, functionBytesMax, memoryPagesMax, tableElementsMax } = quota
  return {
    moduleBytesMax,
    functionsMax,
    functionBytesMax,
    memoryPagesMax,
    tableElementsMax,
    imports: offers.map(({ module, name, params, results }) => ({
      kind: 'function',
      module,
      name,
      type: { params, results },
    })),
    exceptions: 'refused',
  }
}

function notGranted(facts: ModuleFacts, grants: number): string | undefined {
  for (const { module, name } of facts.imports) {
    const grant = offers.find((offer) => offer.module === module && offer.name === name)?.grant
    if (grant !== undefined && (grants & grantBits[grant]) === 0) {
      return missingGrant(`imports ${module}.${name}, which`, grant)
    }
  }
  return undefined
}

/** A codec says so, and a filter that is none is not asked about bytes. */
function wrongKind(facts: ModuleFacts, codec: boolean): string | undefined {
  const { marker } = abi.codec
  if (!codec || facts.exports.some(({ name }) => name === marker)) return undefined
  return `does not export ${marker}, which says that it is a codec`
}

/** What is wrong with the exports: the host relies on their types and never looks again. */
function wrongExport(facts: ModuleFacts): string | undefined {
  const found = (name: string): ExternalType | undefined =>
    facts.exports.find((exported) => exported.name === name)?.type
  if (found(abi.marker) === undefined) {
    return `does not export ${abi.marker}, which says that it speaks version ${abi.version} of the guest ABI`
  }
  if (found('memory')?.kind !== 'memory') return 'exports no memory under the name memory'
  return (
    wrongFunction('weir_input', found('weir_input'), ['i32'], ['i32']) ??
    wrongFunction('weir_call', found('weir_call'), ['i32', 'i32'], ['i32']) ??
    (found('_initialize') === undefined
      ? undefined
      : wrongFunction('_initialize', found('_initialize'), [], []))
  )
}

function wrongFunction(
  name: string,
  type: ExternalType | undefined,
  params: readonly ValueType[],
  results: readonly ValueType[],
): string | undefined {
  const fits =
    type?.kind === 'function' &&
    type.type.params.join() === params.join() &&
    type.type.results.join() === results.join()
  return fits
    ? undefined
    : `has to export ${name} as a function (${params.join(', ')}) → (${results.join(', ')})`
}
