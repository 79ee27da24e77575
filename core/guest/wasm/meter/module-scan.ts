/**
 * Reads a module from front to back (WebAssembly core specification §5.5), except for the instructions: where each
 * section lies, what the module imports, declares and exports, and which bytes of limits are to be written anew.
 * What is not accepted is refused on the way.
 */
import type { BinaryReader } from './binary-reader.ts'
import { skipConstantExpression } from './constant-expression.ts'
import type { ExportFact, ExternalType, ImportFact, SizeRange, ValueType } from './facts.ts'
import { namesFit } from './names-fit.ts'
import { NumberList } from './number-list.ts'
import { checkOffered } from './offers.ts'
import type { MeterQuota } from './quota.ts'
import { quoteName } from './quote-name.ts'
import { readEach } from './read-each.ts'
import { Refusal } from './refusal.ts'
import { skipDataSegments, skipElementSegments } from './segments.ts'
import { readSizeRange, type SizeRangePatch } from './size-range.ts'
import { TypeSpace } from './type-space.ts'
import { ValueTypes } from './value-types.ts'

const IMPORTS_MAX = 1000
/** Each is an object of the engine's in every instance. */
const EXPORTS_MAX = 2_000
const GLOBALS_MAX = 100_000
const TABLES_MAX = 8
const TAGS_MAX = 1000
const CUSTOM_SECTIONS_MAX = 1000

/** Ids of the sections (§5.5.2). */
export const sectionId = {
  custom: 0,
  type: 1,
  import: 2,
  function: 3,
  table: 4,
  memory: 5,
  global: 6,
  export: 7,
  start: 8,
  element: 9,
  code: 10,
  data: 11,
  dataCount: 12,
  tag: 13,
} as const

/** The ids in the order in which sections have to come (§5.5.16). */
export const SECTION_ORDER: readonly number[] = [1, 2, 3, 4, 5, 13, 6, 7, 8, 9, 12, 10, 11]

/** Names that begin so are the meter's. */
export const RESERVED_PREFIX = 'weir.meter.'
const MANIFEST_SECTION = 'weir.manifest'
const NAME_SECTION = 'name'

/** A section's contents, without id and size. */
export interface ScannedSection {
  readonly id: number
  /** Of a custom section. */
  readonly name: string
  readonly start: number
  readonly end: number
}

/** Whether a section of this kind and size is read. */
export type SectionChoice = (id: number, size: number) => boolean

export class ModuleScan {
  readonly values: ValueTypes
  readonly types: TypeSpace
  readonly sections: ScannedSection[] = []
  /** Limits that are lowered, in order of position. */
  readonly patches: SizeRangePatch[] = []
  readonly imports: ImportFact[] = []
  readonly exports: ExportFact[] = []
  readonly tables: { readonly element: ValueType; readonly size: SizeRange }[] = []
  memory: SizeRange | undefined = undefined
  manifest: Uint8Array | undefined = undefined
  named = false
  start: number | undefined = undefined
  importedFunctions = 0
  /** The index of the type of each function, imported ones first. */
  readonly functionTypes = new NumberList()

  readonly #bytes: Uint8Array
  readonly #quota: MeterQuota
  readonly #globals: { readonly type: ValueType; readonly mutable: boolean }[] = []
  #tagCount = 0

  constructor(bytes: Uint8Array, quota: MeterQuota) {
    this.#bytes = bytes
    this.#quota = quota
    this.values = new ValueTypes(quota.exceptions === 'numbers')
    this.types = new TypeSpace(bytes, this.values, quota.types)
  }

  get globalCount(): number {
    return this.#globals.length
  }

