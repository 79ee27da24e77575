/** WebAssembly guests of the attack catalogue, run as filters: each fails as its policy says, and nothing else does. */
import { describe, expect, it } from 'vitest'
import { bareGrants, bitsOf } from '../../../../core/guest/grant.ts'
import { abi } from '../../../../sdk/abi/abi.ts'
import { replyError } from '../../../../sdk/index.ts'
import { leastThreadMs, threadMs } from '../../../support/thread-ms.ts'
import { GuestStage } from '../guest-stage.ts'
import { opList, ops, rawOp, u32 } from '../op-builder.ts'
import { ENDLESS, inRequests, largeBody, wasmAttacks } from './attacks.ts'
import { code } from './code.ts'
import { ANSWER_AT, cannedGuest, GuestBuilder, INPUT_AT, PHASE } from './guest-builder.ts'
import { op } from './op.ts'
import { refusalText, type WasmOptions, wasmGuest } from './wasm-guests.ts'

const REFUSED = replyError('plugin_failed', 'the plugin guest failed')
const LONGEST_MS = 50

async function stageOf(bytes: Uint8Array<ArrayBuffer>, options: WasmOptions = {}) {
  const grants = options.grants ?? bareGrants
  return new GuestStage(await wasmGuest(bytes, options), { grants })
}

/** The kind of the trap that the first request meets; the second meets a fresh instance. */
async function fate(bytes: Uint8Array<ArrayBuffer>, options: WasmOptions = {}): Promise<string> {
  const stage = await stageOf(bytes, options)
  expect(stage.context.problems).toEqual([])
  const kinds = stage.context.shared.series('plugin_traps_total').map(([, kind]) => kind ?? '')
  let least = Number.POSITIVE_INFINITY
  for (let round = 1; round <= 2 || (round <= 4 && least >= LONGEST_MS); round++) {
    const began = threadMs()
    const phase = stage.exchange().onRequest()
    least = Math.min(least, threadMs() - began)
    expect(phase).toEqual({ verdict: REFUSED, edits: [], newBody: undefined })
    expect(stage.figure('calls_total', { result: 'failed' })).toBe(round)
    stage.settle()
  }
  expect(least).toBeLessThan(LONGEST_MS)
  return kinds.filter((kind) => stage.figure('traps_total', { kind }) > 0).join()
}

describe('while it is called', () => {
  it.each(wasmAttacks)('%s', async (_name, body, kinds) => {
    expect(kinds.split(',')).toContain(await fate(inRequests(body)))
  })

  it('W6: grows and touches until it may not, and goes on', async () => {
    const grow = [...code.i32(16), op.memoryGrow, 0]
    const bytes = inRequests([...code.forever(code.leaveIf(code.eq(grow, code.i32(-1)))), ...code.i32(0)])
    const stage = await stageOf(bytes, { quota: { memoryPagesMax: 64 } })
    expect(stage.exchange().onRequest().verdict).toBeUndefined()
    expect(stage.figure('calls_total', { result: 'nothing' })).toBe(1)
  })

  it('W15: says that a reply has more properties than there are numbers', async () => {
    const bomb = rawOp(abi.op.reply, 0, Buffer.concat([u32(0), u32(0xffff_ffff)]))
    expect(await fate(cannedGuest({ request: opList(bomb) }))).toBe('budget')
  })

  it('W31: makes one byte a gigabyte', async () => {
    const lie = opList(rawOp(abi.op.body, 0, Buffer.from('x')))
    lie.writeUInt32LE(1 << 30, 8)
    expect(await fate(cannedGuest({ request: lie }))).toBe('abi')
    lie.writeUInt32LE(1 << 30, 0)
    expect(await fate(cannedGuest({ request: lie }))).toBe('abi')
    const bodies = inRequests([
      ...code.store(code.i32(ANSWER_AT), code.i32(3 << 20)),
      ...code.store(code.i32(ANSWER_AT + 4), code.i32(abi.op.body)),
      ...code.store(code.i32(ANSWER_AT + 8), code.i32((3 << 20) - 4)),
      ...code.store(code.i32(ANSWER_AT + 12), code.load(code.i32(INPUT_AT + 24), 4)),
      ...code.i32(ANSWER_AT),
    ])
    expect(await fate(bodies)).toBe('abi')
    expect(await fate(largeBody())).toBe('budget')
  })

  it('W32: says something about a message that it was told of before', async () => {
    const kept = inRequests(
      [
        // The first handle is kept; each call speaks of it.
        ...code.if(
          code.zero(code.load(code.i32(64))),
          code.store(code.i32(64), code.load(code.i32(INPUT_AT + 24), 4)),
        ),
        ...code.store(code.i32(ANSWER_AT + 12), code.load(code.i32(64))),
        ...code.i32(ANSWER_AT),
      ],
      (builder) => builder.module.data(ANSWER_AT, [...opList(ops.drop())]),
    )
    const stage = await stageOf(kept)
    expect(stage.exchange().onRequest().verdict).toBe('drop')
    expect(stage.exchange().onRequest().verdict).toEqual(REFUSED)
    expect(stage.figure('traps_total', { kind: 'abi' })).toBe(1)
  })
})

