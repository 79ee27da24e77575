/**
 * Frame: what `decode` makes of a frame. One is used again and again; its properties are gathered and written behind it.
 */
import { Answer, answer } from './answer'
import { Bytes } from './bytes'
import { Malformed } from './malformed'
import { Kind } from './metadata'
import { reader } from './reader'

const OP_FRAME = 64
const OP_REFUSED = 66
const OP_MALFORMED = 67
const OP_PASS = 73
const OP_AFFINITY = 74
const FIXED = 64
const ROW = 16
const OWN: u32 = 0x8000_0000
const NOWHERE: u32 = 0xffff_ffff

/** What refs point at that is not in the frame. Offsets count from the first byte behind the list's head. */
const own = new Answer(1_024)
const rows = new Answer(1_024)

/** Whether a request needs an upstream connection of its client's own. */
export enum Affinity {
  Shared,
  Own,
  /** Gives the connection back. */
  Release,
}

/** For `waitMs`: the reply may be put off for as long as it takes. */
export const FOR_EVER: u32 = 0xffff_ffff

@final
export class Frame {
  private code: u32 = OP_FRAME
  private arg: u32 = 0
  private idNumber: u64 = 0
  private idAt: u32 = 0
  private idSize: u32 = 0
  private idPlace: u32 = NOWHERE
  private statusNumber: i32 = -1
  private stream: u32 = 0
  private headerBytes: i32 = -1
  private frameBytes: i32 = -1
  private operationAt: u32 = 0
  private operationSize: u32 = 0
  private why: string = ''
  private count: u32 = 0
  private bound: Affinity = Affinity.Shared
  private wait: u32 = 0

  reset(code: u32, arg: u32): Frame {
    own.reset()
    rows.reset()
    this.code = code
    this.arg = arg
    this.idNumber = 0
    this.idAt = 0
    this.idSize = 0
    this.idPlace = NOWHERE
    this.statusNumber = -1
    this.stream = 0
    this.headerBytes = -1
    this.frameBytes = -1
    this.operationAt = 0
    this.operationSize = 0
    this.why = ''
    this.count = 0
    this.bound = Affinity.Shared
    this.wait = 0
    return this
  }

  id(value: u64): Frame {
    this.idNumber = value
    return this
  }

  /** Where in the frame the id stands, where that differs from frame to frame. */
  idAtByte(at: u32): Frame {
    this.idPlace = at
    return this
  }

  /** The id where it is a text. */
  idText<T>(value: T): Frame {
    this.idAt = this.refer<T>(value)
    this.idSize = this.last
    return this
  }

  status(value: i32): Frame {
    this.statusNumber = value
    return this
  }

  operation<T>(value: T): Frame {
    this.operationAt = this.refer<T>(value)
    this.operationSize = this.last
    return this
  }

  /** Appends a property; a view of the frame is not copied. */
  property<K, V>(key: K, value: V): Frame {
    rows.u32(this.refer<K>(key))
    rows.u32(this.last)
    rows.u32(this.refer<V>(value))
    rows.u32(this.last)
    this.count++
    return this
  }

  /** The request needs a connection of its client's own, or gives it back. */
  affinity(value: Affinity): Frame {
    this.bound = value
    return this
  }

  /** How long the request itself asks for its reply to be put off at most. */
  waitMs(value: u32): Frame {
    this.wait = value
    return this
  }

  streamId(value: u32): Frame {
    this.stream = value
    return this
  }

  /** Left out, what was read before the body. */
  headerSize(value: i32): Frame {
    this.headerBytes = value
    return this
  }

  /** Left out, what was read. */
  size(value: i32): Frame {
    this.frameBytes = value
    return this
  }

  /** For the kit: the text of what is refused or malformed. */
  because(text: string): Frame {
    this.why = text
    return this
  }

  /** For the kit: writes the operation, and answers how long the frame is; 0 when there is none after it. */
  write(): i32 {
    answer.begin(this.code, this.arg, 0)
    if (this.code == OP_MALFORMED) {
      answer.text(this.why)
      answer.end()
      return 0
    }
    if (this.code == OP_PASS) return number(this.frameBytes >= 0 ? this.frameBytes : reader.at)
    const why = this.why == '' ? 0 : this.refer<string>(this.why)
    const whySize = this.why == '' ? 0 : this.last
    const shift = FIXED + this.count * ROW
    const header = this.headerBytes >= 0 ? this.headerBytes : reader.bodyAt >= 0 ? reader.bodyAt : reader.at
    const size = this.frameBytes >= 0 ? this.frameBytes : reader.at
    answer.u32(size)
    answer.u32(header)
    answer.u32(this.statusNumber)
    answer.u32(<u32>this.idNumber)
    answer.u32(<u32>(this.idNumber >> 32))
    answer.u32(this.stream)
    ref(this.idAt, this.idSize, shift)
    ref(this.operationAt, this.operationSize, shift)
    answer.u32(reader.bodyAt >= 0 ? reader.bodyAt : 0)
    answer.u32(reader.bodyAt >= 0 ? reader.bodySize : 0)
    answer.u32(this.idPlace)
    answer.u32(this.count)
    ref(why, whySize, shift)
    for (let at: u32 = 4; at < rows.size; at += 8) {
      ref(load<u32>(rows.place(at)), load<u32>(rows.place(at + 4)), shift)
    }
    answer.take(own)
    answer.end()
    if (this.bound == Affinity.Shared && this.wait == 0) return size
    answer.begin(OP_AFFINITY, this.bound, 0)
    number(this.wait)
    return size
  }

  private last: u32 = 0

  /** Where a value stands, in the frame or behind the rows; its size is in `last`. */
  private refer<T>(value: T): u32 {
    if (isReference<T>() && !isString<T>()) {
      const bytes = changetype<Bytes>(changetype<usize>(value))
      const place = reader.placeOf(bytes)
      if (place > 0 || (place == 0 && bytes.size > 0)) {
        this.last = bytes.size
        return place
      }
    }
    const before = own.size
    own.value<T>(value)
    this.last = own.size - before
    return (before - 4) | OWN
  }
}

function number(value: u32): i32 {
  answer.u32(value)
  answer.end()
  return <i32>value
}

function ref(at: u32, size: u32, shift: u32): void {
  answer.u32((at & OWN) != 0 ? at + shift : at)
  answer.u32(size)
}

const frame = new Frame()

/** A frame that was understood. */
export function message(kind: Kind): Frame {
  return frame.reset(OP_FRAME, kind)
}

/** One that is understood and not taken: its sender is told why, and what is behind it comes as usual. */
export function refused(kind: Kind, why: string): Frame {
  return frame.reset(OP_REFUSED, kind).because(why)
}

/** What was read is no message, a greeting for example. Goes with `encodePreface`. */
export function passed(): Frame {
  return frame.reset(OP_PASS, 0)
}

/** The connection cannot be understood any further. */
export function malformed(code: Malformed, why: string): Frame {
  return frame.reset(OP_MALFORMED, code).because(why)
}
