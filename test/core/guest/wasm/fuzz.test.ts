/** A short run of the fuzz target, the same every time. */
import { expect, test } from 'vitest'
import { WasmMeterTarget } from '../../../fuzz/wasm-meter.ts'

const INPUTS = 400

test('four hundred damaged modules are refused, or run out of fuel', () => {
  const target = new WasmMeterTarget(1)
  for (let i = 0; i < INPUTS; i++) expect(target.exercise(target.next()), `input ${i}`).toBeUndefined()
})
