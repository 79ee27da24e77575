/**
 * Layout: where everything stands in a frame. What is of a fixed size is found by adding constants; the sizes of the
 * parts are measured once for a frame, into `sizes`, which whoever asks for places has to load first.
 */
import { readNumber, varintHigh, varintLow, varintSize, writeNumber } from '../wire-number.ts'
import type { Edge, Field, PrefixWidth } from './field.ts'
import { gapsOf, type LengthRule } from './lengths.ts'
import type { Part, Parts } from './parts.ts'

const TWO_32 = 0x1_0000_0000

export class Layout {
  readonly fields: readonly Field[]
  readonly parts: readonly Part[]
  readonly lengths: readonly LengthRule[]
  /** Bytes of fixed size in front of each part, and behind the last. */
  readonly gaps: readonly number[]
  /** All bytes of fixed size. */
  readonly fixedSize: number
  /** Bytes in front of the first part. */
  readonly headSize: number
  /** The length in the fixed head that tells the size of the whole frame, when there is one. */
  readonly whole: LengthRule | undefined
  /** The sizes of the parts of the frame that was measured or loaded last. */
  readonly sizes: number[]
  /** Why the last frame could not be measured. */
  fault = ''
  readonly #order: readonly Part[]
  readonly #checks: readonly LengthRule[]
  readonly #pairsMax: number
  /** Bytes of the number that {@link #prefix} has read last; and the byte order of what it reads. */
  #prefixSize = 0
  #little = false

  constructor(fields: readonly Field[], lengths: readonly LengthRule[], found: Parts, pairsMax: number) {
    this.fields = fields
    this.parts = found.parts
    this.lengths = lengths
    this.gaps = gapsOf(fields)
    this.fixedSize = this.gaps.reduce((sum, gap) => sum + gap, 0)
    this.headSize = this.gaps[0] ?? 0
    this.sizes = this.parts.map(() => 0)
    this.whole = lengths.find(
      ({ field, parts }) => field.form === 'number' && field.part === 0 && parts.length === this.parts.length,
    )
    this.#order = found.order.flatMap((index) => this.parts[index] ?? [])
    // What a frame's size was taken from needs no second look, unless something else was measured, too.
    this.#checks = found.checks
    this.#pairsMax = pairsMax
  }

  /** Whether a frame's size needs no more than its fixed head. */
  get headTells(): boolean {
    return this.whole !== undefined || this.parts.length === 0 || this.#order.every(tellsInHead)
  }

  /** Whether nothing has to be measured: one part at most, of which the frame's size tells the size. */
  get plain(): boolean {
    return (
      this.parts.length <= 1 &&
      this.whole !== undefined &&
      this.#checks.length === 0 &&
      this.#order.every(tellsInHead)
    )
  }

  /** The size of a frame of which the fixed head is here; smaller than {@link fixedSize} when it cannot be one. */
  measureHead(bytes: Buffer, start: number): number {
    const { whole } = this
    if (whole !== undefined) {
      const value = readNumber(bytes, start + whole.field.offset, whole.field.width, whole.field.little)
      return value - whole.plus - whole.fixed + this.fixedSize
    }
    return this.measure(bytes, start, start + this.headSize)
  }

  /**
   * The size of the frame at `start`, of which `bytes[start, end)` is here; `-n` when n bytes of it are needed to
   * tell; NaN when it is none, and then `fault` says why. What lies behind the head need not be here.
   */
  measure(bytes: Buffer, start: number, end: number): number {
    const { sizes } = this
    if (end - start < this.headSize) return -this.headSize
    sizes.fill(-1)
    for (const part of this.#order) {
      const size = this.#sizeOf(part, bytes, start, end)
      if (size < 0) return size
      if (Number.isNaN(size)) return this.#faulty(`"${part.field.name}" cannot be measured`)
      sizes[part.index] = size
    }
    return this.position({ part: this.parts.length, offset: this.gaps[this.parts.length] ?? 0 }, 0)
  }