  /**
   * Reads everything; or, of a module that was accepted before, the sections that somebody asks for: of the others it is only
   * known where they lie. `reader` stands behind the preamble. It is done in steps of half a millisecond.
   */
  *read(reader: BinaryReader, asked?: SectionChoice): Generator<undefined> {
    let last = -1
    let customs = 0
    while (reader.remaining > 0) {
      const at = reader.at
      const id = reader.byte()
      const contents = reader.part(reader.u32())
      if (id === sectionId.custom) {
        if (++customs > CUSTOM_SECTIONS_MAX)
          throw new Refusal('over_quota', 'has too many custom sections', at)
        yield* this.#readCustom(contents, asked === undefined)
        continue
      }
      const rank = SECTION_ORDER.indexOf(id)
      if (rank < 0) throw new Refusal('unsupported', `has a section of the unknown kind ${id}`, at)
      if (rank <= last) throw new Refusal('malformed', 'has sections twice or out of order', at)
      last = rank
      this.sections.push({ id, name: '', start: contents.at, end: contents.end })
      if (asked === undefined || asked(id, contents.remaining)) yield* this.#readSection(id, contents, at)
    }
  }

  *#readSection(id: number, reader: BinaryReader, at: number): Generator<undefined> {
    if (id === sectionId.type) yield* this.types.readSection(reader)
    else if (id === sectionId.import)
      yield* this.#readEach(reader, IMPORTS_MAX, 'imports', () => this.#readImport(reader))
    else if (id === sectionId.function) yield* this.#readFunctions(reader)
    else if (id === sectionId.table)
      yield* this.#readEach(reader, TABLES_MAX, 'tables', () => this.#addTable(reader))
    else if (id === sectionId.memory)
      yield* this.#readEach(reader, 1, 'memories', () => this.#addMemory(reader))
    else if (id === sectionId.tag)
      yield* this.#readEach(reader, TAGS_MAX, 'tags', () => this.#readTag(reader))
    else if (id === sectionId.global)
      yield* this.#readEach(reader, GLOBALS_MAX, 'globals', () => this.#readGlobal(reader))
    else if (id === sectionId.export)
      yield* this.#readEach(reader, EXPORTS_MAX, 'exports', () => this.#readExport(reader))
    else if (id === sectionId.start)
      this.start = this.#readIndex(reader, this.functionTypes.count, 'function')
    else if (id === sectionId.element) yield* skipElementSegments(reader, this.values)
    else if (id === sectionId.data) yield* skipDataSegments(reader, this.values)
    else if (id === sectionId.dataCount) reader.u32()
    else return // Code: the function meter reads it.
    if (reader.remaining > 0) throw new Refusal('malformed', `has bytes behind the end of section ${id}`, at)
  }

  *#readCustom(reader: BinaryReader, whole: boolean): Generator<undefined> {
    const start = reader.at
    const name = reader.name()
    const isNames = name === NAME_SECTION
    if (isNames && whole && !(yield* namesFit(reader))) return
    this.sections.push({ id: sectionId.custom, name, start, end: reader.end })
    if (isNames) this.named = true
    if (name !== MANIFEST_SECTION) return
    if (this.manifest !== undefined)
      throw new Refusal('malformed', `has two sections ${MANIFEST_SECTION}`, start)
    this.manifest = this.#bytes.subarray(reader.at, reader.end)
  }

  *#readEach(reader: BinaryReader, max: number, what: string, read: () => void): Generator<undefined> {
    yield* readEach(reader, reader.count(max, what), read)
  }

  #readImport(reader: BinaryReader): void {
    const at = reader.at
    const module = reader.name()
    const name = reader.name()
    const type = this.#readImportedType(reader)
    checkOffered(this.#quota.imports, { module, name, type }, at)
    this.imports.push({ module, name, type })
  }

  #readImportedType(reader: BinaryReader): ExternalType {
    const at = reader.at
    switch (reader.byte()) {
      case 0x00: {
        const type = this.types.readIndex(reader)
        this.functionTypes.push(type)
        return { kind: 'function', index: this.importedFunctions++, type: this.types.get(type) }
      }
      case 0x01:
        return this.#addTable(reader)
      case 0x02:
        return this.#addMemory(reader)
      case 0x03:
        return this.#addGlobal(reader)
      case 0x04:
        this.#readTag(reader)
        return { kind: 'tag', index: this.#tagCount - 1 }
      default:
        throw new Refusal('malformed', 'imports something of an unknown kind', at)
    }
  }

  *#readFunctions(reader: BinaryReader): Generator<undefined> {
    const count = reader.count(this.#quota.functionsMax, 'functions')
    yield* readEach(reader, count, () => this.functionTypes.push(this.types.readIndex(reader)))
  }

  #addTable(reader: BinaryReader): ExternalType {
    const at = reader.at
    if (this.tables.length === TABLES_MAX)
      throw new Refusal('over_quota', `has over ${TABLES_MAX} tables`, at)
    if (reader.bytes[at] === 0x40 && reader.remaining > 0) {
      throw new Refusal('unsupported', 'has a table with an initial value, which is not accepted', at)
    }
    const element = this.values.readReference(reader)
    const size = this.#addPatch(readSizeRange(reader, 'table', this.#quota.tableElementsMax))
    this.tables.push({ element, size })
    return { kind: 'table', index: this.tables.length - 1, element, size }
  }

  #addMemory(reader: BinaryReader): ExternalType {
    if (this.memory !== undefined) throw new Refusal('unsupported', 'has more than one memory', reader.at)
    const size = this.#addPatch(readSizeRange(reader, 'memory', this.#quota.memoryPagesMax))
    this.memory = size
    return { kind: 'memory', index: 0, size }
  }

  #addPatch(patch: SizeRangePatch): SizeRange {
    this.patches.push(patch)
    return { min: patch.min, max: patch.max }
  }

  #addGlobal(reader: BinaryReader): ExternalType {
    const type = this.values.read(reader)
    const at = reader.at
    const mutability = reader.byte()
    if (mutability > 1) throw new Refusal('malformed', 'has a global of an unknown mutability', at)
    const mutable = mutability === 1
    this.#globals.push({ type, mutable })
    return { kind: 'global', index: this.#globals.length - 1, type, mutable }
  }

  #readGlobal(reader: BinaryReader): void {
    this.#addGlobal(reader)
    skipConstantExpression(reader, this.values)
  }

  /** An exception that carries references could hold another one, and so on until the engine's heap is full. */
  #readTag(reader: BinaryReader): void {
    const at = reader.at
    if (this.#quota.exceptions === 'refused') {
      throw new Refusal('unsupported', 'uses exception handling, which is not accepted', at)
    }
    if (reader.byte() !== 0) throw new Refusal('malformed', 'has a tag of an unknown kind', at)
    const type = this.types.get(this.types.readIndex(reader))
    if (type.params.some((param) => param.endsWith('ref'))) {
      throw new Refusal('unsupported', 'has exceptions that carry references, which is not accepted', at)
    }
    this.#tagCount++
  }

  #readExport(reader: BinaryReader): void {
    const at = reader.at
    const name = reader.name()
    if (name.startsWith(RESERVED_PREFIX)) {
      throw new Refusal(
        'reserved_name',
        `exports ${quoteName(name)}, a name that the meter keeps for itself`,
        at,
      )
    }
    this.exports.push({ name, type: this.#readExportedType(reader) })
  }

  #readExportedType(reader: BinaryReader): ExternalType {
    const at = reader.at
    const kind = reader.byte()
    if (kind === 0x00) {
      const index = this.#readIndex(reader, this.functionTypes.count, 'function')
      return { kind: 'function', index, type: this.types.get(this.functionTypes.at(index)) }
    }
    if (kind === 0x01) {
      const index = reader.u32()
      const table = this.tables[index]
      if (table !== undefined) return { kind: 'table', index, ...table }
    } else if (kind === 0x02) {
      if (reader.u32() === 0 && this.memory !== undefined)
        return { kind: 'memory', index: 0, size: this.memory }
    } else if (kind === 0x03) {
      const index = reader.u32()
      const global = this.#globals[index]
      if (global !== undefined) return { kind: 'global', index, ...global }
    } else if (kind === 0x04) {
      return { kind: 'tag', index: this.#readIndex(reader, this.#tagCount, 'tag') }
    }
    throw new Refusal('malformed', 'exports something that is not there', at)
  }

  #readIndex(reader: BinaryReader, count: number, what: string): number {
    const at = reader.at
    const index = reader.u32()
    if (index >= count) throw new Refusal('malformed', `refers to ${what} ${index}, which is not there`, at)
    return index
  }
}
