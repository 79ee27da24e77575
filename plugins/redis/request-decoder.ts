/**
 * RequestDecoder: cuts what a client sends into commands. It looks at every byte of the framing once, wherever chunks
 * end, and passes over the arguments themselves. A command that came as a line is written anew as an array, for what a
 * server thinks of a line may end a connection that others use.
 */
import {
  Carry,
  type Decoder,
  type DecoderSink,
  type FrameLimits,
  Message,
  type PropertyReader,
} from '../../sdk/index.ts'
import { commandAt } from './command-lookup.ts'
import { commandSpecs } from './commands.ts'
import { asArray, lineEnd, splitInline } from './inline.ts'
import { ARGUMENTS_MAX, INLINE_BYTES_MAX } from './limits.ts'
import { NumberLine } from './number-line.ts'
import { pieceOf } from './piece.ts'
import { frameMark, specOf } from './request-frame.ts'
import { ARRAY, BULK, LF, shown } from './resp.ts'
import { Session } from './session.ts'
import { passesInPieces } from './streamed.ts'

/**
 * begin => count => type => size => argument => type …, until the last argument => begin; begin => line => begin. Where
 * the last argument is large, size => pieces => begin.
 */
type State = 'begin' | 'count' | 'type' | 'size' | 'argument' | 'pieces' | 'line'

/** First words of HTTP: whoever sends them is a browser that somebody misuses, and the server closes at once, too. */
const FOREIGN = ['POST', 'HOST:']
const NO_BYTES = Buffer.alloc(0)

export class RequestDecoder implements Decoder {
  readonly #reader: PropertyReader
  readonly #bytesMax: number
  readonly #piecesFromBytes: number
  readonly #carry = new Carry()
  readonly #session = new Session()
  readonly #number = new NumberLine()
  #state: State = 'begin'
  /** Arguments of the command that are still to come, and all of them. */
  #left = 0
  #count = 0
  /** Bytes of the argument that are still to come, with its line end; all of them without it. */
  #missing = 0
  #size = 0
  /** Offset and size of the first argument within the command. */
  #nameAt = 0
  #nameSize = 0
  /** Bytes of the command that came with earlier chunks. */
  #before = 0
  /** Up to here the chunk at hand is held already. */
  #taken = 0
  /** The command is too large and is passed over. */
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
      if (this.#state === 'begin' || this.#state === 'pieces') start = at
    }
    this.#hold(chunk, start)
    sink.need(this.#needed)
  }

  get #needed(): number {
    if (this.#state === 'begin') return 0
    return this.#state === 'argument' || this.#state === 'pieces' ? Math.max(1, this.#missing) : 1
  }

