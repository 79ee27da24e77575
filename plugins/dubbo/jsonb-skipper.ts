/**
 * Steps over values of JSONB without building them ("Design of JSONB Storage Format" of fastjson2). It neither
 * recurses nor follows a reference, and every count on the wire is held against the bytes that are left.
 */
import { u8 } from '../../sdk/index.ts'
import { jsonbInteger, jsonbIntegerSize, jsonbStringTag, skipJsonbString } from './jsonb-strings.ts'
import { DEPTH_MAX } from './limits.ts'

/** Marks on the stack for an object's entries; arrays have the number of values that are missing. */
const KEY = -1
const VALUE = -2

const SYMBOL = 0x7f
const TYPED = 0x92
const REFERENCE = 0x93
export const OBJECT_END = 0xa5
export const OBJECT = 0xa6

/** Bytes of a value whose first byte tells its size; 0 for all others. */
const FIXED_SIZES = fixedSizes()
/** Bytes between the tag and the integer that follows it, in values that end with an integer. */
const INTEGER_AFTER = new Map([
  [0x90, 0], // char
  [0xa7, 3], // local time: hour, minute, second, nanoseconds
  [0xa8, 7], // local date and time
  [0xb4, 0], // double that is a whole number
  [0xb6, 0], // float that is a whole number
  [0xb8, 0], // decimal that is a whole number
  [0xba, 0], // big integer that fits a long
])

export class JsonbSkipper {
  readonly #stack = new Int32Array(DEPTH_MAX)
  /** Where the value goes on; -1 when it failed. */
  #next = 0
  #failure = ''

  /** Why the last skip failed, as the end of a sentence. */
  get failure(): string {
    return this.#failure
  }

  /** The offset behind the beginning of an object, whose entries the caller steps over itself; -1 if it is none. */
  openObject(bytes: Uint8Array, start: number, end: number): number {
    let at = start
    if (at < end && u8(bytes, at) === TYPED) at = this.#type(bytes, at + 1, end)
    if (at < 0) return -1
    return at < end && u8(bytes, at) === OBJECT ? at + 1 : this.#fail('is no map')
  }

  /** The offset behind the value at `at`, or -1; then {@link failure} says why. */
  skip(bytes: Uint8Array, start: number, end: number): number {
    const stack = this.#stack
    let depth = 0
    let at = start
    for (;;) {
      if (at >= end) return this.#fail('is cut off')
      const tag = u8(bytes, at)
      if (tag === OBJECT_END) {
        if (depth === 0 || stack[depth - 1] !== KEY) return this.#fail('has an end without a beginning')
        depth--
        at++
      } else if (tag === TYPED) {
        // The type stands before the value that has it.
        at = this.#type(bytes, at + 1, end)
        if (at < 0) return -1
        continue
      } else {
        const missing = this.#missing(bytes, at, end, tag)
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

  /** Steps over a value without its parts; what is missing then: 0 nothing, a count of values, or a mark. */
  #missing(bytes: Uint8Array, at: number, end: number, tag: number): number {
    const size = u8(FIXED_SIZES, tag)
    if (size > 0) {
      this.#next = size <= end - at ? at + size : this.#fail('is cut off')
      return 0
    }
    if (jsonbStringTag(tag)) {
      this.#next = this.#string(bytes, at, end)
      return 0
    }
    if (tag >= 0x94 && tag <= 0xa3) {
      this.#next = at + 1
      return tag - 0x94
    }
    switch (tag) {
      case 0xa4:
        return this.#array(bytes, at + 1, end)
      case OBJECT:
        this.#next = at + 1
        return KEY
      default:
        this.#next = this.#special(bytes, at, end, tag)
        return 0
    }
  }

  #array(bytes: Uint8Array, at: number, end: number): number {
    this.#next = this.#number(bytes, at, end)
    if (this.#next < 0) return 0
    const count = jsonbInteger(bytes, at)
    if (jsonbIntegerSize(u8(bytes, at)) > 0 && count >= 0) return count
    this.#next = this.#fail('announces no count where one is due')
    return 0
  }

  #special(bytes: Uint8Array, at: number, end: number, tag: number): number {
    const before = INTEGER_AFTER.get(tag)
    if (before !== undefined) return this.#number(bytes, at + 1 + before, end)
    switch (tag) {
      case REFERENCE:
        return this.#string(bytes, at + 1, end)
      case SYMBOL: {
        // Either a number that was given to a name, or a name and the number it gets.
        if (at + 1 < end && jsonbIntegerSize(u8(bytes, at + 1)) > 0) return this.#number(bytes, at + 1, end)
        return this.#then(bytes, this.#string(bytes, at + 1, end), end)
      }
      case 0x91: // bytes
      case 0xbb: // big integer
        return this.#sized(bytes, at + 1, end)
      case 0xb9: {
        // decimal: its scale, then its digits as a big integer or a number
        const digits = this.#number(bytes, at + 1, end)
        if (digits < 0 || digits >= end || u8(bytes, digits) !== 0xbb) return this.#then(bytes, digits, end)
        return this.#sized(bytes, digits + 1, end)
      }
      case 0xae: // seconds and nanoseconds since 1970
        return this.#then(bytes, this.#number(bytes, at + 1, end), end)
      case 0xaa: {
        // date, time, nanoseconds and the name of a zone
        const zone = this.#number(bytes, at + 8, end)
        return zone < 0 ? -1 : this.#string(bytes, zone, end)
      }
      default:
        return this.#fail(`has the byte ${tag.toString(16)}, which begins no value`)
    }
  }

  /** type ::= [string] int, the name with the number it gets, or the number it was given. */
  #type(bytes: Uint8Array, at: number, end: number): number {
    if (at < end && jsonbStringTag(u8(bytes, at))) return this.#then(bytes, this.#string(bytes, at, end), end)
    return this.#number(bytes, at, end)
  }

