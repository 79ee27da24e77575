/**
 * Text: how the strings of Metadata and the bytes that guests see are turned into each other. It is UTF-8, and a byte
 * that is no part of valid UTF-8 stands in a string as the lone surrogate U+DC80 to U+DCFF (as Python's
 * `surrogateescape` has it), so that any bytes become a string and the same bytes again. Other lone surrogates, which
 * only a Java peer can send, go out as the three bytes that UTF-8's scheme gives them.
 */
import { isUtf8 } from 'node:buffer'

/** No string needs more bytes than this for each of its UTF-16 units. */
export const TEXT_BYTES_PER_UNIT = 3
/** From here on the engine's own copy is faster than a loop: 23 ns for any length, against 2 ns for each unit. */
const LONG_UNITS = 10
const ESCAPE_FIRST = 0xdc80
const ESCAPE_LAST = 0xdcff
const ESCAPE_BASE = 0xdc00

/** Writes a string and answers the offset behind it. The caller has room for three bytes a unit. */
export function writeText(text: string, bytes: Buffer, start: number): number {
  const units = text.length
  if (units >= LONG_UNITS && text.isWellFormed()) return start + bytes.write(text, start, 'utf8')
  let at = start
  for (let i = 0; i < units; i++) {
    const unit = text.charCodeAt(i)
    if (unit > 0x7f) return writeWide(text, i, bytes, at)
    bytes[at++] = unit
  }
  return at
}

/** The bytes of a string, for what is not hot. */
export function textBytes(text: string): Buffer {
  const bytes = Buffer.allocUnsafe(text.length * TEXT_BYTES_PER_UNIT)
  return bytes.subarray(0, writeText(text, bytes, 0))
}

/** The string of a range of bytes. */
export function readText(bytes: Buffer, start: number, end: number): string {
  for (let i = start; i < end; i++) {
    if ((bytes[i] ?? 0) > 0x7f) return readWide(bytes.subarray(start, end))
  }
  return bytes.toString('latin1', start, end)
}

function writeWide(text: string, from: number, bytes: Buffer, start: number): number {
  let at = start
  for (let i = from; i < text.length; i++) {
    const point = text.codePointAt(i) ?? 0
    if (point > 0xffff) {
      i++
      bytes[at++] = 0xf0 | (point >>> 18)
      bytes[at++] = 0x80 | ((point >>> 12) & 0x3f)
      bytes[at++] = 0x80 | ((point >>> 6) & 0x3f)
      bytes[at++] = 0x80 | (point & 0x3f)
    } else if (point <= 0x7f) {
      bytes[at++] = point
    } else if (point >= ESCAPE_FIRST && point <= ESCAPE_LAST) {
      bytes[at++] = point - ESCAPE_BASE
    } else if (point <= 0x7ff) {
      bytes[at++] = 0xc0 | (point >>> 6)
      bytes[at++] = 0x80 | (point & 0x3f)
    } else {
      bytes[at++] = 0xe0 | (point >>> 12)
      bytes[at++] = 0x80 | ((point >>> 6) & 0x3f)
      bytes[at++] = 0x80 | (point & 0x3f)
    }
  }
  return at
}

function readWide(bytes: Buffer): string {
  if (isUtf8(bytes)) return bytes.toString('utf8')
  let text = ''
  let from = 0
  for (let at = 0; at < bytes.length; ) {
    const size = sequenceSize(bytes, at)
    if (size > 0) {
      at += size
      continue
    }
    text += bytes.toString('utf8', from, at) + String.fromCharCode(ESCAPE_BASE + (bytes[at] ?? 0))
    from = ++at
  }
  return text + bytes.toString('utf8', from)
}

/** Size of the valid UTF-8 sequence that begins here (RFC 3629 §4); 0 when none does. */
function sequenceSize(bytes: Buffer, at: number): number {
  const first = bytes[at] ?? 0
  if (first <= 0x7f) return 1
  const size = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2
  return first >= 0xc2 && first <= 0xf4 && isUtf8(bytes.subarray(at, at + size)) && at + size <= bytes.length
    ? size
    : 0
}