describe('with the buffer for blocks', () => {
  const input = (code: readonly number[]) => new GuestBuilder().build([op.i32Const, 0], { input: code })
  it.each([
    ['W14: has none', code.i32(0)],
    ['W14: has one at the last byte', code.i32(4 * 65_536 - 1)],
    ['W14: has one above everything', code.i32(-64)],
    ['W14: loops for ever', [...ENDLESS, ...code.i32(0)]],
    ['W14: gives up', code.unreachable],
  ])('%s', async (_name, body) => {
    const stage = await stageOf(input(body), { quota: { fuelToStart: 10_000_000 } })
    expect(stage.context.problems).toHaveLength(1)
  })

  it('W14: has it where its own answer is, and harms itself alone', async () => {
    const builder = new GuestBuilder()
    builder.module.data(ANSWER_AT, [...opList(ops.drop())])
    const bytes = builder.build(
      [
        ...code.if(code.eq(code.get(PHASE), code.i32(abi.phase.configure)), code.return(code.i32(0))),
        ...code.i32(ANSWER_AT),
      ],
      { input: code.i32(ANSWER_AT) },
    )
    expect(await fate(bytes)).toBe('abi')
  })
})

describe('before it is called', () => {
  it('W2: does not start', async () => {
    const builder = new GuestBuilder()
    builder.module.start(builder.module.function([], [], ENDLESS))
    const startedMs = threadMs()
    const stage = await stageOf(builder.build(code.i32(0)), { quota: { fuelToStart: 30_000_000 } })
    expect(threadMs() - startedMs).toBeLessThan(2_000)
    expect(stage.context.problems).toHaveLength(1)
    expect(stage.context.problems[0]).toContain('fuel')
  })

  it('starts, and is initialised', async () => {
    const builder = new GuestBuilder()
    const [flag, answer] = [64, ANSWER_AT]
    builder.module.data(answer, [...opList(ops.drop())])
    builder.module.start(builder.module.function([], [], [...code.store(code.i32(flag), code.i32(1))]))
    builder.module.exportedFunction(
      '_initialize',
      [],
      [],
      [...code.store(code.i32(flag), code.add(code.load(code.i32(flag)), code.i32(1)))],
    )
    const bytes = builder.build([
      ...code.if(code.eq(code.get(PHASE), code.i32(abi.phase.configure)), code.return(code.i32(0))),
      ...code.store(code.i32(answer + 12), code.load(code.i32(INPUT_AT + 24), 4)),
      ...code.if(code.eq(code.load(code.i32(flag)), code.i32(2)), code.return(code.i32(answer))),
      ...code.i32(0),
    ])
    expect((await stageOf(bytes)).exchange().onRequest().verdict).toBe('drop')
  })

  it('W7: declares too much memory', async () => {
    const builder = new GuestBuilder(2_000)
    expect(await refusalText(builder.build(code.i32(0)))).toContain('2000')
  })

  it('W26: has data where there is no memory', async () => {
    const builder = new GuestBuilder(1)
    builder.can(Buffer.from('x'))
    expect((await stageOf(builder.build(code.i32(0)))).context.problems).toHaveLength(1)
  })

  it.each([
    ['no marker', (builder: GuestBuilder) => builder.module.bytes(), abi.marker],
    [
      'no weir_input',
      ({ module }: GuestBuilder) => {
        module.export(
          abi.marker,
          0,
          module.exportedFunction('weir_call', [op.i32, op.i32], [op.i32], code.i32(0)),
        )
        return module.bytes()
      },
      'weir_input',
    ],
    [
      'W16: a weir_call that answers with 64 bits',
      ({ module }: GuestBuilder) => {
        module.export(abi.marker, 0, module.exportedFunction('weir_input', [op.i32], [op.i32], code.i32(64)))
        module.exportedFunction('weir_call', [op.i32, op.i32], [op.i64], code.i64(0))
        return module.bytes()
      },
      'weir_call',
    ],
    [
      'W16: a weir_call that answers with a fraction',
      ({ module }: GuestBuilder) => {
        module.export(abi.marker, 0, module.exportedFunction('weir_input', [op.i32], [op.i32], code.i32(64)))
        module.exportedFunction('weir_call', [op.i32, op.i32], [op.f64], [...code.i32(0), 0xb7])
        return module.bytes()
      },
      'weir_call',
    ],
  ])('has %s', async (_name, build, named) => {
    expect(await refusalText(new Uint8Array(build(new GuestBuilder())))).toContain(named)
  })
})

