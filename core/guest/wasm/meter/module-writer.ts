/**
 * Writes a scanned module again with the meter in it. Nothing of the guest's is renumbered: a type, a global and
 * four functions are appended, every function gets its checks, and the start function is exported instead of run,
 * so that the host calls it with fuel and with everything it needs in place.
 */
import { BinaryReader } from './binary-reader.ts'
import { BinaryWriter } from './binary-writer.ts'
import { APPENDED_FUNCTIONS, REFUEL_FUNCTION, writeAppendedBodies } from './fuel-code.ts'
import type { FunctionMeter } from './function-meter.ts'
import { functionMeterOf } from './function-meter-of.ts'
import {
  type ModuleScan,
  RESERVED_PREFIX,
  type ScannedSection,
  SECTION_ORDER,
  sectionId,
} from './module-scan.ts'
import type { MeterQuota } from './quota.ts'
import { Refusal } from './refusal.ts'
import { writeSizeRange } from './size-range.ts'

/** Under these names the meter's own things are exported. */
export const meterExports = {
  /** The fuel: a mutable i32 global. */
  fuel: `${RESERVED_PREFIX}fuel`,
  /** A function that sets the fuel and answers what was left. */
  refuel: `${RESERVED_PREFIX}refuel`,
  /** The module's start function, where it has one: to be called once, before anything else. */
  start: `${RESERVED_PREFIX}start`,
} as const

/** The engine takes no function larger than this, and metering adds to it. */
const ENGINE_FUNCTION_BYTES_MAX = 7_654_321
/** So much larger than a module may be it may become: of Go's it is 1.1 times, of nothing but loops it was seven. */
const METERED_FACTOR = 2
/** Code that is metered at once: 4 ms of the slowest there is. */
const PIECE_BYTES = 65_536
/** What all functions together may take the compiler, counted as for one: half a second; Go's runtime has 1 000 000. */
const COMPILE_WORK_MAX = 32_000_000
/** Sections that speak of offsets in the code, which metering moves: branch and compilation hints, lines of sources. */
const OFFSET_SECTION = /^(?:metadata\.code\.|\.debug_|sourceMappingURL$|external_debug_info$)/

const PREAMBLE: readonly number[] = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00]
/** The type of the functions that are appended: from i32 to i32. */
const APPENDED_TYPE: readonly number[] = [0x60, 1, 0x7f, 1, 0x7f]
/** The fuel: i32, mutable, zero at first, so that nothing runs before it was refuelled. */
const FUEL_GLOBAL: readonly number[] = [0x7f, 1, 0x41, 0, 0x0b]
const FUNCTION_KIND = 0x00
const GLOBAL_KIND = 0x03

/** Sections that are appended to, and so are made where there is none. */
const APPENDED_TO: readonly number[] = [
  sectionId.type,
  sectionId.function,
  sectionId.global,
  sectionId.export,
  sectionId.code,
]

export class ModuleWriter {
  codeBytes = 0
  functionBytes = 0
  compileWork = 0
  /** Where the code of each of the module's own functions ends in what is written. */
  functionEnds = new Uint32Array(0)

  readonly #scan: ModuleScan
  readonly #quota: MeterQuota
  readonly #source: Buffer
  readonly #writer: BinaryWriter
  /** The index in {@link SECTION_ORDER} of the next section that may be written. */
  #rank = 0

  constructor(scan: ModuleScan, quota: MeterQuota, source: Buffer) {
    this.#scan = scan
    this.#quota = quota
    this.#source = source
    this.#writer = new BinaryWriter(source.length + (source.length >>> 1) + 512)
  }

  /** A piece at a time: whoever asks has other things to do between them. */
  *write(): Generator<undefined, Uint8Array<ArrayBuffer>> {
    this.#writer.list(PREAMBLE)
    for (const section of this.#scan.sections) {
      if (section.id === sectionId.custom) {
        if (!OFFSET_SECTION.test(section.name)) yield* this.#writeSection(section)
        continue
      }
      const rank = SECTION_ORDER.indexOf(section.id)
      yield* this.#writeMissing(rank)
      if (section.id !== sectionId.start) yield* this.#writeSection(section)
      this.#rank = rank + 1
    }
    yield* this.#writeMissing(SECTION_ORDER.length)
    return this.#writer.take()
  }

  /** Sections that the module does not have and the meter needs, up to the given place. */
  *#writeMissing(end: number): Generator<undefined> {
    for (; this.#rank < end; this.#rank++) {
      const id = SECTION_ORDER[this.#rank] ?? 0
      if (APPENDED_TO.includes(id)) yield* this.#writeSection({ id, name: '', start: 0, end: 0 })
    }
  }

