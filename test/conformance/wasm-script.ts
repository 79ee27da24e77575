/**
 * A script as a WebAssembly guest. The module holds a small machine that works through the steps, which lie in its
 * memory as rows of four numbers; what they say is there as canned bytes.
 */
import { createGuestFilter } from '../../core/guest/create-guest-filter.ts'
import { defaultGuestBudget } from '../../core/guest/guest-budget.ts'
import { abi } from '../../sdk/abi/abi.ts'
import { textBytes } from '../../sdk/abi/text.ts'
import { ops, u32 } from '../core/guest/op-builder.ts'
import { code } from '../core/guest/wasm/code.ts'
import { GuestBuilder, PHASE } from '../core/guest/wasm/guest-builder.ts'
import { op } from '../core/guest/wasm/op.ts'
import { wasmGuest } from '../core/guest/wasm/wasm-guests.ts'
import type { Language } from './language.ts'
import { has, type Script, type Step } from './script.ts'

const { record, property, header, opHeader } = abi
const EVERY_GRANT = Object.values(abi.grant).reduce((bits, bit) => bits | bit, 0)
const MIB = 1 << 20
const INPUT_AT = 4 * MIB
const OUT_AT = 8 * MIB
const DIGITS_END = 64
const FROM_EXTRA = 0x1000

/** Kinds of rows. */
const row = { end: 0, canned: 1, copy: 2, field: 3, id: 4, nextRecord: 5, firstRecord: 6 } as const

type Row = readonly [kind: number, a: number, b: number, c: number]

export const wasm: Language = {
  name: 'WebAssembly',
  create: async (script, { context, wheel, defer }) =>
    createGuestFilter({
      plugin: 'script',
      module: await wasmGuest(scriptGuest(script), { grants: EVERY_GRANT }),
      config: {},
      grants: EVERY_GRANT,
      policy: 'closed',
      budget: defaultGuestBudget,
      context,
      services: { wheel, defer },
    }),
}

/** What a script has to declare. */
function declarations(script: Script): readonly Buffer[] {
  const { want, phaseBit } = abi
  const bodies = has(script, 'copy-body') || has(script, 'same-body')
  const wants =
    want.operation |
    (bodies ? want.requestBody | want.responseBody : 0) |
    (has(script, 'copy-from-request') ? want.requestWithResponse : 0)
  const phases =
    phaseBit.request |
    (script.response === undefined ? 0 : phaseBit.response) |
    (script.end === undefined ? 0 : phaseBit.end)
  return [...(script.reads ?? []).map((key) => ops.reads(key)), ops.wants(wants), ops.phases(phases)]
}

function scriptGuest(script: Script): Uint8Array<ArrayBuffer> {
  const builder = new GuestBuilder(256)
  const emit = addEmit(builder)
  const phases = Object.entries(abi.phase).map(([name, number]) => {
    const rows =
      name === 'configure'
        ? declarations(script).map((bytes) => canned(builder, bytes))
        : (stepsOf(script, name) ?? []).flatMap((step) => rowsOf(builder, script, step))
    const at = builder.can(Buffer.concat([...rows, [row.end, 0, 0, 0]].flatMap((each) => [...each].map(u32))))
    return code.if(code.eq(code.get(PHASE), code.i32(number)), code.set(local.row, code.i32(at)))
  })
  return builder.build([...phases.flat(), ...machine(emit)], {
    locals: [op.i32, op.i32, op.i32, op.i32, op.i32, op.i64],
    input: [
      ...code.if(code.geU(code.get(0), code.i32(OUT_AT - INPUT_AT)), code.return(code.i32(0))),
      ...code.i32(INPUT_AT),
    ],
  })
}

function stepsOf(script: Script, phase: string): readonly Step[] | undefined {
  return Object.entries(script).find(([name]) => name === phase)?.[1]
}

function canned(builder: GuestBuilder, bytes: Buffer): Row {
  return [row.canned, builder.can(bytes), bytes.length, 0]
}

