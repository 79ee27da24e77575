/**
 * What instructions cost. A unit is some 0.02 to 0.3 ns of optimised code and a few times that of baseline code
 * (measured on x86-64 with V8 14.6), so that a budget of ten million is about a millisecond. Most instructions cost
 * one: what matters is that nothing is free and that nothing takes much longer than it is charged for. The dearest
 * instruction, in a loop of its own, runs at three million units a millisecond; reads that miss all caches, at one.
 * Prices of bulk instructions come on top by length, see {@link ./fuel-code.ts}.
 */

/** Every instruction that has no price of its own. */
const ORDINARY = 1

type Price = readonly [from: number, to: number, units: number]

const PLAIN: readonly Price[] = [
  [0x08, 0x08, 20_000], // throw: unwinds, captures a stack trace
  [0x0a, 0x0a, 20_000], // throw_ref
  [0x0e, 0x0e, 4], // br_table
  [0x10, 0x10, 4], // call
  [0x11, 0x11, 8], // call_indirect
  [0x12, 0x12, 4], // return_call
  [0x13, 0x13, 8], // return_call_indirect
  [0x25, 0x25, 8], // table.get
  [0x26, 0x26, 48], // table.set: may allocate, and tells the dispatch tables
  [0x28, 0x3e, 2], // loads and stores: now and then one misses all caches
  [0x40, 0x40, 8192], // memory.grow: remakes the buffer object even when it grows by nothing
  [0x6d, 0x70, 8], // i32 division
  [0x7f, 0x82, 16], // i64 division
  [0x8d, 0x90, 4], // f32 rounding
  [0x91, 0x91, 8], // f32.sqrt
  [0x95, 0x95, 6], // f32.div
  [0x9b, 0x9e, 4], // f64 rounding
  [0x9f, 0x9f, 8], // f64.sqrt
  [0xa3, 0xa3, 6], // f64.div
  [0xd2, 0xd2, 64], // ref.func: allocates at first
]

const BULK: readonly Price[] = [
  [0, 7, 4], // saturating truncation
  [8, 8, 48], // memory.init
  [9, 9, 16], // data.drop
  [10, 11, 48], // memory.copy, memory.fill
  [12, 12, 256], // table.init
  [13, 13, 64], // elem.drop
  [14, 14, 256], // table.copy
  [15, 15, 2048], // table.grow
  [16, 16, 1], // table.size
  [17, 17, 256], // table.fill
]

const SIMD: readonly Price[] = [
  [0x00, 0xff, 2],
  [0x62, 0x62, 8], // i8x16.popcnt
  [0x67, 0x6a, 4], // f32x4 rounding
  [0x74, 0x75, 4], // f64x2 rounding
  [0x7a, 0x7a, 4],
  [0x94, 0x94, 4],
  [0xb5, 0xb5, 6], // i32x4.mul
  [0xd5, 0xd5, 8], // i64x2.mul
  [0xe3, 0xe3, 8], // f32x4.sqrt
  [0xe7, 0xe7, 8], // f32x4.div
  [0xef, 0xef, 8], // f64x2.sqrt
  [0xf3, 0xf3, 8], // f64x2.div
]

/** A call that leaves the guest, in place of `call`'s price; what the host does then is for the host to charge. */
export const IMPORTED_CALL_COST = 64

/** What each one-byte opcode costs. */
export const plainCosts = table(PLAIN)
/** What each opcode behind the bulk prefix costs. */
export const bulkCosts = table(BULK)
/** What each opcode behind the SIMD prefix costs. */
export const simdCosts = table(SIMD)

function table(prices: readonly Price[]): Uint16Array {
  const entries = new Uint16Array(256).fill(ORDINARY)
  for (const [from, to, units] of prices) entries.fill(units, from, to + 1)
  return entries
}
