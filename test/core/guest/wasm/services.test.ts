/** What WebAssembly guests ask of their host beyond their messages: the store, a state, configurations of routes. */
import { describe, expect, it } from 'vitest'
import { KeyValues } from '../../../../core/base/shared/key-values.ts'
import { bitsOf } from '../../../../core/guest/grant.ts'
import { GuestFilter } from '../../../../core/guest/guest-filter.ts'
import type { StoreQuota } from '../../../../core/guest/guest-host.ts'
import { abi } from '../../../../sdk/abi/abi.ts'
import { fakeMessage } from '../../../../sdk/testing/fake-message.ts'
import { TestExchange } from '../../../../sdk/testing/test-exchange.ts'
import { leastThreadMs } from '../../../support/thread-ms.ts'
import { GuestStage } from '../guest-stage.ts'
import { opList, ops } from '../op-builder.ts'
import { code } from './code.ts'
import { cannedGuest, GuestBuilder, INPUT_AT, PHASE } from './guest-builder.ts'
import { op } from './op.ts'
import { wasmGuest } from './wasm-guests.ts'

const grants = bitsOf(['log', 'key-value'])
const LONGEST_MS = 50

/** A guest that exports what a body computes with `index`, an import of the module `weir`. */
function asking(
  name: string,
  params: readonly number[],
  body: (index: number, can: (text: string) => number) => readonly number[],
) {
  const builder = new GuestBuilder()
  const index = builder.module.importFunction('weir', name, params, [op.i32])
  const can = (text: string) => builder.can(Buffer.from(text))
  const work = body(index, can)
  return builder.build([
    ...code.if(code.eq(code.get(PHASE), code.i32(abi.phase.configure)), code.return(code.i32(0))),
    ...work,
  ])
}

async function stageOf(bytes: Uint8Array<ArrayBuffer>) {
  const store = KeyValues.alone()
  const keyValue = (plugin: string, quota: StoreQuota) => store.part(plugin, quota)
  const stage = new GuestStage(await wasmGuest(bytes, { grants }), { grants, services: { keyValue } })
  const part = store.part('guest', { bytesMax: 1 << 20, entriesMax: 100 })
  return { stage, read: (key: string) => part?.get(Buffer.from(key))?.toString() }
}

describe('kv_cas', () => {
  /** Exchanges `before` (nothing when it is undefined) for `after`, and drops the message when that was done. */
  const exchanging = (before: string | undefined, after: string) =>
    asking('kv_cas', [op.i32, op.i32, op.i32, op.i32, op.i32, op.i32, op.i32], (index, can) => {
      const [key, expected, value] = [can('k'), can(before ?? ''), can(after)]
      const drop = opList(ops.drop())
      drop.writeUInt32LE(1, 4 + 8)
      const said = can(drop.toString('latin1'))
      const done = code.call(
        index,
        ...[key, 1, expected, before?.length ?? -1, value, after.length, 0].map((each) => code.i32(each)),
      )
      return [...code.if(code.eq(done, code.i32(1)), code.return(code.i32(said))), ...code.i32(0)]
    })

  it('stores only in place of what was expected', async () => {
    const absent = await stageOf(exchanging(undefined, 'new'))
    expect(absent.stage.exchange().onRequest().verdict).toBe('drop')
    expect(absent.read('k')).toBe('new')
    const { verdict } = absent.stage.exchange().onRequest()
    expect([verdict, absent.read('k')]).toEqual([undefined, 'new'])
    const other = await stageOf(exchanging('old', 'new'))
    expect(other.stage.exchange().onRequest().verdict).toBeUndefined()
    expect(other.read('k')).toBeUndefined()
  })
})

