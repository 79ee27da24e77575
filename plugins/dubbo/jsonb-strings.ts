/**
 * Strings of JSONB, the binary JSON of fastjson2 ("Design of JSONB Storage Format"): a byte for the charset, the
 * size in bytes, the bytes. What is called ASCII there may hold all of Latin-1.
 *
 *     string ::= [x49-x78] <bytes>        # Latin-1 of 0 to 47 bytes
 *            ::= [x79-x7e] int <bytes>    # Latin-1, UTF-8, UTF-16, UTF-16LE, UTF-16BE, GB18030
 */
import { type ByteWriter, i32, u8, u16 } from '../../sdk/index.ts'

const SHORT = 0x49
const SHORT_SIZE_MAX = 47
const LATIN1 = 0x79
const UTF8 = 0x7a
const UTF16 = 0x7b
const UTF16LE = 0x7c
const UTF16BE = 0x7d
const GB18030 = 0x7e

export function jsonbStringTag(tag: number): boolean {
  return tag >= SHORT && tag <= GB18030
}

/** Bytes of the int that begins with this byte; 0 when none does. */
export function jsonbIntegerSize(tag: number): number {
  if (tag <= 0x2f || tag >= 0xf0) return 1
  if (tag <= 0x3f) return 2
  if (tag <= 0x47) return 3
  return tag === 0x48 ? 5 : 0
}

/** The int at `at`, which {@link jsonbIntegerSize} has found to be one. */
export function jsonbInteger(bytes: Uint8Array, at: number): number {
  const tag = u8(bytes, at)
  if (tag <= 0x2f) return tag
  if (tag >= 0xf0) return tag - 0x100
  if (tag <= 0x3f) return ((tag - 0x38) << 8) | u8(bytes, at + 1)
  if (tag <= 0x47) return ((tag - 0x44) << 16) | u16(bytes, at + 1)
  return i32(bytes, at + 1)
}

/** The offset of a string's first byte of text; the string is whole when it lies before `end`, -1 otherwise. */
function textAt(bytes: Uint8Array, at: number, end: number): number {
  if (u8(bytes, at) < LATIN1) return at + 1
  const size = at + 1 < end ? jsonbIntegerSize(u8(bytes, at + 1)) : 0
  return size === 0 || at + 1 + size > end ? -1 : at + 1 + size
}

/** The offset behind the string at `at`, or -1 when there is no whole string before `end`. */
export function skipJsonbString(bytes: Uint8Array, at: number, end: number): number {
  if (at >= end || !jsonbStringTag(u8(bytes, at))) return -1
  const start = textAt(bytes, at, end)
  if (start < 0) return -1
  const size = u8(bytes, at) < LATIN1 ? u8(bytes, at) - SHORT : jsonbInteger(bytes, at + 1)
  // A negative size points into a table that both sides were given beforehand; Dubbo gives none.
  return size < 0 || size > end - start ? -1 : start + size
}

/** The text of the string at `at`, which {@link skipJsonbString} has measured; `undefined` for GB18030. */
export function jsonbText(bytes: Buffer, at: number, end: number): string | undefined {
  const start = textAt(bytes, at, end)
  switch (u8(bytes, at)) {
    case UTF8:
      return bytes.toString('utf8', start, end)
    case UTF16LE:
      return bytes.toString('utf16le', start, end)
    case UTF16BE:
      return bigEndianText(bytes, start, end)
    case UTF16:
      return markedText(bytes, start, end)
    case GB18030:
      return undefined
    default:
      return bytes.toString('latin1', start, end)
  }
}

/** UTF-16 with a byte order mark, or without one and then big endian, as Java has it. */
function markedText(bytes: Buffer, start: number, end: number): string {
  const mark = end - start >= 2 ? u16(bytes, start) : 0
  if (mark === 0xfffe) return bytes.toString('utf16le', start + 2, end)
  return bigEndianText(bytes, mark === 0xfeff ? start + 2 : start, end)
}

function bigEndianText(bytes: Buffer, start: number, end: number): string {
  const even = Buffer.from(bytes.subarray(start, end - ((end - start) & 1)))
  return even.swap16().toString('utf16le')
}

/** Bytes that {@link writeJsonbString} will append. */
export function jsonbStringSize(text: string): number {
  const size = ascii(text) ? text.length : text.length * 2
  if (size === text.length && size <= SHORT_SIZE_MAX) return 1 + size
  return 1 + writtenIntegerSize(size) + size
}

/** Appends a text: as ASCII when it is, otherwise as UTF-16LE, which keeps every unit as it is. */
export function writeJsonbString(out: ByteWriter, text: string): void {
  const plain = ascii(text)
  const size = plain ? text.length : text.length * 2
  if (plain && size <= SHORT_SIZE_MAX) out.u8(SHORT + size)
  else {
    out.u8(plain ? LATIN1 : UTF16LE)
    writeInteger(out, size)
  }
  const at = out.reserve(size)
  out.buffer.write(text, at, size, plain ? 'latin1' : 'utf16le')
}

function ascii(text: string): boolean {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) >= 0x80) return false
  return true
}

/** For sizes only, which are not negative. */
function writtenIntegerSize(value: number): number {
  if (value <= 0x2f) return 1
  if (value <= 0x7ff) return 2
  return value <= 0x3ffff ? 3 : 5
}

function writeInteger(out: ByteWriter, value: number): void {
  if (value <= 0x2f) out.u8(value)
  else if (value <= 0x7ff) out.u16(0x3800 | value)
  else if (value <= 0x3ffff) {
    out.u8(0x44 + (value >>> 16))
    out.u16(value & 0xffff)
  } else {
    out.u8(0x48)
    out.u32(value)
  }
}