/** What an edit has before its value: the size of the key, and the key. */
function keyed(builder: GuestBuilder, key: string): readonly [number, number] {
  const bytes = textBytes(key)
  return [builder.can(Buffer.concat([u32(bytes.length), bytes])), bytes.length + 4]
}

function rowsOf(builder: GuestBuilder, script: Script, step: Step): readonly Row[] {
  const slot = (key: string): number => (script.reads ?? []).indexOf(key)
  const can = (bytes: Buffer): readonly Row[] => [canned(builder, bytes)]
  switch (step[0]) {
    case 'set':
      return can(ops.set(step[1], step[2]))
    case 'add':
      return can(ops.add(step[1], step[2]))
    case 'remove':
      return can(ops.remove(step[1]))
    case 'body':
      return can(ops.body(step[1]))
    case 'copy':
      return [[row.copy, slot(step[1]), ...keyed(builder, step[2])]]
    case 'copy-from-request':
      return [
        [row.nextRecord, 0, 0, 0],
        [row.copy, slot(step[1]), ...keyed(builder, step[2])],
        [row.firstRecord, 0, 0, 0],
      ]
    case 'copy-id':
      return [[row.id, 0, ...keyed(builder, step[1])]]
    case 'copy-text':
      return [[row.field, record[step[1]], ...keyed(builder, step[2])]]
    case 'copy-body':
      return [[row.field, record.body, ...keyed(builder, step[1])]]
    case 'same-body':
      return [[row.field, record.body, abi.op.body, 0]]
    case 'log':
      return can(ops.log(step[1]))
    case 'log-outcome':
      return [[row.field, abi.outcome[step[1]] | FROM_EXTRA, abi.op.log | (1 << 8), 0]]
    case 'reply-error':
      return can(ops.replyError(step[1], step[2]))
    case 'reply':
      return can(ops.reply(step[1], step[2]))
    case 'forward':
      return can(ops.forward(step[1], step[2]))
    case 'drop':
      return can(ops.drop())
    case 'close':
      return can(ops.close())
    case 'pause':
      return can(ops.pause(step[1]))
  }
}

/** Locals of `weir_call` behind its parameters, and the global that says where the answer ends. */
const local = { row: 2, record: 3, at: 4, end: 5, said: 6, id: 7 } as const
const OUT = 0
const FIRST_RECORD = code.i32(INPUT_AT + header.bytes)
const arg = (index: number) => code.load(code.get(local.row), 4 + index * 4)

/** emit(code and argument, prefix, its size, value, its size): appends one operation about the first message. */
function addEmit(builder: GuestBuilder): number {
  builder.module.global(op.i32, true, code.i32(0))
  const out = code.global(OUT)
  const size = code.add(code.i32(opHeader.bytes), code.add(code.get(2), code.get(4)))
  const payload = code.add(out, code.i32(opHeader.bytes))
  return builder.module.function(
    [op.i32, op.i32, op.i32, op.i32, op.i32],
    [],
    [
      ...code.store(out, code.get(0)),
      ...code.store(out, size, opHeader.size),
      ...code.store(out, code.load(FIRST_RECORD, record.handle), opHeader.message),
      ...code.copy(payload, code.get(1), code.get(2)),
      ...code.copy(code.add(payload, code.get(2)), code.get(3), code.get(4)),
      ...code.setGlobal(OUT, code.and(code.add(out, code.add(size, code.i32(3))), code.i32(-4))),
    ],
  )
}

/** Works through the rows and answers with the list. */
function machine(emit: number): readonly number[] {
  const is = (kind: number) => code.eq(code.load(code.get(local.row)), code.i32(kind))
  return [
    ...code.setGlobal(OUT, code.i32(OUT_AT + abi.opListHeaderBytes)),
    ...code.set(local.record, FIRST_RECORD),
    ...code.forever(
      code.leaveIf(is(row.end)),
      code.if(is(row.canned), addCanned()),
      code.if(is(row.copy), copyValues(emit)),
      code.if(is(row.field), addField(emit)),
      code.if(is(row.id), addId(emit)),
      code.if(
        is(row.nextRecord),
        code.set(local.record, code.add(FIRST_RECORD, code.load(FIRST_RECORD, record.size))),
      ),
      code.if(is(row.firstRecord), code.set(local.record, FIRST_RECORD)),
      code.set(local.row, code.add(code.get(local.row), code.i32(16))),
    ),
    ...code.store(code.i32(OUT_AT), code.sub(code.global(OUT), code.i32(OUT_AT))),
    ...code.i32(OUT_AT),
  ]
}

