/**
 * Answer: writes operations into memory that is used again for every call. Two of them exist: what is said in any case,
 * and the verdict, which counts when the handler returns it.
 */
import { Bytes, copy } from './bytes'

const HEADER = 12
/** Room that is always left for the zeros behind an operation. */
const SPARE = 16

@final
export class Answer {
  private base: usize
  private bytesRoom: usize
  /** Behind it is only what the end of an operation needs. */
  private limit: usize
  private at: usize
  /** Where the operation that is written began. */
  private began: usize = 0

  constructor(room: usize) {
    this.base = heap.alloc(room)
    this.bytesRoom = room
    this.limit = this.base + room - SPARE
    this.at = this.base + 4
  }

  reset(): void {
    this.at = this.base + 4
  }

  /** The list, whole; 0 when nothing was said. */
  finish(): usize {
    if (this.at == this.base + 4) return 0
    store<u32>(this.base, <u32>(this.at - this.base))
    return this.base
  }

  begin(code: u32, arg: u32, handle: u32): void {
    this.reserve(HEADER)
    this.began = this.at
    store<u32>(this.at, code | (arg << 8))
    store<u32>(this.at, handle, 8)
    this.at += HEADER
  }

  /** Sets the size of the operation and goes to the next multiple of 4, with zeros. */
  end(): void {
    const at = this.at
    store<u32>(this.began, <u32>(at - this.began), 4)
    store<u32>(at, 0)
    // Memory is handed out at multiples of 8, so that the list begins at one of 4.
    this.at = (at + 3) & ~3
  }

  u32(value: u32): void {
    this.reserve(4)
    store<u32>(this.at, value)
    this.at += 4
  }

  /** A text with its size before it. */
  sized(text: string): void {
    this.reserve(4)
    const sizeAt = this.at - this.base
    this.at += 4
    this.text(text)
    store<u32>(this.base + sizeAt, <u32>(this.at - this.base - sizeAt - 4))
  }

  text(text: string): void {
    const length = text.length
    this.reserve(<usize>length * 3)
    const from = changetype<usize>(text)
    const to = this.at
    for (let i: usize = 0; i < <usize>length; i++) {
      const unit = load<u16>(from + (i << 1))
      if (unit > 0x7f) {
        this.at += String.UTF8.encodeUnsafe(from, length, to)
        return
      }
      store<u8>(to + i, unit)
    }
    this.at += <usize>length
  }

  bytes(at: usize, size: i32): void {
    this.reserve(<usize>size)
    copy(this.at, at, <usize>size)
    this.at += <usize>size
  }

  /** A text, bytes, or a number in decimal digits. */
  value<T>(value: T): void {
    if (isString<T>()) this.text(changetype<string>(changetype<usize>(value)))
    else if (isInteger<T>() || isFloat<T>()) this.text(value.toString())
    else {
      const bytes = changetype<Bytes>(changetype<usize>(value))
      if (changetype<usize>(bytes) == 0) throw new TypeError('the value is null')
      this.bytes(bytes.at, bytes.size)
    }
  }

  /** Room for so many bytes, which are written at once. */
  room(size: usize): usize {
    this.reserve(size)
    const at = this.at
    this.at += size
    return at
  }

  get size(): u32 {
    return <u32>(this.at - this.base)
  }

  /** Where something is that stands so far behind the beginning. */
  place(offset: u32): usize {
    return this.base + <usize>offset
  }

  /** Forgets everything behind a size. */
  cut(size: u32): void {
    this.at = this.base + <usize>size
  }

  /** Takes over everything that another has. */
  take(other: Answer): void {
    this.bytes(other.base + 4, <i32>(other.at - other.base - 4))
  }

  // @ts-ignore: a decorator
  @inline
  private reserve(size: usize): void {
    if (this.at + size > this.limit) this.grow(size)
  }

  private grow(size: usize): void {
    const needed = this.at - this.base + size + SPARE
    const at = this.at - this.base
    const began = this.began - this.base
    this.bytesRoom = max(needed, this.bytesRoom * 2)
    this.base = heap.realloc(this.base, this.bytesRoom)
    this.limit = this.base + this.bytesRoom - SPARE
    this.at = this.base + at
    this.began = this.base + began
  }
}

export const answer = new Answer(4_096)
/** The verdict that was made last. */
export const verdictSaid = new Answer(1_024)
