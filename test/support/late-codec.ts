/** LateCodec: the test protocol by a codec that works elsewhere: it looks at bytes when it is told to, or a turn later. */
import type {
  ByteWriter,
  Decoder,
  DecoderSink,
  Direction,
  EncodeProblem,
  FrameLimits,
  Message,
  Writing,
} from '../../sdk/index.ts'
import { LineCodec, type LineProtocol } from './line-codec.ts'
import { LineDecoder } from './line-decoder.ts'
import { writingSubject } from './writing-subject.ts'

export class LateCodec extends LineCodec {
  readonly decoders: LateDecoder[] = []
  /** While it is held it looks at nothing and prepares nothing. */
  #held = false
  #waiting: (() => void)[] = []
  readonly #ready = new WeakSet<object>()

  constructor(name: LineProtocol = 'ids') {
    super(name)
    const { encodeDrainReply } = this
    if (encodeDrainReply === undefined) return
    this.encodeDrainReply = (drain, out) => {
      if (this.#ready.has(drain)) encodeDrainReply(drain, out)
    }
  }

  override createDecoder(_direction: Direction, limits: FrameLimits): Decoder {
    const decoder = new LateDecoder(new LineDecoder(this.reader, limits), (work) => this.#later(work))
    this.decoders.push(decoder)
    return decoder
  }

  prepare(writing: Writing, done: () => void): boolean {
    const subject = writingSubject(writing)
    this.#later(() => {
      this.#ready.add(subject)
      done()
    })
    return false
  }

  override encode(message: Message, high: number, low: number, out: ByteWriter): EncodeProblem | undefined {
    if (!this.#ready.has(message)) return 'it was not prepared'
    return super.encode(message, high, low, out)
  }

  hold(): void {
    this.#held = true
  }

  release(): void {
    this.#held = false
    for (const work of this.#waiting.splice(0)) work()
  }

  #later(work: () => void): void {
    this.#waiting.push(work)
    setImmediate(() => {
      if (!this.#held) for (const each of this.#waiting.splice(0)) each()
    })
  }
}

class LateDecoder implements Decoder {
  unseenBytes = 0
  closedCount = 0
  readonly #inner: LineDecoder
  readonly #later: (work: () => void) => void

  constructor(inner: LineDecoder, later: (work: () => void) => void) {
    this.#inner = inner
    this.#later = later
  }

  get pendingBytes(): number {
    return this.#inner.pendingBytes + this.unseenBytes
  }

  decode(chunk: Buffer, sink: DecoderSink): void {
    this.unseenBytes += chunk.length
    this.#later(() => {
      this.unseenBytes -= chunk.length
      this.#inner.decode(chunk, sink)
    })
  }

  close(): void {
    this.closedCount++
  }
}
