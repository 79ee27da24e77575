/**
 * IsolateCodecReader: what authors read frames with, straight on; a read that finds too few bytes ends the loop over the frames
 * by what it throws, at most once for a chunk. Given as text, like all parts.
 */
import type { IsolateCodecEndings } from './isolate-codec-endings.ts'
import type { IsolateCodecValues } from './isolate-codec-values.ts'
import type { IsolateEngine } from './isolate-engine.ts'
import type { IsolateText } from './isolate-text.ts'
import type { IsolateValues } from './isolate-values.ts'

export interface IsolateCodecReaderGiven {
  readonly engine: IsolateEngine
  readonly texts: IsolateText
  readonly values: IsolateValues
  readonly held: IsolateCodecValues
  readonly endings: IsolateCodecEndings
}

/** `pos` is the place of the next byte, `from` that of the frame's first. */
export interface Cursor {
  bytes: Uint8Array
  pos: number
  from: number
  end: number
  /** All bytes are there: a read that finds too few is a mistake. */
  readonly whole: boolean
  bodyAt: number
  bodySize: number
  direction: string | undefined
  state: string | undefined
  limit: number
}

export type IsolateCodecReader = ReturnType<typeof isolateCodecReader>

export function isolateCodecReader(given: IsolateCodecReaderGiven) {
  const { engine, texts, held, endings } = given
  const { Bytes, WrongType, OutOfRange, bigint, defineProperty, freeze } = engine
  const { shown } = given.values
  const { min } = Math
  const { isSafeInteger, isInteger } = Number
  const { asIntN } = BigInt
  const numeric = Number
  const U32_MAX = 0xffff_ffff

  function cursorOver(bytes: Uint8Array, all: boolean): Cursor {
    const none = { bodyAt: -1, bodySize: 0, direction: undefined, state: undefined, limit: 0 }
    return { bytes, pos: 0, from: 0, end: bytes.length, whole: all, ...none }
  }
  function more(c: Cursor, count: number): never {
    if (c.whole) throw new OutOfRange(`the reader has no ${count} more bytes`)
    return endings.more(c.pos - c.from + count)
  }
  function take(c: Cursor, size: number): number {
    const at = c.pos
    if (c.end - at < size) more(c, size)
    c.pos = at + size
    return at
  }
  function unsigned(c: Cursor, size: number, little: boolean): number {
    const { bytes } = c
    const at = take(c, size)
    let value = 0
    for (let i = 0; i < size; i++) value = value * 256 + (bytes[little ? at + size - 1 - i : at + i] ?? 0)
    return value
  }
  function unsigned64(c: Cursor, little: boolean): bigint {
    if (c.end - c.pos < 8) more(c, 8)
    const first = unsigned(c, 4, little)
    const second = unsigned(c, 4, little)
    return little ? (bigint(second) << 32n) | bigint(first) : (bigint(first) << 32n) | bigint(second)
  }
  /** Groups of 7 bits, lowest first, at most 64 bits: where they end. */
  function groups(c: Cursor): number {
    for (let at = c.pos, size = 1; ; at++, size++) {
      if (at >= c.end) more(c, size)
      const byte = c.bytes[at] ?? 0
      if (size === 10 && byte > 1) endings.malformed('header', 'a number of more than 64 bits')
      if (byte < 0x80) return at + 1
    }
  }
  function varint64(c: Cursor): bigint {
    const end = groups(c)
    let value = 0n
    for (let at = end - 1; at >= c.pos; at--) value = (value << 7n) | bigint((c.bytes[at] ?? 0) & 0x7f)
    c.pos = end
    return value
  }
  function varint(c: Cursor): number {
    const end = groups(c)
    let value = 0
    for (let at = end - 1; at >= c.pos; at--) value = value * 128 + ((c.bytes[at] ?? 0) & 0x7f)
    if (!isSafeInteger(value)) endings.malformed('header', 'a number of more than 53 bits')
    c.pos = end
    return value
  }
  /** A size that the frame claims; with what stands before it, it has to fit the number of the frame's size. */
  function claimed(c: Cursor, value: unknown, what: string): number {
    const size = typeof value === 'bigint' ? numeric(value) : value
    if (typeof size !== 'number') throw new WrongType(`the size of ${what} is ${shown(value)}, no number`)
    if (!isInteger(size) || size < 0 || c.pos - c.from + size > U32_MAX)
      endings.malformed('frame_size', `${what} of ${size} bytes`)
    return size
  }
  function lineOf(c: Cursor, most: unknown): string {
    const { bytes, pos, end } = c
    const max = most === undefined ? U32_MAX : held.whole(most, 'the largest line')
    let stop = pos
    while (stop < end && bytes[stop] !== 10 && stop - pos <= max) stop++
    if (stop - pos > max) endings.malformed('frame_size', `a line of more than ${max} bytes`)
    if (stop >= end) {
      if (c.whole) throw new OutOfRange('the reader has no line feed')
      return endings.more(0)
    }
    c.pos = stop + 1
    return texts.read(bytes, pos, stop > pos && bytes[stop - 1] === 13 ? stop - 1 : stop)
  }
  function expect(c: Cursor, value: unknown): void {
    const magic = held.magicOf(value)
    const here = min(magic.length, c.end - c.pos)
    for (let i = 0; i < here; i++) {
      if (c.bytes[c.pos + i] !== magic[i])
        endings.malformed('magic', 'a frame begins with other bytes than those of the protocol')
    }
    take(c, magic.length)
  }
  function part(c: Cursor, from: number, size: number): Uint8Array {
    const copy = new Bytes(size)
    for (let i = 0; i < size; i++) copy[i] = c.bytes[from + i] ?? 0
    return copy
  }
  let cursorOf: (r: Reader) => Cursor = () => cursorOver(new Bytes(0), true)
  class Reader {
    readonly #cursor: Cursor
    static {
      cursorOf = (r) => r.#cursor
    }
    constructor(cursor: Cursor) {
      this.#cursor = cursor
    }
    get at(): number {
      return this.#cursor.pos - this.#cursor.from
    }
    get left(): number {
      const { end, pos } = this.#cursor
      return end > pos ? end - pos : 0
    }
    get direction(): string | undefined {
      return this.#cursor.direction
    }
    get limit(): number {
      return this.#cursor.limit
    }
    get state(): string | undefined {
      return this.#cursor.state
    }
    set state(value: unknown) {
      this.#cursor.state = stateOf(value)
    }
    u8(): number {
      const c = this.#cursor
      return c.bytes[take(c, 1)] ?? 0
    }
    u64(): bigint {
      return unsigned64(this.#cursor, false)
    }
    u64le(): bigint {
      return unsigned64(this.#cursor, true)
    }
    i64(): bigint {
      return asIntN(64, unsigned64(this.#cursor, false))
    }
    i64le(): bigint {
      return asIntN(64, unsigned64(this.#cursor, true))
    }
    varint(): number {
      return varint(this.#cursor)
    }
    varint64(): bigint {
      return varint64(this.#cursor)
    }
    zigzag(): number {
      const value = varint(this.#cursor)
      return value % 2 === 0 ? value / 2 : -(value + 1) / 2
    }
    zigzag64(): bigint {
      const value = varint64(this.#cursor)
      return (value >> 1n) ^ -(value & 1n)
    }
    bytes(size: unknown): Uint8Array {
      const c = this.#cursor
      const count = claimed(c, size, 'a part')
      return part(c, take(c, count), count)
    }
    text(size: unknown): string {
      const c = this.#cursor
      const count = claimed(c, size, 'a text')
      const at = take(c, count)
      return texts.read(c.bytes, at, at + count)
    }
    line(most?: unknown): string {
      return lineOf(this.#cursor, most)
    }
    skip(size: unknown): void {
      this.#cursor.pos += claimed(this.#cursor, size, 'a part')
    }
    body(size: unknown): void {
      const c = this.#cursor
      c.bodySize = claimed(c, size, 'a body')
      c.bodyAt = c.pos - c.from
      c.pos += c.bodySize
    }
    magic(value: unknown): void {
      expect(this.#cursor, value)
    }
  }
  for (const size of [1, 2, 3, 4]) {
    const half = 2 ** (size * 8 - 1)
    for (const order of ['', 'le']) {
      const little = order !== ''
      const u = function (this: Reader): number {
        return unsigned(cursorOf(this), size, little)
      }
      const i = function (this: Reader): number {
        const value = unsigned(cursorOf(this), size, little)
        return value < half ? value : value - half * 2
      }
      if (size > 1 || little) defineProperty(Reader.prototype, `u${size * 8}${order}`, { value: u })
      defineProperty(Reader.prototype, `i${size * 8}${order}`, { value: i })
    }
  }
  freeze(Reader.prototype)
  function stateOf(value: unknown): string | undefined {
    if (value === undefined || value === null || typeof value === 'string') return value ?? undefined
    const bytes = held.bytesOf(value, 'the state')
    return texts.read(bytes, 0, bytes.length)
  }

  return {
    cursorOver,
    stateOf,
    readerOver: (cursor: Cursor): object => new Reader(cursor),
  }
}