function addCanned(): readonly number[] {
  return [
    ...code.copy(code.global(OUT), arg(0), arg(1)),
    ...code.store(code.global(OUT), code.load(FIRST_RECORD, record.handle), opHeader.message),
    ...code.setGlobal(OUT, code.add(code.global(OUT), arg(1))),
  ]
}

function copyValues(emit: number): readonly number[] {
  const at = code.get(local.at)
  return [
    ...code.set(local.said, code.i32(abi.op.set)),
    ...code.set(
      local.at,
      code.add(code.get(local.record), code.load(code.get(local.record), record.propertiesAt)),
    ),
    ...code.set(
      local.end,
      code.add(
        at,
        code.mul(code.load16(code.get(local.record), record.properties), code.i32(property.bytes)),
      ),
    ),
    ...code.forever(
      code.leaveIf(code.geU(at, code.get(local.end))),
      code.if(
        code.eq(code.load16(at, property.slot), arg(0)),
        code.call(
          emit,
          code.get(local.said),
          arg(1),
          arg(2),
          code.add(code.get(local.record), code.load(at, property.valueAt)),
          code.load(at, property.valueSize),
        ),
        code.set(local.said, code.i32(abi.op.add)),
      ),
      code.set(local.at, code.add(at, code.i32(property.bytes))),
    ),
  ]
}

/** What a reference refers to, under a key, or as an operation of its own when there is none. */
function addField(emit: number): readonly number[] {
  const at = code.get(local.at)
  const value = code.add(code.get(local.record), code.load(at))
  const offset = code.and(arg(0), code.i32(FROM_EXTRA - 1))
  return [
    ...code.set(local.at, code.add(code.get(local.record), offset)),
    ...code.if(
      code.and(arg(0), code.i32(FROM_EXTRA)),
      code.set(
        local.at,
        code.add(code.add(code.get(local.record), code.load(code.get(local.record), record.extra)), offset),
      ),
    ),
    ...code.if(code.zero(arg(2)), code.call(emit, arg(1), code.i32(0), code.i32(0), value, code.load(at, 4))),
    ...code.if(arg(2), code.call(emit, code.i32(abi.op.set), arg(1), arg(2), value, code.load(at, 4))),
  ]
}

/** The id as a text, or as decimal digits, written from the last to the first. */
function addId(emit: number): readonly number[] {
  const from = code.get(local.record)
  const at = code.get(local.at)
  const digits = [
    ...code.set(local.at, code.i32(DIGITS_END)),
    ...code.set(local.id, code.pair(code.load(from, record.idLow), code.load(from, record.idHigh))),
    ...code.forever(
      code.set(local.at, code.sub(at, code.i32(1))),
      code.store8(at, code.add(code.digit(code.get(local.id)), code.i32(48))),
      code.set(local.id, code.tenth(code.get(local.id))),
      code.leaveIf(code.nought(code.get(local.id))),
    ),
    ...code.call(emit, code.i32(abi.op.set), arg(1), arg(2), at, code.sub(code.i32(DIGITS_END), at)),
  ]
  const text = code.call(
    emit,
    code.i32(abi.op.set),
    arg(1),
    arg(2),
    code.add(from, code.load(from, record.idText)),
    code.load(from, record.idText + 4),
  )
  const isText = code.and(code.load8(from, record.flags), code.i32(abi.recordFlag.idText))
  return [...code.if(isText, text), ...code.if(code.zero(isText), digits)]
}
