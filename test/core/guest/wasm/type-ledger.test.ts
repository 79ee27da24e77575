import { describe, expect, it } from 'vitest'
import { TypeLedger } from '../../../../core/guest/wasm/meter/type-ledger.ts'
import { meterBytes, refusalOf } from './metered.ts'
import { ModuleBuilder } from './module-builder.ts'
import { op } from './op.ts'

/** A module with so many types, from the given one on: types that differ by what they take. */
function typed(first: number, count: number): Uint8Array<ArrayBuffer> {
  const builder = new ModuleBuilder()
  for (let number = first; number < first + count; number++)
    builder.type(
      Array.from({ length: 8 }, (_, bit) => (((number >> bit) & 1) === 0 ? op.i32 : op.i64)),
      [],
    )
  return builder.bytes()
}

describe('TypeLedger', () => {
  it('refuses a module that brings more types than a process may ever hold, and takes what is known already', () => {
    const types = new TypeLedger(10 * 139)
    meterBytes(typed(0, 10), { types })
    meterBytes(typed(0, 10), { types })
    expect(refusalOf(typed(10, 1), { types })).toContain('over_quota: brings types of functions beyond')
    meterBytes(typed(3, 7), { types })
  })

  it('has a module bring no more than ten thousand', () => {
    expect(refusalOf(typed(0, 10_001))).toContain('over_quota: has 10001 types')
  })
})
