/**
 * MappingReader: goes through the `mappings` of a source map (ECMA-426 §9), segment by segment: numbers in base 64, each told
 * as the difference to the one before. Of WebAssembly there is one line, whose columns are offsets in the module.
 */

const DIGITS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'
const NO_DIGIT = 0xff
const CONTINUED = 0x20
const DIGIT_BITS = 5
/** Six digits: larger numbers belong to nothing that there is. */
const SHIFT_MAX = 25
const SEMICOLON = 0x3b
const COMMA = 0x2c
/** Column, source, line, column of it, name. */
const FIELDS_MAX = 5
const FIELDS_WITH_SOURCE = 4

const digits = new Uint8Array(128).fill(NO_DIGIT)
for (let i = 0; i < DIGITS.length; i++) digits[DIGITS.charCodeAt(i)] = i

export class MappingReader {
  /** The segment that was read last; only what a malformed map says is negative. */
  offset = 0
  source = 0
  line = 0
  column = 0
  /** Whether it says where its code comes from. */
  sourced = false
  readonly #mappings: string
  readonly #fields = new Int32Array(FIELDS_MAX)
  #at = 0
  #broken = false

  constructor(mappings: string) {
    this.#mappings = mappings
  }

  /** Whether something in what was read is no mapping. */
  get broken(): boolean {
    return this.#broken
  }

  /** Reads another segment; false at the end. */
  next(): boolean {
    const count = this.#readFields()
    if (count === 0 || this.#broken) return false
    const [offset = 0, source = 0, line = 0, column = 0] = this.#fields
    this.offset = (this.offset + offset) | 0
    this.sourced = count >= FIELDS_WITH_SOURCE
    if (!this.sourced) return true
    this.source = (this.source + source) | 0
    this.line = (this.line + line) | 0
    this.column = (this.column + column) | 0
    return true
  }

  /** Answers how many there were, and stands behind the comma. */
  #readFields(): number {
    let count = 0
    while (this.#at < this.#mappings.length) {
      const code = this.#mappings.charCodeAt(this.#at)
      if (code === SEMICOLON) break
      if (code === COMMA) {
        this.#at++
        break
      }
      if (count === FIELDS_MAX) this.#broken = true
      if (this.#broken) break
      this.#fields[count++] = this.#number()
    }
    return count
  }

  #number(): number {
    let value = 0
    for (let shift = 0; shift <= SHIFT_MAX; shift += DIGIT_BITS) {
      const digit = digits[this.#mappings.charCodeAt(this.#at++)] ?? NO_DIGIT
      if (digit === NO_DIGIT) break
      value |= (digit & (CONTINUED - 1)) << shift
      if ((digit & CONTINUED) === 0) return (value & 1) === 1 ? -(value >>> 1) : value >>> 1
    }
    this.#broken = true
    return 0
  }
}
