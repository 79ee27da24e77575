/**
 * ReplyDecoder: cuts what an upstream sends into replies, of RESP 2 and 3, however deep they are nested. It looks at
 * every byte of the framing once, wherever chunks end, and keeps one number for each level.
 */
import {
  Carry,
  type Decoder,
  type DecoderSink,
  type FrameLimits,
  Message,
  type MessageKind,
  type PropertyReader,
} from '../../sdk/index.ts'
import { DEPTH_MAX, ELEMENTS_MAX } from './limits.ts'
import { NumberLine } from './number-line.ts'
import { pieceOf } from './piece.ts'
import {
  ARRAY,
  ATTRIBUTE,
  BIG_NUMBER,
  BOOLEAN,
  BULK,
  BULK_ERROR,
  CR,
  DOUBLE,
  ERROR,
  INTEGER,
  LF,
  MAP,
  NULL,
  PUSH,
  SET,
  SIMPLE,
  shown,
  VERBATIM,
} from './resp.ts'

/** type => line => type; type => size => bytes => type; type => count => type. Where a reply is large, size => pieces => type. */
type State = 'type' | 'line' | 'size' | 'bytes' | 'pieces' | 'count'

const NO_BYTES = Buffer.alloc(0)

export class ReplyDecoder implements Decoder {
  readonly #reader: PropertyReader
  readonly #bytesMax: number
  readonly #piecesFromBytes: number
  readonly #carry = new Carry()
  readonly #number = new NumberLine()
  #state: State = 'type'
  /** Whether a reply has begun. */
  #begun = false
  /** Values that are missing at each level, and whether the level is an attribute, which is no value itself. */
  readonly #missing = new Uint32Array(DEPTH_MAX)
  readonly #attribute = new Uint8Array(DEPTH_MAX)
  #depth = 0
  /** The type of the value at hand. */
  #type = 0
  /** Bytes of a string that are still to come, with its line end. */
  #bytesLeft = 0
  #lineEnding = false
  /** The reply's own value, behind its attributes: its type, its offset, and the size of its text. */
  #rootType = 0
  #rootAt = 0
  #rootSize = 0
  #before = 0
  #refusing = false
  #ended = false

  constructor(reader: PropertyReader, limits: FrameLimits) {
    this.#reader = reader
    this.#bytesMax = limits.bodyBytesMax
    this.#piecesFromBytes = limits.piecesFromBytes ?? Number.POSITIVE_INFINITY
  }

  get pendingBytes(): number {
    return this.#carry.size
  }

