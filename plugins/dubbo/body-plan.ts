/**
 * BodyPlan: a changed body as a list of what it is made of: ranges of the old body, texts and single bytes. Its
 * size is known before anything is written, and a plan that comes to nothing has written nothing.
 */
import type { ByteWriter } from '../../sdk/index.ts'
import type { TextFormat } from './body-format.ts'

/** Pieces that are no range of the old body have one of these as their start. */
const TEXT = -1
const BYTE = -2
const SIZE = -3

export class BodyPlan {
  readonly #format: TextFormat
  #size = 0
  /** Two numbers a piece: a range, or a mark and what belongs to it. */
  readonly #pieces: number[] = []
  readonly #texts: string[] = []

  constructor(format: TextFormat) {
    this.#format = format
  }

  /** Bytes that {@link write} appends. */
  get size(): number {
    return this.#size
  }

  copy(start: number, end: number): void {
    if (end <= start) return
    this.#pieces.push(start, end)
    this.#size += end - start
  }

  text(text: string): void {
    this.#pieces.push(TEXT, this.#texts.length)
    this.#texts.push(text)
    this.#size += this.#format.textSize(text)
  }

  byte(value: number): void {
    this.#pieces.push(BYTE, value)
    this.#size += 1
  }

  /** Four bytes for a size that is not known yet; the answer is what {@link setSize} wants. */
  reserveSize(): number {
    this.#pieces.push(SIZE, 0)
    this.#size += 4
    return this.#pieces.length - 1
  }

  setSize(place: number, size: number): void {
    this.#pieces[place] = size
  }

  write(out: ByteWriter, source: Buffer): void {
    const pieces = this.#pieces
    for (let i = 0; i < pieces.length; i += 2) {
      const start = pieces[i] ?? 0
      const end = pieces[i + 1] ?? 0
      if (start >= 0) out.run(source, start, end)
      else if (start === TEXT) this.#format.writeText(out, this.#texts[end] ?? '')
      else if (start === BYTE) out.u8(end)
      else out.u32(end)
    }
  }
}
