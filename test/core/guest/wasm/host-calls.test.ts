/**
 * What guests in WebAssembly ask of their host without end: whatever it does for them is paid for, however it was asked,
 * so that the call has spent its fuel before anybody notices.
 */
import { describe, expect, it } from 'vitest'
import { bitsOf } from '../../../../core/guest/grant.ts'
import { abi } from '../../../../sdk/abi/abi.ts'
import { threadMs } from '../../../support/thread-ms.ts'
import { GuestStage } from '../guest-stage.ts'
import { u32 } from '../op-builder.ts'
import { code } from './code.ts'
import { unsigned } from './encode.ts'
import { CANNED_AT, GuestBuilder, PHASE } from './guest-builder.ts'
import { op } from './op.ts'
import { wasmGuest } from './wasm-guests.ts'

const LONGEST_MS = 50
const CALLS = 3
const grants = bitsOf(['log', 'counters', 'clock'])
const [i32, f64] = [op.i32, op.f64]
const wasi = 'wasi_snapshot_preview1'
const FUNCREF = 0x70
const callIndirect = 0x11
const returnCall = 0x12
const SPACE_AT = 1_024

/** An import, and the numbers that it is called with. */
interface Asked {
  readonly module: string
  readonly name: string
  readonly params: readonly number[]
  readonly results: readonly number[]
  readonly values: readonly number[]
  /** Lies at {@link CANNED_AT}. */
  readonly canned?: Buffer
}

type Way = (builder: GuestBuilder, asked: Asked, index: number) => readonly number[]

const valuesOf = ({ values }: Asked) => values.flatMap((value) => code.i32(value))

const ways = {
  'by its name': (_builder, asked, index) => [...valuesOf(asked), op.call, ...unsigned(index)],
  'through a table': ({ module }, asked, index) => {
    module.table(FUNCREF, 1)
    module.element(0, [index])
    const type = module.type(asked.params, asked.results)
    return [...valuesOf(asked), ...code.i32(0), callIndirect, ...unsigned(type), 0]
  },
  'as the last step of a function': ({ module }, asked, index) =>
    code.call(module.function([], asked.results, [...valuesOf(asked), returnCall, ...unsigned(index)])),
} satisfies Readonly<Record<string, Way>>

const now = { module: 'weir', name: 'now', params: [], results: [f64], values: [] }
const sizes = { ...now, module: wasi, name: 'environ_sizes_get', params: [i32, i32], results: [i32] }
const count = { ...now, name: 'count', params: [i32, i32, i32], results: [] }
const write = { ...now, module: wasi, name: 'fd_write', params: [i32, i32, i32, i32], results: [i32] }
const lines = Buffer.concat([u32(CANNED_AT + 8), u32(4_094), Buffer.from('a\n'.repeat(2_047))])

const questions: readonly (readonly [title: string, asked: Asked, way: keyof typeof ways])[] = [
  ['the time by its name', now, 'by its name'],
  ['the time through a table', now, 'through a table'],
  ['the time as the last step of a function', now, 'as the last step of a function'],
  ['what is always the same through a table', { ...sizes, values: [SPACE_AT, SPACE_AT] }, 'through a table'],
  [
    'to count under a name that is no text',
    { ...count, values: [1, CANNED_AT, 256], canned: Buffer.alloc(256, 0xff) },
    'by its name',
  ],
  [
    'to write thousands of lines',
    { ...write, values: [1, CANNED_AT, 1, SPACE_AT], canned: lines },
    'by its name',
  ],
]

function asking(asked: Asked, way: keyof typeof ways): Uint8Array<ArrayBuffer> {
  const builder = new GuestBuilder()
  const index = builder.module.importFunction(asked.module, asked.name, asked.params, asked.results)
  if (asked.canned !== undefined) builder.can(asked.canned)
  const call = [...ways[way](builder, asked, index), ...asked.results.map(() => op.drop)]
  const configured = code.if(
    code.eq(code.get(PHASE), code.i32(abi.phase.configure)),
    code.return(code.i32(0)),
  )
  return builder.build([...configured, ...code.forever(call), ...code.i32(0)])
}

describe('a guest that asks without end', () => {
  it.each(questions)('%s: is stopped soon', async (_title, asked, way) => {
    const stage = new GuestStage(await wasmGuest(asking(asked, way), { grants }), { grants })
    expect(stage.context.problems).toEqual([])
    for (let call = 0; call < CALLS; call++) {
      const beganMs = threadMs()
      stage.exchange().onRequest()
      expect(threadMs() - beganMs).toBeLessThan(LONGEST_MS)
      stage.settle()
    }
    expect(stage.figure('traps_total', { kind: 'fuel' })).toBe(CALLS)
  })
})
