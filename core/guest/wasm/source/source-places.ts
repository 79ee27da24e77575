/**
 * SourcePlaces: says of places in a metered module where they are for its author: in his sources, where the module says
 * which those are, else in the module as he built it. That is looked up when a call has failed and somebody is to be
 * told, which takes some milliseconds at most; each place is looked up once, and only so many of them, for a guest may
 * fail wherever and as often as it likes.
 */
import type { MeteredCode } from '../compile-wasm.ts'
import { type MeteredPlace, OriginalModule, type OriginalPlace } from '../meter/original-module.ts'
import type { MeterQuota } from '../meter/quota.ts'
import { Refusal } from '../meter/refusal.ts'
import { debugLines } from './debug-lines.ts'
import { type SourceLine, sourceLineText } from './source-line.ts'
import { sourceMapLines } from './source-map.ts'

/** Different places of one version of a plugin. */
const PLACES_MAX = 64
/** Code that is gone through for one failure: 8 ms of the slowest there is. */
const CODE_BYTES_MAX = 131_072

/** Where something is. */
export interface SourcePlace {
  /** `FILE:LINE:COLUMN`, or an offset in the module as it was given. */
  readonly text: string
  /** How near to that, where it is in the source. */
  readonly source: 'at' | 'near' | undefined
}

export class SourcePlaces {
  readonly #code: MeteredCode
  readonly #quota: MeterQuota
  readonly #known = new Map<number, SourcePlace | undefined>()

  constructor(code: MeteredCode, quota: MeterQuota) {
    this.#code = code
    this.#quota = quota
  }

  /** Whether a function is the guest's: those behind are the meter's. */
  owns(index: number): boolean {
    return index < this.#code.layout.functionCount
  }

  /** For each place what there is to say of it. */
  find(places: readonly MeteredPlace[]): readonly (SourcePlace | undefined)[] {
    const unknown = places.filter(({ offset }) => !this.#known.has(offset))
    if (unknown.length > 0 && this.#known.size + unknown.length <= PLACES_MAX) this.#look(unknown)
    return places.map(({ offset }) => this.#known.get(offset))
  }

  #look(places: readonly MeteredPlace[]): void {
    for (const { offset } of places) this.#known.set(offset, undefined)
    try {
      const { original, layout } = this.#code
      const { buffer, byteOffset, byteLength } = original
      const source = Buffer.from(buffer, byteOffset, byteLength)
      this.#lookIn(new OriginalModule(source, this.#quota, layout), places)
    } catch (error) {
      // One that takes long to read; there is less to say of it.
      if (!(error instanceof Refusal)) throw error
    }
  }

  #lookIn(module: OriginalModule, places: readonly MeteredPlace[]): void {
    const found = module.find(places, CODE_BYTES_MAX)
    const lines = linesOf(module, [...found.values()])
    for (const [index, [metered, { offset }]] of [...found].entries()) {
      this.#known.set(metered, placeOf(offset, lines[index]))
    }
  }
}

function placeOf(offset: number, line: SourceLine | undefined): SourcePlace {
  if (line === undefined) return { text: `0x${offset.toString(16)}`, source: undefined }
  return { text: sourceLineText(line), source: line.near ? 'near' : 'at' }
}

/** As its source map says; where it has none, as it says to debuggers. */
function linesOf(
  module: OriginalModule,
  places: readonly OriginalPlace[],
): readonly (SourceLine | undefined)[] {
  const map = module.custom('sourceMappingURL')
  const mapped = map === undefined ? [] : sourceMapLines(map, places)
  return mapped.some((line) => line !== undefined) ? mapped : debugLines(module, places)
}
