/**
 * PlainEntries: where the entries of one plain map lie, counted from its first byte. One is filled again for every map
 * that is walked; those of maps that come again and again are kept, with the bytes that they are about.
 */
import { u8 } from '../../sdk/index.ts'
import { FIXED_SIZES } from './hessian2-sizes.ts'
import { keyBit } from './known-key.ts'
import type { KnownTail } from './known-tail.ts'
import { PLAIN_ENTRIES_MAX } from './limits.ts'

const MAP = 0x48
const END = 0x5a
const SHORT_UNITS_MAX = 0x1f
const MEDIUM_FIRST = 0x30
const MEDIUM_LAST = 0x33

export class PlainEntries {
  /** How many entries the map has, where its end is marked, and the bits of all its keys. */
  count = 0
  closeAt = 0
  bits = 0
  /** By entry: where it begins, its key's characters, and its value, which is where its key ends. */
  readonly starts: Int32Array
  readonly textAts: Int32Array
  readonly valueAts: Int32Array

  /** What the map came to with certain edits, if these stay as they are. */
  tail: KnownTail | undefined = undefined
  /** Whether these stay as they are. */
  readonly lasting: boolean

  /** With room for so many. */
  constructor(entries = PLAIN_ENTRIES_MAX, lasting = false) {
    this.lasting = lasting
    this.starts = new Int32Array(entries + 1)
    this.textAts = new Int32Array(entries)
    this.valueAts = new Int32Array(entries)
  }

  /** The same, to stay, with room for no more. */
  copy(): PlainEntries {
    const copy = new PlainEntries(this.count, true)
    copy.count = this.count
    copy.closeAt = this.closeAt
    copy.bits = this.bits
    copy.starts.set(this.starts.subarray(0, this.count + 1))
    copy.textAts.set(this.textAts.subarray(0, this.count))
    copy.valueAts.set(this.valueAts.subarray(0, this.count))
    return copy
  }

  /** map ::= 'H' (string value)* 'Z', all of it before `asciiEnd`; false when it is anything else. */
  walk(bytes: Uint8Array, at: number, asciiEnd: number): boolean {
    if (at >= asciiEnd || u8(bytes, at) !== MAP) return false
    let next = at + 1
    let bits = 0
    for (let entry = 0; next < asciiEnd; entry++) {
      const tag = u8(bytes, next)
      if (tag === END) {
        this.count = entry
        this.closeAt = next - at
        this.bits = bits
        this.starts[entry] = next - at
        return true
      }
      if (entry === PLAIN_ENTRIES_MAX || !shortString(tag)) return false
      const textAt = tag <= SHORT_UNITS_MAX ? next + 1 : next + 2
      const valueAt = behindString(bytes, next, tag)
      if (valueAt >= asciiEnd) return false
      this.starts[entry] = next - at
      this.textAts[entry] = textAt - at
      this.valueAts[entry] = valueAt - at
      bits |= keyBit(valueAt - textAt, u8(bytes, valueAt - 1))
      const valueTag = u8(bytes, valueAt)
      next = shortString(valueTag)
        ? behindString(bytes, valueAt, valueTag)
        : valueAt + u8(FIXED_SIZES, valueTag)
      if (next === valueAt) return false
    }
    return false
  }
}

/** Where the characters of a value begin that is a string; -1 when it is a scalar of another kind. */
export function plainTextAt(bytes: Uint8Array, at: number): number {
  const tag = u8(bytes, at)
  if (!shortString(tag)) return -1
  return tag <= SHORT_UNITS_MAX ? at + 1 : at + 2
}

/** Whether a string of one of the two short forms begins with this byte. */
function shortString(tag: number): boolean {
  return tag <= SHORT_UNITS_MAX || (tag >= MEDIUM_FIRST && tag <= MEDIUM_LAST)
}

function behindString(bytes: Uint8Array, at: number, tag: number): number {
  return tag <= SHORT_UNITS_MAX ? at + 1 + tag : at + 2 + (((tag - MEDIUM_FIRST) << 8) | u8(bytes, at + 1))
}