  /** One part of a command; answers the offset behind it. */
  #step(chunk: Buffer, start: number, at: number, sink: DecoderSink): number {
    switch (this.#state) {
      case 'begin':
        this.#before = 0
        this.#refusing = false
        this.#number.begin()
        this.#state = chunk[at] === ARRAY ? 'count' : 'line'
        return this.#state === 'count' ? at + 1 : at
      case 'count':
        return this.#countRead(this.#number.read(chunk, at), sink)
      case 'type':
        if (chunk[at] !== BULK) this.#malformed(sink, `expected '$', got ${shown(chunk[at] ?? 0)}`)
        this.#number.begin()
        this.#state = 'size'
        return at + 1
      case 'size':
        return this.#sizeRead(chunk, start, this.#number.read(chunk, at), sink)
      case 'argument':
        return this.#argument(chunk, start, at, sink)
      case 'pieces':
        return this.#piece(chunk, at, sink)
      case 'line':
        return this.#line(chunk, start, at, sink)
    }
  }

  #countRead(at: number, sink: DecoderSink): number {
    const { state, value } = this.#number
    if (state === 'more') return at
    if (state === 'bad' || value > ARGUMENTS_MAX) {
      this.#malformed(sink, 'invalid multibulk length')
    } else if (value <= 0) {
      // An empty command is no command, and is not answered.
      this.#forget()
    } else {
      this.#state = 'type'
      this.#count = value
      this.#left = value
    }
    return at
  }

  #sizeRead(chunk: Buffer, start: number, at: number, sink: DecoderSink): number {
    const { state, value } = this.#number
    if (state === 'more') return at
    if (state === 'bad' || value < 0) {
      this.#malformed(sink, 'invalid bulk length')
      return at
    }
    const offset = this.#before + at - start
    if (this.#left === this.#count) {
      this.#nameAt = offset
      this.#nameSize = value
    }
    this.#size = value
    this.#missing = value + 2
    this.#state = 'argument'
    if (offset + value > this.#bytesMax) this.#refuse(offset + value, sink)
    else if (value > this.#piecesFromBytes && this.#left === 1 && at + this.#missing > chunk.length)
      this.#tryPieces(chunk, start, at, sink)
    return at
  }

  /** The last argument is large and only begins here: the command goes on without it, unless it has to be read first. */
  #tryPieces(chunk: Buffer, start: number, at: number, sink: DecoderSink): void {
    if (this.#refusing || this.#count === 1) return
    const carried = this.#carry.size > 0
    if (carried) this.#carry.fill(chunk.subarray(0, at), this.#taken)
    const bytes = carried ? this.#carry.take() : chunk
    const message = carried
      ? this.#message(bytes, 0, bytes.length, this.#missing)
      : this.#message(bytes, start, at, this.#missing)
    if (passesInPieces(message)) {
      this.#state = 'pieces'
      if (!this.#session.clean) message.affinity = 'own'
      sink.message(message)
    } else if (carried) {
      this.#carry.start(bytes, 0, Number.POSITIVE_INFINITY)
      this.#taken = at
    }
  }

  /** What there is of a large argument. */
  #piece(chunk: Buffer, at: number, sink: DecoderSink): number {
    const end = Math.min(at + this.#missing, chunk.length)
    this.#missing -= end - at
    if (this.#missing === 0) this.#state = 'begin'
    sink.message(pieceOf({ reader: this.#reader, bytes: chunk, start: at, end, missing: this.#missing }))
    return end
  }

  #argument(chunk: Buffer, start: number, at: number, sink: DecoderSink): number {
    const end = at + this.#missing
    if (end > chunk.length) {
      this.#missing = end - chunk.length
      return chunk.length
    }
    if (--this.#left > 0) this.#state = 'type'
    else this.#command(chunk, start, end, sink)
    return end
  }

  /** All arguments are there. */
  #command(chunk: Buffer, start: number, end: number, sink: DecoderSink): void {
    if (this.#refusing) {
      this.#forget()
    } else if (this.#carry.size === 0) {
      this.#state = 'begin'
      this.#emit(chunk, start, end, sink)
    } else {
      this.#carry.fill(chunk.subarray(0, end), this.#taken)
      const frame = this.#carry.take()
      this.#state = 'begin'
      this.#emit(frame, 0, frame.length, sink)
    }
  }

  #emit(bytes: Buffer, start: number, end: number, sink: DecoderSink): void {
    const message = this.#message(bytes, start, end, 0)
    const role = specOf(message)?.role ?? 'plain'
    if (role !== 'plain' || !this.#session.clean) {
      const refusal = this.#session.take(message, role)
      if (refusal !== undefined) {
        sink.refused(message, refusal)
        return
      }
    }
    sink.message(message)
  }

  /** The command in these bytes, of which `rest` are still to come. */
  #message(bytes: Buffer, start: number, end: number, rest: number): Message {
    const nameAt = start + this.#nameAt
    const command = commandAt(bytes, nameAt, nameAt + this.#nameSize)
    const kind = commandSpecs[command]?.role === 'quit' ? 'drain' : 'request'
    const size = end - start + rest
    const headerSize = this.#count === 1 ? size : size - this.#size
    const message = new Message(kind, this.#reader, bytes, start, end, headerSize)
    message.rest = rest
    message.mark0 = this.#count
    message.mark1 = this.#nameAt
    message.mark2 = this.#nameSize
    message.mark3 = frameMark(command, this.#session.database)
    message.parts = this.#session.user
    return message
  }

  #line(chunk: Buffer, start: number, at: number, sink: DecoderSink): number {
    const feed = chunk.indexOf(LF, at)
    const end = feed < 0 ? chunk.length : feed + 1
    if (this.#before + end - start > INLINE_BYTES_MAX) {
      this.#malformed(sink, 'too big inline request')
    } else if (feed >= 0) {
      let line = chunk
      let from = start
      let last = feed
      if (this.#carry.size > 0) {
        this.#carry.fill(chunk.subarray(0, end), 0)
        line = this.#carry.take()
        from = 0
        last = line.length - 1
      }
      this.#typed(line.toString('latin1', from, lineEnd(line, from, last)), sink)
    }
    return end
  }

  /** A line is whole. */
  #typed(line: string, sink: DecoderSink): void {
    this.#forget()
    const words = splitInline(line)
    if (words === undefined) {
      this.#malformed(sink, 'unbalanced quotes in request')
      return
    }
    const [name] = words
    if (name === undefined) return
    if (FOREIGN.includes(name.toUpperCase())) {
      this.#malformed(sink, 'this is HTTP')
      return
    }
    const bytes = asArray(words)
    this.#count = words.length
    this.#nameAt = bytes.indexOf(LF, bytes.indexOf(BULK)) + 1
    this.#nameSize = name.length
    this.#size = words.at(-1)?.length ?? 0
    this.#emit(bytes, 0, bytes.length, sink)
  }

  /** Nothing of the command is held any more. */
  #forget(): void {
    if (this.#carry.size > 0) this.#carry.take()
    this.#state = 'begin'
    this.#before = 0
  }

  #hold(chunk: Buffer, start: number): void {
    const taken = this.#taken
    this.#taken = 0
    if (this.#state === 'begin' || this.#state === 'pieces') return
    this.#before += chunk.length - start
    if (this.#refusing) return
    if (this.#carry.size > 0) this.#carry.fill(chunk, taken)
    else this.#carry.start(chunk, start, Number.POSITIVE_INFINITY)
  }

  #refuse(size: number, sink: DecoderSink): void {
    if (this.#refusing) return
    this.#refusing = true
    if (this.#carry.size > 0) this.#carry.take()
    const text = `a command of ${size} bytes or more is announced, the limit is ${this.#bytesMax}`
    sink.refused(this.#stub(), text)
  }

  /** The server says so in these words, too, and closes. */
  #malformed(sink: DecoderSink, text: string): void {
    this.#ended = true
    if (this.#carry.size > 0) this.#carry.take()
    const stub = this.#stub()
    // A command without arguments is none: what it is answered with is no refusal of ours but the protocol's.
    stub.mark0 = 0
    if (this.#refusing) sink.malformed('header', text)
    else sink.malformed('header', text, stub)
  }

  /** Stands for a command that is not there. */
  #stub(): Message {
    const message = new Message('request', this.#reader, NO_BYTES, 0, 0, 0)
    message.mark0 = 1
    if (!this.#session.clean) message.affinity = 'own'
    return message
  }
}
