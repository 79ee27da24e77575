/** The items of the attack catalogue that metering answers, each with a module that does it. */
import { describe, expect, test } from 'vitest'
import { envOffers } from '../../../../core/guest/wasm/env-offers.ts'
import { meterExports } from '../../../../core/guest/wasm/meter/module-writer.ts'
import { wasiOffers } from '../../../../core/guest/wasm/wasi-offers.ts'
import { weirOffers } from '../../../../core/guest/wasm/weir-offers.ts'
import { leastThreadMs } from '../../../support/thread-ms.ts'
import { signed, unsigned } from './encode.ts'
import { meterBytes, meteredGuest, refusalOf } from './metered.ts'
import { ModuleBuilder } from './module-builder.ts'
import { op } from './op.ts'

const ENDLESS = [op.loop, op.empty, op.br, 0, op.end]
const FUEL = 1_000_000

/** A module with one exported function `run` from i32 to nothing, and whatever `prepare` adds before it. */
function runs(code: readonly number[], prepare: (builder: ModuleBuilder) => void = () => {}) {
  const builder = new ModuleBuilder()
  prepare(builder)
  builder.exportedFunction('run', [op.i32], [], code)
  return builder.bytes()
}

/** Runs out of fuel in `run`, in less than `ms`. */
function expectTrap(bytes: Uint8Array<ArrayBuffer>, ms = 50) {
  const guest = meteredGuest(bytes)
  const took = leastThreadMs(ms, () => {
    guest.refuel(FUEL)
    expect(() => guest.call('run', 1)).toThrow('unreachable')
    expect(guest.refuel(0)).toBeLessThan(0)
  })
  expect(took).toBeLessThan(ms)
}

describe('loops and recursion end with the fuel', () => {
  test('an endless loop traps', () => {
    expectTrap(runs(ENDLESS))
  })

  test('W2: a start function with an endless loop does not run before the host calls it, and then traps', () => {
    const builder = new ModuleBuilder()
    builder.start(builder.function([], [], ENDLESS))
    const guest = meteredGuest(builder.bytes())
    expect(guest.facts.start).toBe(true)
    expect(() => guest.call(meterExports.start)).toThrow('unreachable')
    guest.refuel(FUEL)
    expect(() => guest.call(meterExports.start)).toThrow('unreachable')
  })

  test('W4: endless recursion ends, a thousand times in a row', () => {
    const builder = new ModuleBuilder()
    builder.exportedFunction('run', [], [], [op.call, 0])
    const guest = meteredGuest(builder.bytes())
    for (let i = 0; i < 1000; i++) {
      guest.refuel(10_000)
      expect(() => guest.call('run')).toThrow()
    }
  })

  test('endless tail calls trap', () => {
    expectTrap(runs([op.localGet, 0, op.returnCall, 0]))
  })

  test('an endless loop of br_table traps', () => {
    expectTrap(runs([op.loop, op.empty, op.localGet, 0, op.brTable, 1, 0, 0, op.end]))
  })

  test('two functions that call each other through a table trap', () => {
    const builder = new ModuleBuilder()
    builder.table(op.funcref, 2)
    const type = builder.type([], [])
    builder.functionOfType(type, [op.i32Const, 1, op.returnCallIndirect, type, 0])
    builder.functionOfType(type, [op.i32Const, 0, op.returnCallIndirect, type, 0])
    builder.element(0, [0, 1])
    builder.export('run', 0, 0)
    expectTrap(builder.bytes())
  })

  test('a guest without fuel does nothing at all', () => {
    const builder = new ModuleBuilder()
    builder.global(op.i32, true, [op.i32Const, 0])
    builder.export('touched', 3, 0)
    builder.exportedFunction('run', [], [], [op.i32Const, 1, op.globalSet, 0])
    const guest = meteredGuest(builder.bytes())
    expect(() => guest.call('run')).toThrow('unreachable')
    expect(guest.exports['touched']).toHaveProperty('value', 0)
  })

  test('a guest that the host has stopped stays stopped', () => {
    const guest = meteredGuest(runs([]))
    guest.refuel(-1)
    for (let i = 0; i < 100; i++) expect(() => guest.call('run', 1)).toThrow('unreachable')
  })
})

