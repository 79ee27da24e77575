/** PairArea: keys and values behind the numbers of their bytes, all of them behind the number of pairs or behind none. */
import { readText, textBytes } from '../abi/text.ts'
import type { ByteWriter } from '../bytes.ts'
import { readNumber, varintHigh, varintLow, varintSize } from '../wire-number.ts'
import type { Area, AreaItem, Spans } from './area.ts'
import type { PrefixWidth } from './field.ts'
import { writePrefix } from './prefix.ts'

export interface PairWidths {
  /** `undefined`: the pairs are as many as there is room for. */
  readonly count: PrefixWidth | undefined
  readonly key: PrefixWidth
  readonly value: PrefixWidth
  readonly little: boolean
}

const TWO_32 = 0x1_0000_0000

export class PairArea implements Area {
  readonly exact = true
  readonly #widths: PairWidths
  readonly #pairsMax: number
  /** Where {@link #number} stopped. */
  #next = 0

  constructor(widths: PairWidths, pairsMax: number) {
    this.#widths = widths
    this.#pairsMax = pairsMax
  }

  scan(bytes: Buffer, start: number, end: number): Spans | string {
    const { count, key, value } = this.#widths
    const spans: number[] = []
    this.#next = start
    const pairs = count === undefined ? Number.POSITIVE_INFINITY : this.#number(count, bytes, start, end)
    if (pairs < 0) return 'the number of pairs is cut off'
    for (let pair = 0; count === undefined ? this.#next < end : pair < pairs; pair++) {
      if (pair === this.#pairsMax) return `there are more than ${this.#pairsMax} pairs`
      const from = this.#next
      const keySize = this.#number(key, bytes, from, end)
      const keyAt = this.#next
      if (keySize < 0 || keySize > end - keyAt) return `the key of pair ${pair + 1} is cut off`
      const valueSize = this.#number(value, bytes, keyAt + keySize, end)
      const valueAt = this.#next
      if (valueSize < 0 || valueSize > end - valueAt) return `the value of pair ${pair + 1} is cut off`
      this.#next = valueAt + valueSize
      spans.push(from, this.#next, keyAt, keyAt + keySize, valueAt, this.#next)
    }
    return this.#next === end ? spans : 'there is more than the pairs'
  }

  keyText(bytes: Buffer, start: number, end: number): string {
    return readText(bytes, start, end)
  }

  valueText(bytes: Buffer, start: number, end: number): string {
    return readText(bytes, start, end)
  }

  write(out: ByteWriter, bytes: Buffer, spans: Spans, items: readonly AreaItem[]): string | undefined {
    const { count, key, value, little } = this.#widths
    if (items.length > this.#pairsMax) return `there are more than ${this.#pairsMax} pairs`
    if (count !== undefined && !writePrefix(out, count, little, items.length))
      return 'there are too many pairs'
    for (const { span, key: name, text } of items) {
      if (span >= 0 && text === undefined) out.copy(bytes, spans[span] ?? 0, spans[span + 1] ?? 0)
      else {
        if (span >= 0) out.copy(bytes, spans[span] ?? 0, spans[span + 3] ?? 0)
        else if (!this.#text(out, key, name)) return `"${name.slice(0, 40)}" is too long for a key`
        if (!this.#text(out, value, text ?? '')) return `the value of "${name}" is too long`
      }
    }
    return undefined
  }

  #text(out: ByteWriter, width: PrefixWidth, text: string): boolean {
    const bytes = textBytes(text)
    if (!writePrefix(out, width, this.#widths.little, bytes.length)) return false
    out.copy(bytes, 0, bytes.length)
    return true
  }

  /** A number of `width` bytes; -1 when it is cut off. Sets {@link #next} behind it. */
  #number(width: PrefixWidth, bytes: Buffer, at: number, end: number): number {
    const size = width === 0 ? varintSize(bytes, at, end) : width
    if (size <= 0 || at + size > end) return -1
    this.#next = at + size
    if (width > 0) return readNumber(bytes, at, width, this.#widths.little)
    return varintHigh(bytes, at, size) * TWO_32 + varintLow(bytes, at, size)
  }
}
