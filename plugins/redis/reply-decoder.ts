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
import { isConfirmation } from './reply-sorter.ts'
import { codeIn, textStart } from './reply-text.ts'
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
  endsLine,
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

/** type => line => type; type => size => bytes => type; type => count => type. */
type State = 'type' | 'line' | 'size' | 'bytes' | 'count'

const NO_BYTES = Buffer.alloc(0)

/** What of a reply is in its beginning at least, so that the word of an error or of a message can be read there. */
const BEGINNING_BYTES = 96
/** The shortest value: `_` and a line end. */
const VALUE_BYTES_MIN = 3

/** What there is of a reply that may go on. */
interface Beginning {
  readonly bytes: Buffer
  readonly start: number
  readonly end: number
  /** Bytes of it that are here and follow as a piece. */
  readonly behind: number
}

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
  /** Up to here the chunk at hand is held already. */
  #taken = 0
  #lineEnding = false
  /** The reply's own value, behind its attributes: its type, its offset, and the size of its text. */
  #rootType = 0
  #rootAt = 0
  #rootSize = 0
  #rootKnown = false
  #before = 0
  #refusing = false
  /** What has come of the reply has gone on, and the rest follows in pieces. */
  #inPieces = false
  /** It has done so just now, up to the offset at hand. */
  #cut = false
  /** Of how many bytes of the reply has to be known before it is looked at whether it may pass in pieces. */
  #tryAt = 0
  /** Where in the chunk at hand the text of a reply in pieces begins and ends. */
  #bodyStart = 0
  #bodyEnd = 0
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
      if (!this.#begun || this.#cut) {
        start = at
        this.#cut = false
      }
    }
    this.#hold(chunk, start, sink)
    sink.need(this.#needed)
  }

  get #needed(): number {
    if (!this.#begun) return 0
    return this.#state === 'bytes' ? Math.max(1, this.#bytesLeft) : 1
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
      this.#rootKnown = true
    }
    const state = stateOf(type)
    if (state === undefined) this.#malformed(sink, `a reply begins with ${shown(type)}`)
    else this.#state = state
    this.#number.begin()
    return at + 1
  }

  #line(chunk: Buffer, start: number, at: number, sink: DecoderSink): number {
    if (this.#inPieces && this.#depth === 0 && !this.#lineEnding) this.#lineBody(chunk, at)
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
      else if (this.#before + at - start + value > this.#tryAt && at + this.#bytesLeft > chunk.length)
        this.#tryBegin(chunk, start, at, sink)
    }
    return at
  }

  /** A string makes the reply large and is not here as a whole: what there is of it goes on, if it may. */
  #tryBegin(chunk: Buffer, start: number, at: number, sink: DecoderSink): void {
    if (this.#refusing || this.#inPieces) return
    const here = this.#before + at - start
    const string = this.#depth === 0 && this.#type !== BULK_ERROR
    if (!string && (!this.#rootKnown || here - this.#rootAt < BEGINNING_BYTES)) return
    const carried = this.#carry.size > 0
    if (carried) this.#carry.fill(chunk.subarray(0, at), this.#taken)
    const bytes = carried ? this.#carry.take() : chunk
    const held = carried
      ? { bytes, start: 0, end: bytes.length, behind: 0 }
      : { bytes, start, end: at, behind: 0 }
    if (this.#beginning(held, sink)) {
      this.#before = here
      this.#cut = true
    } else if (carried) {
      this.#carry.start(bytes, 0, Number.POSITIVE_INFINITY)
      this.#taken = at
    }
  }

  /** So much is held of a reply that it goes on, if it may; what is held of its text is its first piece. */
  #tryHeld(sink: DecoderSink): void {
    if (!this.#rootKnown || this.#before - this.#rootAt < BEGINNING_BYTES) {
      this.#tryAt = this.#before + BEGINNING_BYTES
      return
    }
    const bytes = this.#carry.take()
    const textAt = this.#depth === 0 ? textStart(this.#message(bytes, 0, bytes.length, 0)) : bytes.length
    if (!this.#beginning({ bytes, start: 0, end: textAt, behind: bytes.length - textAt }, sink)) {
      this.#carry.start(bytes, 0, Number.POSITIVE_INFINITY)
    } else if (textAt < bytes.length) {
      if (this.#state === 'line') this.#lineBody(bytes, textAt)
      else this.#stringBody(bytes, textAt, textAt + this.#rootSize)
      this.#piece(bytes, textAt, bytes.length, sink)
    }
  }

  /** Pushes the beginning of a reply; false when that has to be whole. */
  #beginning({ bytes, start, end, behind }: Beginning, sink: DecoderSink): boolean {
    const message = this.#message(bytes, start, end, this.#rest + behind)
    if (isConfirmation(message)) {
      this.#tryAt = Number.POSITIVE_INFINITY
      return false
    }
    message.sizeOpen = this.#depth > 0 || this.#state !== 'bytes'
    if (message.sizeOpen) message.headerSize = end - start
    if (this.#failed) message.parts = codeIn(bytes.subarray(end, bytes.length))
    this.#inPieces = true
    sink.message(message)
    return true
  }

  /** How many bytes of the reply have to come at least. */
  get #rest(): number {
    // Of each level one value has begun, but of the last one perhaps none.
    let count = this.#state === 'type' ? 1 : 0
    for (let level = 0; level < this.#depth; level++) count += (this.#missing[level] ?? 1) - 1
    const begun = this.#state === 'bytes' ? this.#bytesLeft : this.#state === 'type' ? 0 : 1
    return begun + count * VALUE_BYTES_MIN
  }

  #piece(chunk: Buffer, start: number, end: number, sink: DecoderSink): void {
    const bodyStart = this.#bodyStart
    const bodyEnd = this.#bodyEnd
    this.#bodyStart = 0
    this.#bodyEnd = 0
    const last = !this.#inPieces
    const piece = pieceOf({ reader: this.#reader, bytes: chunk, start, end, bodyStart, bodyEnd, last })
    piece.status = this.#failed ? 1 : 0
    sink.message(piece)
  }

  /** The text of a reply that is one line goes on here, unless its end has begun. */
  #lineBody(chunk: Buffer, at: number): void {
    const end = chunk.indexOf(CR, at)
    this.#bodyStart = at
    this.#bodyEnd = end < 0 ? chunk.length : end
  }

  /** The same of one that is a string, up to this offset at most. */
  #stringBody(chunk: Buffer, at: number, end: number): void {
    this.#bodyStart = at
    this.#bodyEnd = Math.min(end, chunk.length)
  }

  #bytes(chunk: Buffer, start: number, at: number, sink: DecoderSink): number {
    const end = at + this.#bytesLeft
    if (this.#inPieces && this.#depth === 0) this.#stringBody(chunk, at, end - 2)
    if (!endsLine(chunk, this.#bytesLeft, end)) {
      this.#malformed(sink, 'a string of a reply does not end with CR LF')
      return at
    }
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
    if (this.#inPieces) {
      this.#inPieces = false
      this.#piece(chunk, start, end, sink)
      return
    }
    if (this.#carry.size === 0) {
      sink.message(this.#message(chunk, start, end, 0))
      return
    }
    this.#carry.fill(chunk.subarray(0, end), this.#taken)
    const frame = this.#carry.take()
    sink.message(this.#message(frame, 0, frame.length, 0))
  }

  /** The reply in these bytes, of which `rest` are still to come. */
  #message(bytes: Buffer, start: number, end: number, rest: number): Message {
    const failed = this.#failed
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

  get #failed(): boolean {
    return this.#rootType === ERROR || this.#rootType === BULK_ERROR
  }

  #begin(): void {
    this.#begun = true
    this.#before = 0
    this.#refusing = false
    this.#rootKnown = false
    this.#rootSize = 0
    this.#tryAt = this.#piecesFromBytes
  }

  #hold(chunk: Buffer, start: number, sink: DecoderSink): void {
    const taken = this.#taken
    this.#taken = 0
    if (!this.#begun) return
    this.#before += chunk.length - start
    if (this.#refusing) return
    if (this.#inPieces) {
      if (start < chunk.length) this.#piece(chunk, start, chunk.length, sink)
      return
    }
    if (this.#carry.size > 0) this.#carry.fill(chunk, taken)
    else this.#carry.start(chunk, start, Number.POSITIVE_INFINITY)
    if (this.#before > this.#tryAt) this.#tryHeld(sink)
  }

  #refuse(sink: DecoderSink): void {
    if (this.#refusing) return
    this.#refusing = true
    this.#inPieces = false
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