describe('what takes long costs much', () => {
  test('a loop of 100 000 divisions is charged for all of them', () => {
    const divisions: number[] = []
    for (let i = 0; i < 100_000; i++) divisions.push(op.localGet, 0, op.i64DivU)
    const builder = new ModuleBuilder()
    const loop = [op.loop, op.empty, op.localGet, 0, ...divisions, op.localSet, 0, op.br, 0, op.end]
    builder.exportedFunction('run', [op.i64], [], loop)
    const guest = meteredGuest(builder.bytes())
    guest.refuel(0)
    expect(() => guest.call('run', 7n)).toThrow('unreachable')
    const took = leastThreadMs(50, () => {
      guest.refuel(FUEL)
      expect(() => guest.call('run', 7n)).toThrow('unreachable')
    })
    expect(took).toBeLessThan(50)
  })

  test.each([
    ['memory.fill', [op.i32Const, 0, op.i32Const, 1, op.i32Const, ...signed(1 << 20), op.bulk, 11, 0]],
    ['memory.copy', [op.i32Const, 0, op.i32Const, 9, op.i32Const, ...signed(1_000_000), op.bulk, 10, 0, 0]],
    ['memory.init', [op.i32Const, 0, op.i32Const, 0, op.i32Const, ...signed(4000), op.bulk, 8, 0, 0]],
    ['memory.grow by nothing', [op.i32Const, 0, op.memoryGrow, 0, op.drop]],
    ['table.fill', [op.i32Const, 0, op.refNull, op.funcref, op.i32Const, ...signed(1000), op.bulk, 17, 0]],
    ['table.copy', [op.i32Const, 0, op.i32Const, 0, op.i32Const, ...signed(1000), op.bulk, 14, 0, 0]],
    ['table.init', [op.i32Const, 0, op.i32Const, 0, op.i32Const, ...signed(3), op.bulk, 12, 0, 0]],
    ['table.grow by nothing', [op.refNull, op.funcref, op.i32Const, 0, op.bulk, 15, 0, op.drop]],
    ['table.set', [op.i32Const, 0, op.refFunc, 0, op.tableSet, 0]],
  ])('a loop of %s ends soon', (_name, code) => {
    const prepare = (builder: ModuleBuilder) => {
      builder.memory(16)
      builder.table(op.funcref, 1000)
      builder.passiveData(new Array<number>(4000).fill(7))
      builder.rawElement([1, 0, ...unsigned(3), 0, 0, 0])
    }
    expectTrap(runs([op.loop, op.empty, ...code, op.br, 0, op.end], prepare), 100)
  })

  test('lengths beyond all bounds do not turn the fuel around', () => {
    const huge = [op.i32Const, ...signed(-1)]
    const prepare = (builder: ModuleBuilder) => {
      builder.memory(1)
      builder.table(op.funcref, 1)
    }
    for (const code of [
      [op.i32Const, 0, op.i32Const, 0, ...huge, op.bulk, 11, 0],
      [...huge, op.memoryGrow, 0, op.drop],
      [op.refNull, op.funcref, ...huge, op.bulk, 15, 0, op.drop],
    ]) {
      const guest = meteredGuest(runs(code, prepare))
      guest.refuel(FUEL)
      expect(() => guest.call('run', 1)).toThrow('unreachable')
      guest.refuel(2 ** 31 - 1)
      try {
        guest.call('run', 1)
      } catch {
        // Out of bounds, for some.
      }
      expect(guest.refuel(0)).toBeGreaterThan(0)
    }
  })
})

