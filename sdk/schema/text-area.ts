/** TextArea: pairs as text, such as `a=1;b=2`, with the characters between them as they are or written as %20. */
import { readText, textBytes } from '../abi/text.ts'
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
    const text = readText(bytes, start, end)
    return this.#marks.percent ? unescaped(text) : text
  }

  valueText(bytes: Buffer, start: number, end: number): string {
    return this.keyText(bytes, start, end)
  }

  write(out: ByteWriter, bytes: Buffer, spans: Spans, items: readonly AreaItem[]): string | undefined {
    for (const [index, { span, key, text }] of items.entries()) {
      if (index > 0) append(out, this.#separator)
      if (span >= 0 && text === undefined) {
        out.copy(bytes, spans[span] ?? 0, spans[span + 1] ?? 0)
        continue
      }
      const value = text ?? ''
      if (!this.#marks.percent) {
        if (key === '' || this.#breaks(key, true)) return `"${key.slice(0, 40)}" cannot be written as a key`
        if (this.#breaks(value, false)) return `the value of "${key}" holds what ends one`
      }
      append(out, this.#written(key))
      append(out, this.#assign)
      append(out, this.#written(value))
    }
    return undefined
  }

  #written(text: string): Buffer {
    return textBytes(this.#marks.percent ? escaped(text) : text)
  }

  #breaks(text: string, ofKey: boolean): boolean {
    const { assign, separator, refused } = this.#marks
    return [separator, ...refused, ...(ofKey ? [assign] : [])].some((mark) => text.includes(mark))
  }
}

function append(out: ByteWriter, bytes: Buffer): void {
  out.copy(bytes, 0, bytes.length)
}

/** As in the queries of addresses: + is a space; what is no escape is left as it is. */
function unescaped(text: string): string {
  const spaced = text.replaceAll('+', ' ')
  if (!spaced.includes('%')) return spaced
  try {
    return decodeURIComponent(spaced)
  } catch {
    const raw = textBytes(spaced).toString('latin1')
    const bytes = raw.replaceAll(/%([0-9a-fA-F]{2})/g, (_, hex: string) =>
      String.fromCharCode(Number.parseInt(hex, 16)),
    )
    return readText(Buffer.from(bytes, 'latin1'), 0, bytes.length)
  }
}

/** Bytes that are no characters are escaped one by one. */
function escaped(text: string): string {
  if (text.isWellFormed()) return encodeURIComponent(text)
  return [...textBytes(text)].map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`).join('')
}
