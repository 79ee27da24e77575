/**
 * Strings of Hessian 2.0 (§4.12): how long they are, what they say, and writing them. A string counts UTF-16
 * units and writes each in one to three bytes, so a character beyond the BMP is two units of three bytes. Four
 * byte sequences, which neither Java nor Go writes, are read as the two units that they stand for.
 *
 *     string ::= x52 b1 b0 <units> string     # a chunk that is not the last
 *            ::= 'S' b1 b0 <units>            # the last chunk
 *            ::= [x00-x1f] <units>            # 0 to 31 units
 *            ::= [x30-x33] b0 <units>         # 0 to 1023 units
 */
import { type ByteWriter, u8, u16 } from '../../sdk/index.ts'

const CHUNK_MORE = 0x52
const CHUNK_LAST = 0x53
const NULL = 0x4e
const SHORT_UNITS_MAX = 0x1f
/** Units of the longest string that is written in one of the two short forms. */
export const MEDIUM_UNITS_MAX = 0x3ff
/** What each unit of a string takes at most, and what stands in front of one of the two short forms. */
export const STRING_BYTES_PER_UNIT = 3
export const STRING_HEAD_BYTES = 2
/** Java writes chunks of this size; a reader takes any. */
const CHUNK_UNITS_MAX = 0x8000

/** Whether a value that begins with this byte is a string. */
export function stringTag(tag: number): boolean {
  return tag <= SHORT_UNITS_MAX || (tag >= 0x30 && tag <= 0x33) || tag === CHUNK_LAST || tag === CHUNK_MORE
}

/**
 * The offset behind the string at `at`, or -1 when there is no whole string before `end`. Everything from `at` to
 * `asciiEnd` is known to be ASCII, so that a string that ends before needs no counting.
 */
export function skipString(bytes: Uint8Array, at: number, end: number, asciiEnd = 0): number {
  let next = at
  for (;;) {
    if (next >= end) return -1
    const tag = u8(bytes, next)
    if (tag <= SHORT_UNITS_MAX) {
      const direct = next + 1 + tag
      return direct <= asciiEnd ? direct : skipUnits(bytes, next + 1, end, tag)
    }
    if (tag >= 0x30 && tag <= 0x33) {
      if (next + 2 > end) return -1
      const units = ((tag - 0x30) << 8) | u8(bytes, next + 1)
      const direct = next + 2 + units
      return direct <= asciiEnd ? direct : skipUnits(bytes, next + 2, end, units)
    }
    if (tag !== CHUNK_LAST && tag !== CHUNK_MORE) return -1
    if (next + 3 > end) return -1
    next = skipUnits(bytes, next + 3, end, u16(bytes, next + 1))
    if (next < 0 || tag === CHUNK_LAST) return next
  }
}

/** The offset behind so many units, or -1 when they do not all lie before `end`. */
function skipUnits(bytes: Uint8Array, start: number, end: number, units: number): number {
  if (units > end - start) return -1
  let at = start
  let left = units
  // Four bytes at a time while they are ASCII; as many units are four bytes or more, so they lie before `end`.
  while (left >= 4 && at + 4 <= end) {
    if ((u8(bytes, at) | u8(bytes, at + 1) | u8(bytes, at + 2) | u8(bytes, at + 3)) >= 0x80) break
    at += 4
    left -= 4
  }
  for (; left > 0; left--) {
    if (at >= end) return -1
    const byte = u8(bytes, at)
    if (byte < 0x80) at++
    else if (byte < 0xc0) return -1
    else if (byte < 0xe0) at += 2
    else if (byte < 0xf0) at += 3
    else {
      at += 4
      left--
    }
  }
  return at > end ? -1 : at
}

/**
 * The text of the string at `at`, which {@link skipString} has measured to end at `end`. Units are kept as they
 * are, so a lone surrogate stays one; nothing of this is written back for what is not changed.
 */
export function stringText(bytes: Buffer, at: number, end: number): string {
  const tag = u8(bytes, at)
  if (tag <= SHORT_UNITS_MAX) return unitsText(bytes, at + 1, end, tag)
  if (tag >= 0x30 && tag <= 0x33) {
    return unitsText(bytes, at + 2, end, ((tag - 0x30) << 8) | u8(bytes, at + 1))
  }
  let text = ''
  let next = at
  for (;;) {
    const units = u16(bytes, next + 1)
    const last = u8(bytes, next) === CHUNK_LAST
    const chunkEnd = last ? end : skipUnits(bytes, next + 3, end, units)
    text += unitsText(bytes, next + 3, chunkEnd, units)
    if (last) return text
    next = chunkEnd
    // After chunks a short form may end the string (Hessian 2.0 §4.12 lets `string` follow a chunk).
    if (u8(bytes, next) !== CHUNK_MORE && u8(bytes, next) !== CHUNK_LAST) {
      return text + stringText(bytes, next, end)
    }
  }
}