describe('memory and tables stay within the quota', () => {
  const growAll = [op.loop, op.empty, op.i32Const, 1, op.memoryGrow, 0, op.i32Const, 0, op.i32LtS, op.i32Eqz]

  test('W6: growing memory page by page stops at the quota', () => {
    const bytes = runs([...growAll, op.brIf, 0, op.end], (builder) => {
      builder.memory(0)
      builder.export('memory', 2, 0)
    })
    const guest = meteredGuest(bytes)
    guest.refuel(FUEL)
    guest.call('run', 1)
    expect(guest.exports['memory']).toHaveProperty('buffer.byteLength', 16 * 65_536)
  })

  test('W7: a declared minimum above the quota is refused', () => {
    const builder = new ModuleBuilder()
    builder.memory(65_536)
    expect(refusalOf(builder.bytes())).toBe('over_quota: declares 65536 pages of memory, the quota is 16')
  })

  test('W8: table.grow by ten million answers −1', () => {
    const builder = new ModuleBuilder()
    builder.table(op.funcref, 1)
    const grow = [op.refNull, op.funcref, op.i32Const, ...signed(10_000_000), op.bulk, 15, 0]
    builder.exportedFunction('run', [], [op.i32], grow)
    const guest = meteredGuest(builder.bytes())
    guest.refuel(2 ** 31 - 1)
    expect(guest.call('run')).toBe(-1)
  })

  test('W8: a declared minimum of a table above the quota is refused', () => {
    const builder = new ModuleBuilder()
    builder.table(op.externref, 1001)
    expect(refusalOf(builder.bytes())).toBe(
      'over_quota: declares 1001 elements of a table, the quota is 1000',
    )
  })

  test('W23: a table of references grows to its quota, and holds none of the host', () => {
    const builder = new ModuleBuilder()
    builder.table(op.externref, 1)
    const grow = [op.refNull, op.externref, op.i32Const, ...signed(999), op.bulk, 15, 0]
    const more = [op.refNull, op.externref, op.i32Const, ...signed(1), op.bulk, 15, 0]
    builder.exportedFunction('run', [], [op.i32], grow)
    builder.exportedFunction('more', [], [op.i32], more)
    const guest = meteredGuest(builder.bytes())
    guest.refuel(FUEL)
    expect([guest.call('run'), guest.call('more')]).toEqual([1, -1])
    const given = [...weirOffers, ...wasiOffers, ...envOffers].flatMap(({ params, results }) => [
      ...params,
      ...results,
    ])
    expect(given).toContain('i64')
    expect(given.filter((type) => /ref/.test(type))).toEqual([])
  })

  test('W26: a hundred thousand data segments are refused', () => {
    const builder = new ModuleBuilder()
    builder.memory(1)
    for (let i = 0; i < 100_000; i++) builder.data(0, [])
    expect(refusalOf(builder.bytes())).toMatch(/^over_quota: has 100000 data segments/)
  })

  test('W26: a segment that claims two gibibytes is refused', () => {
    const builder = new ModuleBuilder()
    builder.memory(1)
    builder.data(0, [1, 2, 3])
    const bytes = [...builder.bytes()]
    bytes.splice(bytes.length - 4, 1, 0xff, 0xff, 0xff, 0xff, 0x07)
    const size = bytes.lastIndexOf(11, bytes.length - 10)
    bytes[size + 1] = bytes.length - size - 2
    expect(refusalOf(new Uint8Array(bytes))).toMatch(/^malformed: ends in the middle/)
  })
})

describe('traps are traps', () => {
  test.each([
    ['an access out of bounds', [op.i32Const, ...signed(-1), op.i32Load, 2, 0, op.drop], 'out of bounds'],
    ['unreachable', [op.unreachable], 'unreachable'],
    ['a division by zero', [op.i32Const, 1, op.i32Const, 0, op.i32DivS, op.drop], 'divide by zero'],
    ['a call of nothing', [op.i32Const, 0, op.callIndirect, 0, 0], 'signature mismatch'],
    ['a call of another type', [op.i32Const, 1, op.callIndirect, 0, 0], 'signature mismatch'],
  ])('W11: %s', (_name, code, message) => {
    const bytes = runs(code, (builder) => {
      builder.type([], [])
      builder.memory(1)
      builder.table(op.funcref, 2)
      builder.element(1, [0])
    })
    const guest = meteredGuest(bytes)
    guest.refuel(FUEL)
    expect(() => guest.call('run', 1)).toThrow(message)
    expect(guest.refuel(0)).toBeGreaterThan(FUEL / 2)
  })

  test('W20: catch_all does not catch the trap of an empty tank', () => {
    const body = [op.block, op.empty, op.tryTable, op.empty, 1, 2, 0, ...ENDLESS, op.end, op.end]
    const bytes = runs([op.loop, op.empty, ...body, op.br, 0, op.end])
    const guest = meteredGuest(bytes, { exceptions: 'numbers' })
    guest.refuel(FUEL)
    expect(() => guest.call('run', 1)).toThrow('unreachable')
  })

  test('W20: catch_all catches what a host function throws, and traps when the host has taken the fuel', () => {
    const builder = new ModuleBuilder()
    const stop = builder.importFunction('env', 'stop', [], [])
    const body = [op.block, op.empty, op.tryTable, op.empty, 1, 2, 0, op.call, stop, op.end, op.end]
    builder.exportedFunction('run', [], [], [op.loop, op.empty, ...body, op.br, 0, op.end])
    let take = () => {}
    const offer = { kind: 'function', module: 'env', name: 'stop' } as const
    const thrower = () => {
      take()
      throw new Error('stopped')
    }
    const quota = { exceptions: 'numbers', imports: [offer] } as const
    const guest = meteredGuest(builder.bytes(), quota, { env: { stop: thrower } })
    take = () => guest.refuel(-1)
    guest.refuel(FUEL)
    expect(() => guest.call('run')).toThrow('unreachable')
  })

  test('W20: throwing and catching for ever ends soon', () => {
    const builder = new ModuleBuilder()
    builder.tag([op.i32])
    const thrown = [op.block, op.i32, op.tryTable, op.empty, 1, 0, 0, 0, op.i32Const, 1, op.throw, 0, op.end]
    const loop = [op.loop, op.empty, ...thrown, op.i32Const, 1, op.end, op.drop, op.br, 0, op.end]
    builder.exportedFunction('run', [], [], loop)
    const guest = meteredGuest(builder.bytes(), { exceptions: 'numbers' })
    const took = leastThreadMs(50, () => {
      guest.refuel(10_000_000)
      expect(() => guest.call('run')).toThrow('unreachable')
    })
    expect(took).toBeLessThan(50)
  })
})

