/** What the meter tells about a module, what it changes and what it refuses. */
import { describe, expect, test } from 'vitest'
import { meterModule } from '../../../../core/guest/wasm/meter/meter-module.ts'
import { meterExports } from '../../../../core/guest/wasm/meter/module-writer.ts'
import { moduleOfEverything } from '../../../fuzz/wasm-meter.ts'
import { PREAMBLE, section, unsigned } from './encode.ts'
import { meterBytes, meteredGuest, refusalOf, smallQuota } from './metered.ts'
import { ModuleBuilder } from './module-builder.ts'
import { op } from './op.ts'

const withExceptions = { exceptions: 'numbers' } as const

function moduleWith(prepare: (builder: ModuleBuilder) => void): Uint8Array<ArrayBuffer> {
  const builder = new ModuleBuilder()
  prepare(builder)
  return builder.bytes()
}

describe('facts', () => {
  test('imports, exports, sizes, names and the manifest are told', () => {
    const { facts } = meterBytes(moduleOfEverything(), withExceptions)
    expect(facts).toMatchObject({
      imports: [],
      memory: { min: 1, max: 16 },
      tables: [
        { min: 3, max: 20 },
        { min: 0, max: 1000 },
      ],
      functionCount: 6,
      start: true,
      named: true,
    })
    expect(facts.exports[0]).toEqual({
      name: 'f0',
      type: { kind: 'function', index: 0, type: { params: ['i32'], results: ['i32'] } },
    })
    expect(facts.exports.map((each) => each.type.kind).slice(-4)).toEqual([
      'memory',
      'table',
      'global',
      'tag',
    ])
    expect(Buffer.from(facts.manifest ?? []).toString()).toBe('name: everything')
  })

  test('imports are told with their types and lowered limits', () => {
    const bytes = moduleWith((builder) => {
      builder.importFunction('env', 'log', [op.i32, op.i64], [op.f32])
      builder.import('env', 'memory', [2, 0, 1])
      builder.import('env', 'table', [1, op.funcref, 0, 2])
      builder.importGlobal('env', 'base', op.i32, false)
    })
    const offers = [
      { kind: 'function', module: 'env', name: 'log', type: { params: ['i32', 'i64'], results: ['f32'] } },
      { kind: 'memory', module: 'env', name: 'memory' },
      { kind: 'table', module: 'env', name: 'table' },
      { kind: 'global', module: 'env', name: 'base' },
    ] as const
    const { facts, bytes: metered } = meterBytes(bytes, { imports: offers })
    expect(facts.imports.map((each) => each.type)).toEqual([
      { kind: 'function', index: 0, type: { params: ['i32', 'i64'], results: ['f32'] } },
      { kind: 'memory', index: 0, size: { min: 1, max: 16 } },
      { kind: 'table', index: 0, element: 'funcref', size: { min: 2, max: 1000 } },
      { kind: 'global', index: 0, type: 'i32', mutable: false },
    ])
    const env = {
      log: () => 0,
      base: 0,
      table: new WebAssembly.Table({ element: 'anyfunc', initial: 2, maximum: 2 }),
    }
    const link = (maximum: number) => {
      const memory = new WebAssembly.Memory({ initial: 1, maximum })
      return new WebAssembly.Instance(new WebAssembly.Module(metered), { env: { ...env, memory } })
    }
    expect(() => link(17)).toThrow(WebAssembly.LinkError)
    expect(link(16).exports).toHaveProperty([meterExports.refuel])
  })
})