function unitsText(bytes: Buffer, start: number, end: number, units: number): string {
  // As many bytes as units means that every unit is ASCII.
  return end - start === units ? bytes.toString('latin1', start, end) : wideText(bytes, start, end)
}

/** How many units are turned into text at a time; what `String.fromCharCode` takes without spreading far. */
const WIDE_UNITS = 512

function wideText(bytes: Uint8Array, start: number, end: number): string {
  let text = ''
  let units: number[] = []
  for (let at = start; at < end; ) {
    const byte = u8(bytes, at)
    if (byte < 0x80) {
      units.push(byte)
      at++
    } else if (byte < 0xe0) {
      units.push(((byte & 0x1f) << 6) | (u8(bytes, at + 1) & 0x3f))
      at += 2
    } else if (byte < 0xf0) {
      units.push(((byte & 0x0f) << 12) | ((u8(bytes, at + 1) & 0x3f) << 6) | (u8(bytes, at + 2) & 0x3f))
      at += 3
    } else {
      const high = ((byte & 0x07) << 18) | ((u8(bytes, at + 1) & 0x3f) << 12)
      const point = high | ((u8(bytes, at + 2) & 0x3f) << 6) | (u8(bytes, at + 3) & 0x3f)
      units.push(0xd800 + ((point - 0x10000) >> 10), 0xdc00 + ((point - 0x10000) & 0x3ff))
      at += 4
    }
    if (units.length >= WIDE_UNITS) {
      text += String.fromCharCode(...units)
      units = []
    }
  }
  return text + String.fromCharCode(...units)
}

/** Bytes that {@link writeString} will append. */
export function stringSize(text: string): number {
  let size = text.length
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i)
    if (unit >= 0x80) size += unit < 0x800 ? 1 : 2
  }
  if (text.length <= SHORT_UNITS_MAX) return size + 1
  if (text.length <= MEDIUM_UNITS_MAX) return size + 2
  for (let i = 0; ; size += 3) {
    i = chunkEnd(text, i)
    if (i === text.length) return size + 3
  }
}

/** Appends a text as Java does: the shortest form, and chunks that part no surrogate pair. */
export function writeString(out: ByteWriter, text: string): void {
  if (text.length <= SHORT_UNITS_MAX) {
    out.u8(text.length)
    writeUnits(out, text, 0, text.length)
    return
  }
  if (text.length <= MEDIUM_UNITS_MAX) {
    out.u16(0x3000 | text.length)
    writeUnits(out, text, 0, text.length)
    return
  }
  for (let i = 0; ; ) {
    const next = chunkEnd(text, i)
    out.u8(next === text.length ? CHUNK_LAST : CHUNK_MORE)
    out.u16(next - i)
    writeUnits(out, text, i, next)
    if (next === text.length) return
    i = next
  }
}

function chunkEnd(text: string, from: number): number {
  const end = from + CHUNK_UNITS_MAX
  if (end >= text.length) return text.length
  const unit = text.charCodeAt(end - 1)
  return unit >= 0xd800 && unit <= 0xdbff ? end - 1 : end
}

function writeUnits(out: ByteWriter, text: string, from: number, until: number): void {
  // What is not needed is given back.
  const at = out.reserve((until - from) * STRING_BYTES_PER_UNIT)
  out.truncate(putUnits(out.buffer, at, text, from, until))
}

/** Writes a text of at most {@link MEDIUM_UNITS_MAX} units where there is room, and answers the offset behind it. */
export function putString(bytes: Uint8Array, start: number, text: string): number {
  const units = text.length
  let at = start
  if (units > SHORT_UNITS_MAX) bytes[at++] = 0x30 | (units >> 8)
  bytes[at++] = units
  return putUnits(bytes, at, text, 0, units)
}

function putUnits(bytes: Uint8Array, start: number, text: string, from: number, until: number): number {
  let at = start
  for (let i = from; i < until; i++) {
    const unit = text.charCodeAt(i)
    if (unit < 0x80) bytes[at++] = unit
    else if (unit < 0x800) {
      bytes[at++] = 0xc0 | (unit >> 6)
      bytes[at++] = 0x80 | (unit & 0x3f)
    } else {
      bytes[at++] = 0xe0 | (unit >> 12)
      bytes[at++] = 0x80 | ((unit >> 6) & 0x3f)
      bytes[at++] = 0x80 | (unit & 0x3f)
    }
  }
  return at
}

/** Whether the value at `at` is the null that Java writes for an absent string. */
export function nullAt(bytes: Uint8Array, at: number, end: number): boolean {
  return at < end && u8(bytes, at) === NULL
}
