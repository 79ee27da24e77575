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
      Array.from({ length: 10 }, (_, bit) => (((number >> bit) & 1) === 0 ? op.i32 : op.i64)),
      [],
    )
  return builder.bytes()
}

/** What one type costs. */
const TYPE = 128 + 13
/** Two of its own, four of its share. */
const LIMITS = { ownBytesMax: 2 * TYPE, pluginsMax: 3, shareBytesMax: 4 * TYPE, commonBytesMax: 9 * TYPE }

describe('TypeLedger', () => {
  it('refuses what a plugin brings beyond its share, names it, and takes what is known already', () => {
    const ledger = new TypeLedger(LIMITS)
    const types = ledger.share('tag')
    meterBytes(typed(0, 6), { types })
    meterBytes(typed(0, 6), { types: ledger.share('tag') })
    expect(refusalOf(typed(6, 1), { types: ledger.share('tag') })).toContain(
      'over_quota: brings new types of functions, and what a process may ever hold of them is used up by "tag"',
    )
    meterBytes(typed(3, 3), { types: ledger.share('other') })
  })

  it('keeps for others what one has not, however often that one is saved', () => {
    const ledger = new TypeLedger(LIMITS)
    for (let save = 0; save < 20; save++) refusalOf(typed(save * 50, 50), { types: ledger.share('greedy') })
    meterBytes(typed(1_000, 6), { types: ledger.share('other') })
  })

  it('keeps for those that were there what nobody can take by new names, and says who took the rest', () => {
    const ledger = new TypeLedger(LIMITS)
    meterBytes(typed(1_000, 1), { types: ledger.share('early') })
    for (let name = 0; name < 50; name++)
      refusalOf(typed(name * 20, 20), { types: ledger.share(`greedy${name}`) })
    meterBytes(typed(1_001, 1), { types: ledger.share('early') })
    expect(refusalOf(typed(1_002, 1), { types: ledger.share('early') })).toMatch(
      /used up by "greedy0", "greedy1", "early": before the next start/,
    )
    expect(refusalOf(typed(1_003, 1), { types: ledger.share('later') })).toContain('over_quota')
  })

  it('has those that come late share what one of them may bring', () => {
    const ledger = new TypeLedger({ ...LIMITS, pluginsMax: 1, commonBytesMax: 100 * TYPE })
    meterBytes(typed(0, 1), { types: ledger.share('first') })
    meterBytes(typed(10, 3), { types: ledger.share('second') })
    meterBytes(typed(20, 1), { types: ledger.share('third') })
    expect(refusalOf(typed(30, 1), { types: ledger.share('fourth') })).toContain(
      'used up by all plugins behind the first 1',
    )
    meterBytes(typed(40, 5), { types: ledger.share('first') })
  })

  it('has a module bring no more than ten thousand', () => {
    expect(refusalOf(typed(0, 10_001))).toContain('over_quota: has 10001 types')
  })
})
