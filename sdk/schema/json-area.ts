/**
 * JsonArea: the members of a JSON object. Their values are read as texts: strings as what they say, everything else as
 * it is written. Nothing is parsed but the strings that are asked for, so no depth of nesting and no number is lost.
 */
import { type ByteWriter, u8 } from '../bytes.ts'
import { type Area, type AreaItem, SPAN, type Spans } from './area.ts'

const QUOTE = 0x22
const BACKSLASH = 0x5c
const COMMA = 0x2c
const COLON = 0x3a
const OPEN = 0x7b
const CLOSE = 0x7d
const OPEN_LIST = 0x5b
const CLOSE_LIST = 0x5d
/** What a member may be set to without becoming a string, when it was none. */
const PLAIN = /^(-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?|true|false|null)$/

export class JsonArea implements Area {
  readonly exact = false
  readonly #membersMax: number

  constructor(membersMax: number) {
    this.#membersMax = membersMax
  }

  scan(bytes: Buffer, start: number, end: number): Spans | string {
    let at = spaced(bytes, start, end)
    if (at >= end) return []
    if (u8(bytes, at) !== OPEN) return 'it is no JSON object'
    at = spaced(bytes, at + 1, end)
    const spans: number[] = []
    if (at < end && u8(bytes, at) === CLOSE) return spaced(bytes, at + 1, end) === end ? spans : BROKEN
    for (;;) {
      if (spans.length === this.#membersMax * SPAN) return `there are more than ${this.#membersMax} members`
      const keyEnd = stringEnd(bytes, at, end)
      const colon = spaced(bytes, keyEnd, end)
      if (keyEnd < 0 || colon >= end || u8(bytes, colon) !== COLON) return BROKEN
      const valueAt = spaced(bytes, colon + 1, end)
      const valueEnd = valueStop(bytes, valueAt, end)
      if (valueEnd <= valueAt) return BROKEN
      spans.push(at, valueEnd, at, keyEnd, valueAt, valueEnd)
      const next = spaced(bytes, valueEnd, end)
      if (next >= end) return BROKEN
      if (u8(bytes, next) === CLOSE) return spaced(bytes, next + 1, end) === end ? spans : BROKEN
      if (u8(bytes, next) !== COMMA) return BROKEN
      at = spaced(bytes, next + 1, end)
    }
  }

  keyText(bytes: Buffer, start: number, end: number): string {
    return stringOf(bytes.toString('utf8', start, end))
  }

  valueText(bytes: Buffer, start: number, end: number): string {
    const text = bytes.toString('utf8', start, end)
    return text.startsWith('"') ? stringOf(text) : text
  }

  write(out: ByteWriter, bytes: Buffer, spans: Spans, items: readonly AreaItem[]): string | undefined {
    out.u8(OPEN)
    for (const [index, { span, key, text }] of items.entries()) {
      if (index > 0) out.u8(COMMA)
      if (span >= 0 && text === undefined) {
        out.copy(bytes, spans[span] ?? 0, spans[span + 1] ?? 0)
        continue
      }
      out.utf8(JSON.stringify(key))
      out.u8(COLON)
      // A number stays one, and so do true and false.
      const plain = span >= 0 && u8(bytes, spans[span + 4] ?? 0) !== QUOTE && PLAIN.test(text ?? '')
      out.utf8(plain ? (text ?? '') : JSON.stringify(text ?? ''))
    }
    out.u8(CLOSE)
    return undefined
  }
}

const BROKEN = 'it is no JSON object that can be read'

function spaced(bytes: Buffer, start: number, end: number): number {
  let at = start
  while (at < end && at >= 0 && (u8(bytes, at) === 0x20 || (u8(bytes, at) >= 0x09 && u8(bytes, at) <= 0x0d)))
    at++
  return at
}

/** Behind the string that begins here; -1 when none does, or it does not end. */
function stringEnd(bytes: Buffer, start: number, end: number): number {
  if (start >= end || u8(bytes, start) !== QUOTE) return -1
  for (let at = start + 1; at < end; at++) {
    const byte = u8(bytes, at)
    if (byte === QUOTE) return at + 1
    if (byte === BACKSLASH) at++
  }
  return -1
}

/** Behind the value that begins here: brackets are counted, strings passed over; -1 when it does not end. */
function valueStop(bytes: Buffer, start: number, end: number): number {
  let depth = 0
  for (let at = start; at < end; at++) {
    const byte = u8(bytes, at)
    if (byte === QUOTE) {
      const behind = stringEnd(bytes, at, end)
      if (behind < 0 || depth === 0) return behind
      at = behind - 1
    } else if (byte === OPEN || byte === OPEN_LIST) depth++
    else if (byte === CLOSE || byte === CLOSE_LIST) {
      if (depth === 0) return at
      depth--
      if (depth === 0) return at + 1
    } else if (depth === 0 && (byte === COMMA || byte <= 0x20)) return at
  }
  return -1
}

function stringOf(text: string): string {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'string' ? value : text
  } catch {
    return text
  }
}
