/**
 * Hessian: the little of Hessian 2 that the demo speaks: strings, nulls and maps from string to string. Strings
 * count UTF-16 units and write each unit in one to three bytes, as Java does.
 */

/** The longest string piece that other Hessian writers send. */
const CHUNK_UNITS = 0x8000

export const NULL_TAG = 0x4e
const MAP_TAG = 0x48
const END_TAG = 0x5a

/** Bytes of one string. */
export function hessianString(text: string): Buffer {
  const pieces: Buffer[] = []
  let at = 0
  while (text.length - at > CHUNK_UNITS) {
    pieces.push(Buffer.from([0x52, CHUNK_UNITS >> 8, CHUNK_UNITS & 0xff]), units(text, at, at + CHUNK_UNITS))
    at += CHUNK_UNITS
  }
  const count = text.length - at
  if (count < 32) pieces.push(Buffer.from([count]))
  else if (count < 1024) pieces.push(Buffer.from([0x30 + (count >> 8), count & 0xff]))
  else pieces.push(Buffer.from([0x53, count >> 8, count & 0xff]))
  pieces.push(units(text, at, text.length))
  return Buffer.concat(pieces)
}

/** Bytes of an untyped map. */
export function hessianMap(entries: Readonly<Record<string, string>>): Buffer {
  const pieces = Object.entries(entries).flatMap(([key, value]) => [hessianString(key), hessianString(value)])
  return Buffer.concat([Buffer.from([MAP_TAG]), ...pieces, Buffer.from([END_TAG])])
}

/** Reads what the demo writes, in order; anything else is a RangeError that names the tag. */
export class HessianReader {
  readonly #bytes: Buffer
  #at = 0

  constructor(bytes: Buffer) {
    this.#bytes = bytes
  }

  get done(): boolean {
    return this.#at >= this.#bytes.length
  }

  /** The next byte, not consumed. */
  peek(): number {
    return this.#bytes.readUInt8(this.#at)
  }

  /** One byte, such as the type of a result. */
  byte(): number {
    return this.#bytes.readUInt8(this.#at++)
  }

  string(): string {
    let text = ''
    while (true) {
      const tag = this.byte()
      if (tag === 0x52 || tag === 0x53) text += this.#units((this.byte() << 8) | this.byte())
      else if (tag < 0x20) text += this.#units(tag)
      else if (tag >= 0x30 && tag < 0x34) text += this.#units(((tag - 0x30) << 8) | this.byte())
      else throw new RangeError(`a string cannot begin with 0x${tag.toString(16)}`)
      if (tag !== 0x52) return text
    }
  }

  /** A map from string to string; null reads as an empty one. */
  map(): Record<string, string> {
    const tag = this.byte()
    if (tag === NULL_TAG) return {}
    if (tag !== MAP_TAG) throw new RangeError(`a map cannot begin with 0x${tag.toString(16)}`)
    const entries: Record<string, string> = {}
    while (this.peek() !== END_TAG) {
      const key = this.string()
      entries[key] = this.string()
    }
    this.#at++
    return entries
  }

  #units(count: number): string {
    let text = ''
    for (let i = 0; i < count; i++) text += String.fromCharCode(this.#unit())
    return text
  }

  #unit(): number {
    const first = this.byte()
    if (first < 0x80) return first
    if (first < 0xe0) return ((first & 0x1f) << 6) | (this.byte() & 0x3f)
    return ((first & 0x0f) << 12) | ((this.byte() & 0x3f) << 6) | (this.byte() & 0x3f)
  }
}

function units(text: string, start: number, end: number): Buffer {
  const bytes: number[] = []
  for (let i = start; i < end; i++) {
    const unit = text.charCodeAt(i)
    if (unit < 0x80) bytes.push(unit)
    else if (unit < 0x800) bytes.push(0xc0 | (unit >> 6), 0x80 | (unit & 0x3f))
    else bytes.push(0xe0 | (unit >> 12), 0x80 | ((unit >> 6) & 0x3f), 0x80 | (unit & 0x3f))
  }
  return Buffer.from(bytes)
}
