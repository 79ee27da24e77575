/**
 * PlainMap: a map of attachments as nearly everybody sends it in Hessian 2.0: keys that are ASCII strings, values that
 * are such strings or scalars of a few bytes. The first byte or two of each tell where the next begins, so a map is
 * walked where it lies. One of these shows the map of the message that was asked about last, because whoever reads one
 * attachment reads another, and changes a third: of a message itself nothing is kept but two numbers.
 */
import { type Message, u8 } from '../../sdk/index.ts'
import type { ChunkView } from './chunk-view.ts'
import { FIXED_SIZES } from './hessian2-sizes.ts'
import { type KnownKey, keyBit } from './known-key.ts'
import { KnownKeys } from './known-keys.ts'
import { PLAIN_ENTRIES_MAX } from './limits.ts'

const MAP = 0x48
const END = 0x5a
const SHORT_UNITS_MAX = 0x1f
const MEDIUM_FIRST = 0x30
const MEDIUM_LAST = 0x33
/** What stands for the place of a map that is otherwise. */
const OTHERWISE = -1
const WALKS_MAX = 0x3fff_ffff

/** Answers of {@link PlainMap.find} in place of an entry. */
export const ABSENT = -1
export const TWICE = -2

export class PlainMap {
  readonly keys = new KnownKeys()
  /** How many entries the map that is shown has, and where its end is marked. */
  count = 0
  closeAt = 0
  /** The bits of all its keys. */
  bits = 0
  /** By entry: where it begins, its key's characters, and its value, which is where its key ends. */
  readonly #starts = new Int32Array(PLAIN_ENTRIES_MAX + 1)
  readonly #textAts = new Int32Array(PLAIN_ENTRIES_MAX)
  readonly #valueAts = new Int32Array(PLAIN_ENTRIES_MAX)
  readonly #view: ChunkView
  /** Which walk it was that is shown; a message remembers its own. */
  #walk = 0

  constructor(view: ChunkView) {
    this.#view = view
  }

  /** Shows the message's map; `undefined` when nobody has looked yet where it is, false when it is otherwise. */
  show(message: Message): boolean | undefined {
    if (message.mark1 === this.#walk && message.mark0 > 0) return true
    if (message.mark0 <= 0) return message.mark0 < 0 ? false : undefined
    // It was seen to be plain, all of it.
    return this.seek(message, message.mark0, message.end)
  }

  /** Looks whether a plain map begins at `at`, up to `asciiEnd` being ASCII; a place of -1 says that it does not. */
  seek(message: Message, at: number, asciiEnd: number): boolean {
    message.mark0 = OTHERWISE
    // Also when it fails: what was shown before is no longer there.
    this.#walk = this.#walk === WALKS_MAX ? 1 : this.#walk + 1
    if (at < 0 || !this.#entries(message.bytes, at, asciiEnd)) return false
    message.mark0 = at
    message.mark1 = this.#walk
    return true
  }

  /** The entry of a key; {@link ABSENT}, or {@link TWICE} when there are several. */
  find(bytes: Buffer, known: KnownKey): number {
    if ((this.bits & known.bit) === 0) return ABSENT
    const textAts = this.#textAts
    const valueAts = this.#valueAts
    const { size } = known
    let found = ABSENT
    for (let entry = 0; entry < this.count; entry++) {
      const at = textAts[entry] ?? 0
      if ((valueAts[entry] ?? 0) - at !== size || !known.standsAt(this.#view.of(bytes), at)) continue
      if (found !== ABSENT) return TWICE
      found = entry
    }
    return found
  }

  startOf(entry: number): number {
    return this.#starts[entry] ?? 0
  }

  valueOf(entry: number): number {
    return this.#valueAts[entry] ?? 0
  }

  /** Where what follows an entry begins. */
  endOf(entry: number): number {
    return this.#starts[entry + 1] ?? 0
  }

  /** map ::= 'H' (string value)* 'Z', all of it ASCII; false when it is anything else. */
  #entries(bytes: Uint8Array, at: number, asciiEnd: number): boolean {
    if (at >= asciiEnd || u8(bytes, at) !== MAP) return false
    let next = at + 1
    let bits = 0
    for (let entry = 0; next < asciiEnd; entry++) {
      const tag = u8(bytes, next)
      if (tag === END) {
        this.count = entry
        this.closeAt = next
        this.bits = bits
        this.#starts[entry] = next
        return true
      }
      if (entry === PLAIN_ENTRIES_MAX || !shortString(tag)) return false
      const textAt = tag <= SHORT_UNITS_MAX ? next + 1 : next + 2
      const valueAt = behindString(bytes, next, tag)
      if (valueAt >= asciiEnd) return false
      this.#starts[entry] = next
      this.#textAts[entry] = textAt
      this.#valueAts[entry] = valueAt
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
