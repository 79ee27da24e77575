/**
 * FrameConstants: what must stand in every frame: the magic, which is compared as one number and from its first byte on,
 * versions, and whatever else is declared with a value.
 */
import { sameBytes, u8 } from '../bytes.ts'
import type { DecoderSink } from '../codec.ts'
import { readLow } from '../wire-number.ts'
import type { Constant } from './frame-plan.ts'
import type { Layout } from './layout.ts'

/** What must stand somewhere is compared as a number up to this size. */
const NUMBER_BYTES = 4
const NO_VALUE = Buffer.alloc(NUMBER_BYTES)

export class FrameConstants {
  /** Whether all of them stand in the fixed head. */
  readonly inHead: boolean
  /** Those in the fixed head of up to four bytes, offset, width and first value of each; all, unless some are wide. */
  readonly numbers: readonly number[]
  /** Whether the fixed head has wider ones. */
  readonly wide: boolean
  readonly #layout: Layout
  /** -1: there is no magic that is one number. */
  readonly #magicAt: number
  readonly #magicWidth: number
  readonly #magic: number
  readonly #others: readonly Constant[]

  constructor(constants: readonly Constant[], layout: Layout) {
    this.#layout = layout
    this.inHead = constants.every(({ field }) => field.part === 0)
    const magic = constants.find(isNumber)
    this.#magicAt = magic?.field.offset ?? -1
    this.#magicWidth = magic?.field.width ?? 0
    this.#magic = magic === undefined ? 0 : readLow(magic.values[0] ?? NO_VALUE, 0, magic.field.width, false)
    this.#others = constants.filter((constant) => constant !== magic)
    const head = constants.filter(({ field }) => field.part === 0)
    this.wide = head.some(({ field }) => field.width > NUMBER_BYTES)
    this.numbers = head.flatMap(({ field, values: [first = NO_VALUE] }) =>
      field.width > NUMBER_BYTES ? [] : [field.offset, field.width, readLow(first, 0, field.width, false)],
    )
  }

  /** Whether the fixed head at `at` is right; what is wrong with it is told. */
  headRight(bytes: Buffer, at: number, sink: DecoderSink): boolean {
    if (this.#magicAt >= 0 && readLow(bytes, at + this.#magicAt, this.#magicWidth, false) !== this.#magic) {
      this.tellMagic(bytes, at, sink)
      return false
    }
    return this.#others.length === 0 || this.#right(bytes, at, true, sink)
  }

  /** Whether each of {@link numbers} is the first that it may be. */
  usual(bytes: Buffer, at: number): boolean {
    const { numbers } = this
    for (let index = 0; index < numbers.length; index += 3) {
      const found = readLow(bytes, at + (numbers[index] ?? 0), numbers[index + 1] ?? 0, false)
      if (found !== numbers[index + 2]) return false
    }
    return true
  }

  /** The same for what stands behind parts, in a whole frame whose parts' sizes are loaded. */
  tailRight(bytes: Buffer, start: number, sink: DecoderSink): boolean {
    return this.inHead || this.#right(bytes, start, false, sink)
  }

  /** Whether the first bytes, which are no whole head, are others than those of the magic. */
  partlyWrong(bytes: Buffer, at: number, end: number): boolean {
    if (this.#magicAt !== 0) return false
    for (let index = 0; index < this.#magicWidth && at + index < end; index++) {
      const wanted = (this.#magic >>> ((this.#magicWidth - 1 - index) * 8)) & 0xff
      if (u8(bytes, at + index) !== wanted) return true
    }
    return false
  }

  tellMagic(bytes: Buffer, at: number, sink: DecoderSink): void {
    const from = at + this.#magicAt
    const found = bytes.toString('hex', from, Math.min(from + this.#magicWidth, bytes.length))
    const wanted = this.#magic.toString(16).padStart(this.#magicWidth * 2, '0')
    sink.malformed('magic', `a frame has ${found} instead of ${wanted}`)
  }

  #right(bytes: Buffer, start: number, inHead: boolean, sink: DecoderSink): boolean {
    for (const { field, values, code } of this.#others) {
      if ((field.part === 0) !== inHead) continue
      const at = this.#layout.position(field, start)
      if (values.some((value) => sameBytes(bytes, at, value))) continue
      const found = bytes.toString('hex', at, at + field.width)
      const wanted = values.map((value) => value.toString('hex')).join(' or ')
      sink.malformed(code, `"${field.name}" is ${found} instead of ${wanted}`)
      return false
    }
    return true
  }
}

/** A magic of up to four bytes in the fixed head. */
function isNumber({ code, field, values }: Constant): boolean {
  return code === 'magic' && field.part === 0 && field.width <= NUMBER_BYTES && values.length === 1
}
