/** Cuts bytes into frames of the reference protocol, rightly or with one of its defects. */
import {
  type Decoder,
  type DecoderSink,
  type FrameLimits,
  type MalformedCode,
  Message,
  type MessageKind,
} from '../../../../sdk/index.ts'
import type { Defect } from './defects.ts'
import {
  BODY_SIZE_AT,
  HEADER_SIZE,
  ID_AT,
  MAGIC,
  PROPERTIES_SIZE_AT,
  types,
  VERSION,
} from './reference-frame.ts'
import type { ReferenceReader } from './reference-reader.ts'

/** What is held of a frame; the decoder's own, unless that is what is wrong. */
export interface Rest {
  bytes: Buffer
}

export class ReferenceDecoder implements Decoder {
  readonly #reader: ReferenceReader
  readonly #limits: FrameLimits
  readonly #defect: Defect | undefined
  readonly #rest: Rest
  readonly #claimed: Buffer[] = []
  #one: Buffer = Buffer.alloc(0)
  #kind: MessageKind | undefined = undefined
  #skipping = 0
  #held = 0
  #wanted = 0

  constructor(reader: ReferenceReader, limits: FrameLimits, defect: Defect | undefined, rest: Rest) {
    this.#reader = reader
    this.#limits = limits
    this.#defect = defect
    this.#rest = rest
  }

  get pendingBytes(): number {
    if (this.#defect === 'holds what it claims' && this.#rest.bytes.length > 0) return this.#wanted
    return this.#rest.bytes.length + this.#held
  }

  decode(chunk: Buffer, sink: DecoderSink): void {
    const held = this.#defect === 'starts anew with each chunk' ? Buffer.alloc(0) : this.#rest.bytes
    const bytes = Buffer.concat([held, chunk])
    this.#rest.bytes = Buffer.alloc(0)
    let at = this.#skip(bytes, 0)
    for (let count = 0; at < bytes.length; count++) {
      const end = this.#frame(bytes, at, sink)
      if (end === undefined) return
      const dropped = count === 1 && this.#is('drops the second frame of a chunk')
      at = dropped ? bytes.length : this.#skip(bytes, end)
    }
    if (!this.#is('says nothing behind a frame')) sink.need(this.#skipping)
  }

  /** One frame; where it ends, or nothing when it is not whole or is none. */
  #frame(bytes: Buffer, at: number, sink: DecoderSink): number | undefined {
    const there = bytes.length - at
    const wrong = this.#wrong(bytes, at, there)
    if (wrong !== undefined) {
      sink.malformed(this.#is('calls every failure a header') ? 'header' : wrong, 'it is no frame')
      if (this.#is('goes on behind malformed')) sink.need(1)
      return undefined
    }
    if (there < HEADER_SIZE) return this.#wait(bytes, at, HEADER_SIZE, sink)
    const size = bytes.readUInt16BE(at + PROPERTIES_SIZE_AT) + bytes.readUInt32BE(at + BODY_SIZE_AT)
    const wanted = HEADER_SIZE + size
    const late = this.#is('waits before it looks at the limit') && there < wanted
    if (this.#over(size) && !late) return this.#refuse(bytes, at, size, sink)
    if (this.#is('allocates what is claimed')) this.#claimed.push(Buffer.allocUnsafe(Math.min(size, 1 << 26)))
    const enough = this.#is('pushes before the last byte') ? wanted - 1 : wanted
    if (there < enough) return this.#wait(bytes, at, wanted, sink)
    sink.message(this.#message(bytes, at, Math.min(at + wanted, bytes.length)))
    const endless = this.#is('pushes empty bodies for ever') && size === 0
    return endless ? at : Math.min(at + wanted, bytes.length)
  }

  /** Why these bytes begin no frame. */
  #wrong(bytes: Buffer, at: number, there: number): MalformedCode | undefined {
    if (there < HEADER_SIZE && this.#is('throws when the header is cut')) bytes.readUInt32BE(bytes.length - 1)
    if (there < HEADER_SIZE && this.#is('calls short input malformed')) return 'header'
    if (bytes[at] !== MAGIC >>> 8 || (there > 1 && bytes[at + 1] !== (MAGIC & 0xff))) return 'magic'
    if (there > 2 && bytes[at + 2] !== VERSION && !this.#is('accepts every version')) return 'version'
    return there > 3 && types[bytes[at + 3] ?? 0] === undefined ? 'header' : undefined
  }

  #over(size: number): boolean {
    if (this.#is('knows no limit')) return false
    const limit = this.#limits.bodyBytesMax
    return size > (this.#is('halves the limit') ? limit / 2 : limit)
  }

  #wait(bytes: Buffer, at: number, wanted: number, sink: DecoderSink): undefined {
    const cut = this.#is('loses a byte when the header is cut') && bytes.length - at === 9
    this.#rest.bytes = Buffer.from(bytes.subarray(at, cut ? -1 : undefined))
    this.#wanted = wanted
    const missing = wanted - (bytes.length - at)
    if (this.#is('asks for nothing')) sink.need(0)
    else if (this.#is('asks for nothing while the header comes') && wanted === HEADER_SIZE) return undefined
    else sink.need(this.#is('asks for a byte too many') ? missing + 1 : missing)
    return undefined
  }

  #refuse(bytes: Buffer, at: number, size: number, sink: DecoderSink): number {
    const message = this.#message(bytes, at, at + HEADER_SIZE)
    if (this.#is('refuses without the id')) message.idLow = 0
    sink.refused(message, `${size} bytes are too much`)
    this.#skipping = this.#is('skips a byte less of what it refuses') ? size - 1 : size
    return at + HEADER_SIZE
  }

  #skip(bytes: Buffer, at: number): number {
    const end = Math.min(bytes.length, at + this.#skipping)
    this.#skipping -= end - at
    if (this.#is('holds what it refuses')) this.#held += end - at
    return end
  }

  #message(bytes: Buffer, start: number, end: number): Message {
    const kind = types[bytes[start + 3] ?? 0] ?? 'request'
    this.#kind ??= kind
    const read = this.#is('takes one-ways for requests') && kind === 'oneway' ? 'request' : kind
    const message = this.#placed(
      this.#is('keeps the kind of the first frame') ? this.#kind : read,
      bytes,
      start,
      end,
    )
    message.idLow = this.#id(bytes, start + ID_AT)
    const reply = kind === 'response' || kind === 'error'
    if (reply && !this.#is('reports no status')) message.status = kind === 'error' ? 1 : 0
    return message
  }

  #placed(kind: MessageKind, bytes: Buffer, start: number, end: number): Message {
    if (!this.#is('uses one buffer for all messages'))
      return new Message(kind, this.#reader, bytes, start, end, HEADER_SIZE)
    if (this.#one.length === 0) this.#one = Buffer.alloc(1 << 18)
    bytes.copy(this.#one, 0, start, end)
    return new Message(kind, this.#reader, this.#one, 0, end - start, HEADER_SIZE)
  }

  #id(bytes: Buffer, at: number): number {
    if (this.#is('reads the id with the other byte order')) return bytes.readUInt32LE(at)
    return this.#is('reads ids as signed') ? bytes.readInt32BE(at) : bytes.readUInt32BE(at)
  }

  #is(defect: Defect): boolean {
    return this.#defect === defect
  }
}
