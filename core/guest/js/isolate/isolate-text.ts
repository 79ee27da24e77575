/**
 * IsolateText: bytes and texts inside of an isolate, where there is neither Buffer nor TextDecoder: what `sdk/abi/text.ts`
 * does outside of it. It is given to the isolate as text, as all parts are.
 */

export interface IsolateText {
  /** The text of a range of bytes; a byte that is no part of valid UTF-8 is the lone surrogate U+DC00 + byte. */
  read(bytes: Uint8Array, from: number, end: number): string
  /** Writes a text and answers where it ends; there is room for three bytes a unit. */
  write(value: string, into: Uint8Array, at: number): number
}

export function isolateText(): IsolateText {
  const { fromCharCode } = String
  const { min } = Math
  const { apply } = Reflect
  const bindThis = Function.prototype.call.bind(Function.prototype.bind, Function.prototype.call)
  const charCodeAt: (value: string, at: number) => number = bindThis(String.prototype.charCodeAt)
  const subarray: (bytes: Uint8Array, from: number, to: number) => Uint8Array = bindThis(
    Uint8Array.prototype.subarray,
  )
  const SHORT_BYTES = 32
  const PIECE_BYTES = 4_096
  const PLACES = 256
  // Short texts in ASCII that were read or written, with their bytes: each where its size and two of its characters say.
  const readTexts: string[] = []
  const readBytes = new Uint8Array(PLACES * SHORT_BYTES)
  const writtenTexts: string[] = []
  const writtenBytes = new Uint8Array(PLACES * SHORT_BYTES)
  for (let place = 0; place < PLACES; place++) {
    readTexts[place] = ''
    writtenTexts[place] = ''
  }

  /** Size of the valid sequence that begins here (RFC 3629 §4); 0 when none does. */
  function sequence(bytes: Uint8Array, at: number, end: number): number {
    const first = bytes[at] ?? 0
    if (first < 0xc2 || first > 0xf4) return 0
    const size = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2
    if (at + size > end) return 0
    const second = bytes[at + 1] ?? 0
    const lowest = first === 0xe0 ? 0xa0 : first === 0xf0 ? 0x90 : 0x80
    const highest = first === 0xed ? 0x9f : first === 0xf4 ? 0x8f : 0xbf
    if (second < lowest || second > highest) return 0
    for (let i = 2; i < size; i++) if (((bytes[at + i] ?? 0) & 0xc0) !== 0x80) return 0
    return size
  }
  function six(bytes: Uint8Array, at: number): number {
    return (bytes[at] ?? 0) & 0x3f
  }
  function character(bytes: Uint8Array, at: number, size: number): string {
    const first = bytes[at] ?? 0
    if (size === 0) return fromCharCode(0xdc00 + first)
    if (size === 1) return fromCharCode(first)
    if (size === 2) return fromCharCode(((first & 0x1f) << 6) | six(bytes, at + 1))
    const middle = (six(bytes, at + 1) << 6) | six(bytes, at + 2)
    if (size === 3) return fromCharCode(((first & 0x0f) << 12) | middle)
    const point = (((first & 7) << 18) | (middle << 6) | six(bytes, at + 3)) - 0x10000
    return fromCharCode(0xd800 + (point >> 10), 0xdc00 + (point & 0x3ff))
  }
  function readWide(bytes: Uint8Array, from: number, end: number): string {
    let value = ''
    for (let at = from; at < end; ) {
      const size = (bytes[at] ?? 0) < 0x80 ? 1 : sequence(bytes, at, end)
      value += character(bytes, at, size)
      at += size === 0 ? 1 : size
    }
    return value
  }
  /** These tell most texts apart; all of a text is compared anyway. */
  function placeOf(size: number, middle: number, last: number): number {
    return (last ^ (middle << 3) ^ (size << 5)) & (PLACES - 1)
  }
  function ascii(bytes: Uint8Array, from: number, end: number): string {
    let value = ''
    let at = from
    for (; end - at >= 4; at += 4) {
      value += fromCharCode(bytes[at] ?? 0, bytes[at + 1] ?? 0, bytes[at + 2] ?? 0, bytes[at + 3] ?? 0)
    }
    for (; at < end; at++) value += fromCharCode(bytes[at] ?? 0)
    return value
  }
  /** Most are the same few texts, and making one takes longer than to see that it is there. */
  function readShort(bytes: Uint8Array, from: number, end: number): string {
    if (from === end) return ''
    const place = placeOf(end - from, bytes[(from + end) >>> 1] ?? 0, bytes[end - 1] ?? 0)
    const known = readTexts[place] ?? ''
    const start = place * SHORT_BYTES
    let at = from
    if (known.length === end - from) while (at < end && bytes[at] === readBytes[start + at - from]) at++
    if (at === end) return known
    readTexts[place] = ''
    for (at = from; at < end; at++) {
      const byte = bytes[at] ?? 0
      if (byte > 0x7f) return readWide(bytes, from, end)
      readBytes[start + at - from] = byte
    }
    const value = ascii(bytes, from, end)
    readTexts[place] = value
    return value
  }
  function read(bytes: Uint8Array, from: number, end: number): string {
    if (end - from <= SHORT_BYTES) return readShort(bytes, from, end)
    for (let at = from; at < end; at++) if ((bytes[at] ?? 0) > 0x7f) return readWide(bytes, from, end)
    let value = ''
    for (let at = from; at < end; at += PIECE_BYTES) {
      value += apply(fromCharCode, undefined, subarray(bytes, at, min(at + PIECE_BYTES, end)))
    }
    return value
  }
  function writeWide(value: string, from: number, into: Uint8Array, start: number): number {
    let at = start
    for (let i = from; i < value.length; i++) {
      const unit = charCodeAt(value, i)
      const next = unit >= 0xd800 && unit < 0xdc00 && i + 1 < value.length ? charCodeAt(value, i + 1) : 0
      if (unit < 0x80) into[at++] = unit
      else if (unit < 0x800) {
        into[at++] = 0xc0 | (unit >> 6)
        into[at++] = 0x80 | (unit & 0x3f)
      } else if (next >= 0xdc00 && next < 0xe000) {
        i++
        const point = 0x10000 + ((unit - 0xd800) << 10) + (next - 0xdc00)
        into[at++] = 0xf0 | (point >> 18)
        into[at++] = 0x80 | ((point >> 12) & 0x3f)
        into[at++] = 0x80 | ((point >> 6) & 0x3f)
        into[at++] = 0x80 | (point & 0x3f)
      } else if (unit >= 0xdc80 && unit <= 0xdcff) into[at++] = unit - 0xdc00
      else {
        into[at++] = 0xe0 | (unit >> 12)
        into[at++] = 0x80 | ((unit >> 6) & 0x3f)
        into[at++] = 0x80 | (unit & 0x3f)
      }
    }
    return at
  }
  function writeShort(value: string, into: Uint8Array, at: number): number {
    const units = value.length
    if (units === 0) return at
    const place = placeOf(units, charCodeAt(value, units >>> 1), charCodeAt(value, units - 1))
    const start = place * SHORT_BYTES
    if (writtenTexts[place] === value) {
      for (let i = 0; i < units; i++) into[at + i] = writtenBytes[start + i] ?? 0
      return at + units
    }
    writtenTexts[place] = ''
    for (let i = 0; i < units; i++) {
      const unit = charCodeAt(value, i)
      if (unit > 0x7f) return writeWide(value, i, into, at + i)
      into[at + i] = unit
      writtenBytes[start + i] = unit
    }
    writtenTexts[place] = value
    return at + units
  }
  function write(value: string, into: Uint8Array, at: number): number {
    const units = value.length
    if (units <= SHORT_BYTES) return writeShort(value, into, at)
    for (let i = 0; i < units; i++) {
      const unit = charCodeAt(value, i)
      if (unit > 0x7f) return writeWide(value, i, into, at + i)
      into[at + i] = unit
    }
    return at + units
  }
  return { read, write }
}
