/**
 * PullReader: reads a frame in a straight line, one field after another, as if all of it were there. Where bytes are
 * missing it stops whoever reads; {@link PullDecoder} begins the frame again when they have come. So nothing may be kept
 * between two fields that the next beginning would not make again.
 */
import { u8, u16, u32 } from './bytes.ts'
import type { MalformedCode } from './codec.ts'
import { Message, type PropertyReader } from './message.ts'
import type { MessageKind } from './metadata.ts'
import { readLow, varintHigh, varintLow, varintSize } from './wire-number.ts'

/** What may stand in front of a body where nobody says how much does. */
const HEAD_BYTES_MAX = 65_536
const TWO_32 = 0x1_0000_0000

/** What stops a reader: more bytes are needed, or the frame is none. One of each, so that stopping costs no stack. */
export const missing = new Error('bytes are missing')
export const malformed = new Error('this is no frame')

export class PullReader {
  bytes: Buffer = Buffer.alloc(0)
  /** Where the frame begins, and where the next field does. */
  start = 0
  at = 0
  /** Behind the bytes that are here; behind the frame, once its size is known. */
  end = 0
  /** The offset in the bytes that has to be reached before it is worth beginning again. */
  wanted = 0
  code: MalformedCode = 'header'
  text = ''
  #sized = false
  readonly #reader: PropertyReader
  readonly #bodyBytesMax: number

  constructor(reader: PropertyReader, bodyBytesMax: number) {
    this.#reader = reader
    this.#bodyBytesMax = bodyBytesMax
  }

  begin(bytes: Buffer, start: number, end: number): void {
    this.bytes = bytes
    this.start = start
    this.at = start
    this.end = end
    this.#sized = false
  }

  u8(): number {
    return u8(this.bytes, this.#take(1))
  }

  u16(): number {
    return u16(this.bytes, this.#take(2))
  }

  u24(): number {
    return readLow(this.bytes, this.#take(3), 3, false)
  }

  u32(): number {
    return u32(this.bytes, this.#take(4))
  }

  u16le(): number {
    return readLow(this.bytes, this.#take(2), 2, true)
  }

  u32le(): number {
    return readLow(this.bytes, this.#take(4), 4, true)
  }

  /** A number of up to 53 bits in groups of seven, the lowest first. */
  varint(): number {
    const size = varintSize(this.bytes, this.at, this.end)
    if (size < 0) this.fail('header', 'a variable number is none of 64 bits')
    if (size === 0) this.#lack(this.end - this.at + 1)
    const at = this.#take(size)
    return varintHigh(this.bytes, at, size) * TWO_32 + varintLow(this.bytes, at, size)
  }

  /** Bytes that are never copied: a view of the chunk. */
  slice(size: number): Buffer {
    const at = this.#take(size)
    return this.bytes.subarray(at, at + size)
  }

  utf8(size: number): string {
    const at = this.#take(size)
    return this.bytes.toString('utf8', at, at + size)
  }

  skip(size: number): void {
    this.#take(size)
  }

  /** What must stand here; the first byte that differs ends the connection, however few have come. */
  magic(wanted: Buffer): void {
    for (let index = 0; index < wanted.length && this.at + index < this.end; index++) {
      if (u8(this.bytes, this.at + index) === u8(wanted, index)) continue
      this.fail('magic', `a frame begins with ${this.bytes.toString('hex', this.at, this.at + index + 1)}`)
    }
    this.#take(wanted.length)
  }

  /**
   * The whole frame has so many bytes from its first, of which `headSize` are no body: waits for them, and no later
   * field gets behind its end. The sooner this is said, the seldomer the frame is begun again.
   */
  size(size: number, headSize = this.at - this.start): void {
    if (size - headSize > this.#bodyBytesMax)
      this.fail(
        'frame_size',
        `a body of ${size - headSize} bytes is announced, the limit is ${this.#bodyBytesMax}`,
      )
    if (this.start + size < this.at)
      this.fail('frame_size', `a frame of ${size} bytes is smaller than its head`)
    this.#lack(this.start + size - this.at)
    this.end = this.start + size
    this.#sized = true
  }

  /** The message from the frame's first byte to here, or to the end that was told; the body begins at `bodyAt`. */
  message(kind: MessageKind, bodyAt = this.at): Message {
    if (this.#sized) this.at = this.end
    return new Message(kind, this.#reader, this.bytes, this.start, this.at, bodyAt - this.start)
  }

  fail(code: MalformedCode, text: string): never {
    this.code = code
    this.text = text
    throw malformed
  }

  #take(size: number): number {
    const { at } = this
    if (at + size > this.end) this.#lack(size)
    this.at = at + size
    return at
  }

  #lack(size: number): void {
    const needed = this.at + size
    if (needed <= this.end) return
    if (this.#sized) this.fail('header', 'what is in a frame is longer than the frame')
    if (needed - this.start > this.#bodyBytesMax + HEAD_BYTES_MAX)
      this.fail(
        'frame_size',
        `a frame of ${needed - this.start} bytes is over the limit of ${this.#bodyBytesMax}`,
      )
    this.wanted = needed
    throw missing
  }
}
