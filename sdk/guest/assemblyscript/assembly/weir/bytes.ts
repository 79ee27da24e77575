/**
 * Bytes: a view of bytes that lie in memory, such as a value of a message. Nothing is copied or made into a string until
 * it is asked for. A view of a message holds until the handler returns: keep `toString()`, not the view.
 */
@final
export class Bytes {
  /** Where the bytes are, and how many. */
  at: usize = 0
  size: i32 = 0

  /** The UTF-8 of a text, in memory of its own. */
  static of(text: string): Bytes {
    return Bytes.from(String.UTF8.encode(text))
  }

  static from(buffer: ArrayBuffer): Bytes {
    const bytes = new Bytes()
    bytes.keep = buffer
    bytes.at = changetype<usize>(buffer)
    bytes.size = buffer.byteLength
    return bytes
  }

  /** A byte. */
  [key: number]: u8

  /** What the view lies in, when that has to be kept alive. */
  private keep: ArrayBuffer | null = null

  @operator('[]')
  private byteAt(index: i32): u8 {
    if (<u32>index >= <u32>this.size) throw new RangeError('there is no such byte')
    return load<u8>(this.at + <usize>index)
  }

  /** Whether the bytes are this text, compared in place. */
  is(text: string): bool {
    const length = text.length
    const size = this.size
    if (size < length) return false
    const at = this.at
    for (let i: usize = 0; i < <usize>length; i++) {
      const unit = <u32>load<u16>(changetype<usize>(text) + (i << 1))
      if (unit > 0x7f) return this.equals(Bytes.of(text))
      if (<u32>load<u8>(at + i) != unit) return false
    }
    return size == length
  }

  startsWith(text: string): bool {
    const ascii = text.length
    if (this.size < ascii) return false
    for (let i = 0; i < ascii; i++) {
      const unit = load<u16>(changetype<usize>(text) + (<usize>i << 1))
      if (unit > 0x7f) return this.startsWithBytes(Bytes.of(text))
      if (<u16>load<u8>(this.at + <usize>i) != unit) return false
    }
    return true
  }

  equals(other: Bytes): bool {
    return this.size == other.size && memory.compare(this.at, other.at, <usize>this.size) == 0
  }

  /** The bytes from `start` to `end`, or to the last. */
  slice(start: i32, end: i32 = i32.MAX_VALUE): Bytes {
    const from = min(max(start, 0), this.size)
    return view(this.at + <usize>from, max(min(end, this.size) - from, 0))
  }

  /** The number that stands here in decimal digits; `otherwise` when there are others, or none. */
  toNumber(otherwise: f64 = NaN): f64 {
    const number = F64.parseFloat(this.toString())
    return isNaN(number) ? otherwise : number
  }

  /** Whether a whole number stands here in decimal digits, from `least` to `most`. */
  isInteger(least: i64 = i64.MIN_VALUE, most: i64 = i64.MAX_VALUE): bool {
    const digits = this.size - (this.size > 0 && load<u8>(this.at) == 0x2d ? 1 : 0)
    if (digits < 1 || digits > 18) return false
    for (let i = this.size - digits; i < this.size; i++) if (load<u8>(this.at + <usize>i) - 0x30 > 9) return false
    const value = this.toInteger()
    return value >= least && value <= most
  }

  /** The whole number that stands here; only after `isInteger`. */
  toInteger(): i64 {
    const negative = this.size > 0 && load<u8>(this.at) == 0x2d
    let value: i64 = 0
    for (let i = negative ? 1 : 0; i < this.size; i++) value = value * 10 + <i64>(load<u8>(this.at + <usize>i) - 0x30)
    return negative ? -value : value
  }

  /** As a string; what is no UTF-8 becomes U+FFFD there, and stays as it is in the view. */
  toString(): string {
    return String.UTF8.decodeUnsafe(this.at, <usize>this.size)
  }

  private startsWithBytes(other: Bytes): bool {
    return this.size >= other.size && memory.compare(this.at, other.at, <usize>other.size) == 0
  }
}

/** How many views of a call are had without making new ones. */
const POOL = 32
const pool = new StaticArray<Bytes>(POOL)
for (let i = 0; i < POOL; i++) pool[i] = new Bytes()
let used = 0

/** A view out of the pool. */
// @ts-ignore: a decorator
@inline
export function view(at: usize, size: i32): Bytes {
  const bytes = used < POOL ? unchecked(pool[used++]) : new Bytes()
  bytes.at = at
  bytes.size = size
  return bytes
}

/** Copies: a few bytes one by one, which is quicker than asking the engine to do it. */
// @ts-ignore: a decorator
@inline
export function copy(to: usize, from: usize, size: usize): void {
  if (size > 16) memory.copy(to, from, size)
  else for (let i: usize = 0; i < size; i++) store<u8>(to + i, load<u8>(from + i))
}

/** A call is over: its views may be used again. */
export function forgetViews(): void {
  used = 0
}

/** Bytes of a text in UTF-8. */
export function sizeOf(text: string): i32 {
  const length = text.length
  for (let i = 0; i < length; i++) {
    if (load<u16>(changetype<usize>(text) + (<usize>i << 1)) > 0x7f) return String.UTF8.byteLength(text)
  }
  return length
}
