/**
 * NumberLine: a number and its line end, read from however many chunks it comes in. As strict as the server: no sign
 * but one minus, no zeros in front, CR LF behind.
 */
import { CR, DIGIT_0, DIGIT_9, LF, MINUS } from './resp.ts'

/** A number of more digits is no exact one. */
const DIGITS_MAX = 15

export class NumberLine {
  /** The number, once the line is done. */
  value = 0
  state: 'more' | 'done' | 'bad' = 'more'
  #magnitude = 0
  #digits = 0
  #negative = false
  #ending = false

  /** Forgets the line before. */
  begin(): void {
    this.state = 'more'
    this.#magnitude = 0
    this.#digits = 0
    this.#negative = false
    this.#ending = false
  }

  /** Reads on; answers the offset behind what was read, and {@link state} says what has become of the line. */
  read(bytes: Uint8Array, start: number): number {
    let at = start
    for (; at < bytes.length && this.state === 'more'; at++) this.#take(bytes[at] ?? 0)
    return at
  }

  #take(byte: number): void {
    if (this.#ending) {
      this.state = byte === LF ? 'done' : 'bad'
      this.value = this.#negative ? -this.#magnitude : this.#magnitude
    } else if (byte >= DIGIT_0 && byte <= DIGIT_9) {
      if (this.#digits === DIGITS_MAX || (this.#digits > 0 && this.#magnitude === 0)) this.state = 'bad'
      this.#digits++
      this.#magnitude = this.#magnitude * 10 + (byte - DIGIT_0)
    } else if (byte === CR && this.#digits > 0) {
      this.#ending = true
    } else if (byte === MINUS && this.#digits === 0 && !this.#negative) {
      this.#negative = true
    } else {
      this.state = 'bad'
    }
  }
}
