/**
 * Decoder: cuts what one side of a connection sends into frames. It reads the fixed header and nothing else;
 * bodies are read when somebody asks for a property.
 */
import {
  Carry,
  type Decoder,
  type DecoderSink,
  type FrameLimits,
  Message,
  type MessageKind,
  type PropertyReader,
  u8,
  u16,
  u32,
} from '../../sdk/index.ts'
import {
  FLAG_EVENT,
  FLAG_REQUEST,
  FLAG_TWO_WAY,
  HEADER_SIZE,
  ID_AT,
  LENGTH_AT,
  MAGIC,
  STATUS_AT,
  STATUS_OK,
} from './frame.ts'

const MAGIC_HIGH = MAGIC >>> 8
const MAGIC_LOW = MAGIC & 0xff
/** Lengths are signed: one with the top bit is no length, and nothing behind it can be found. */
const LENGTH_MAX = 0x7fff_ffff
const READ_ONLY = 0x52
/** The read-only event's body is the string "R": `01 52` in Hessian2, `4a 52` behind its size in JSONB. */
const READ_ONLY_BYTES_MAX = 6

export class DubboDecoder implements Decoder {
  readonly #reader: PropertyReader
  readonly #bodyBytesMax: number
  readonly #carry = new Carry()
  /** How much of a refused body is still to come; it is thrown away. */
  #skipping = 0

  constructor(reader: PropertyReader, limits: FrameLimits) {
    this.#reader = reader
    this.#bodyBytesMax = limits.bodyBytesMax
  }

  get pendingBytes(): number {
    return this.#carry.size
  }

  decode(chunk: Buffer, sink: DecoderSink): void {
    let at = 0
    if (this.#skipping > 0) {
      at = this.#skip(chunk, 0)
    } else if (this.#carry.size > 0) {
      at = this.#complete(chunk, sink)
      if (at < 0) return
    }
    const size = chunk.length
    while (size - at >= HEADER_SIZE) {
      if (u16(chunk, at) !== MAGIC) {
        this.#wrongMagic(chunk, at, sink)
        return
      }
      // Unsigned: a negative length is one that is too large.
      const bodySize = u32(chunk, at + LENGTH_AT)
      if (bodySize > this.#bodyBytesMax) {
        if (!this.#refuse(chunk, at, bodySize, sink)) return
        at = this.#skip(chunk, at + HEADER_SIZE)
        continue
      }
      const end = at + HEADER_SIZE + bodySize
      if (end > size) {
        this.#hold(chunk, at, HEADER_SIZE + bodySize, sink)
        return
      }
      this.#emit(chunk, at, end, sink)
      at = end
    }
    if (at === size) {
      sink.need(this.#skipping)
      return
    }
    if (this.#magicWrong(chunk, at, size)) this.#wrongMagic(chunk, at, sink)
    else this.#hold(chunk, at, HEADER_SIZE, sink)
  }

  /** Fills the frame that earlier chunks began; the offset behind it, or -1 when it is not whole or refused. */
  #complete(chunk: Buffer, sink: DecoderSink): number {
    const carry = this.#carry
    let at = carry.fill(chunk, 0)
    if (carry.wanted === HEADER_SIZE) {
      if (this.#magicWrong(carry.buffer, 0, carry.size)) {
        this.#wrongMagic(carry.buffer, 0, sink)
        return -1
      }
      if (carry.size === HEADER_SIZE) {
        const bodySize = u32(carry.buffer, LENGTH_AT)
        if (bodySize > this.#bodyBytesMax)
          return this.#refuse(carry.take(), 0, bodySize, sink) ? this.#skip(chunk, at) : -1
        carry.wanted = HEADER_SIZE + bodySize
        if (bodySize > 0) at = carry.fill(chunk, at)
      }
    }
    if (carry.size < carry.wanted) {
      sink.need(carry.wanted - carry.size)
      return -1
    }
    const end = carry.size
    this.#emit(carry.take(), 0, end, sink)
    return at
  }

  /** Throws away what there is of a refused body; the offset behind it. */
  #skip(chunk: Buffer, at: number): number {
    const end = Math.min(at + this.#skipping, chunk.length)
    this.#skipping -= end - at
    return end
  }

  #hold(chunk: Buffer, at: number, wanted: number, sink: DecoderSink): void {
    this.#carry.start(chunk, at, wanted)
    sink.need(wanted - (chunk.length - at))
  }

  #emit(bytes: Buffer, start: number, end: number, sink: DecoderSink): void {
    const flag = u8(bytes, start + 2)
    const status = u8(bytes, start + STATUS_AT)
    const kind = (flag & FLAG_EVENT) === 0 ? callKind(flag, status) : eventKind(flag, bytes, start, end)
    sink.message(this.#message(kind, bytes, start, end))
  }

  #message(kind: MessageKind, bytes: Buffer, start: number, end: number): Message {
    const message = new Message(kind, this.#reader, bytes, start, end, HEADER_SIZE)
    message.idHigh = u32(bytes, start + ID_AT)
    message.idLow = u32(bytes, start + ID_AT + 4)
    if ((u8(bytes, start + 2) & FLAG_REQUEST) === 0) message.status = u8(bytes, start + STATUS_AT)
    return message
  }

  /** Whether the one or two bytes of the magic that are there are others. */
  #magicWrong(bytes: Buffer, at: number, end: number): boolean {
    return u8(bytes, at) !== MAGIC_HIGH || (at + 1 < end && u8(bytes, at + 1) !== MAGIC_LOW)
  }

  #wrongMagic(bytes: Buffer, at: number, sink: DecoderSink): void {
    const found = bytes.toString('hex', at, Math.min(at + 2, bytes.length))
    sink.malformed('magic', `a frame begins with ${found} instead of dabb`)
  }

  /** A body over the limit: it is skipped, unless its length is none; false when the connection is finished. */
  #refuse(bytes: Buffer, at: number, bodySize: number, sink: DecoderSink): boolean {
    const text = `a body of ${bodySize} bytes is announced, the limit is ${this.#bodyBytesMax}`
    const flag = u8(bytes, at + 2)
    const event = (flag & FLAG_EVENT) !== 0
    const kind = event ? 'heartbeat-reply' : callKind(flag, u8(bytes, at + STATUS_AT))
    const message = this.#message(kind, bytes, at, at + HEADER_SIZE)
    if (bodySize > LENGTH_MAX) {
      sink.malformed('frame_size', text, kind === 'request' ? message : undefined)
      return false
    }
    this.#skipping = bodySize
    sink.refused(message, text)
    return true
  }
}

function callKind(flag: number, status: number): MessageKind {
  if ((flag & FLAG_REQUEST) !== 0) return (flag & FLAG_TWO_WAY) === 0 ? 'oneway' : 'request'
  return status === STATUS_OK ? 'response' : 'error'
}

function eventKind(flag: number, bytes: Buffer, start: number, end: number): MessageKind {
  if ((flag & FLAG_REQUEST) === 0) return 'heartbeat-reply'
  const bodySize = end - start - HEADER_SIZE
  const short = bodySize >= 2 && bodySize <= READ_ONLY_BYTES_MAX
  return short && u8(bytes, end - 1) === READ_ONLY && readOnlyTag(u8(bytes, end - 2)) ? 'drain' : 'heartbeat'
}

function readOnlyTag(tag: number): boolean {
  return tag === 0x01 || tag === 0x4a
}