  decode(chunk: Buffer, sink: DecoderSink): void {
    let start = 0
    let at = 0
    while (at < chunk.length) {
      at = this.#step(chunk, start, at, sink)
      if (this.#ended) return
      if (!this.#begun || this.#state === 'pieces') start = at
    }
    this.#hold(chunk, start)
    sink.need(this.#needed)
  }

  get #needed(): number {
    if (!this.#begun) return 0
    return this.#state === 'bytes' || this.#state === 'pieces' ? Math.max(1, this.#bytesLeft) : 1
  }

  #step(chunk: Buffer, start: number, at: number, sink: DecoderSink): number {
    switch (this.#state) {
      case 'type':
        return this.#typed(chunk[at] ?? 0, start, at, sink)
      case 'line':
        return this.#line(chunk, start, at, sink)
      case 'size':
        return this.#sized(chunk, start, this.#number.read(chunk, at), sink)
      case 'bytes':
        return this.#bytes(chunk, start, at, sink)
      case 'pieces':
        return this.#piece(chunk, at, sink)
      case 'count':
        return this.#counted(chunk, start, this.#number.read(chunk, at), sink)
    }
  }

  #typed(type: number, start: number, at: number, sink: DecoderSink): number {
    if (!this.#begun) this.#begin()
    this.#type = type
    if (this.#depth === 0 && type !== ATTRIBUTE) {
      this.#rootType = type
      this.#rootAt = this.#before + at - start
      this.#rootSize = 0
    }
    const state = stateOf(type)
    if (state === undefined) this.#malformed(sink, `a reply begins with ${shown(type)}`)
    else this.#state = state
    this.#number.begin()
    return at + 1
  }

  #line(chunk: Buffer, start: number, at: number, sink: DecoderSink): number {
    for (let place = at; place < chunk.length; place++) {
      const byte = chunk[place]
      if (byte === LF && this.#lineEnding) {
        this.#lineEnding = false
        if (this.#depth === 0) this.#rootSize = this.#before + place - start - this.#rootAt - 2
        if (this.#rootSize > this.#bytesMax) this.#refuse(sink)
        this.#done(chunk, start, place + 1, sink)
        return place + 1
      }
      if (byte === LF || this.#lineEnding) {
        this.#malformed(sink, 'a line of a reply does not end with CR LF')
        return place
      }
      this.#lineEnding = byte === CR
    }
    if (this.#before + chunk.length - start > this.#bytesMax) this.#refuse(sink)
    return chunk.length
  }

  #sized(chunk: Buffer, start: number, at: number, sink: DecoderSink): number {
    const { state, value } = this.#number
    if (state === 'more') return at
    if (state === 'bad' || value < -1) {
      this.#malformed(sink, 'a string of a reply has no size')
    } else if (value === -1) {
      this.#done(chunk, start, at, sink)
    } else {
      if (this.#depth === 0) this.#rootSize = value
      this.#bytesLeft = value + 2
      this.#state = 'bytes'
      if (this.#before + at - start + value > this.#bytesMax) this.#refuse(sink)
      else if (value > this.#piecesFromBytes && this.#depth === 0 && at + this.#bytesLeft > chunk.length)
        this.#tryPieces(chunk, start, at, sink)
    }
    return at
  }

  /** The reply is a large string that only begins here: it goes on in pieces, unless it is an error. */
  #tryPieces(chunk: Buffer, start: number, at: number, sink: DecoderSink): void {
    if (this.#refusing || this.#type === BULK_ERROR) return
    this.#state = 'pieces'
    const carried = this.#carry.size > 0
    if (carried) this.#carry.fill(chunk.subarray(0, at), 0)
    const bytes = carried ? this.#carry.take() : chunk
    sink.message(
      carried
        ? this.#message(bytes, 0, bytes.length, this.#bytesLeft)
        : this.#message(bytes, start, at, this.#bytesLeft),
    )
  }

  /** What there is of a large string. */
  #piece(chunk: Buffer, at: number, sink: DecoderSink): number {
    const end = Math.min(at + this.#bytesLeft, chunk.length)
    this.#bytesLeft -= end - at
    const piece = pieceOf({ reader: this.#reader, bytes: chunk, start: at, end, missing: this.#bytesLeft })
    piece.status = 0
    if (this.#bytesLeft === 0) {
      this.#state = 'type'
      this.#begun = false
    }
    sink.message(piece)
    return end
  }

  #bytes(chunk: Buffer, start: number, at: number, sink: DecoderSink): number {
    const end = at + this.#bytesLeft
    if (end > chunk.length) {
      this.#bytesLeft = end - chunk.length
      return chunk.length
    }
    this.#done(chunk, start, end, sink)
    return end
  }

  #counted(chunk: Buffer, start: number, at: number, sink: DecoderSink): number {
    const { state, value } = this.#number
    if (state === 'more') return at
    const count = this.#type === MAP || this.#type === ATTRIBUTE ? value * 2 : value
    if (state === 'bad' || value < -1 || count > ELEMENTS_MAX) {
      this.#malformed(sink, 'an aggregate of a reply has no count')
    } else if (count <= 0) {
      // An empty attribute is followed by its value like any other.
      if (this.#type === ATTRIBUTE) this.#state = 'type'
      else this.#done(chunk, start, at, sink)
    } else if (this.#depth === DEPTH_MAX) {
      this.#malformed(sink, `a reply is nested deeper than ${DEPTH_MAX} levels`)
    } else {
      this.#missing[this.#depth] = count
      this.#attribute[this.#depth] = this.#type === ATTRIBUTE ? 1 : 0
      this.#depth++
      this.#state = 'type'
    }
    return at
  }

  /** A value has ended, and with it perhaps those around it. */
  #done(chunk: Buffer, start: number, end: number, sink: DecoderSink): void {
    this.#state = 'type'
    while (this.#depth > 0) {
      const level = this.#depth - 1
      const missing = (this.#missing[level] ?? 0) - 1
      this.#missing[level] = missing
      if (missing > 0) {
        if (this.#before + end - start > this.#bytesMax) this.#refuse(sink)
        return
      }
      this.#depth = level
      if (this.#attribute[level] === 1) return
    }
    this.#emit(chunk, start, end, sink)
  }

  #emit(chunk: Buffer, start: number, end: number, sink: DecoderSink): void {
    this.#begun = false
    if (this.#refusing) return
    if (this.#carry.size === 0) {
      sink.message(this.#message(chunk, start, end, 0))
      return
    }
    this.#carry.fill(chunk.subarray(0, end), 0)
    const frame = this.#carry.take()
    sink.message(this.#message(frame, 0, frame.length, 0))
  }

  /** The reply in these bytes, of which `rest` are still to come. */
  #message(bytes: Buffer, start: number, end: number, rest: number): Message {
    const failed = this.#rootType === ERROR || this.#rootType === BULK_ERROR
    const kind: MessageKind = failed ? 'error' : 'response'
    const textual = this.#rootSize > 0
    const size = end - start + rest
    const headerSize = textual ? size - this.#rootSize : size
    const message = new Message(kind, this.#reader, bytes, start, end, headerSize)
    message.rest = rest
    message.status = failed ? 1 : 0
    message.mark0 = this.#rootType
    message.mark1 = this.#rootAt
    message.mark2 = this.#rootSize
    return message
  }

  #begin(): void {
    this.#begun = true
    this.#before = 0
    this.#refusing = false
  }

  #hold(chunk: Buffer, start: number): void {
    if (!this.#begun || this.#state === 'pieces') return
    this.#before += chunk.length - start
    if (this.#refusing) return
    if (this.#carry.size > 0) this.#carry.fill(chunk, 0)
    else this.#carry.start(chunk, start, Number.POSITIVE_INFINITY)
  }

  #refuse(sink: DecoderSink): void {
    if (this.#refusing) return
    this.#refusing = true
    if (this.#carry.size > 0) this.#carry.take()
    const message = new Message('response', this.#reader, NO_BYTES, 0, 0, 0)
    sink.refused(message, `a reply of more than ${this.#bytesMax} bytes`)
  }

  #malformed(sink: DecoderSink, text: string): void {
    this.#ended = true
    if (this.#carry.size > 0) this.#carry.take()
    sink.malformed('header', text)
  }
}

function stateOf(type: number): State | undefined {
  switch (type) {
    case SIMPLE:
    case ERROR:
    case INTEGER:
    case NULL:
    case DOUBLE:
    case BOOLEAN:
    case BIG_NUMBER:
      return 'line'
    case BULK:
    case BULK_ERROR:
    case VERBATIM:
      return 'size'
    case ARRAY:
    case SET:
    case PUSH:
    case MAP:
    case ATTRIBUTE:
      return 'count'
    default:
      return undefined
  }
}