  *#writeSection(section: ScannedSection): Generator<undefined> {
    this.#writer.byte(section.id)
    const size = this.#writer.reserveSize()
    if (section.id === sectionId.code) yield* this.#writeCode(section)
    else if (APPENDED_TO.includes(section.id)) this.#writeAppended(section)
    else this.#writePatched(section)
    this.#writer.patchSize(size)
  }

  /** As it was, but for lowered limits. */
  #writePatched(section: ScannedSection): void {
    let from = section.start
    for (const patch of this.#scan.patches) {
      if (patch.start < section.start || patch.start >= section.end) continue
      this.#writer.copy(this.#source, from, patch.start)
      writeSizeRange(this.#writer, patch)
      from = patch.end
    }
    this.#writer.copy(this.#source, from, section.end)
  }

  /** A vector with more at its end; a section that was not there is an empty one. */
  #writeAppended(section: ScannedSection): void {
    const items = new BinaryReader(this.#source, section.start, section.end)
    const count = items.remaining > 0 ? items.u32() : 0
    const writer = this.#writer
    if (section.id === sectionId.type) {
      writer.u32(count + 1)
      writer.copy(this.#source, items.at, section.end)
      writer.list(APPENDED_TYPE)
    } else if (section.id === sectionId.function) {
      writer.u32(count + APPENDED_FUNCTIONS)
      writer.copy(this.#source, items.at, section.end)
      for (let i = 0; i < APPENDED_FUNCTIONS; i++) writer.u32(this.#scan.types.count)
    } else if (section.id === sectionId.global) {
      writer.u32(count + 1)
      writer.copy(this.#source, items.at, section.end)
      writer.list(FUEL_GLOBAL)
    } else {
      writer.u32(count + (this.#scan.start === undefined ? 2 : 3))
      writer.copy(this.#source, items.at, section.end)
      this.#writeExports()
    }
  }

  #writeExports(): void {
    this.#writeExport(meterExports.fuel, GLOBAL_KIND, this.#scan.globalCount)
    this.#writeExport(meterExports.refuel, FUNCTION_KIND, this.#scan.functionTypes.count + REFUEL_FUNCTION)
    if (this.#scan.start !== undefined) this.#writeExport(meterExports.start, FUNCTION_KIND, this.#scan.start)
  }

  #writeExport(name: string, kind: number, index: number): void {
    this.#writer.name(name)
    this.#writer.byte(kind)
    this.#writer.u32(index)
  }

  *#writeCode(section: ScannedSection): Generator<undefined> {
    const { importedFunctions, functionTypes, globalCount } = this.#scan
    const reader = new BinaryReader(this.#source, section.start, section.end)
    const defined = functionTypes.count - importedFunctions
    const count = reader.remaining > 0 ? reader.u32() : 0
    if (count !== defined)
      throw new Refusal('malformed', 'has more or less code than functions', section.start)
    this.#writer.u32(count + APPENDED_FUNCTIONS)
    const meter = functionMeterOf(this.#scan, this.#quota, globalCount)
    this.functionEnds = new Uint32Array(count)
    let piece = reader.at
    for (let i = 0; i < count; i++) {
      this.#writeFunction(reader, importedFunctions + i, meter)
      this.functionEnds[i] = this.#writer.size
      if (reader.at - piece < PIECE_BYTES) continue
      piece = reader.at
      yield
    }
    if (reader.remaining > 0) throw new Refusal('malformed', 'has bytes behind its code', reader.at)
    writeAppendedBodies(this.#writer, globalCount)
  }

  #writeFunction(reader: BinaryReader, index: number, meter: FunctionMeter): void {
    const at = reader.at
    const body = reader.part(reader.u32())
    this.#checkSize(body.remaining, this.#quota.functionBytesMax, index, at)
    this.codeBytes += body.remaining
    this.functionBytes = Math.max(this.functionBytes, body.remaining)
    const params = this.#scan.types.paramCount(this.#scan.functionTypes.at(index))
    const before = this.#writer.size
    meter.meter(body, params, this.#source, this.#writer)
    this.compileWork += meter.compileWork
    if (this.compileWork > COMPILE_WORK_MAX) {
      throw new Refusal('over_quota', 'has too many locals and branches to compile in all', at)
    }
    this.#checkSize(this.#writer.size - before, ENGINE_FUNCTION_BYTES_MAX, index, at)
    const most = this.#quota.moduleBytesMax * METERED_FACTOR
    if (this.#writer.size > most)
      throw new Refusal('over_quota', `has more than ${most} bytes with the checks of its fuel`, at)
  }

  #checkSize(size: number, max: number, index: number, at: number): void {
    if (size <= max) return
    throw new Refusal(
      'over_quota',
      `has ${size} bytes of code in function ${index}, at most ${max} are accepted`,
      at,
    )
  }
}
