/**
 * The instructions that are accepted and what follows each opcode (WebAssembly core specification §5.4). What has no
 * entry is refused: the meter never guesses how long an instruction is. Control instructions (§5.4.1) are listed
 * here too, but read by the function meter itself.
 */

/** What follows an opcode. `0` stands for an instruction that is not accepted. */
export const immediate = {
  none: 1,
  /** Begins or ends something, or goes somewhere. */
  control: 2,
  /** One or two indices. */
  index: 3,
  twoIndices: 4,
  /** Alignment and offset, §5.4.6; with a lane behind for SIMD. */
  memory: 5,
  memoryLane: 6,
  s32: 7,
  s64: 8,
  bytes1: 9,
  bytes4: 10,
  bytes8: 11,
  bytes16: 12,
  /** A vector of value types. */
  types: 13,
  heapType: 14,
} as const

/** The prefix of saturating truncation and of bulk instructions (§5.4.8), and that of SIMD (§5.4.9). */
export const BULK_PREFIX = 0xfc
export const SIMD_PREFIX = 0xfd

type Range = readonly [from: number, to: number, follows: number]

const PLAIN: readonly Range[] = [
  [0x00, 0x00, immediate.control], // unreachable
  [0x01, 0x01, immediate.none], // nop
  [0x02, 0x05, immediate.control], // block, loop, if, else
  [0x08, 0x08, immediate.control], // throw
  [0x0a, 0x0f, immediate.control], // throw_ref, end, br, br_if, br_table, return
  [0x10, 0x13, immediate.control], // calls and tail calls
  [0x1a, 0x1b, immediate.none], // drop, select
  [0x1c, 0x1c, immediate.types], // select with types
  [0x1f, 0x1f, immediate.control], // try_table
  [0x20, 0x26, immediate.index], // locals, globals, table.get, table.set
  [0x28, 0x3e, immediate.memory], // loads and stores
  [0x3f, 0x40, immediate.index], // memory.size, memory.grow
  [0x41, 0x41, immediate.s32],
  [0x42, 0x42, immediate.s64],
  [0x43, 0x43, immediate.bytes4],
  [0x44, 0x44, immediate.bytes8],
  [0x45, 0xc4, immediate.none], // numbers, sign extension included
  [0xd0, 0xd0, immediate.heapType], // ref.null
  [0xd1, 0xd1, immediate.none], // ref.is_null
  [0xd2, 0xd2, immediate.index], // ref.func
]

const BULK: readonly Range[] = [
  [0, 7, immediate.none], // saturating truncation
  [8, 8, immediate.twoIndices], // memory.init
  [9, 9, immediate.index], // data.drop
  [10, 10, immediate.twoIndices], // memory.copy
  [11, 11, immediate.index], // memory.fill
  [12, 12, immediate.twoIndices], // table.init
  [13, 13, immediate.index], // elem.drop
  [14, 14, immediate.twoIndices], // table.copy
  [15, 17, immediate.index], // table.grow, table.size, table.fill
]

/** Without the relaxed instructions from 0x100 on: their results depend on the machine. */
const SIMD: readonly Range[] = [
  [0x00, 0x0b, immediate.memory], // v128.load and its kin, v128.store
  [0x0c, 0x0d, immediate.bytes16], // v128.const, i8x16.shuffle
  [0x0e, 0x14, immediate.none], // swizzle, splats
  [0x15, 0x22, immediate.bytes1], // lanes out and in
  [0x23, 0x53, immediate.none], // comparisons, bits
  [0x54, 0x5b, immediate.memoryLane],
  [0x5c, 0x5d, immediate.memory], // v128.load32_zero, v128.load64_zero
  [0x5e, 0xff, immediate.none],
]

/** Numbers between 0x5e and 0xff that no instruction has. */
const SIMD_HOLES: readonly number[] = [
  0x9a, 0xa2, 0xa5, 0xa6, 0xaf, 0xb0, 0xb2, 0xb3, 0xb4, 0xbb, 0xc2, 0xc5, 0xc6, 0xcf, 0xd0, 0xd2, 0xd3, 0xd4,
  0xe2, 0xee,
]

/** What follows each one-byte opcode. */
export const plainImmediates = table(PLAIN, [])
/** What follows each opcode behind {@link BULK_PREFIX}. */
export const bulkImmediates = table(BULK, [])
/** What follows each opcode behind {@link SIMD_PREFIX}. */
export const simdImmediates = table(SIMD, SIMD_HOLES)

function table(ranges: readonly Range[], holes: readonly number[]): Uint8Array {
  const entries = new Uint8Array(256)
  for (const [from, to, follows] of ranges) entries.fill(follows, from, to + 1)
  for (const hole of holes) entries[hole] = 0
  return entries
}