describe('what comes out', () => {
  test('the same module gives the same bytes', () => {
    const once = meterBytes(moduleOfEverything(), withExceptions).bytes
    expect(meterBytes(moduleOfEverything(), withExceptions).bytes).toEqual(once)
    expect(WebAssembly.validate(once)).toBe(true)
  })

  test('a module is not changed in place, and may lie in the middle of a buffer', () => {
    const bytes = moduleOfEverything()
    const roomy = new Uint8Array(bytes.length + 20)
    roomy.set(bytes, 7)
    const view = roomy.subarray(7, 7 + bytes.length)
    expect(meterBytes(view, withExceptions).bytes).toEqual(meterBytes(bytes, withExceptions).bytes)
    expect(view).toEqual(bytes)
  })

  test('an empty module comes out with the meter in it', () => {
    const guest = meteredGuest(new Uint8Array(PREAMBLE))
    expect(guest.refuel(5)).toBe(0)
    expect(guest.refuel(0)).toBe(5)
    expect(guest.exports[meterExports.fuel]).toBeInstanceOf(WebAssembly.Global)
  })

  test('custom sections stay, but for those that speak of offsets in the code', () => {
    const ofOffsets = ['metadata.code.branch_hint', '.debug_line', '.debug_str', 'sourceMappingURL']
    const bytes = moduleWith((builder) => {
      builder.custom('producers', [1, 2, 3])
      for (const name of ofOffsets) builder.custom(name, [0])
    })
    const module = new WebAssembly.Module(meterBytes(bytes).bytes)
    expect(WebAssembly.Module.customSections(module, 'producers')).toEqual([new Uint8Array([1, 2, 3]).buffer])
    for (const name of ofOffsets) expect(WebAssembly.Module.customSections(module, name)).toEqual([])
  })

  test.each([
    ['of a function', [1]],
    ['of the module', [0]],
  ])('names are left out when one %s is longer than names are', (_whose, [part]) => {
    const bytes = moduleWith((builder) => {
      builder.exportedFunction('run', [], [], [op.unreachable])
      const name = [...unsigned(1_025), ...Buffer.alloc(1_025, 'a')]
      const contents = part === 0 ? name : [1, 0, ...name]
      builder.custom('name', [part ?? 0, ...unsigned(contents.length), ...contents])
    })
    const module = new WebAssembly.Module(meterBytes(bytes).bytes)
    expect(WebAssembly.Module.customSections(module, 'name')).toEqual([])
  })

  test('a stack trace has the names of the module', () => {
    const bytes = moduleWith((builder) => {
      builder.exportedFunction('run', [], [], [op.unreachable])
      builder.custom('name', [1, 9, 1, 0, 6, ...Buffer.from('failed')])
    })
    const guest = meteredGuest(bytes)
    guest.refuel(100)
    try {
      guest.call('run')
      expect.fail('did not trap')
    } catch (error) {
      expect(error).toHaveProperty('stack', expect.stringMatching(/\bfailed \(?wasm:/))
    }
  })

  test('the start function works when the host calls it, and is not exported otherwise', () => {
    const bytes = moduleWith((builder) => {
      builder.global(op.i32, true, [op.i32Const, 1])
      builder.export('global', 3, 0)
      builder.start(builder.function([], [], [op.i32Const, 7, op.globalSet, 0]))
    })
    const guest = meteredGuest(bytes)
    expect(guest.exports['global']).toHaveProperty('value', 1)
    guest.refuel(100)
    guest.call(meterExports.start)
    expect(guest.exports['global']).toHaveProperty('value', 7)
    expect(meteredGuest(new Uint8Array(PREAMBLE)).exports).not.toHaveProperty([meterExports.start])
  })
})

describe('fuel', () => {
  const counting = moduleWith((builder) => {
    const rest = [op.localGet, 0, op.i32Const, 1, op.i32Sub, op.localTee, 0, op.brIf, 0]
    builder.exportedFunction('run', [op.i32], [], [op.loop, op.empty, ...rest, op.end])
  })

  function spent(bytes: Uint8Array<ArrayBuffer>, argument: number): number {
    const guest = meteredGuest(bytes)
    guest.refuel(100_000_000)
    guest.call('run', argument)
    return 100_000_000 - guest.refuel(0)
  }

  test('a loop takes its length times its body', () => {
    const one = spent(counting, 2) - spent(counting, 1)
    expect(one).toBe(5)
    expect(spent(counting, 1001) - spent(counting, 1)).toBe(1000 * one)
  })

  test('refuelling answers what was left, and the global tells it', () => {
    const guest = meteredGuest(counting)
    guest.refuel(1000)
    guest.call('run', 1)
    const fuel = guest.exports[meterExports.fuel]
    const left = guest.refuel(1000)
    expect(left).toBeLessThan(1000)
    expect(fuel).toHaveProperty('value', 1000)
  })

  test('a longer fill takes more, in proportion', () => {
    const fill = moduleWith((builder) => {
      builder.memory(16)
      builder.exportedFunction(
        'run',
        [op.i32],
        [],
        [op.i32Const, 0, op.i32Const, 1, op.localGet, 0, op.bulk, 11, 0],
      )
    })
    expect(spent(fill, 80_000) - spent(fill, 0)).toBe(10_000)
    expect(spent(fill, 800_000) - spent(fill, 0)).toBe(100_000)
  })

  test('the dearer way of two is charged where they meet, and no more', () => {
    const nops = (count: number) => new Array<number>(count).fill(op.nop)
    const branches = (left: number, right: number) =>
      moduleWith((builder) => {
        const code = [op.localGet, 0, op.if, op.empty, ...nops(left), op.else, ...nops(right), op.end]
        builder.exportedFunction('run', [op.i32], [], code)
      })
    expect(spent(branches(50, 3), 0)).toBe(spent(branches(50, 50), 0))
    expect(spent(branches(1000, 3), 0)).toBeLessThan(200)
    expect(spent(branches(1000, 3), 1)).toBeGreaterThan(1000)
  })

  test('returning early is paid for by the entry', () => {
    const builder = new ModuleBuilder()
    const early = builder.function([], [], [...new Array<number>(100).fill(op.nop), op.return])
    builder.exportedFunction('run', [op.i32], [], [op.call, early])
    expect(spent(builder.bytes(), 0)).toBeGreaterThan(100)
  })
})

describe('refusals', () => {
  const cases: readonly (readonly [string, Uint8Array<ArrayBuffer>, string])[] = [
    ['no module', new Uint8Array([1, 2, 3]), 'malformed: is no WebAssembly module of version 1'],
    [
      'a component',
      new Uint8Array([0, 0x61, 0x73, 0x6d, 13, 0, 1, 0]),
      'malformed: is no WebAssembly module of version 1',
    ],
    [
      'code that is not valid',
      moduleWith((b) => b.function([], [], [op.drop])),
      'invalid: is not valid: WebAssembly.Module',
    ],
    [
      'the index of the fuel',
      moduleWith((b) => b.function([], [], [op.i32Const, 0, op.globalSet, 0])),
      'invalid: ',
    ],
    [
      'the index of refuelling',
      moduleWith((b) => b.function([], [], [op.i32Const, 0, op.call, 4, op.drop])),
      'malformed: calls a function',
    ],
    ['64-bit memory', moduleWith((b) => b.rawMemory([4, 1])), 'unsupported: declares a 64-bit memory'],
    [
      '64-bit tables',
      moduleWith((b) => b.rawTable([op.funcref, 4, 1])),
      'unsupported: declares a 64-bit table',
    ],
    [
      'page sizes',
      moduleWith((b) => b.rawMemory([8, 1, 0])),
      'unsupported: declares a memory of its own page size',
    ],
    [
      'typed references',
      moduleWith((b) => b.rawTable([0x63, 0, 0, 1])),
      'unsupported: uses a typed reference',
    ],
    ['anyref', moduleWith((b) => b.function([], [], [], [0x6e])), 'unsupported: uses anyref'],
    [
      'a table with an initial value',
      moduleWith((b) => b.rawTable([0x40, 0, op.funcref, 0, 1, op.refNull, op.funcref, op.end])),
      'unsupported: has a table with an initial value',
    ],
    [
      'nine tables',
      moduleWith((b) => {
        for (let i = 0; i < 9; i++) b.table(op.funcref, 0)
      }),
      'over_quota: has 9 tables',
    ],
    [
      'two memories',
      moduleWith((b) => {
        b.memory(1)
        b.memory(1)
      }),
      'over_quota: has 2 memories',
    ],
    [
      'a long constant',
      moduleWith((b) => b.global(op.i32, false, new Array<number>(80).fill(op.i32Const))),
      'over_quota: has a constant expression of over 32',
    ],
    [
      'many locals',
      moduleWith((b) => b.functionOfType(b.type([], []), [], new Array<number>(10_001).fill(op.i32))),
      'over_quota: has 10001 groups of locals',
    ],
    [
      'an unknown section',
      new Uint8Array([...PREAMBLE, ...section(14, [0])]),
      'unsupported: has a section of the unknown kind 14',
    ],
    [
      'sections out of order',
      new Uint8Array([...PREAMBLE, ...section(7, [0]), ...section(1, [0])]),
      'malformed: has sections twice or out of order',
    ],
    [
      'a count without items',
      new Uint8Array([...PREAMBLE, ...section(1, [0xff, 0xff, 3])]),
      'malformed: claims 65535 types in fewer bytes',
    ],
    [
      'a number that is too long',
      new Uint8Array([...PREAMBLE, ...section(1, [0x80, 0x80, 0x80, 0x80, 0x10])]),
      'malformed: has a number with more bits',
    ],
    [
      'a name of the meter',
      moduleWith((b) => b.exportedFunction(meterExports.refuel, [], [], [])),
      'reserved_name: exports weir.meter.refuel',
    ],
    [
      'legacy exceptions',
      moduleWith((b) => b.function([], [], [0x06, op.empty, 0x19, op.end])),
      'unsupported: uses an instruction of legacy exception handling',
    ],
    [
      'an unknown instruction',
      moduleWith((b) => b.function([], [], [0x27])),
      'unsupported: uses an unknown instruction (0x27)',
    ],
    [
      'relaxed SIMD',
      moduleWith((b) => b.function([], [], [op.simd, 0x80, 2])),
      'unsupported: uses relaxed SIMD',
    ],
    [
      'two manifests',
      moduleWith((b) => {
        b.custom('weir.manifest', [])
        b.custom('weir.manifest', [])
      }),
      'malformed: has two sections weir.manifest',
    ],
  ]

  test.each(cases)('%s', (_name, bytes, text) => {
    expect(refusalOf(bytes)).toContain(text)
  })

  test('an import of another kind or type', () => {
    const bytes = moduleWith((builder) => builder.importFunction('env', 'log', [op.i32], []))
    const memory = { kind: 'memory', module: 'env', name: 'log' } as const
    expect(refusalOf(bytes, { imports: [memory] })).toBe(
      'import_mismatch: imports env.log as a function, weir offers a memory',
    )
    const type = { params: ['i64'], results: ['i32'] } as const
    const other = { kind: 'function', module: 'env', name: 'log', type } as const
    expect(refusalOf(bytes, { imports: [other] })).toBe(
      'import_mismatch: imports env.log as (i32) → (), weir offers (i64) → (i32)',
    )
  })

  test('an imported memory above the quota', () => {
    const bytes = moduleWith((builder) => builder.import('env', 'memory', [2, 0, 17]))
    const offer = { kind: 'memory', module: 'env', name: 'memory' } as const
    expect(refusalOf(bytes, { imports: [offer] })).toBe(
      'over_quota: declares 17 pages of memory, the quota is 16',
    )
  })

  test('a module or a number of functions above the quota', () => {
    const bytes = moduleOfEverything()
    expect(refusalOf(bytes, { moduleBytesMax: 100 })).toBe(
      `over_quota: has ${bytes.length} bytes, the quota is 100`,
    )
    expect(refusalOf(bytes, { ...withExceptions, functionsMax: 5 })).toMatch(/^over_quota: has 6 functions/)
  })

  test('a module that ends at any byte is refused', () => {
    const bytes = moduleOfEverything()
    for (let size = 0; size < bytes.length; size++) {
      const cut = meterModule(bytes.slice(0, size), { ...smallQuota, ...withExceptions })
      // What ends between two sections may be a module.
      if (cut.kind === 'metered') expect(WebAssembly.validate(bytes.slice(0, size))).toBe(true)
    }
  })
})
