/**
 * PartialFrame: the command or the reply that a connection is bringing, as far as it has come. It is held until it is whole;
 * or what there is of it has gone on and the rest follows in pieces; or it is passed over. What is in it, and whether it may
 * go on, its decoder knows.
 */
import { Carry, type Message, type PropertyReader } from '../../sdk/index.ts'
import { pieceOf } from './piece.ts'

/** What there is of a frame that may go on. */
export interface Beginning {
  readonly bytes: Buffer
  readonly start: number
  readonly end: number
}

export class PartialFrame {
  /** held => pieces; held, pieces => passed-over; the next frame is held. */
  state: 'held' | 'pieces' | 'passed-over' = 'held'
  /** Bytes of it that came with earlier chunks, or have gone on. */
  before = 0
  /** Of how many bytes of it has to be known before it is looked at whether it may pass in pieces. */
  tryAt = 0
  /** What has come of it has gone on just now, up to the offset at hand. */
  cut = false
  readonly #reader: PropertyReader
  readonly #carry = new Carry()
  /** Up to here the chunk at hand is held already. */
  #taken = 0
  /** Where in the bytes of the next piece the body of the message begins and ends. */
  #bodyStart = 0
  #bodyEnd = 0

  constructor(reader: PropertyReader) {
    this.#reader = reader
  }

  get heldBytes(): number {
    return this.#carry.size
  }

  /** The next frame. */
  begin(tryAt: number): void {
    this.state = 'held'
    this.before = 0
    this.tryAt = tryAt
  }

  /** All of it, whose last bytes are in this chunk; nothing is held afterwards. */
  joined(chunk: Buffer, end: number): Buffer {
    this.#carry.fill(chunk.subarray(0, end), this.#taken)
    return this.#carry.take()
  }

  /** What is held, which is not held afterwards. */
  take(): Buffer {
    return this.#carry.take()
  }

  /** Holds again what was taken, unless it is passed over now; `taken`: how much of the chunk at hand is among it. */
  keep(bytes: Buffer, taken: number): void {
    if (this.state !== 'held') return
    this.#carry.start(bytes, 0, Number.POSITIVE_INFINITY)
    this.#taken = taken
  }

  /** What there is of it up to an offset of the chunk at hand. */
  upTo(chunk: Buffer, start: number, at: number): Beginning {
    if (this.#carry.size === 0) return { bytes: chunk, start, end: at }
    const bytes = this.joined(chunk, at)
    return { bytes, start: 0, end: bytes.length }
  }

  /** What there is of it up to an offset of the chunk at hand has gone on. */
  goesOn(start: number, at: number): void {
    this.before += at - start
    this.cut = true
  }

  /** The chunk is over; whether so much is held now that it is to be looked at whether it may go on. */
  hold(chunk: Buffer, start: number): boolean {
    const taken = this.#taken
    this.#taken = 0
    this.before += chunk.length - start
    if (this.state !== 'held') return false
    if (this.#carry.size > 0) this.#carry.fill(chunk, taken)
    else this.#carry.start(chunk, start, Number.POSITIVE_INFINITY)
    return this.before > this.tryAt
  }

  /** Nothing of it is held any more, and the rest of it is taken by nobody. */
  passOver(): void {
    this.state = 'passed-over'
    this.drop()
  }

  drop(): void {
    if (this.#carry.size > 0) this.#carry.take()
  }

  /** Of the next piece this is the body's. */
  noteBody(start: number, end: number): void {
    this.#bodyStart = start
    this.#bodyEnd = end
  }

  /** What of it stands in these bytes, behind its beginning. */
  piece(bytes: Buffer, start: number, end: number, last: boolean): Message {
    const bodyStart = this.#bodyStart
    const bodyEnd = this.#bodyEnd
    this.noteBody(0, 0)
    return pieceOf({ reader: this.#reader, bytes, start, end, bodyStart, bodyEnd, last })
  }
}