  /** Measures a whole frame and compares all its lengths; '' or why it is none. */
  split(bytes: Buffer, start: number, end: number): string {
    const size = this.measure(bytes, start, end)
    if (Number.isNaN(size)) return this.fault
    if (size < 0 || size > end - start) return 'what is in the frame is longer than the frame'
    if (size < end - start) return 'the frame is longer than what is in it'
    for (const length of this.#checks) {
      const value = this.numberAt(length.field, bytes, start)
      if (value !== this.lengthValue(length))
        return `the length "${length.field.name}" does not fit the others`
    }
    return ''
  }

  /** What a length has to say about a frame with these sizes of parts. */
  lengthValue(length: LengthRule): number {
    let value = length.plus + length.fixed
    for (const part of length.parts) value += this.sizes[part] ?? 0
    return value
  }

  /** Writes all lengths of fixed width into the frame at `start`. */
  writeLengths(bytes: Buffer, start: number): void {
    for (const length of this.lengths) {
      const { field } = length
      if (field.form === 'number')
        writeNumber(bytes, this.position(field, start), field, this.lengthValue(length))
    }
  }

  /** Where a place is in the frame that begins at `start`. */
  position(edge: Edge, start: number): number {
    let at = start + edge.offset
    for (let part = 0; part < edge.part; part++) at += (this.gaps[part] ?? 0) + (this.sizes[part] ?? 0)
    return at
  }

  /** The value of a number field of the frame at `start`, exact to 53 bits. */
  numberAt(field: Field, bytes: Buffer, start: number): number {
    const at = this.position(field, start)
    if (field.form === 'number') return readNumber(bytes, at, field.width, field.little)
    const size = this.sizes[field.part] ?? 0
    return varintHigh(bytes, at, size) * TWO_32 + varintLow(bytes, at, size)
  }

  #faulty(text: string): number {
    this.fault = text
    return Number.NaN
  }

  #sizeOf(part: Part, bytes: Buffer, start: number, end: number): number {
    const { rule } = part
    if (rule.by === 'length') return this.#byLength(rule.length, rule.others, bytes, start, end)
    const at = this.position(part.field, start)
    this.#little = part.field.little
    if (rule.by === 'varint') {
      const value = this.#prefix(0, bytes, at, start, end)
      return value >= 0 ? this.#prefixSize : value
    }
    const prefix = this.#prefix(rule.width, bytes, at, start, end)
    if (Number.isNaN(prefix) || prefix < 0) return prefix
    if (rule.by === 'size') return this.#prefixSize + prefix
    return this.#pairs(prefix, rule.key, rule.value, bytes, start, at, end)
  }

  #byLength(
    length: LengthRule,
    others: readonly number[],
    bytes: Buffer,
    start: number,
    end: number,
  ): number {
    const { field } = length
    const at = this.position(field, start)
    if (field.form === 'number' && at + field.width > end) return start - at - field.width
    let size = this.numberAt(field, bytes, start) - length.plus - length.fixed
    for (const other of others) size -= this.sizes[other] ?? 0
    return size < 0 ? Number.NaN : size
  }

  #prefix(width: PrefixWidth, bytes: Buffer, at: number, start: number, end: number): number {
    if (width > 0) {
      if (at + width > end) return start - at - width
      this.#prefixSize = width
      return readNumber(bytes, at, width, this.#little)
    }
    const size = at < end ? varintSize(bytes, at, end) : 0
    if (size <= 0) return size < 0 ? Number.NaN : start - Math.max(at, end) - 1
    this.#prefixSize = size
    return varintHigh(bytes, at, size) * TWO_32 + varintLow(bytes, at, size)
  }

  #pairs(
    count: number,
    key: PrefixWidth,
    value: PrefixWidth,
    bytes: Buffer,
    start: number,
    begin: number,
    end: number,
  ): number {
    if (count > this.#pairsMax) return Number.NaN
    let at = begin + this.#prefixSize
    for (let left = count * 2; left > 0; left--) {
      const size = this.#prefix(left % 2 === 0 ? key : value, bytes, at, start, end)
      if (Number.isNaN(size) || size < 0) return size
      at += this.#prefixSize + size
    }
    return at - begin
  }
}

function tellsInHead({ rule }: Part): boolean {
  return rule.by === 'length' && rule.length.field.part === 0 && rule.length.field.form === 'number'
}
