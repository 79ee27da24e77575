/**
 * LineUnit: the head of one line number program (DWARF 4 and 5, §6.2.4): what its opcodes mean, where they are, and where
 * the names of its files stand, which are read when one is asked for.
 */
import { Refusal } from '../meter/refusal.ts'
import { DebugReader } from './debug-reader.ts'

const VERSION_MIN = 2
const VERSION_WITH_OPERATIONS = 4
/** From here on tables of files say what is in them. */
const VERSION_WITH_FORMS = 5
/** Lengths from here on stand for other formats. */
const LENGTH_MAX = 0xffff_fff0

export interface LineUnit {
  readonly version: number
  readonly instructionBytesMin: number
  readonly lineBase: number
  readonly lineRange: number
  readonly opcodeBase: number
  /** How many operands each standard opcode has, from opcode 1 on. */
  readonly operands: Uint8Array
  /** The tables of folders and files. */
  readonly tables: DebugReader
  readonly program: DebugReader
}

/** Reads the next unit, and stands behind it. */
export function readLineUnit(reader: DebugReader): LineUnit {
  const at = reader.at
  const size = reader.u32()
  if (size >= LENGTH_MAX) throw new Refusal('unsupported', 'has line tables of 64 bits', at)
  const start = reader.skip(size)
  const unit = new DebugReader(reader.bytes, start, start + size)
  const version = unit.u16()
  if (version < VERSION_MIN || version > VERSION_WITH_FORMS)
    throw new Refusal('unsupported', `has line tables of version ${version}`, at)
  // Sizes of an address and of a segment's name.
  if (version >= VERSION_WITH_FORMS) unit.skip(2)
  const headSize = unit.u32()
  const head = unit.skip(headSize)
  const tables = new DebugReader(reader.bytes, head, head + headSize)
  const instructionBytesMin = tables.byte()
  if (version >= VERSION_WITH_OPERATIONS) tables.skip(1)
  // Whether a row begins a statement.
  tables.skip(1)
  const lineBase = (tables.byte() << 24) >> 24
  const lineRange = tables.byte()
  const opcodeBase = tables.byte()
  if (lineRange === 0 || opcodeBase === 0) throw new Refusal('malformed', 'has line tables without lines', at)
  const operandsAt = tables.skip(opcodeBase - 1)
  const operands = reader.bytes.subarray(operandsAt, operandsAt + opcodeBase - 1)
  return { version, instructionBytesMin, lineBase, lineRange, opcodeBase, operands, tables, program: unit }
}