  #then(bytes: Uint8Array, at: number, end: number): number {
    return at < 0 ? -1 : this.#number(bytes, at, end)
  }

  #string(bytes: Uint8Array, at: number, end: number): number {
    const next = skipJsonbString(bytes, at, end)
    return next < 0 ? this.#fail('has a string that is not whole') : next
  }

  #sized(bytes: Uint8Array, at: number, end: number): number {
    const size = at < end ? jsonbIntegerSize(u8(bytes, at)) : 0
    if (size === 0 || at + size > end) return this.#fail('has no size where one is due')
    const count = jsonbInteger(bytes, at)
    return count >= 0 && count <= end - at - size ? at + size + count : this.#fail('is cut off')
  }

  /** An int or a long. */
  #number(bytes: Uint8Array, at: number, end: number): number {
    const size = at < end ? numberSize(u8(bytes, at)) : 0
    return size > 0 && size <= end - at ? at + size : this.#fail('has no whole number where one is due')
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
    if (top > 0) stack[depth - 1] = top - 1
    else stack[depth - 1] = top === KEY ? VALUE : KEY
    if (top !== 1) return depth
    depth--
  }
  return 0
}

/** Bytes of the int or long that begins with this byte; 0 when none does. */
export function numberSize(tag: number): number {
  return jsonbIntegerSize(tag) || (tag >= 0xbc && tag <= 0xef ? u8(FIXED_SIZES, tag) : 0)
}

function fixedSizes(): Uint8Array {
  const sizes = new Uint8Array(256)
  for (let tag = 0; tag < 256; tag++) sizes[tag] = jsonbIntegerSize(tag)
  for (const tag of [0xaf, 0xb0, 0xb1, 0xb2, 0xb3]) sizes[tag] = 1 // null, false, true, 0.0, 1.0
  for (const tag of [0xa9, 0xac, 0xad, 0xb7, 0xbf]) sizes[tag] = 5 // local date, seconds, minutes, float, long as int
  for (const tag of [0xab, 0xb5, 0xbe]) sizes[tag] = 9 // milliseconds, double, long
  sizes[0xbc] = 3 // short
  sizes[0xbd] = 2 // byte
  sizes.fill(3, 0xc0, 0xc8) // long
  sizes.fill(2, 0xc8, 0xd8)
  sizes.fill(1, 0xd8, 0xf0)
  return sizes
}