test('W10: what eager compilation would take is told and limited', () => {
  const bytes = runs(new Array<number>(5000).fill(op.nop))
  expect(meterBytes(bytes).facts).toMatchObject({ functionCount: 1, functionBytes: 5002, codeBytes: 5002 })
  expect(refusalOf(bytes, { functionBytesMax: 5000 })).toMatch(
    /^over_quota: has 5002 bytes of code in function 0/,
  )
})

describe('W10: code that would keep the compiler busy is refused', () => {
  const branches = (count: number) =>
    new Array<number[]>(count).fill([op.localGet, 0, op.if, op.empty, op.end]).flat()

  test('many locals over many branches', () => {
    const builder = new ModuleBuilder()
    builder.function([op.i32], [], branches(20_000), new Array<number>(1000).fill(op.i64))
    expect(refusalOf(builder.bytes())).toMatch(
      /^over_quota: has a function with too many locals and branches/,
    )
  })

  test('many values on the stack over many branches', () => {
    const values = new Array<number[]>(1000).fill([op.localGet, 0]).flat()
    const bytes = runs([...values, ...branches(20_000), op.unreachable])
    expect(refusalOf(bytes)).toMatch(/^over_quota: has a function with too many locals and branches/)
  })

  test('many functions that would be accepted each', () => {
    const builder = new ModuleBuilder()
    const locals = new Array<number>(1000).fill(op.i64)
    for (let i = 0; i < 30; i++) builder.function([op.i32], [], branches(1800), locals)
    expect(refusalOf(builder.bytes())).toMatch(
      /^over_quota: has too many locals and branches to compile in all/,
    )
  })

  test('many branches alone are accepted', () => {
    expect(meterBytes(runs(branches(50_000))).facts.compileWork).toBeLessThan(500_000)
  })
})

describe('what is not offered is refused by name', () => {
  test('W18: an import that nobody grants', () => {
    const builder = new ModuleBuilder()
    builder.importFunction('env', 'fetch', [op.i32], [])
    expect(refusalOf(builder.bytes())).toBe(
      'import_not_offered: imports env.fetch, which weir does not offer',
    )
  })

  test('W18: a name that would break a log line is escaped', () => {
    const builder = new ModuleBuilder()
    builder.importFunction('wasi\n\u001b[31m', 'path_open', [], [])
    expect(refusalOf(builder.bytes())).toContain('"wasi\\n\\u001b[31m".path_open')
  })

  test('W19: shared memory', () => {
    const builder = new ModuleBuilder()
    builder.rawMemory([3, 1, 1])
    expect(refusalOf(builder.bytes())).toBe('unsupported: declares a shared memory, which is not accepted')
  })

  test('W19: waiting on an address', () => {
    const wait = [op.i32Const, 0, op.i32Const, 0, op.i64Const, ...signed(-1), 0xfe, 1, 2, 0, op.drop]
    const bytes = runs(wait, (builder) => builder.memory(1))
    expect(refusalOf(bytes)).toMatch(/^unsupported: uses an instruction of threads and atomics/)
  })

  test('W22: structures that live in the heap of the engine', () => {
    const builder = new ModuleBuilder()
    builder.rawType([0x5f, 1, 0x7f, 1])
    builder.function([], [], [0xfb, 0, 0, op.drop])
    expect(refusalOf(builder.bytes())).toMatch(/^unsupported: defines a type of garbage collection/)
  })

  test('W22: exceptions that hold exceptions', () => {
    const builder = new ModuleBuilder()
    builder.tag([op.exnref])
    expect(refusalOf(builder.bytes())).toBe('unsupported: uses exnref, which is not accepted')
    expect(refusalOf(builder.bytes(), { exceptions: 'numbers' })).toMatch(/exceptions that carry references/)
  })
})
