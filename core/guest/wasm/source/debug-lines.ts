/**
 * DebugLines: the lines of source that compilers of C, C++, Rust and Zig leave in a module for debuggers: the section
 * `.debug_line` of DWARF, in which addresses are offsets in the code section. Whoever built the plugin wrote it: it is gone
 * through once, within a limit, and nothing of it is kept.
 */
import type { OriginalModule, OriginalPlace } from '../meter/original-module.ts'
import { Refusal } from '../meter/refusal.ts'
import { DebugReader } from './debug-reader.ts'
import { fileName, type TextSections } from './file-names.ts'
import { LineProgram, type LineRows } from './line-program.ts'
import { type LineUnit, readLineUnit } from './line-unit.ts'
import type { SourceLine } from './source-line.ts'

/** A filter in Rust has 32 KB, in Zig with its checks 150. As much as this takes 20 ms, whatever it holds. */
const LINES_BYTES_MAX = 786_432

/** For each place the line that it comes from, if the module says. */
export function debugLines(
  module: Pick<OriginalModule, 'custom' | 'codeStart'>,
  places: readonly OriginalPlace[],
): readonly (SourceLine | undefined)[] {
  const section = module.custom('.debug_line')
  if (section === undefined || section.length > LINES_BYTES_MAX) return []
  const found = places.map((place) => new Found(place, module.codeStart))
  const texts = { line: module.custom('.debug_line_str'), text: module.custom('.debug_str') }
  const reader = new DebugReader(section, 0, section.length)
  tried(() => {
    while (reader.remaining > 0) runUnit(readLineUnit(reader), found)
  })
  return found.map((each) => tried(() => each.line(texts)))
}

/** What is behind something broken, is left. */
function tried<Answer>(work: () => Answer): Answer | undefined {
  try {
    return work()
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    return undefined
  }
}

function runUnit(unit: LineUnit, found: readonly Found[]): void {
  const rows: LineRows = {
    row: (from, to, place) => {
      for (const each of found) each.take(unit, from, to, place)
    },
  }
  new LineProgram(unit, rows).run()
}

/** What is known of one place so far. */
class Found {
  readonly #address: number
  readonly #functionStart: number
  #unit: LineUnit | undefined = undefined
  #file = 0
  #line = 0
  #column = 0
  #from = -1
  #near = false

  constructor({ offset, functionStart }: OriginalPlace, codeStart: number) {
    this.#address = offset - codeStart
    this.#functionStart = functionStart - codeStart
  }

  /**
   * Of the rows that say a line the nearest holds, or is near. A linker leaves code out and its rows in, at zero or at the
   * end of everything: those are of no function that there is.
   */
  take(
    unit: LineUnit,
    from: number,
    to: number,
    { file, line, column }: { readonly file: number; readonly line: number; readonly column: number },
  ): void {
    if (from < this.#from || from > this.#address || from < this.#functionStart || line <= 0) return
    this.#unit = unit
    this.#from = from
    this.#near = to <= this.#address
    this.#file = file
    this.#line = line
    this.#column = column
  }

  line(texts: TextSections): SourceLine | undefined {
    if (this.#unit === undefined) return undefined
    const file = fileName(this.#unit, this.#file, texts)
    if (file === undefined || file === '') return undefined
    return { file, line: this.#line, column: this.#column, near: this.#near }
  }
}