describe('with what it imports', () => {
  const imported = (module: string, name: string, params: readonly number[], results: readonly number[]) => {
    const builder = new GuestBuilder()
    const index = builder.module.importFunction(module, name, params, results)
    return { builder, index }
  }

  it.each([
    ['now', [], [op.f64], 'clock'],
    ['random', [op.i32, op.i32], [], 'random'],
    ['kv_get', [op.i32, op.i32, op.i32, op.i32], [op.i32], 'key-value'],
  ])('W18: needs a grant for %s', async (name, params, results, grant) => {
    const { builder } = imported('weir', name, params, results)
    expect(await refusalText(builder.build(code.i32(0)))).toBe(
      `imports weir.${name}, which needs a grant: add "${grant}" to the plugin's "grants", and to "capabilities" of its manifest`,
    )
  })

  it.each([
    ['wasi_snapshot_preview1', 'path_open'],
    ['env', 'fetch'],
    ['weir', 'exec'],
    ['__proto__', 'constructor'],
  ])('W18: is not given %s.%s', async (module, name) => {
    const { builder } = imported(module, name, [], [])
    expect(await refusalText(builder.build(code.i32(0)), { grants: 511 })).toContain('does not offer')
  })

  const asking = (
    name: string,
    params: readonly number[],
    call: readonly (readonly number[])[],
    results: readonly number[] = [],
  ) => {
    const { builder, index } = imported('weir', name, params, results)
    return builder.build([
      ...code.if(code.eq(code.get(PHASE), code.i32(abi.phase.configure)), code.return(code.i32(0))),
      ...code.forever(code.call(index, ...call), ...results.map(() => [op.drop])),
      ...code.i32(0),
    ])
  }
  const everything = { grants: bitsOf(['log', 'counters', 'random', 'clock', 'key-value']) }

  it('W27: asks for four gigabytes of chance', async () => {
    const bytes = asking('random', [op.i32, op.i32], [code.i32(0), code.i32(-1)])
    expect(await fate(bytes, everything)).toBe('budget')
  })

  it('W27: asks for chance for ever', async () => {
    const bytes = asking('random', [op.i32, op.i32], [code.i32(0), code.i32(65_536)])
    expect(await fate(bytes, everything)).toBe('fuel')
  })

  it('W12: points its host below nothing', async () => {
    const bytes = asking('random', [op.i32, op.i32], [code.i32(-16), code.i32(32)])
    expect(await fate(bytes, everything)).toBe('memory')
    const log = asking('log', [op.i32, op.i32, op.i32], [code.i32(1), code.i32(-16), code.i32(32)])
    expect(await fate(log, everything)).toBe('memory')
    const large = asking('log', [op.i32, op.i32, op.i32], [code.i32(1), code.i32(64), code.i32(-1)])
    expect(await fate(large, everything)).toBe('memory')
  })

  it('W3, W28: logs for ever', async () => {
    const bytes = asking('log', [op.i32, op.i32, op.i32], [code.i32(1), code.i32(0), code.i32(200_000)])
    const stage = await stageOf(bytes, everything)
    expect(stage.exchange().onRequest().verdict).toEqual(REFUSED)
    expect(stage.lines.length).toBeLessThanOrEqual(17)
    expect(stage.figure('log_dropped_total')).toBeGreaterThan(100)
    expect(stage.figure('traps_total', { kind: 'fuel' })).toBe(1)
  })

  it('stores where there is no store', async () => {
    const bytes = asking('kv_delete', [op.i32, op.i32], [code.i32(0), code.i32(1)])
    expect(await fate(bytes, everything)).toBe('capability')
  })

  it('gives up in AssemblyScript, and says why', async () => {
    const { builder, index } = imported('env', 'abort', [op.i32, op.i32, op.i32, op.i32], [])
    const at = builder.can(Buffer.concat([u32(10), Buffer.from('oh no', 'utf16le')])) + 4
    const bytes = builder.build([
      ...code.if(code.eq(code.get(PHASE), code.i32(abi.phase.configure)), code.return(code.i32(0))),
      ...code.call(index, code.i32(at), code.i32(-3), code.i32(3), code.i32(7)),
      ...code.i32(0),
    ])
    const stage = await stageOf(bytes)
    stage.exchange().onRequest()
    const place = 'in wasm-function\\[\\d+\\]:0x[\\da-f]+'
    const said = new RegExp(`^warn a call failed: aborted: oh no at :3:7, ${place}$`)
    expect(stage.lines).toEqual([expect.stringMatching(said)])
  })

  it('does not catch its host', async () => {
    // Nothing offered here may be caught at all: exceptions are refused when the module is read.
    const builder = new GuestBuilder()
    builder.module.tag([])
    expect(await refusalText(builder.build(code.i32(0)))).toBeTruthy()
  })
})

