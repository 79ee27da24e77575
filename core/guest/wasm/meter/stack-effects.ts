/**
 * How many values each instruction leaves more than it takes (WebAssembly core specification §5.4, §3.3), for all but
 * control. The meter follows the height of the stack only to know how much state the engine's baseline compiler
 * carries through a function.
 */

type Range = readonly [from: number, to: number, effect: number]

const PLAIN: readonly Range[] = [
  [0x1a, 0x1a, -1], // drop
  [0x1b, 0x1c, -2], // select
  [0x20, 0x20, 1], // local.get
  [0x21, 0x21, -1], // local.set
  [0x23, 0x23, 1], // global.get
  [0x24, 0x24, -1], // global.set
  [0x26, 0x26, -2], // table.set
  [0x36, 0x3e, -2], // stores
  [0x3f, 0x3f, 1], // memory.size
  [0x41, 0x44, 1], // constants
  [0x46, 0x4f, -1], // i32 comparisons
  [0x51, 0x66, -1], // other comparisons
  [0x6a, 0x78, -1], // i32 arithmetic
  [0x7c, 0x8a, -1], // i64 arithmetic
  [0x92, 0x98, -1], // f32 arithmetic
  [0xa0, 0xa6, -1], // f64 arithmetic
  [0xd0, 0xd0, 1], // ref.null
  [0xd2, 0xd2, 1], // ref.func
]

const BULK: readonly Range[] = [
  [8, 8, -3], // memory.init
  [10, 12, -3], // memory.copy, memory.fill, table.init
  [14, 14, -3], // table.copy
  [15, 15, -1], // table.grow
  [16, 16, 1], // table.size
  [17, 17, -3], // table.fill
]

/** Most take two and leave one; those that take one come after. */
const SIMD: readonly Range[] = [
  [0x00, 0xff, -1],
  [0x00, 0x0a, 0], // loads
  [0x0b, 0x0b, -2], // v128.store
  [0x0c, 0x0c, 1], // v128.const
  [0x0f, 0x16, 0], // splats, lanes out
  [0x18, 0x19, 0],
  [0x1b, 0x1b, 0],
  [0x1d, 0x1d, 0],
  [0x1f, 0x1f, 0],
  [0x21, 0x21, 0],
  [0x4d, 0x4d, 0], // v128.not
  [0x52, 0x52, -2], // v128.bitselect
  [0x53, 0x53, 0], // v128.any_true
  [0x58, 0x5b, -2], // stores of lanes
  [0x5c, 0x64, 0], // loads with zeros, conversions, i8x16 unary
  [0x67, 0x6a, 0], // f32x4 rounding
  [0x74, 0x75, 0],
  [0x7a, 0x7a, 0],
  [0x7c, 0x81, 0], // pairwise sums, i16x8 unary
  [0x83, 0x84, 0],
  [0x87, 0x8a, 0],
  [0x94, 0x94, 0],
  [0xa0, 0xa4, 0], // i32x4 unary
  [0xa7, 0xaa, 0],
  [0xc0, 0xc4, 0], // i64x2 unary
  [0xc7, 0xca, 0],
  [0xe0, 0xe3, 0], // f32x4 unary
  [0xec, 0xef, 0], // f64x2 unary
  [0xf8, 0xff, 0], // conversions
]

/** The effect of each one-byte opcode. */
export const plainEffects = table(PLAIN)
/** The effect of each opcode behind the bulk prefix. */
export const bulkEffects = table(BULK)
/** The effect of each opcode behind the SIMD prefix. */
export const simdEffects = table(SIMD)

function table(ranges: readonly Range[]): Int8Array {
  const entries = new Int8Array(256)
  for (const [from, to, effect] of ranges) entries.fill(effect, from, to + 1)
  return entries
}
