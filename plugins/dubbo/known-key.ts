/**
 * KnownKey: what has to be known of a key of attachments that is asked for, or written, again and again. A string gives
 * up its units at 2 to 3 ns each, so bytes are compared and copied.
 */
import { copyBytes, type MessageKind } from '../../sdk/index.ts'
import { ComparedBytes } from './compared-bytes.ts'
import { MEDIUM_UNITS_MAX, putString, STRING_BYTES_PER_UNIT, STRING_HEAD_BYTES } from './hessian2-strings.ts'
import { bareAttachment } from './properties.ts'

export class KnownKey {
  readonly key: string
  /** Bytes of the key where it stands among keys that are ASCII; -1 when it never does. */
  readonly size: number
  /** One of 32, by which most keys are told apart. */
  readonly bit: number
  readonly #bareInRequest: boolean
  readonly #bareInReply: boolean
  readonly #ascii: ComparedBytes
  /** The key as a string of Hessian 2.0; nothing when it is too long for a short form. */
  readonly #written: Buffer
  /** What it was looked for in last, and what came of that; whoever looks says what either means. */
  soughtIn: object | undefined = undefined
  found = 0

  constructor(key: string) {
    const ascii = asciiOf(key)
    this.key = key
    this.size = ascii === undefined ? -1 : ascii.length
    this.#ascii = new ComparedBytes(ascii ?? new Uint8Array(0))
    this.bit = keyBit(this.#ascii.size, ascii?.at(-1) ?? 0)
    this.#bareInRequest = bareAttachment(key, true)
    this.#bareInReply = bareAttachment(key, false)
    this.#written = writtenOf(key)
  }

  /** Whether it surely means an attachment, of just that name, in messages of this kind. */
  bareIn(kind: MessageKind): boolean {
    return kind === 'response' ? this.#bareInReply : this.#bareInRequest
  }

  /** Whether the key stands at `at` of the view; the caller has seen that its bytes are there. */
  standsAt(view: DataView, at: number): boolean {
    return this.#ascii.standAt(view, at)
  }

  remember(soughtIn: object, found: number): void {
    this.soughtIn = soughtIn
    this.found = found
  }

  /** Writes the key and a value, both short enough for a short form, where there is room; answers the offset behind. */
  put(target: Buffer, at: number, value: string): number {
    const written = this.#written
    copyBytes(written, 0, written.length, target, at)
    return putString(target, at + written.length, value)
  }
}

/** The bit of a key that has so many bytes, of which this is the last. */
export function keyBit(size: number, last: number): number {
  return 1 << ((size * 5 + last) & 31)
}

/** `undefined` when the key is not ASCII. */
function asciiOf(key: string): Uint8Array | undefined {
  const bytes = new Uint8Array(key.length)
  for (let i = 0; i < key.length; i++) {
    const unit = key.charCodeAt(i)
    if (unit > 0x7f) return undefined
    bytes[i] = unit
  }
  return bytes
}

function writtenOf(key: string): Buffer {
  if (key.length > MEDIUM_UNITS_MAX) return Buffer.alloc(0)
  const bytes = Buffer.alloc(STRING_HEAD_BYTES + key.length * STRING_BYTES_PER_UNIT)
  return copyOf(bytes, 0, putString(bytes, 0, key))
}

/** In memory of their own, for they are kept. */
function copyOf(bytes: Buffer, start: number, end: number): Buffer {
  const copy = Buffer.allocUnsafeSlow(end - start)
  bytes.copy(copy, 0, start, end)
  return copy
}
