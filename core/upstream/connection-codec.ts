/**
 * ConnectionCodec: a codec as one connection uses it, with the connection's decoder. A codec that throws has failed:
 * it costs this connection, is asked nothing more here, and never ends the worker. (What is protected by a `try` runs as
 * fast as what is not; a closure per call would not.)
 */
import type {
  ByteWriter,
  Codec,
  Decoder,
  DecoderSink,
  Direction,
  EncodeProblem,
  FrameLimits,
  LocalError,
  LocalReply,
  Message,
  ReplySorter,
  Writing,
} from '../../sdk/index.ts'
import { thrownText } from '../base/thrown-text.ts'

/** Whose connection it is. */
export interface CodecUser {
  /** The codec threw, and the connection cannot go on; what it threw, as a text. Told once. */
  codecFailed(text: string): void
}

const FAILED: EncodeProblem = 'the codec failed'

export class ConnectionCodec {
  readonly codec: Codec
  readonly #user: CodecUser
  #decoder: Decoder | undefined = undefined
  #sorter: ReplySorter | undefined = undefined
  #failed = false
  #closed = false
  /** As what this connection is counted; `undefined` while it is not. */
  #direction: Direction | undefined = undefined

  constructor(codec: Codec, user: CodecUser) {
    this.codec = codec
    this.#user = user
  }

  /** Bytes that the decoder has taken and not looked at. */
  get unseenBytes(): number {
    return this.#decoder?.unseenBytes ?? 0
  }

  open(direction: Direction, limits: FrameLimits): void {
    const { life } = this.codec
    if (life !== undefined) {
      life.users++
      if (direction === 'request') life.connections++
      this.#direction = direction
    }
    try {
      this.#decoder = this.codec.createDecoder(direction, limits)
    } catch (error) {
      this.#fail(error)
    }
  }

  /** The connection belongs to one client from the first. */
  sortReplies(): void {
    try {
      this.#sorter = this.codec.createReplySorter?.()
    } catch (error) {
      this.#fail(error)
    }
  }

  /** Whether the upstream has sent this without being asked; always false on connections that are shared. */
  unasked(message: Message, oldest: Message | undefined, abandoned: boolean): boolean {
    if (this.#sorter === undefined || this.#failed) return false
    try {
      return this.#sorter.unasked(message, oldest, abandoned)
    } catch (error) {
      this.#fail(error)
      return false
    }
  }

  decode(chunk: Buffer, sink: DecoderSink): void {
    if (this.#failed || this.#closed) return
    try {
      this.#decoder?.decode(chunk, sink)
    } catch (error) {
      this.#fail(error)
    }
  }

  /** The connection has ended; calls after the first do nothing. */
  close(): void {
    if (this.#closed) return
    this.#closed = true
    try {
      this.#decoder?.close?.()
    } catch (error) {
      this.#fail(error)
    }
    const { life } = this.codec
    if (life === undefined || this.#direction === undefined) return
    life.users--
    if (this.#direction === 'request') life.connections--
    if (life.replaced && life.users === 0) life.end()
  }

  /** Goes on when this can be written: at once, or when the codec has prepared it, unless the connection has ended by then. */
  prepare(writing: Writing, next: () => void): void {
    if (this.#failed || this.#closed) return
    const { codec } = this
    let ready = true
    try {
      if (codec.prepare !== undefined)
        ready = codec.prepare(writing, () => {
          if (!this.#closed) next()
        })
    } catch (error) {
      this.#fail(error)
      return
    }
    if (ready) next()
  }

  encode(
    message: Message,
    idHigh: number,
    idLow: number,
    out: ByteWriter,
    idText: string | undefined,
  ): EncodeProblem | undefined {
    if (this.#failed) return FAILED
    try {
      return this.codec.encode(message, idHigh, idLow, out, idText)
    } catch (error) {
      this.#fail(error)
      return FAILED
    }
  }

  encodeError(request: Message, error: LocalError, out: ByteWriter): void {
    if (this.#failed) return
    try {
      this.codec.encodeError(request, error, out)
    } catch (thrown) {
      this.#fail(thrown)
    }
  }

  encodeReply(request: Message, reply: LocalReply, out: ByteWriter): EncodeProblem | undefined {
    const { codec } = this
    if (this.#failed) return FAILED
    if (codec.encodeReply === undefined) return `${codec.name} has no replies that a filter could make`
    try {
      return encodeReply(codec, request, reply, out)
    } catch (error) {
      this.#fail(error)
      return FAILED
    }
  }

  encodeOnewayReply(oneway: Message, reply: LocalReply, out: ByteWriter): EncodeProblem | undefined {
    if (this.#failed) return FAILED
    try {
      return this.codec.encodeOnewayReply?.(oneway, reply, out)
    } catch (error) {
      this.#fail(error)
      return FAILED
    }
  }

  encodeHeartbeat(out: ByteWriter): void {
    if (this.#failed) return
    try {
      this.codec.encodeHeartbeat?.(0, 0, out)
    } catch (error) {
      this.#fail(error)
    }
  }

  encodeHeartbeatReply(heartbeat: Message, out: ByteWriter): void {
    if (this.#failed) return
    try {
      this.codec.encodeHeartbeatReply?.(heartbeat, out)
    } catch (error) {
      this.#fail(error)
    }
  }

  encodeDrain(out: ByteWriter): void {
    if (this.#failed) return
    try {
      this.codec.encodeDrain?.(out)
    } catch (error) {
      this.#fail(error)
    }
  }

  encodeDrainReply(drain: Message, out: ByteWriter): void {
    if (this.#failed) return
    try {
      this.codec.encodeDrainReply?.(drain, out)
    } catch (error) {
      this.#fail(error)
    }
  }

  encodePreface(direction: Direction, out: ByteWriter): void {
    if (this.#failed) return
    try {
      this.codec.encodePreface?.(direction, out)
    } catch (error) {
      this.#fail(error)
    }
  }

  #fail(error: unknown): void {
    if (this.#failed) return
    this.#failed = true
    this.#user.codecFailed(thrownText(error))
  }
}

/** What an echo cannot say of its request is left out: the properties, the body, or both. */
function encodeReply(
  codec: Codec,
  request: Message,
  reply: LocalReply,
  out: ByteWriter,
): EncodeProblem | undefined {
  const problem = codec.encodeReply?.(request, reply, out)
  // What is prepared elsewhere is prepared once.
  if (problem === undefined || reply.echo !== true || codec.prepare !== undefined) return problem
  const properties: LocalReply['properties'] = []
  for (const less of [{ properties }, { body: undefined }, { properties, body: undefined }]) {
    if (codec.encodeReply?.(request, { ...reply, ...less }, out) === undefined) return undefined
  }
  return problem
}
