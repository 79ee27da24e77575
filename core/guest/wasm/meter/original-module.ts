/**
 * OriginalModule: a module as its author knows it, beside what the meter made of it. Offsets that the engine tells lie
 * in the metered module; here they are found again in the original by going through the function that they lie in, as
 * the meter did. Nothing is kept for that but where the functions end, and nobody does it before something has failed.
 */
import { allSteps } from './all-steps.ts'
import { BinaryReader } from './binary-reader.ts'
import { functionMeterOf } from './function-meter-of.ts'
import type { MeteredLayout } from './metered-layout.ts'
import { type ModuleScan, sectionId } from './module-scan.ts'
import type { MeterQuota } from './quota.ts'
import { Refusal } from './refusal.ts'
import { scanModule } from './scan-module.ts'

/** Sections that the code refers to. */
const OF_CODE: ReadonlySet<number> = new Set([sectionId.type, sectionId.import, sectionId.function])
/** Of each: 2 ms of types. Go's runtime has 6 KB of them all. */
const SECTION_BYTES_MAX = 131_072

/** A place as the engine tells it. */
export interface MeteredPlace {
  /** The index of the function, imported ones first. */
  readonly index: number
  /** From the beginning of the metered module. */
  readonly offset: number
}

/** The same in the module as it was given. */
export interface OriginalPlace {
  readonly offset: number
  /** Where the function's code begins, its locals included. */
  readonly functionStart: number
}

export class OriginalModule {
  readonly #source: Buffer
  readonly #quota: MeterQuota
  readonly #scan: ModuleScan
  readonly #layout: MeteredLayout

  /** Throws a Refusal where it is not what was metered with this quota, or takes long to read. */
  constructor(source: Buffer, quota: MeterQuota, layout: MeteredLayout) {
    this.#source = source
    this.#quota = quota
    this.#scan = allSteps(scanModule(source, quota, ofCode))
    this.#layout = layout
  }

  /** Where the contents of the code section begin, which some offsets count from. */
  get codeStart(): number {
    return this.#scan.sections.find(({ id }) => id === sectionId.code)?.start ?? 0
  }

  /** The contents of the first custom section of this name. */
  custom(name: string): Buffer | undefined {
    const section = this.#scan.sections.find((each) => each.id === sectionId.custom && each.name === name)
    if (section === undefined) return undefined
    const reader = new BinaryReader(this.#source, section.start, section.end)
    reader.skip(reader.u32())
    return this.#source.subarray(reader.at, section.end)
  }

  /** What is found, by its offset in the metered module, by going through so many bytes of code at most. */
  find(places: readonly MeteredPlace[], codeBytesMax: number): ReadonlyMap<number, OriginalPlace> {
    const found = new Map<number, OriginalPlace>()
    let left = codeBytesMax
    for (const { index, offset } of places) {
      const body = this.#body(index)
      if (body === undefined || body.remaining > left || found.has(offset)) continue
      left -= body.remaining
      const functionStart = body.at
      found.set(offset, { functionStart, offset: this.#positionOf(body, index, offset) })
    }
    return found
  }

  #positionOf(body: BinaryReader, index: number, offset: number): number {
    const { importedFunctions, types, functionTypes } = this.#scan
    const end = this.#layout.functionEnds[index - importedFunctions] ?? 0
    const meter = functionMeterOf(this.#scan, this.#quota, this.#layout.globalCount)
    return meter.positionOf(body, types.paramCount(functionTypes.at(index)), end - offset)
  }

  /** `undefined` where the function is imported, or the meter's own. */
  #body(index: number): BinaryReader | undefined {
    const number = index - this.#scan.importedFunctions
    const section = this.#scan.sections.find(({ id }) => id === sectionId.code)
    if (section === undefined || number < 0 || number >= this.#layout.functionEnds.length) return undefined
    const reader = new BinaryReader(this.#source, section.start, section.end)
    reader.u32()
    for (let i = 0; i < number; i++) reader.skip(reader.u32())
    return reader.part(reader.u32())
  }
}

function ofCode(id: number, size: number): boolean {
  if (!OF_CODE.has(id)) return false
  if (size > SECTION_BYTES_MAX) throw new Refusal('over_quota', 'has more types than are looked through', 0)
  return true
}
