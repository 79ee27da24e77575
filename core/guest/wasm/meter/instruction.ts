/** Passes over what follows an opcode (WebAssembly core specification §5.4), for all instructions but control. */
import type { BinaryReader } from './binary-reader.ts'
import { bulkImmediates, immediate, plainImmediates, simdImmediates } from './opcodes.ts'
import { Refusal } from './refusal.ts'
import type { ValueTypes } from './value-types.ts'

/** Prefixes of whole proposals, so that a refusal can name them (§5.4). */
const PROPOSALS: ReadonlyMap<number, string> = new Map([
  [0x06, 'legacy exception handling'],
  [0x07, 'legacy exception handling'],
  [0x09, 'legacy exception handling'],
  [0x14, 'typed function references'],
  [0x15, 'typed function references'],
  [0x18, 'legacy exception handling'],
  [0x19, 'legacy exception handling'],
  [0xd3, 'garbage collection'],
  [0xd4, 'typed function references'],
  [0xd5, 'typed function references'],
  [0xd6, 'typed function references'],
  [0xfb, 'garbage collection'],
  [0xfe, 'threads and atomics'],
])

/** Bit of a memory operand's alignment that says that the index of a memory follows (§5.4.6). */
const MEMORY_INDEX_BIT = 0x40

/** The bytes behind a one-byte opcode that begins at `at`. */
export function skipPlain(reader: BinaryReader, types: ValueTypes, opcode: number, at: number): void {
  skipImmediates(reader, types, plainImmediates[opcode] ?? 0, at)
}

/** Reads the number behind the bulk prefix at `at`, and what follows it; answers the number. */
export function skipBulk(reader: BinaryReader, types: ValueTypes, at: number): number {
  const opcode = reader.u32()
  skipImmediates(reader, types, bulkImmediates[opcode] ?? 0, at)
  return opcode
}

/** Reads the number behind the SIMD prefix at `at`, and what follows it; answers the number. */
export function skipSimd(reader: BinaryReader, types: ValueTypes, at: number): number {
  const opcode = reader.u32()
  if (opcode >= 0x100 && opcode < 0x120) {
    throw new Refusal(
      'unsupported',
      `uses relaxed SIMD (0xfd 0x${opcode.toString(16)}), which is not accepted`,
      at,
    )
  }
  skipImmediates(reader, types, simdImmediates[opcode] ?? 0, at)
  return opcode
}

/** The refusal of an instruction that is not accepted, of which the reader has read the opcode. */
export function refuseOpcode(reader: BinaryReader, at: number): Refusal {
  const prefix = reader.bytes[at] ?? 0
  const bytes = [...reader.bytes.subarray(at, reader.at)].map(
    (byte) => `0x${byte.toString(16).padStart(2, '0')}`,
  )
  const proposal = PROPOSALS.get(prefix)
  const what = proposal === undefined ? 'an unknown instruction' : `an instruction of ${proposal}`
  return new Refusal('unsupported', `uses ${what} (${bytes.join(' ')}), which is not accepted`, at)
}

function skipImmediates(reader: BinaryReader, types: ValueTypes, follows: number, at: number): void {
  switch (follows) {
    case immediate.none:
      return
    case immediate.index:
      reader.u32()
      return
    case immediate.twoIndices:
      reader.u32()
      reader.u32()
      return
    case immediate.memory:
      skipMemoryOperand(reader)
      return
    case immediate.memoryLane:
      skipMemoryOperand(reader)
      reader.byte()
      return
    case immediate.s32:
      reader.skipS32()
      return
    case immediate.s64:
      reader.skipS64()
      return
    case immediate.bytes1:
      reader.skip(1)
      return
    case immediate.bytes4:
      reader.skip(4)
      return
    case immediate.bytes8:
      reader.skip(8)
      return
    case immediate.bytes16:
      reader.skip(16)
      return
    case immediate.types:
      skipTypes(reader, types)
      return
    case immediate.heapType:
      types.readReference(reader)
      return
    default:
      throw refuseOpcode(reader, at)
  }
}

/** Alignment, the index of the memory where one is given, and the offset: 32 bits, for memories are. */
function skipMemoryOperand(reader: BinaryReader): void {
  const at = reader.at
  const alignment = reader.u32()
  if (alignment >= 2 * MEMORY_INDEX_BIT) throw new Refusal('malformed', 'has a malformed memory operand', at)
  if ((alignment & MEMORY_INDEX_BIT) !== 0) reader.u32()
  reader.u32()
}

/** `select` with types (§5.4.3). The specification allows a vector and means one. */
function skipTypes(reader: BinaryReader, types: ValueTypes): void {
  const count = reader.count(1, 'types of a selection')
  for (let i = 0; i < count; i++) types.read(reader)
}
