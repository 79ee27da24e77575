/** TextArea: pairs as text, such as `a=1;b=2`, with the characters between them as they are or written as %20. */
import type { ByteWriter } from '../bytes.ts'
import { type Area, type AreaItem, SPAN, type Spans } from './area.ts'

export interface TextMarks {
  /** Stands behind a key; a pair without it has an empty value. */
  readonly assign: string
  readonly separator: string
  readonly percent: boolean
  /** What must not stand in a pair, because it would end the line. */
  readonly refused: readonly string[]
}

export class TextArea implements Area {
  readonly exact: boolean
  readonly #marks: TextMarks
  readonly #assign: Buffer
  readonly #separator: Buffer
  readonly #pairsMax: number

  constructor(marks: TextMarks, pairsMax: number) {
    this.#marks = marks
    this.exact = !marks.percent
    this.#assign = Buffer.from(marks.assign)
    this.#separator = Buffer.from(marks.separator)
    this.#pairsMax = pairsMax
  }

  /** Empty pairs, such as those between two separators, are passed over. */
  scan(bytes: Buffer, start: number, end: number): Spans | string {
    const spans: number[] = []
    const text = bytes.subarray(start, end)
    for (let at = 0; at < text.length; ) {
      const found = text.indexOf(this.#separator, at)
      const to = found < 0 ? text.length : found
      if (to > at) {
        if (spans.length === this.#pairsMax * SPAN) return `there are more than ${this.#pairsMax} pairs`
        const assign = text.subarray(at, to).indexOf(this.#assign)
        const keyEnd = assign < 0 ? to : at + assign
        const valueAt = assign < 0 ? to : keyEnd + this.#assign.length
        spans.push(start + at, start + to, start + at, start + keyEnd, start + valueAt, start + to)
      }
      at = to + this.#separator.length
    }
    return spans
  }

  keyText(bytes: Buffer, start: number, end: number): string {
    const text = bytes.toString('utf8', start, end)
    return this.#marks.percent ? unescaped(text) : text
  }

  valueText(bytes: Buffer, start: number, end: number): string {
    return this.keyText(bytes, start, end)
  }

  write(out: ByteWriter, bytes: Buffer, spans: Spans, items: readonly AreaItem[]): string | undefined {
    for (const [index, { span, key, text }] of items.entries()) {
      if (index > 0) out.copy(this.#separator, 0, this.#separator.length)
      if (span >= 0 && text === undefined) {
        out.copy(bytes, spans[span] ?? 0, spans[span + 1] ?? 0)
        continue
      }
      const value = text ?? ''
      if (!this.#marks.percent) {
        if (key === '' || this.#breaks(key, true)) return `"${key.slice(0, 40)}" cannot be written as a key`
        if (this.#breaks(value, false)) return `the value of "${key}" holds what ends one`
      }
      out.utf8(this.#escaped(key))
      out.copy(this.#assign, 0, this.#assign.length)
      out.utf8(this.#escaped(value))
    }
    return undefined
  }

  #escaped(text: string): string {
    return this.#marks.percent ? escaped(text) : text
  }

  #breaks(text: string, ofKey: boolean): boolean {
    const { assign, separator, refused } = this.#marks
    return [separator, ...refused, ...(ofKey ? [assign] : [])].some((mark) => text.includes(mark))
  }
}

/** As in the queries of addresses: + is a space; what is no escape is left as it is. */
function unescaped(text: string): string {
  const spaced = text.replaceAll('+', ' ')
  if (!spaced.includes('%')) return spaced
  try {
    return decodeURIComponent(spaced)
  } catch {
    return spaced
  }
}

/** A lone half of a character cannot be escaped, and is written as the sign for what cannot be. */
function escaped(text: string): string {
  return encodeURIComponent(text.toWellFormed())
}
