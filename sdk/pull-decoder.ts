/**
 * PullDecoder: a decoder made of a function that reads one frame in a straight line. All whole frames of a chunk are read
 * in one pass; one that is cut off is begun again when what it asked for has come, and held in a {@link Carry} till then.
 */
import { Carry } from './carry.ts'
import type { Decoder, DecoderSink, FrameLimits } from './codec.ts'
import type { Message, PropertyReader } from './message.ts'
import { malformed, missing, PullReader } from './pull-reader.ts'

/** Reads one frame and answers its message, whose bytes are all that was read. */
export type ReadFrame = (frame: PullReader) => Message

export class PullDecoder implements Decoder {
  readonly #read: ReadFrame
  readonly #frame: PullReader
  readonly #carry = new Carry()

  constructor(reader: PropertyReader, limits: FrameLimits, read: ReadFrame) {
    this.#read = read
    this.#frame = new PullReader(reader, limits.bodyBytesMax)
  }

  get pendingBytes(): number {
    return this.#carry.size
  }

  decode(chunk: Buffer, sink: DecoderSink): void {
    let at = 0
    const carry = this.#carry
    while (carry.size > 0) {
      at = carry.fill(chunk, at)
      if (carry.size < carry.wanted) {
        sink.need(carry.wanted - carry.size)
        return
      }
      const { size } = carry
      const held = carry.take()
      const end = this.#one(held, 0, size, sink)
      if (end < 0) return
      if (end === 0) carry.start(held.subarray(0, size), 0, this.#frame.wanted)
    }
    while (at < chunk.length) {
      const end = this.#one(chunk, at, chunk.length, sink)
      if (end < 0) return
      if (end === 0) {
        const wanted = this.#frame.wanted - at
        carry.start(chunk, at, wanted)
        sink.need(wanted - carry.size)
        return
      }
      at = end
    }
    sink.need(0)
  }

  /** Reads the frame at `start`; answers the offset behind it, 0 when bytes are missing, -1 when it is none. */
  #one(bytes: Buffer, start: number, end: number, sink: DecoderSink): number {
    const frame = this.#frame
    frame.begin(bytes, start, end)
    let message: Message
    try {
      message = this.#read(frame)
    } catch (stopped) {
      if (stopped === missing) return 0
      if (stopped !== malformed) throw stopped
      sink.malformed(frame.code, frame.text)
      return -1
    }
    sink.message(message)
    return message.end
  }
}
