/** Writer: writes a frame. Every function answers the writer, so that fields stand in a row. */
import { answer } from './answer'
import { Bytes } from './bytes'

const OP_BYTES = 69

@final
export class Writer {
  private begun: u32 = 0

  /** For the kit. */
  begin(): Writer {
    answer.begin(OP_BYTES, 0, 0)
    this.begun = answer.size
    return this
  }

  /** Bytes written so far. */
  get at(): u32 {
    return answer.size - this.begun
  }

  u8(value: u32): Writer {
    store<u8>(answer.room(1), value)
    return this
  }

  u16(value: u32): Writer {
    store<u16>(answer.room(2), bswap<u16>(<u16>value))
    return this
  }

  u24(value: u32): Writer {
    return this.u8(value >>> 16).u16(value)
  }

  u32(value: u32): Writer {
    store<u32>(answer.room(4), bswap<u32>(value))
    return this
  }

  u64(value: u64): Writer {
    store<u64>(answer.room(8), bswap<u64>(value))
    return this
  }

  i8(value: i32): Writer {
    return this.u8(<u32>value)
  }

  i16(value: i32): Writer {
    return this.u16(<u32>value)
  }

  i32(value: i32): Writer {
    return this.u32(<u32>value)
  }

  i64(value: i64): Writer {
    return this.u64(<u64>value)
  }

  u16le(value: u32): Writer {
    return this.u16(bswap<u16>(<u16>value))
  }

  u24le(value: u32): Writer {
    return this.u24(bswap<u32>(value << 8))
  }

  u32le(value: u32): Writer {
    return this.u32(bswap<u32>(value))
  }

  u64le(value: u64): Writer {
    return this.u64(bswap<u64>(value))
  }

  i16le(value: i32): Writer {
    return this.u16le(<u32>value)
  }

  i32le(value: i32): Writer {
    return this.u32le(<u32>value)
  }

  i64le(value: i64): Writer {
    return this.u64le(<u64>value)
  }

  /** Groups of 7 bits, lowest first. */
  varint(value: u64): Writer {
    while (value > 0x7f) {
      this.u8((<u32>value & 0x7f) | 0x80)
      value >>= 7
    }
    return this.u8(<u32>value)
  }

  zigzag(value: i64): Writer {
    return this.varint(<u64>((value << 1) ^ (value >> 63)))
  }

  /** A text in UTF-8, or bytes. */
  bytes<T>(value: T): Writer {
    answer.value<T>(value)
    return this
  }

  /** Write over what is there, for lengths that are known later. */
  u8At(at: u32, value: u32): Writer {
    store<u8>(this.place(at, 1), value)
    return this
  }

  u16At(at: u32, value: u32): Writer {
    store<u16>(this.place(at, 2), bswap<u16>(<u16>value))
    return this
  }

  u24At(at: u32, value: u32): Writer {
    return this.u8At(at, value >>> 16).u16At(at + 1, value)
  }

  u32At(at: u32, value: u32): Writer {
    store<u32>(this.place(at, 4), bswap<u32>(value))
    return this
  }

  u16leAt(at: u32, value: u32): Writer {
    return this.u16At(at, bswap<u16>(<u16>value))
  }

  u32leAt(at: u32, value: u32): Writer {
    return this.u32At(at, bswap<u32>(value))
  }

  /** What was written, for sums over it. */
  written(from: u32 = 0, to: u32 = u32.MAX_VALUE): Bytes {
    const bytes = new Bytes()
    bytes.at = answer.place(this.begun + from)
    bytes.size = <i32>(min(to, this.at) - from)
    return bytes
  }

  private place(at: u32, size: u32): usize {
    if (at + size > this.at) throw new RangeError('nothing was written there')
    return answer.place(this.begun + at)
  }
}

export const writer = new Writer()
