/**
 * The code that the meter inserts. Fuel is a mutable i32 global that the guest cannot name, for its index lies behind
 * all of the guest's own. A check subtracts and traps below zero with `unreachable`, which no guest can catch
 * (WebAssembly 3.0 core §4.6: a trap is not an exception). No check subtracts more than 2³⁰, so that a fuel of zero
 * or more never wraps around; a host that stops a guest sets −1, not the smallest number.
 */
import type { BinaryWriter } from './binary-writer.ts'

const I32 = 0x7f
const EMPTY = 0x40
const op = {
  unreachable: 0x00,
  if: 0x04,
  end: 0x0b,
  select: 0x1b,
  localGet: 0x20,
  localTee: 0x22,
  globalGet: 0x23,
  globalSet: 0x24,
  i32Const: 0x41,
  i32LtS: 0x48,
  i32LtU: 0x49,
  i32Sub: 0x6b,
  i32Shl: 0x74,
  i32ShrU: 0x76,
} as const

/** Bytes of memory that one unit pays for: 64 MiB filled in 2.7 ms. */
const BYTES_SHIFT = 3
/** Units per element of a table, and the most elements that are charged for: no table is larger. */
const ELEMENT_SHIFT = 7
const ELEMENTS_MAX = 1 << 23
/** Units per page as for its bytes, and the most pages that are charged for: no memory is larger. */
const PAGE_SHIFT = 16 - BYTES_SHIFT
const PAGES_MAX = 1 << 16

/** Which of the functions behind the guest's own charges for a length and hands it on. */
export const lengthCharge = { bytes: 0, elements: 1, pages: 2 } as const

/** Functions that are appended: one for each kind of length, and the one by which the host refuels. */
export const APPENDED_FUNCTIONS = 4
export const REFUEL_FUNCTION = 3

/**
 * Subtracts `units` and traps below zero. The difference is kept in a local of the meter's: reading the global again
 * made a tight loop 1.8 times as long as it was, a local 1.15 times.
 */
export function writeCheck(
  writer: BinaryWriter,
  fuelGlobal: number,
  scratchLocal: number,
  units: number,
): void {
  writer.byte(op.globalGet)
  writer.u32(fuelGlobal)
  writer.byte(op.i32Const)
  writeS32(writer, units)
  writeSpend(writer, fuelGlobal, scratchLocal)
}

/** How many bytes {@link writeCheck} writes. */
export function checkSize(fuelGlobal: number, scratchLocal: number, units: number): number {
  return 13 + 2 * u32Size(fuelGlobal) + 2 * u32Size(scratchLocal) + s32Size(units)
}

/** The bodies of the functions that are appended, in the order of {@link lengthCharge}, then the refuelling one. */
export function writeAppendedBodies(writer: BinaryWriter, fuelGlobal: number): void {
  const bytes = [op.localGet, 0, op.i32Const, BYTES_SHIFT, op.i32ShrU]
  writeBody(writer, (body) => writeLengthCharge(body, fuelGlobal, bytes))
  writeBody(writer, (body) => writeLengthCharge(body, fuelGlobal, capped(ELEMENTS_MAX, ELEMENT_SHIFT)))
  writeBody(writer, (body) => writeLengthCharge(body, fuelGlobal, capped(PAGES_MAX, PAGE_SHIFT)))
  writeBody(writer, (body) => writeRefuel(body, fuelGlobal))
}

/** How many bytes a number takes as u32. */
export function u32Size(value: number): number {
  let size = 1
  for (let rest = value >>> 7; rest > 0; rest >>>= 7) size++
  return size
}

function s32Size(value: number): number {
  let size = 1
  for (let rest = value >> 6; rest > 0; rest >>= 7) size++
  return size
}

/** s32 of a number that is not negative. */
function writeS32(writer: BinaryWriter, value: number): void {
  let rest = value
  while (rest > 0x3f) {
    writer.byte((rest & 0x7f) | 0x80)
    rest >>= 7
  }
  writer.byte(rest)
}

/** With the fuel and the price on the stack. */
function writeSpend(writer: BinaryWriter, fuelGlobal: number, scratchLocal: number): void {
  writer.byte(op.i32Sub)
  writer.byte(op.localTee)
  writer.u32(scratchLocal)
  writer.byte(op.globalSet)
  writer.u32(fuelGlobal)
  writer.byte(op.localGet)
  writer.u32(scratchLocal)
  writer.byte(op.i32Const)
  writer.byte(0)
  writer.byte(op.i32LtS)
  writer.byte(op.if)
  writer.byte(EMPTY)
  writer.byte(op.unreachable)
  writer.byte(op.end)
}

/** The price of the length in local 0, at most that of `max`, at two to the power of `shift` units each. */
function capped(max: number, shift: number): readonly number[] {
  const most = [op.i32Const, 0x80, 0x80, 0x80 | ((max >> 14) & 0x7f), (max >> 21) & 0x7f]
  return [
    op.localGet,
    0,
    ...most,
    op.localGet,
    0,
    ...most,
    op.i32LtU,
    op.select,
    op.i32Const,
    shift,
    op.i32Shl,
  ]
}

/** A function from i32 to i32: one local of the meter's behind the parameter. */
function writeBody(writer: BinaryWriter, content: (writer: BinaryWriter) => void): void {
  const size = writer.reserveSize()
  writer.list([1, 1, I32])
  content(writer)
  writer.byte(op.end)
  writer.patchSize(size)
}

function writeLengthCharge(writer: BinaryWriter, fuelGlobal: number, price: readonly number[]): void {
  writer.byte(op.globalGet)
  writer.u32(fuelGlobal)
  writer.list(price)
  writeSpend(writer, fuelGlobal, 1)
  writer.list([op.localGet, 0])
}

/** Sets the fuel and answers what was left of it. */
function writeRefuel(writer: BinaryWriter, fuelGlobal: number): void {
  writer.byte(op.globalGet)
  writer.u32(fuelGlobal)
  writer.list([op.localGet, 0, op.globalSet])
  writer.u32(fuelGlobal)
}
