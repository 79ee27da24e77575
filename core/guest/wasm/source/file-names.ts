/**
 * FileNames: the names of the files of one unit of line tables (DWARF 4 and 5, §6.2.4), of which the one that is asked for
 * is looked up. A folder that is the compiler's own is left out: names are as they were given to it.
 */
import { Refusal } from '../meter/refusal.ts'
import { DebugReader } from './debug-reader.ts'
import type { LineUnit } from './line-unit.ts'

const VERSION_WITH_FORMS = 5
const FILES_MAX = 16_384
const FORMATS_MAX = 8

/** Content types and forms (§7.5.6, §7.22). */
const content = { path: 1, folder: 2 } as const
const form = {
  data2: 0x05,
  data4: 0x06,
  data8: 0x07,
  string: 0x08,
  block: 0x09,
  data1: 0x0b,
  strp: 0x0e,
  udata: 0x0f,
  data16: 0x1e,
  lineStrp: 0x1f,
} as const

/** Sections that hold texts for others. */
export interface TextSections {
  readonly line: Buffer | undefined
  readonly text: Buffer | undefined
}

/** Where a text stands that ends with a zero. */
interface TextPlace {
  readonly section: Buffer
  readonly at: number
}

interface Entry {
  readonly path: TextPlace | undefined
  readonly folder: number
}

/** Throws a Refusal where the tables are broken; `undefined` where there is no such file. */
export function fileName(unit: LineUnit, file: number, texts: TextSections): string | undefined {
  const reader = readerOf(unit)
  const found = unit.version >= VERSION_WITH_FORMS ? formed(reader, file, texts) : plain(reader, file - 1)
  const path = found.file === undefined ? undefined : textAt(found.file.path)
  // What is in the folder in which the compiler was called says no more of that.
  if (found.file === undefined || path === undefined || found.file.folder === 0 || path.startsWith('/'))
    return path
  const folder = found.folder(found.file.folder)
  return folder === undefined ? path : `${folder}/${path}`
}

interface FoundFile {
  readonly file: Entry | undefined
  folder(index: number): string | undefined
}

/** From version 5 on, tables say what is in them, and the first folder is the one in which the compiler was called. */
function formed(reader: DebugReader, file: number, texts: TextSections): FoundFile {
  const start = reader.at
  formedEntry(reader, -1, texts)
  return {
    file: formedEntry(reader, file, texts),
    folder: (index) => {
      reader.at = start
      return textAt(formedEntry(reader, index, texts)?.path)
    },
  }
}

/** Before that, both are counted from one. */
function plain(reader: DebugReader, file: number): FoundFile {
  const start = reader.at
  plainEntry(reader, -1, false)
  return {
    file: plainEntry(reader, file, true),
    folder: (index) => {
      reader.at = start
      return textAt(plainEntry(reader, index - 1, false)?.path)
    },
  }
}

function readerOf({ tables }: LineUnit): DebugReader {
  return new DebugReader(tables.bytes, tables.at, tables.end)
}

/** Passes over a whole table, and answers one of its entries. */
function plainEntry(reader: DebugReader, wanted: number, ofFiles: boolean): Entry | undefined {
  let found: Entry | undefined
  for (let index = 0; ; index++) {
    const path = { section: reader.bytes, at: reader.at }
    if (reader.skipText() === 0) return found
    const folder = ofFiles ? reader.unsigned() : 0
    if (ofFiles) {
      // When it was changed, and its size.
      reader.unsigned()
      reader.unsigned()
    }
    if (index === wanted) found = { path, folder }
  }
}

function formedEntry(reader: DebugReader, wanted: number, texts: TextSections): Entry | undefined {
  const formats = Array.from({ length: reader.byte() }, () => ({
    type: reader.unsigned(),
    form: reader.unsigned(),
  }))
  const count = reader.unsigned()
  if (count > FILES_MAX || formats.length > FORMATS_MAX)
    throw new Refusal('over_quota', 'has too many files in its line tables', reader.at)
  let found: Entry | undefined
  for (let index = 0; index < count; index++) {
    let path: TextPlace | undefined
    let folder = 0
    for (const format of formats) {
      const value = readForm(reader, format.form, texts)
      if (format.type === content.path && typeof value === 'object') path = value
      if (format.type === content.folder && typeof value === 'number') folder = value
    }
    if (index === wanted) found = { path, folder }
  }
  return found
}

function readForm(reader: DebugReader, given: number, texts: TextSections): TextPlace | number | undefined {
  const { at } = reader
  switch (given) {
    case form.string:
      reader.skipText()
      return { section: reader.bytes, at }
    case form.lineStrp:
      return placeIn(texts.line, reader.u32())
    case form.strp:
      return placeIn(texts.text, reader.u32())
    case form.udata:
      return reader.unsigned()
    case form.data1:
      return reader.byte()
    case form.data2:
      return reader.u16()
    case form.data4:
      return reader.u32()
    case form.data8:
      reader.skip(8)
      return undefined
    case form.data16:
      reader.skip(16)
      return undefined
    case form.block:
      reader.skip(reader.unsigned())
      return undefined
    default:
      throw new Refusal('unsupported', `has names of the unknown form ${given}`, at)
  }
}

function placeIn(section: Buffer | undefined, at: number): TextPlace | undefined {
  return section === undefined ? undefined : { section, at }
}

function textAt(place: TextPlace | undefined): string | undefined {
  return place === undefined
    ? undefined
    : new DebugReader(place.section, place.at, place.section.length).text()
}
