/**
 * Reads the WebAssembly binary format (core specification §5.2) within one range of bytes. Every read is checked
 * against the end of the range, every LEB128 for its length and its unused bits; what does not fit is a
 * {@link Refusal} that says where.
 */
import { u8 } from '../../../../sdk/bytes.ts'
import { Refusal } from './refusal.ts'

/** A name longer than this is nobody's: it would be repeated in logs and stack traces. */
const NAME_BYTES_MAX = 4096

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

export class BinaryReader {
  readonly bytes: Uint8Array
  readonly end: number
  /** The next byte to be read; whoever sets it has checked it. */
  at: number

  constructor(bytes: Uint8Array, start: number, end: number) {
    this.bytes = bytes
    this.at = start
    this.end = end
  }

  get remaining(): number {
    return this.end - this.at
  }

  byte(): number {
    if (this.at >= this.end) throw this.cut()
    return u8(this.bytes, this.at++)
  }

  /** Passes over `count` bytes and answers where they begin. */
  skip(count: number): number {
    if (count > this.end - this.at) throw this.cut()
    const start = this.at
    this.at += count
    return start
  }

  /** u32 (§5.2.2): at most five bytes, the fifth with four bits. */
  u32(): number {
    const first = this.byte()
    if (first < 0x80) return first
    let value = first & 0x7f
    for (let shift = 7; shift < 28; shift += 7) {
      const byte = this.byte()
      value |= (byte & 0x7f) << shift
      if (byte < 0x80) return value
    }
    const last = this.byte()
    if (last > 0x0f) throw this.#badNumber()
    return (value | (last << 28)) >>> 0
  }

  /** s32 (§5.2.2), passed over: bits four to six of a fifth byte repeat the sign. */
  skipS32(): void {
    for (let i = 0; i < 4; i++) if (this.byte() < 0x80) return
    const last = this.byte()
    if (last > 0x7f || ((last & 0x78) !== 0 && (last & 0x78) !== 0x78)) throw this.#badNumber()
  }

  /** s64 (§5.2.2), passed over: a tenth byte holds one bit and repeats it. */
  skipS64(): void {
    for (let i = 0; i < 9; i++) if (this.byte() < 0x80) return
    const last = this.byte()
    if (last !== 0x00 && last !== 0x7f) throw this.#badNumber()
  }

  /** A non-negative s33 (§5.3.8 block types, §5.3.5 heap types): like u32, but the last byte's sign bit is clear. */
  u33(): number {
    const start = this.at
    const value = this.u32()
    const last = u8(this.bytes, this.at - 1)
    if (this.at - start < 5 && (last & 0x40) !== 0) throw this.#badNumber()
    return value
  }

  /** The count of a vector (§5.1.3). Its items take at least one byte each, so a larger count is a lie. */
  count(max: number, what: string): number {
    const at = this.at
    const count = this.u32()
    if (count > this.end - this.at)
      throw new Refusal('malformed', `claims ${count} ${what} in fewer bytes`, at)
    if (count > max) throw new Refusal('over_quota', `has ${count} ${what}, at most ${max} are accepted`, at)
    return count
  }

  /** A name (§5.2.4): valid UTF-8. */
  name(): string {
    const at = this.at
    const size = this.u32()
    const start = this.skip(size)
    if (size > NAME_BYTES_MAX) {
      throw new Refusal(
        'over_quota',
        `has a name of ${size} bytes, at most ${NAME_BYTES_MAX} are accepted`,
        at,
      )
    }
    try {
      return utf8.decode(this.bytes.subarray(start, start + size))
    } catch {
      throw new Refusal('malformed', 'has a name that is not UTF-8', at)
    }
  }

  /** A reader of the next `size` bytes; this one goes on behind them. */
  part(size: number): BinaryReader {
    const start = this.skip(size)
    return new BinaryReader(this.bytes, start, start + size)
  }

  /** Says that something ends where it should not. */
  cut(): Refusal {
    return new Refusal('malformed', 'ends in the middle of something', this.at)
  }

  #badNumber(): Refusal {
    return new Refusal('malformed', 'has a number with more bits than its type', this.at - 1)
  }
}
