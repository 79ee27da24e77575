/** Code: WebAssembly instructions written as expressions, for guests that tests put together. Locals are numbers. */
import { signed, unsigned } from './encode.ts'
import { op } from './op.ts'

type Code = readonly number[]

const i32Load8 = 0x2d
const i32Load16 = 0x2f
const i64Load = 0x29
const i64Or = 0x84
const i64Shl = 0x86
const i64RemU = 0x82
const i32WrapI64 = 0xa7
const i64ExtendU = 0xad
const i64Eqz = 0x50
const i32And = 0x71
const i32Eq = 0x46
const i32GeU = 0x4f

export const code = {
  get: (local: number): Code => [op.localGet, ...unsigned(local)],
  set: (local: number, value: Code): Code => [...value, op.localSet, ...unsigned(local)],
  global: (index: number): Code => [op.globalGet, ...unsigned(index)],
  setGlobal: (index: number, value: Code): Code => [...value, op.globalSet, ...unsigned(index)],
  i32: (value: number): Code => [op.i32Const, ...signed(value)],
  i64: (value: number): Code => [op.i64Const, ...signed(value)],
  add: (left: Code, right: Code): Code => [...left, ...right, op.i32Add],
  sub: (left: Code, right: Code): Code => [...left, ...right, op.i32Sub],
  mul: (left: Code, right: Code): Code => [...left, ...right, op.i32Mul],
  and: (left: Code, right: Code): Code => [...left, ...right, i32And],
  eq: (left: Code, right: Code): Code => [...left, ...right, i32Eq],
  geU: (left: Code, right: Code): Code => [...left, ...right, i32GeU],
  zero: (value: Code): Code => [...value, op.i32Eqz],
  load: (address: Code, offset = 0): Code => [...address, op.i32Load, 0, ...unsigned(offset)],
  load8: (address: Code, offset = 0): Code => [...address, i32Load8, 0, ...unsigned(offset)],
  load16: (address: Code, offset = 0): Code => [...address, i32Load16, 0, ...unsigned(offset)],
  load64: (address: Code, offset = 0): Code => [...address, i64Load, 0, ...unsigned(offset)],
  store: (address: Code, value: Code, offset = 0): Code => [
    ...address,
    ...value,
    op.i32Store,
    0,
    ...unsigned(offset),
  ],
  store8: (address: Code, value: Code, offset = 0): Code => [
    ...address,
    ...value,
    op.i32Store8,
    0,
    ...unsigned(offset),
  ],
  copy: (to: Code, from: Code, size: Code): Code => [...to, ...from, ...size, op.bulk, 10, 0, 0],
  if: (condition: Code, ...then: Code[]): Code => [...condition, op.if, op.empty, ...then.flat(), op.end],
  /** Runs again and again until something leaves it with `leave`, or with `leave` of one more for each block around. */
  forever: (...body: Code[]): Code => [
    op.block,
    op.empty,
    op.loop,
    op.empty,
    ...body.flat(),
    op.br,
    0,
    op.end,
    op.end,
  ],
  /** Leaves the loop that it stands in directly. */
  leaveIf: (condition: Code): Code => [...condition, op.brIf, 1],
  call: (index: number, ...values: Code[]): Code => [...values.flat(), op.call, ...unsigned(index)],
  return: (value: Code): Code => [...value, op.return],
  unreachable: [op.unreachable],
  /** 64 bits: the remainder by ten as a digit, what is left of it, and whether there is nothing left. */
  digit: (value: Code): Code => [...value, op.i64Const, 10, i64RemU, i32WrapI64],
  tenth: (value: Code): Code => [...value, op.i64Const, 10, op.i64DivU],
  nought: (value: Code): Code => [...value, i64Eqz],
  pair: (low: Code, high: Code): Code => [
    ...low,
    i64ExtendU,
    ...high,
    i64ExtendU,
    op.i64Const,
    32,
    i64Shl,
    i64Or,
  ],
} as const