describe('instances', () => {
  it('keep what they know until one fails', async () => {
    const counting = inRequests([
      ...code.store(code.i32(64), code.add(code.load(code.i32(64)), code.i32(1))),
      ...code.if(code.eq(code.load(code.i32(64)), code.i32(3)), code.unreachable),
      ...code.i32(0),
    ])
    const stage = await stageOf(counting)
    const failed = Array.from({ length: 9 }, () => {
      stage.settle()
      return stage.exchange().onRequest().verdict !== undefined
    })
    expect(failed).toEqual([false, false, true, false, false, true, false, false, true])
  })

  it('are replaced a thousand times without a trace', async () => {
    const guest = await wasmGuest(inRequests(code.unreachable))
    const before = process.memoryUsage().rss
    for (let round = 0; round < 1_000; round++) {
      const stage = new GuestStage(guest)
      expect(stage.exchange().onRequest().verdict).toEqual(REFUSED)
      stage.filter.onDestroy?.()
    }
    expect(process.memoryUsage().rss - before).toBeLessThan(200 << 20)
  })
})

describe('W10: what takes long to compile', () => {
  it('is compiled before it goes live', async () => {
    // Half a megabyte of additions, which the first call would otherwise wait for.
    const additions = Array.from({ length: 120_000 }, () => [...code.i32(3), op.i32Add]).flat()
    const bytes = inRequests([...code.get(1), ...additions, op.drop, ...code.i32(0)])
    const stages: GuestStage[] = []
    for (let i = 0; i < 5; i++) stages.push(new GuestStage(await wasmGuest(bytes)))
    const took = leastThreadMs(5, () => expect(stages.pop()?.exchange().onRequest().verdict).toBeUndefined())
    expect(took).toBeLessThan(5)
  })
})
