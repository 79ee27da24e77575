/**
 * Reader: reads a frame straight on. Where a byte is missing it answers zeros from then on, and what `decode` makes of
 * them is forgotten: it is begun anew when there is more.
 */
import { Bytes, view } from './bytes'
import { Malformed } from './malformed'

const NO_END = u32.MAX_VALUE

@final
export class Reader {
  /** How much was read so far, with the body. */
  at: i32 = 0
  /** How many bytes a frame may have that were read in vain; 0 while none is missing. For the kit. */
  missing: u32 = 0
  /** Where the body begins, or -1, and how long it is. */
  bodyAt: i32 = -1
  bodySize: u32 = 0
  /** Why this is no frame, when it was found out while reading; 0 else. */
  wrong: u32 = 0
  /** Whether a caller sends this, and no upstream. */
  request: bool = false
  /** What is known about this connection and direction; set it by `setState`. */
  state: Bytes = new Bytes()
  /** The largest frame that is taken. */
  limit: u32 = 0
  /** Where the frame begins, and how many bytes of it are there. */
  private base: usize = 0
  private size: i32 = 0
  private end: u32 = NO_END

  /** Begins a frame; for the kit. */
  begin(base: usize, size: i32): Reader {
    this.base = base
    this.size = size
    this.at = 0
    this.missing = 0
    this.bodyAt = -1
    this.wrong = 0
    this.end = NO_END
    return this
  }

  /** Reads bytes from their beginning: `new Reader().over(bytes)`. */
  over(bytes: Bytes): Reader {
    return this.begin(bytes.at, bytes.size)
  }

  /** Bytes that are there and not read. */
  get left(): i32 {
    return max(this.size - this.at, 0)
  }

  /** Says where the frame ends: what reaches beyond it ends the connection (`header`). */
  until(end: u32): void {
    this.end = end
    if (<u32>this.at > end) this.wrong = Malformed.Header
  }

  u8(): u32 {
    const at = this.take(1)
    return at == 0 ? 0 : load<u8>(at)
  }

  u16(): u32 {
    const at = this.take(2)
    return at == 0 ? 0 : <u32>bswap<u16>(load<u16>(at))
  }

  u24(): u32 {
    const at = this.take(3)
    return at == 0 ? 0 : ((<u32>load<u8>(at)) << 16) | ((<u32>load<u8>(at, 1)) << 8) | load<u8>(at, 2)
  }

  u32(): u32 {
    const at = this.take(4)
    return at == 0 ? 0 : bswap<u32>(load<u32>(at))
  }

  u64(): u64 {
    const at = this.take(8)
    return at == 0 ? 0 : bswap<u64>(load<u64>(at))
  }

  i8(): i32 {
    return <i32>(<i8>this.u8())
  }

  i16(): i32 {
    return <i32>(<i16>this.u16())
  }

  i32(): i32 {
    return <i32>this.u32()
  }

  i64(): i64 {
    return <i64>this.u64()
  }

  u16le(): u32 {
    return bswap<u16>(<u16>this.u16())
  }

  u24le(): u32 {
    return bswap<u32>(this.u24() << 8)
  }

  u32le(): u32 {
    return bswap<u32>(this.u32())
  }

  u64le(): u64 {
    return bswap<u64>(this.u64())
  }

  i16le(): i32 {
    return <i32>(<i16>this.u16le())
  }

  i32le(): i32 {
    return <i32>this.u32le()
  }

  i64le(): i64 {
    return <i64>this.u64le()
  }

  /** Groups of 7 bits, lowest first, at most 64 bits. */
  varint(): u64 {
    let value: u64 = 0
    for (let shift: u64 = 0; shift < 64; shift += 7) {
      const byte = <u64>this.u8()
      value |= (byte & 0x7f) << shift
      if ((byte & 0x80) == 0) return value
    }
    this.wrong = Malformed.Header
    return value
  }

  zigzag(): i64 {
    const value = this.varint()
    return <i64>(value >> 1) ^ -(<i64>(value & 1))
  }

  bytes(count: u32): Bytes {
    const at = this.take(count)
    return view(at, at == 0 ? 0 : <i32>count)
  }

  skip(count: u32): void {
    this.take(count)
  }

  /** The bytes up to a line feed, without it and without a carriage return before it. */
  line(most: u32): Bytes {
    if (this.missing != 0 || this.wrong != 0) return view(0, 0)
    for (let i: u32 = 0; i < <u32>this.left && i <= most; i++) {
      if (load<u8>(this.base + <usize>this.at + <usize>i) != 0x0a) continue
      const line = this.bytes(i + 1)
      const size = i > 0 && line[i - 1] == 0x0d ? i - 1 : i
      return view(line.at, size)
    }
    if (<u32>this.left > most) this.wrong = Malformed.Header
    this.take(this.left + 1)
    return view(0, 0)
  }

  /** The body, which need not be there yet. */
  body(count: u32): void {
    if (this.missing != 0) return
    if (count > <u32>i32.MAX_VALUE - <u32>this.at || <u32>this.at + count > this.end) {
      this.wrong = Malformed.FrameSize
      return
    }
    this.bodyAt = this.at
    this.bodySize = count
    this.at += count
  }

  /** Ends the connection when others stand here, at the first that differs. */
  magic(wanted: string): void {
    for (let i = 0; i < wanted.length && this.missing == 0 && this.wrong == 0; i++) {
      const byte = this.u8()
      if (this.missing == 0 && byte != <u32>wanted.charCodeAt(i)) this.wrong = Malformed.Magic
    }
  }

  /** Where something stands in the frame; -1 when it is elsewhere. For the kit. */
  placeOf(bytes: Bytes): i32 {
    const place = bytes.at - this.base
    return bytes.at >= this.base && place + <usize>bytes.size <= <usize>this.size ? <i32>place : -1
  }

  get whole(): Bytes {
    return view(this.base, this.size)
  }

  private take(count: u32): usize {
    if (this.missing != 0 || this.wrong != 0) return 0
    if (count > this.end - <u32>this.at) {
      this.wrong = Malformed.Header
      return 0
    }
    if (count > <u32>this.left) {
      this.missing = <u32>this.at + count
      return 0
    }
    const at = this.base + <usize>this.at
    this.at += count
    return at
  }
}

export const reader = new Reader()
