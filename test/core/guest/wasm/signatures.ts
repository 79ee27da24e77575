/**
 * Finds out from the engine which operands an instruction takes and what it leaves, so that the tests have a list of
 * instructions that is not the meter's own. Behind `unreachable` any operands may be missing (WebAssembly core
 * specification §3.3.8): so results are tried first, then operands from the last to the first.
 */
import { ModuleBuilder } from './module-builder.ts'
import { op } from './op.ts'

export interface Signature {
  /** The instruction with immediates, all of them zero or the smallest that is valid. */
  readonly code: readonly number[]
  readonly params: readonly number[]
  readonly results: readonly number[]
}

const VALUES: readonly number[] = [op.i32, op.i64, op.f32, op.f64, op.v128]
const OPERANDS_MAX = 3

/** The signature of an instruction over numbers and memory, or `undefined` when the engine does not take it so. */
export function signatureOf(code: readonly number[]): Signature | undefined {
  const result = resultOf(code)
  if (result === undefined) return undefined
  const params: number[] = []
  while (params.length < OPERANDS_MAX) {
    const before = VALUES.find((type) => accepted(code, [type, ...params], result))
    if (before === undefined) break
    params.unshift(before)
  }
  return { code, params, results: result }
}

/** Exactly one type of result fits, or none is left and any would. */
function resultOf(code: readonly number[]): readonly number[] | undefined {
  const fitting = VALUES.filter((type) => accepted(code, [], [type]))
  if (fitting.length === 1) return fitting
  return fitting.length === VALUES.length ? [] : undefined
}

function accepted(code: readonly number[], params: readonly number[], results: readonly number[]): boolean {
  const builder = new ModuleBuilder()
  builder.memory(1)
  builder.passiveData([])
  const operands = params.flatMap((_type, index) => [op.localGet, index])
  builder.function(params, results, [op.unreachable, ...operands, ...code])
  return WebAssembly.validate(builder.bytes())
}
