/** The attack catalogue in WebAssembly against a whole proxy. */
import { afterAll, beforeAll, describe, test } from 'vitest'
import { abi } from '../../sdk/abi/abi.ts'
import { opList, ops, rawOp, u32 } from '../core/guest/op-builder.ts'
import { ENDLESS, inRequests, largeBody, wasmAttacks } from '../core/guest/wasm/attacks.ts'
import { code } from '../core/guest/wasm/code.ts'
import { unsigned } from '../core/guest/wasm/encode.ts'
import { cannedGuest, GuestBuilder } from '../core/guest/wasm/guest-builder.ts'
import { op } from '../core/guest/wasm/op.ts'
import { Containment } from './containment.ts'
import type { HostilePlugin } from './hostile-plugin.ts'

/** Calls something that it imports, for ever. */
function asking(name: string, params: readonly number[], ...values: (readonly number[])[]): Uint8Array {
  const builder = new GuestBuilder()
  const index = builder.module.importFunction('weir', name, params, [])
  const configured = code.if(code.eq(code.get(0), code.i32(abi.phase.configure)), code.return(code.i32(0)))
  return builder.build([
    ...configured,
    ...code.forever(code.call(index, ...values.map((value) => [...value]))),
    ...code.i32(0),
  ])
}

function importing(module: string, name: string): Uint8Array {
  const builder = new GuestBuilder()
  builder.module.importFunction(module, name, [], [])
  return builder.build(code.i32(0))
}

function starting(body: readonly number[]): Uint8Array {
  const builder = new GuestBuilder()
  builder.module.start(builder.module.function([], [], body))
  return builder.build(code.i32(0))
}

function prepared(prepare: (builder: GuestBuilder) => void, pages?: number): Uint8Array {
  const builder = new GuestBuilder(pages)
  prepare(builder)
  return builder.build(code.i32(0))
}

function lying(): Uint8Array {
  const list = opList(rawOp(abi.op.body, 0, Buffer.from('x')))
  list.writeUInt32LE(1 << 30, 8)
  return cannedGuest({ request: list })
}

/** Gives up in functions that call themselves so: a name is what a stack shows of them, and this one looks like a stack. */
function misnamed(): Uint8Array {
  const builder = new GuestBuilder()
  const again = code.call(0, code.sub(code.get(0), code.i32(1)))
  const deep = builder.module.function(
    [op.i32],
    [],
    [...code.if(code.zero(code.get(0)), code.unreachable), ...again],
  )
  const name = Buffer.from(`${'\n    at x (wasm://wasm/'.repeat(40)})x`)
  const names = [1, 0, ...unsigned(name.length), ...name]
  builder.module.custom('name', [1, ...unsigned(names.length), ...names])
  const configured = code.if(code.eq(code.get(0), code.i32(abi.phase.configure)), code.return(code.i32(0)))
  return builder.build([...configured, ...code.call(deep, code.i32(20)), ...code.i32(0)])
}

/** Asks for the time through a table, where leaving the guest has no price of its own. */
function askingThroughTable(): Uint8Array {
  const builder = new GuestBuilder()
  const now = builder.module.importFunction('weir', 'now', [], [op.f64])
  const type = builder.module.type([], [op.f64])
  builder.module.table(0x70, 1)
  builder.module.element(0, [now])
  const configured = code.if(code.eq(code.get(0), code.i32(abi.phase.configure)), code.return(code.i32(0)))
  const ask = [...code.i32(0), 0x11, ...unsigned(type), 0, op.drop]
  return builder.build([...configured, ...code.forever(ask), ...code.i32(0)])
}

const grow = [...code.i32(16), op.memoryGrow, 0]
const additions = Array.from({ length: 120_000 }, () => [...code.i32(3), op.i32Add]).flat()
const three = [op.i32, op.i32, op.i32]

function items(
  fate: HostilePlugin['fate'],
  plugins: readonly (readonly [name: string, bytes: Uint8Array])[],
): readonly HostilePlugin[] {
  return plugins.map(([name, bytes]) => ({ name, bytes, fate }))
}

