/**
 * Steps over values of Hessian 2.0 without building them. It keeps what later values may point at, as counts:
 * objects (references), type names and class definitions (Hessian 2.0 §4 and §5). It neither recurses nor
 * follows a reference, and every count on the wire is held against the bytes that are left.
 */
import { u8, u16 } from '../../sdk/index.ts'
import type { ChunkView } from './chunk-view.ts'
import { FIXED_SIZES, integerSize, integerValue } from './hessian2-sizes.ts'
import { skipString, stringTag } from './hessian2-strings.ts'
import { ASCII_AHEAD_BYTES, DEPTH_MAX } from './limits.ts'

/** Marks on the stack for containers that end with `Z`; others have the number of values that are missing. */
const LIST = -1
const MAP_KEY = -2
const MAP_VALUE = -3

const BINARY_CHUNK = 0x41
const BINARY_LAST = 0x42
const CLASS = 0x43
const MAP = 0x48
const TYPED_MAP = 0x4d
const OBJECT = 0x4f
const REFERENCE = 0x51
const END = 0x5a

export class Hessian2Skipper {
  readonly #stack = new Int32Array(DEPTH_MAX)
  readonly #view: ChunkView
  /** Bytes of the body from where it is looked at up to here are ASCII, as far as anybody needed to know. */
  #asciiEnd = 0
  #objects = 0
  #types = 0
  /** How many fields each class of this body has. */
  #classes: number[] = []
  /** The value of the integer that {@link Hessian2Skipper.#integer} read last. */
  #value = 0
  #failure = ''

  constructor(view: ChunkView) {
    this.#view = view
  }

  /** Why the last skip failed, as the end of a sentence. */
  get failure(): string {
    return this.#failure
  }

