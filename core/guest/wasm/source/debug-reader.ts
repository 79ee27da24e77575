/** DebugReader: reads what DWARF is made of (DWARF 5 §7.6, §7.26), little-endian, within one range. What does not fit is a Refusal. */
import { u8 } from '../../../../sdk/bytes.ts'
import { Refusal } from '../meter/refusal.ts'

/** Of a name. */
const TEXT_BYTES_MAX = 4_096

export class DebugReader {
  readonly bytes: Buffer
  readonly end: number
  at: number

  constructor(bytes: Buffer, start: number, end: number) {
    this.bytes = bytes
    this.at = start
    this.end = Math.min(end, bytes.length)
  }

  get remaining(): number {
    return this.end - this.at
  }

  byte(): number {
    return u8(this.bytes, this.skip(1))
  }

  u16(): number {
    return this.bytes.readUInt16LE(this.skip(2))
  }

  u32(): number {
    return this.bytes.readUInt32LE(this.skip(4))
  }

  /** Passes over so many bytes and answers where they begin. */
  skip(count: number): number {
    const start = this.at
    if (count > this.end - start) throw new Refusal('malformed', 'ends in the middle of something', start)
    this.at = start + count
    return start
  }

  /** Unsigned LEB128, of which 32 bits count. */
  unsigned(): number {
    return this.#number() >>> 0
  }

  /** Signed LEB128 likewise. */
  signed(): number {
    return this.#number(true)
  }

  /** Passes over a text that ends with a zero, and answers how many bytes it has. */
  skipText(): number {
    const end = this.at < this.end ? this.bytes.indexOf(0, this.at) : -1
    if (end < 0 || end >= this.end) throw new Refusal('malformed', 'has a name without an end', this.at)
    const size = end - this.at
    this.at = end + 1
    return size
  }

  /** The same text, as one. */
  text(): string {
    const start = this.at
    const size = this.skipText()
    if (size > TEXT_BYTES_MAX) throw new Refusal('over_quota', 'has a name that is no name', start)
    return this.bytes.toString('utf8', start, start + size)
  }

  #number(extend = false): number {
    let value = 0
    for (let shift = 0; ; shift += 7) {
      const byte = this.byte()
      if (shift < 32) value |= (byte & 0x7f) << shift
      if (byte < 0x80)
        return extend && (byte & 0x40) !== 0 && shift < 25 ? value | (-1 << (shift + 7)) : value
    }
  }
}