const hostile: readonly HostilePlugin[] = [
  ...items(
    'trapped',
    wasmAttacks.map(([name, body]) => [name, inRequests(body)]),
  ),
  ...items('trapped', [
    ['W3: logs for ever', asking('log', three, code.i32(1), code.i32(0), code.i32(200_000))],
    ['W12: points its host below nothing', asking('log', three, code.i32(1), code.i32(-16), code.i32(32))],
    [
      'W15: a reply of four billion properties',
      cannedGuest({ request: opList(rawOp(abi.op.reply, 0, Buffer.concat([u32(0), u32(0xffff_ffff)]))) }),
    ],
    ['W27: four gigabytes of chance', asking('random', [op.i32, op.i32], code.i32(0), code.i32(-1))],
    ['W27: chance for ever', asking('random', [op.i32, op.i32], code.i32(0), code.i32(65_536))],
    ['W31: one byte that is a gigabyte', lying()],
    ['W31: a body of two megabytes', largeBody()],
    ['names that look like stacks', misnamed()],
    ['the time for ever, through a table', askingThroughTable()],
    ['X3: a key with a line break', cannedGuest({ request: opList(ops.set('a\r\nX: y', 'z')) })],
  ]),
  ...items('refused', [
    ['W2: a start that does not end', starting(ENDLESS)],
    ['W7: memory of 4 GiB', prepared(() => {}, 65_536)],
    ['W14: no buffer', new GuestBuilder().build([op.i32Const, 0], { input: code.i32(-64) })],
    ['W18: a file system', importing('wasi_snapshot_preview1', 'path_open')],
    ['W18: the host', importing('__proto__', 'constructor')],
    ['W18: a store that was not granted', importing('weir', 'kv_get')],
    ['W19: a shared memory', prepared(({ module }) => module.rawMemory([3, 1, 1]))],
    ['W20: exceptions', prepared(({ module }) => void module.tag([]))],
    ['W22: the heap of the engine', prepared(({ module }) => void module.rawType([0x5f, 1, 0x7f, 1]))],
    ['W24: no module', Buffer.from('\0asm\x01\0\0\0junk')],
    [
      'types by the ten thousand',
      prepared(({ module }) => {
        for (let i = 0; i < 20_000; i++) module.rawType([0x60, 0, 0])
      }),
    ],
    [
      'W26: a hundred thousand segments',
      prepared(({ module }) => {
        for (let i = 0; i < 100_000; i++) module.data(0, [])
      }),
    ],
  ]),
  ...items('harmless', [
    [
      'W6: all the memory there is',
      inRequests([...code.forever(code.leaveIf(code.eq(grow, code.i32(-1)))), ...code.i32(0)]),
    ],
    ['W10: half a megabyte of code', inRequests([...code.get(1), ...additions, op.drop, ...code.i32(0)])],
    [
      'W28: log lines of control characters',
      cannedGuest({
        request: opList(
          ...Array.from({ length: 100 }, () => ops.log('\x1b[31m"}\n{"level":"error"'.repeat(20))),
        ),
      }),
    ],
    [
      'X9: a counter of a new name each time',
      cannedGuest({ request: opList(...Array.from({ length: 200 }, (_, i) => ops.count(`c${i}`, 1))) }),
    ],
  ]),
  ...items('parked', [
    ['W30: waits longer than anybody', cannedGuest({ request: opList(ops.pause(60_000)) })],
  ]),
]

describe('a hostile plugin in WebAssembly', () => {
  let containment: Containment
  beforeAll(async () => {
    containment = await Containment.start({
      kind: 'wasm',
      good: (value) => cannedGuest({ request: opList(ops.set('tag', value)) }),
      settings: 'grants: [clock, random, timers]',
    })
  })
  afterAll(() => containment.stop())

  test.each(hostile)('$name: is $fate, and nothing else happens', (plugin) => containment.suffer(plugin))
})