  /** Begins another body at its first value: nothing can be pointed at yet. */
  begin(at: number): void {
    this.#asciiEnd = at
    this.#objects = 0
    this.#types = 0
    this.#failure = ''
    if (this.#classes.length > 0) this.#classes = []
  }

  /** Everything from `at` up to here is ASCII. */
  asciiEnd(bytes: Buffer, at: number, end: number): number {
    if (this.#asciiEnd < end) this.#lookAhead(bytes, at, end)
    return this.#asciiEnd
  }

  /** The offset behind the beginning of a map, whose entries the caller steps over itself; -1 when it is none. */
  openMap(bytes: Buffer, at: number, end: number): number {
    if (this.#asciiEnd <= at) this.#lookAhead(bytes, at, end)
    const tag = at < end ? u8(bytes, at) : 0
    if (tag !== MAP && tag !== TYPED_MAP) return this.#fail('is no map')
    this.#objects++
    return tag === MAP ? at + 1 : this.#type(bytes, at + 1, end)
  }

  /** The offset behind the value at `at`, or -1; then {@link failure} says why. */
  skip(bytes: Buffer, at: number, end: number): number {
    if (at >= end) return this.#walk(bytes, at, end)
    // Strings, which nearly all values are, if they are ASCII: the first byte or two say all.
    const tag = u8(bytes, at)
    let direct = at + 1 + tag
    if (tag > 0x1f) {
      if (tag < 0x30 || tag > 0x33 || at + 1 === end) return this.#among(bytes, at, end)
      direct = at + 2 + (((tag - 0x30) << 8) | u8(bytes, at + 1))
    }
    if (direct <= this.#asciiEnd) return direct
    if (direct <= end && this.#asciiEnd >= at) {
      this.#asciiEnd = this.#view.asciiEnd(bytes, this.#asciiEnd, direct)
      if (direct <= this.#asciiEnd) return direct
    }
    return this.#walk(bytes, at, end)
  }

  /** Any other value, which may have many strings in it. */
  #among(bytes: Buffer, at: number, end: number): number {
    if (u8(FIXED_SIZES, u8(bytes, at)) === 0 && this.#asciiEnd <= at) this.#lookAhead(bytes, at, end)
    return this.#walk(bytes, at, end)
  }

  #walk(bytes: Uint8Array, start: number, end: number): number {
    const stack = this.#stack
    let depth = 0
    let at = start
    for (;;) {
      if (at >= end) return this.#fail('is cut off')
      const tag = u8(bytes, at)
      if (tag === END) {
        const top = depth > 0 ? stack[depth - 1] : 0
        if (top !== LIST && top !== MAP_KEY) return this.#fail('has an end without a beginning')
        depth--
        at++
      } else if (tag === CLASS) {
        // A definition stands before the object that needs it and is no value itself.
        at = this.#define(bytes, at + 1, end)
        if (at < 0) return -1
        continue
      } else {
        const missing = this.#missing(bytes, at, end)
        if (this.#next < 0) return -1
        at = this.#next
        if (missing !== 0) {
          if (missing > end - at) return this.#fail('announces more than follows')
          if (depth === DEPTH_MAX) return this.#fail(`is nested deeper than ${DEPTH_MAX}`)
          stack[depth++] = missing
          continue
        }
      }
      depth = unwind(stack, depth)
      if (depth === 0) return at
    }
  }

  /** Where the value goes on after {@link Hessian2Skipper.#missing}; -1 when it failed. */
  #next = 0

  /** Steps over a value without its parts; what is missing then: 0 nothing, a count of values, or a mark. */
  #missing(bytes: Uint8Array, at: number, end: number): number {
    const tag = u8(bytes, at)
    const size = u8(FIXED_SIZES, tag)
    if (size > 0) {
      this.#next = size <= end - at ? at + size : this.#fail('is cut off')
      return 0
    }
    if (stringTag(tag)) {
      const next = skipString(bytes, at, end, this.#asciiEnd)
      this.#next = next < 0 ? this.#fail('has a string that is not whole') : next
      return 0
    }
    switch (tag) {
      case 0x34:
      case 0x35:
      case 0x36:
      case 0x37:
      case BINARY_CHUNK:
      case BINARY_LAST:
        this.#next = this.#binary(bytes, at, end)
        return 0
      case REFERENCE:
        this.#next = this.#integer(bytes, at + 1, end)
        if (this.#next >= 0 && (this.#value < 0 || this.#value >= this.#objects)) {
          this.#next = this.#fail('refers to an object that is not there')
        }
        return 0
      default:
        return this.#container(bytes, at, end, tag)
    }
  }

  #container(bytes: Uint8Array, at: number, end: number, tag: number): number {
    if (tag === OBJECT || (tag >= 0x60 && tag <= 0x6f)) return this.#object(bytes, at, end, tag)
    this.#objects++
    switch (tag) {
      case MAP:
        this.#next = at + 1
        return MAP_KEY
      case TYPED_MAP:
        this.#next = this.#type(bytes, at + 1, end)
        return MAP_KEY
      case 0x55: // list of a type, up to an end
        this.#next = this.#type(bytes, at + 1, end)
        return LIST
      case 0x57: // list, up to an end
        this.#next = at + 1
        return LIST
      case 0x56: // list of a type, with its length
        this.#next = this.#type(bytes, at + 1, end)
        return this.#next < 0 ? 0 : this.#count(bytes, this.#next, end)
      case 0x58: // list with its length
        return this.#count(bytes, at + 1, end)
    }
    if (tag >= 0x70 && tag <= 0x77) {
      this.#next = this.#type(bytes, at + 1, end)
      return tag - 0x70
    }
    if (tag >= 0x78 && tag <= 0x7f) {
      this.#next = at + 1
      return tag - 0x78
    }
    this.#next = this.#fail(`has the byte ${tag.toString(16)}, which begins no value`)
    return 0
  }

  #object(bytes: Uint8Array, at: number, end: number, tag: number): number {
    this.#objects++
    if (tag === OBJECT) this.#next = this.#integer(bytes, at + 1, end)
    else {
      this.#next = at + 1
      this.#value = tag - 0x60
    }
    const fields = this.#next < 0 ? 0 : this.#classes[this.#value]
    if (fields !== undefined) return fields
    this.#next = this.#fail('is of a class that is not defined')
    return 0
  }

  #count(bytes: Uint8Array, at: number, end: number): number {
    this.#next = this.#integer(bytes, at, end)
    if (this.#next < 0) return 0
    if (this.#value >= 0) return this.#value
    this.#next = this.#fail('announces a negative count')
    return 0
  }

  /** class-def ::= 'C' string int string* (Hessian 2.0 §4.3). */
  #define(bytes: Uint8Array, start: number, end: number): number {
    let at = skipString(bytes, start, end)
    if (at < 0) return this.#fail('has a class name that is not whole')
    at = this.#integer(bytes, at, end)
    if (at < 0) return -1
    const fields = this.#value
    if (fields < 0 || fields > end - at) return this.#fail('announces more fields than follow')
    for (let i = 0; i < fields; i++) {
      at = skipString(bytes, at, end)
      if (at < 0) return this.#fail('has a field name that is not whole')
    }
    this.#classes.push(fields)
    return at
  }

  /** type ::= string | int, the latter pointing at a type named before (Hessian 2.0 §4.14). */
  #type(bytes: Uint8Array, at: number, end: number): number {
    if (at < end && stringTag(u8(bytes, at))) {
      this.#types++
      const next = skipString(bytes, at, end)
      return next < 0 ? this.#fail('has a type name that is not whole') : next
    }
    const next = this.#integer(bytes, at, end)
    if (next < 0) return -1
    return this.#value >= 0 && this.#value < this.#types ? next : this.#fail('has a type that is not named')
  }

  #binary(bytes: Uint8Array, start: number, end: number): number {
    for (let at = start; at < end; ) {
      const tag = u8(bytes, at)
      if (tag >= 0x20 && tag <= 0x2f) {
        at += 1 + tag - 0x20
        return at <= end ? at : this.#fail('is cut off')
      }
      const short = tag >= 0x34 && tag <= 0x37
      if (!short && tag !== BINARY_CHUNK && tag !== BINARY_LAST)
        return this.#fail('has bytes that do not go on')
      if (at + 3 > end && !(short && at + 2 <= end)) return this.#fail('is cut off')
      at += short ? 2 + (((tag - 0x34) << 8) | u8(bytes, at + 1)) : 3 + u16(bytes, at + 1)
      if (at > end) return this.#fail('is cut off')
      if (tag !== BINARY_CHUNK) return at
    }
    return this.#fail('is cut off')
  }

  /** Reads an integer into {@link Hessian2Skipper.#value}; the offset behind it, or -1. */
  #integer(bytes: Uint8Array, at: number, end: number): number {
    const size = at < end ? integerSize(u8(bytes, at)) : 0
    if (size === 0 || at + size > end) return this.#fail('has no whole integer where one is due')
    this.#value = integerValue(bytes, at)
    return at + size
  }

  #lookAhead(bytes: Buffer, at: number, end: number): void {
    this.#asciiEnd = this.#view.asciiEnd(bytes, at, Math.min(end, at + ASCII_AHEAD_BYTES))
  }

  #fail(why: string): -1 {
    this.#failure = why
    return -1
  }
}

/** One value is complete: closes what it completes; the depth that is left, 0 when nothing is missing. */
function unwind(stack: Int32Array, from: number): number {
  let depth = from
  while (depth > 0) {
    const top = stack[depth - 1] ?? 0
    if (top === MAP_KEY || top === MAP_VALUE) stack[depth - 1] = top === MAP_KEY ? MAP_VALUE : MAP_KEY
    else if (top > 0) stack[depth - 1] = top - 1
    if (top !== 1) return depth
    depth--
  }
  return 0
}
