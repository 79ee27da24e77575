/**
 * Limits of memories and tables (WebAssembly core specification §5.3.13): read, compared with the quota, and written
 * again with the maximum lowered to it.
 */
import type { BinaryReader } from './binary-reader.ts'
import type { BinaryWriter } from './binary-writer.ts'
import type { SizeRange } from './facts.ts'
import { Refusal } from './refusal.ts'

const MAXIMUM_BIT = 0x01
const SHARED_BIT = 0x02
const ADDRESS64_BIT = 0x04
const PAGE_SIZE_BIT = 0x08

/** A range in the module's bytes that is written anew. */
export interface SizeRangePatch extends SizeRange {
  readonly start: number
  readonly end: number
}

/** Reads the limits of `what` (`memory`, `table`) in `unit` and lowers the maximum to `quota`. */
export function readSizeRange(reader: BinaryReader, what: 'memory' | 'table', quota: number): SizeRangePatch {
  const start = reader.at
  const flags = reader.byte()
  if ((flags & SHARED_BIT) !== 0) throw unsupported(`a shared ${what}`, start)
  if ((flags & ADDRESS64_BIT) !== 0) throw unsupported(`a 64-bit ${what}`, start)
  if ((flags & PAGE_SIZE_BIT) !== 0) throw unsupported(`a ${what} of its own page size`, start)
  if (flags > MAXIMUM_BIT) throw new Refusal('malformed', `has a ${what} with unknown flags`, start)
  const min = reader.u32()
  const max = flags === MAXIMUM_BIT ? reader.u32() : quota
  const unit = what === 'memory' ? 'pages of memory' : 'elements of a table'
  if (min > quota) throw new Refusal('over_quota', `declares ${min} ${unit}, the quota is ${quota}`, start)
  if (max < min) throw new Refusal('malformed', `has a ${what} whose maximum is below its minimum`, start)
  return { start, end: reader.at, min, max: Math.min(max, quota) }
}

/** Writes limits with a maximum. */
export function writeSizeRange(writer: BinaryWriter, range: SizeRange): void {
  writer.byte(MAXIMUM_BIT)
  writer.u32(range.min)
  writer.u32(range.max)
}

function unsupported(what: string, at: number): Refusal {
  return new Refusal('unsupported', `declares ${what}, which is not accepted`, at)
}