describe('a guest that asks the store for ever', () => {
  it.each([
    ['with small values', 8],
    ['with the largest', 65_536],
  ])('%s is stopped by its fuel', async (_name, size) => {
    const bytes = asking('kv_set', [op.i32, op.i32, op.i32, op.i32, op.i32], (index) => {
      const counted = code.store(code.i32(64), code.add(code.load(code.i32(64)), code.i32(1)))
      const stored = code.call(index, ...[64, 4, 128, size, 0].map((each) => code.i32(each)))
      return [...code.forever(counted, stored, [op.drop]), ...code.i32(0)]
    })
    const { stage } = await stageOf(bytes)
    let asked = 0
    const took = leastThreadMs(LONGEST_MS, () => {
      stage.exchange().onRequest()
      expect(stage.figure('traps_total', { kind: 'fuel' })).toBe(++asked)
      stage.settle()
    })
    expect(took).toBeLessThan(LONGEST_MS)
  })

  it('is told when there is no room, which is counted', async () => {
    const bytes = asking('kv_set', [op.i32, op.i32, op.i32, op.i32, op.i32], (index) => {
      const stored = code.call(index, ...[64, 257, 128, 8, 0].map((each) => code.i32(each)))
      return [...stored, op.drop, ...code.i32(0)]
    })
    const { stage } = await stageOf(bytes)
    stage.exchange().onRequest()
    expect(stage.figure('traps_total', { kind: 'budget' })).toBe(1)
    const full = asking('kv_set', [op.i32, op.i32, op.i32, op.i32, op.i32], (index) => {
      const counted = code.store(code.i32(64), code.add(code.load(code.i32(64)), code.i32(1)))
      const stored = code.call(index, ...[64, 4, 128, 65_536, 0].map((each) => code.i32(each)))
      // Twenty of them are more than the memory of this store.
      const done = code.eq(code.load(code.i32(64)), code.i32(20))
      return [...code.forever(counted, stored, [op.drop], code.leaveIf(done)), ...code.i32(0)]
    })
    const second = await stageOf(full)
    expect(second.stage.exchange().onRequest().verdict).toBeUndefined()
    expect(second.stage.figure('store_refused_total')).toBeGreaterThan(2)
  })
})

describe('a state', () => {
  const phases = ops.phases(abi.phaseBit.request | abi.phaseBit.state)
  const filterOf = async (answers: Parameters<typeof cannedGuest>[0]) => {
    const stage = new GuestStage(await wasmGuest(cannedGuest({ configure: opList(phases), ...answers })))
    if (!(stage.filter instanceof GuestFilter)) throw new Error('it could not be made')
    return { stage, state: stage.filter.state }
  }

  it('is taken from one guest and given to another', async () => {
    const { state } = await filterOf({ snapshot: opList(ops.state(Buffer.from([0, 255]))) })
    expect(state.take()).toEqual(Buffer.from([0, 255]))
    const { state: next } = await filterOf({})
    expect(next.give(Buffer.from([0, 255]), '1')).toBeUndefined()
  })

  it('is refused in words, and by what is no answer', async () => {
    const { state } = await filterOf({ restore: opList(ops.refuse('too old')) })
    expect(state.give(Buffer.from('x'), '1')).toBe('too old')
    const { state: wrong, stage } = await filterOf({ restore: opList(ops.set('a', 'b')) })
    expect(wrong.give(Buffer.from('x'), '1')).toMatch(/not in this call/)
    expect(stage.figure('traps_total', { kind: 'abi' })).toBe(1)
  })
})

describe('the number of a configuration', () => {
  it('stands in the record of every message, and in the header when it is configured', async () => {
    const routeConfigs = [{ given: { a: 1 }, config: { a: 1 } }]
    const builder = new GuestBuilder()
    const declared = builder.can(opList(ops.wants(abi.want.routeConfig)))
    const drop = opList(ops.drop())
    const said = builder.can(drop)
    const handle = code.load(code.i32(INPUT_AT), abi.header.bytes + abi.record.handle)
    const flags = code.load8(code.i32(INPUT_AT), abi.header.bytes + abi.record.flags)
    const number = code.load(code.i32(INPUT_AT), abi.header.bytes + abi.record.config)
    const configured = code.load16(code.i32(INPUT_AT), abi.header.messages)
    const bytes = builder.build([
      // It counts the numbers that it is configured with at 64, and drops what configuration 1 holds for.
      ...code.if(
        code.eq(code.get(PHASE), code.i32(abi.phase.configure)),
        code.store(code.i32(64), code.add(code.load(code.i32(64)), configured)),
        code.return(code.i32(declared)),
      ),
      ...code.if(code.zero(code.eq(code.load(code.i32(64)), code.i32(1))), code.unreachable),
      ...code.if(code.zero(code.and(flags, code.i32(abi.recordFlag.config))), code.unreachable),
      ...code.store(code.i32(said + 4 + abi.opHeader.message), handle),
      ...code.if(code.eq(number, code.i32(1)), code.return(code.i32(said))),
      ...code.i32(0),
    ])
    const { filter, clock } = new GuestStage(await wasmGuest(bytes), { routeConfigs })
    const route = { name: 'r', filterConfigs: { guest: { a: 1 } } }
    filter.onRoute?.(route, {})
    const ask = (given: { readonly route?: typeof route }) =>
      new TestExchange({ filter, clock, request: fakeMessage(), ...given }).onRequest().verdict
    expect([ask({ route }), ask({})]).toEqual(['drop', undefined])
  })
})
