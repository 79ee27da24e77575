/**
 * Config: a value of the configuration, read out of its JSON when it is asked for. The host wrote that JSON, so that it
 * is whole. It is there while onConfigure runs: keep what you read of it.
 */
import { sizeOf } from './bytes'

const QUOTE = 0x22
const BACKSLASH = 0x5c

@final
export class Config {
  private at: usize
  private end: usize

  constructor(at: usize, end: usize) {
    this.at = space(at, end)
    this.end = end
  }

  /** The text under a key, or the number or word as it is written; null when there is none. */
  get(key: string): string | null {
    const value = this.value(key)
    return value == null ? null : value.toString()
  }

  number(key: string, otherwise: f64): f64 {
    const text = this.get(key)
    if (text == null) return otherwise
    const number = F64.parseFloat(text)
    return isNaN(number) ? otherwise : number
  }

  flag(key: string, otherwise: bool): bool {
    const text = this.get(key)
    return text == null ? otherwise : text == 'true'
  }

  has(key: string): bool {
    return this.value(key) != null
  }

  /** The object under a key. */
  object(key: string): Config | null {
    const value = this.value(key)
    return value != null && byte(value.at, value.end) == 0x7b ? value : null
  }

  /** The items under a key; none when there is no list. */
  list(key: string): Config[] {
    const items: Config[] = []
    const value = this.value(key)
    if (value == null || byte(value.at, value.end) != 0x5b) return items
    for (let at = space(value.at + 1, value.end); byte(at, value.end) != 0x5d; ) {
      const end = skip(at, value.end)
      items.push(new Config(at, end))
      at = next(end, value.end)
    }
    return items
  }

  keys(): string[] {
    const all: string[] = []
    if (byte(this.at, this.end) != 0x7b) return all
    for (let at = space(this.at + 1, this.end); byte(at, this.end) == QUOTE; ) {
      const keyEnd = skip(at, this.end)
      all.push(new Config(at, keyEnd).toString())
      at = next(skip(next(keyEnd, this.end), this.end), this.end)
    }
    return all
  }

  /** The text itself, or what stands in the JSON. */
  toString(): string {
    if (byte(this.at, this.end) != QUOTE) return String.UTF8.decodeUnsafe(this.at, this.end - this.at)
    const start = this.at + 1
    const size = this.end - 1 - start
    for (let i: usize = 0; i < size; i++) if (load<u8>(start + i) == BACKSLASH) return unescape(start, start + size)
    return String.UTF8.decodeUnsafe(start, size)
  }

  /** What stands under a key; null when it is absent or null. */
  private value(key: string): Config | null {
    if (byte(this.at, this.end) != 0x7b) return null
    for (let at = space(this.at + 1, this.end); byte(at, this.end) == QUOTE; ) {
      const keyEnd = skip(at, this.end)
      const value = next(keyEnd, this.end)
      const end = skip(value, this.end)
      if (<i32>(keyEnd - at) - 2 >= sizeOf(key) && new Config(at, keyEnd).toString() == key) {
        return load<u8>(value) == 0x6e ? null : new Config(value, end)
      }
      at = next(end, this.end)
    }
    return null
  }
}

function byte(at: usize, end: usize): u32 {
  return at < end ? load<u8>(at) : 0
}

function space(at: usize, end: usize): usize {
  while (at < end && load<u8>(at) <= 0x20) at++
  return at
}

/** Behind a comma or a colon. */
function next(at: usize, end: usize): usize {
  const found = space(at, end)
  const sign = byte(found, end)
  return sign == 0x2c || sign == 0x3a ? space(found + 1, end) : found
}

/** The end of the value that begins here: brackets are counted, texts passed over. */
function skip(at: usize, end: usize): usize {
  let depth = 0
  while (at < end) {
    const sign = load<u8>(at)
    if (sign == QUOTE) {
      for (at++; byte(at, end) != QUOTE && at < end; at++) if (load<u8>(at) == BACKSLASH) at++
    } else if (sign == 0x7b || sign == 0x5b) depth++
    else if (sign == 0x7d || sign == 0x5d) {
      if (depth == 0) return at
      depth--
    } else if (depth == 0 && (sign <= 0x20 || sign == 0x2c || sign == 0x3a)) return at
    at++
    if (depth == 0 && (sign == QUOTE || sign == 0x7d || sign == 0x5d)) return at
  }
  return end
}

function unescape(at: usize, end: usize): string {
  let text = ''
  let from = at
  for (; at < end; at++) {
    if (load<u8>(at) != BACKSLASH) continue
    text += String.UTF8.decodeUnsafe(from, at - from)
    const sign = load<u8>(++at)
    if (sign == 0x75) {
      text += String.fromCharCode(<i32>I32.parseInt(String.UTF8.decodeUnsafe(at + 1, 4), 16))
      at += 4
    } else if (sign == 0x6e) text += '\n'
    else if (sign == 0x74) text += '\t'
    else if (sign == 0x72) text += '\r'
    else if (sign == 0x62) text += '\b'
    else if (sign == 0x66) text += '\f'
    else text += String.fromCharCode(sign)
    from = at + 1
  }
  return text + String.UTF8.decodeUnsafe(from, end - from)
}
