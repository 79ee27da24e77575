/** LaterCodec: the reference codec as if it worked elsewhere: it pushes in a later turn, and writes what it was told of. */
import type { Decoder, DecoderSink, Direction, FrameLimits, Writing } from '../../../../sdk/index.ts'
import { writingSubject } from '../../../support/writing-subject.ts'
import { ReferenceCodec } from './reference-codec.ts'

export class LaterCodec extends ReferenceCodec {
  readonly #prepared = new WeakSet<object>()

  override createDecoder(direction: Direction, limits: FrameLimits): Decoder {
    return new LaterDecoder(super.createDecoder(direction, limits))
  }

  prepare(writing: Writing, done: () => void): boolean {
    setImmediate(() => {
      this.#prepared.add(writingSubject(writing))
      done()
    })
    return false
  }

  override encodeError(...args: Parameters<ReferenceCodec['encodeError']>): void {
    if (!this.#prepared.has(args[1])) throw new Error('it was not told of this error')
    super.encodeError(...args)
  }
}

class LaterDecoder implements Decoder {
  readonly #inner: Decoder
  #unseen = 0

  constructor(inner: Decoder) {
    this.#inner = inner
  }

  get pendingBytes(): number {
    return this.#inner.pendingBytes + this.#unseen
  }

  get unseenBytes(): number {
    return this.#unseen
  }

  decode(chunk: Buffer, sink: DecoderSink): void {
    this.#unseen += chunk.length
    setImmediate(() => {
      this.#unseen -= chunk.length
      this.#inner.decode(chunk, sink)
    })
  }
}
