/**
 * SourceMap: the lines of source that stand in a module itself, as the source map (ECMA-426) of its custom section
 * `sourceMappingURL`, a `data:` URL. Whoever built the plugin wrote it, so it is read within limits, nothing is kept of it, and
 * one that is broken says nothing.
 */
import { u8 } from '../../../../sdk/bytes.ts'
import { BinaryReader } from '../meter/binary-reader.ts'
import type { OriginalPlace } from '../meter/original-module.ts'
import { Refusal } from '../meter/refusal.ts'
import { MappingReader } from './mapping-reader.ts'
import type { SourceLine } from './source-line.ts'

/** A filter of 12 KB has a map of 16. */
const MAP_BYTES_MAX = 512 * 1_024
/** Brackets, braces and quotes in it: a map has a few for each file; half a megabyte of nothing else took 80 ms to read. */
const MARKS_MAX = 16_384
const DATA_URL = /^data:application\/json;(?:charset=utf-8;)?base64,/
const URL_HEAD_BYTES = 64
const QUOTE = 0x22
const BRACKET = 0x5b
const BRACE = 0x7b

interface MapParts {
  readonly sources: readonly unknown[]
  readonly mappings: string
}

/** Where an offset comes from; the source is none of the list's where the map says nothing. */
interface Mapped {
  readonly source: number
  readonly line: number
  readonly column: number
  readonly near: boolean
}

/** For each place the line that it comes from. `section` is what the custom section contains. */
export function sourceMapLines(
  section: Buffer,
  places: readonly OriginalPlace[],
): readonly (SourceLine | undefined)[] {
  const map = mapIn(section)
  if (map === undefined) return []
  return mappedTo(map.mappings, places).map((found) => lineOf(found, map.sources))
}

function lineOf({ source, line, column, near }: Mapped, sources: readonly unknown[]): SourceLine | undefined {
  const file = sources[source]
  if (typeof file !== 'string' || line < 0 || column < 0) return undefined
  return { file, line: line + 1, column: column + 1, near }
}

function mapIn(section: Buffer): MapParts | undefined {
  try {
    const url = urlIn(section)
    const head = DATA_URL.exec(url.toString('latin1', 0, URL_HEAD_BYTES))?.[0]
    if (head === undefined) return undefined
    const encoded = url.subarray(head.length)
    if (encoded.length * 0.75 > MAP_BYTES_MAX) return undefined
    const json = Buffer.from(encoded.toString('latin1'), 'base64')
    return intricate(json) ? undefined : partsOf(JSON.parse(json.toString()))
  } catch (error) {
    if (error instanceof Refusal || error instanceof SyntaxError) return undefined
    throw error
  }
}

/** The section holds a name (WebAssembly core specification §5.2.4), which is the URL. */
function urlIn(section: Buffer): Buffer {
  const reader = new BinaryReader(section, 0, section.length)
  const size = reader.u32()
  const start = reader.skip(size)
  return section.subarray(start, start + size)
}

/** Whether reading it as JSON would take long. */
function intricate(json: Buffer): boolean {
  let marks = 0
  for (let i = 0; i < json.length; i++) {
    const byte = u8(json, i)
    if (byte === QUOTE || byte === BRACKET || byte === BRACE) marks++
  }
  return marks > MARKS_MAX
}

function partsOf(map: unknown): MapParts | undefined {
  if (typeof map !== 'object' || map === null || !('sources' in map) || !('mappings' in map)) return undefined
  const { sources, mappings } = map
  return Array.isArray(sources) && typeof mappings === 'string' ? { sources, mappings } : undefined
}

/**
 * The segment that holds for an offset is the last at or before it, within its function; where that says nothing, the last
 * that does. That they are in order is a claim: the nearest is looked for among all.
 */
function mappedTo(mappings: string, places: readonly OriginalPlace[]): readonly Mapped[] {
  const reader = new MappingReader(mappings)
  const found = places.map(({ functionStart }) => new Nearest(functionStart))
  while (reader.next()) {
    for (let i = 0; i < found.length; i++) {
      if (reader.offset <= (places[i]?.offset ?? 0)) found[i]?.take(reader)
    }
  }
  return reader.broken ? [] : found
}

class Nearest implements Mapped {
  source = -1
  line = 0
  column = 0
  #offset: number
  /** Of the nearest that says nothing. */
  #unsourced = -1

  constructor(functionStart: number) {
    this.#offset = functionStart
  }

  get near(): boolean {
    return this.#unsourced > this.#offset
  }

  take({ offset, sourced, source, line, column }: MappingReader): void {
    if (!sourced) {
      this.#unsourced = Math.max(this.#unsourced, offset)
    } else if (offset >= this.#offset) {
      this.#offset = offset
      this.source = source
      this.line = line
      this.column = column
    }
  }
}
