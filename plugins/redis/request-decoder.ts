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
import { BegunCommand } from './begun-command.ts'
import { commandAt } from './command-lookup.ts'
import { commandSpecs } from './commands.ts'
import { asArray, lineEnd, splitInline } from './inline.ts'
import { ARGUMENTS_MAX, INLINE_BYTES_MAX } from './limits.ts'
import { NumberLine } from './number-line.ts'
import { pieceOf } from './piece.ts'
import { frameMark, specOf, wholeArguments } from './request-frame.ts'
import { ARRAY, BULK, endsLine, LF, shown } from './resp.ts'
import { Session } from './session.ts'
import { passesFrom } from './streamed.ts'

/** begin => count => type => size => argument => type …, until the last argument => begin; begin => line => begin. */
type State = 'begin' | 'count' | 'type' | 'size' | 'argument' | 'line'

/** First words of HTTP: whoever sends them is a browser that somebody misuses, and the server closes at once, too. */
const FOREIGN = ['POST', 'HOST:']
const NO_BYTES = Buffer.alloc(0)
/** The shortest argument: `$0`, and two line ends. */
const ARGUMENT_BYTES_MIN = 6
/** Behind its first digit. */
const SIZE_BYTES_MIN = 3

/** What there is of a command that may go on. */
interface Beginning {
  readonly bytes: Buffer
  readonly start: number
  readonly end: number
  /** Bytes of it that are here and follow as a piece. */
  readonly behind: number
  /** Bytes of it that are known of. */
  readonly size: number
}

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
  /** What has come of the command has gone on, and the rest follows in pieces. */
  #inPieces = false
  /** It has done so just now, up to the offset at hand. */
  #cut = false
  /** Of how many bytes of the command has to be known before it is looked at whether it may pass in pieces. */
  #tryAt = 0
  /** Offset of the argument at hand within the command. */
  #argumentAt = 0
  /** Where in the chunk at hand the last argument of a command in pieces begins and ends. */
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
      if (this.#state === 'begin' || this.#cut) {
        start = at
        this.#cut = false
      }
    }
    this.#hold(chunk, start, sink)
    sink.need(this.#needed)
  }

  get #needed(): number {
    if (this.#state === 'begin') return 0
    return this.#state === 'argument' ? Math.max(1, this.#missing) : 1
  }

  /** One part of a command; answers the offset behind it. */
  #step(chunk: Buffer, start: number, at: number, sink: DecoderSink): number {
    switch (this.#state) {
      case 'begin':
        this.#before = 0
        this.#refusing = false
        this.#tryAt = this.#piecesFromBytes
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
    this.#argumentAt = offset
    this.#missing = value + 2
    this.#state = 'argument'
    if (offset + value > this.#bytesMax) this.#refuse(offset + value, sink)
    else if (offset + value > this.#tryAt && at + this.#missing > chunk.length)
      this.#tryBegin(chunk, start, at, sink)
    return at
  }

  /** An argument makes the command large and is not here as a whole: what there is of it goes on, if it may. */
  #tryBegin(chunk: Buffer, start: number, at: number, sink: DecoderSink): void {
    if (this.#refusing || this.#inPieces || this.#left === this.#count) return
    const carried = this.#carry.size > 0
    if (carried) this.#carry.fill(chunk.subarray(0, at), this.#taken)
    const bytes = carried ? this.#carry.take() : chunk
    const size = this.#before + at - start + this.#size
    const [from, to] = carried ? [0, bytes.length] : [start, at]
    if (this.#begin({ bytes, start: from, end: to, behind: 0, size }, sink)) {
      this.#before += at - start
      this.#cut = true
    } else if (carried && !this.#refusing) {
      this.#carry.start(bytes, 0, Number.POSITIVE_INFINITY)
      this.#taken = at
    }
  }

  /** Pushes the beginning of a command; false when it may not go on yet. */
  #begin({ bytes, start, end, behind, size }: Beginning, sink: DecoderSink): boolean {
    const message = this.#message(bytes, start, end, this.#rest + behind)
    const wholeCount = wholeArguments(message)
    this.#tryAt = passesFrom(message, wholeCount, { size, piecesFrom: this.#piecesFromBytes })
    if (this.#tryAt > 0) return false
    message.parts = new BegunCommand(this.#session.user, wholeCount)
    message.sizeOpen = this.#left > 1 || this.#state !== 'argument'
    if (message.sizeOpen) message.headerSize = end - start
    const refusal = this.#told(message)
    if (refusal === undefined) {
      this.#inPieces = true
      sink.message(message)
      return true
    }
    message.rest = 0
    this.#refusing = true
    sink.refused(message, refusal)
    return false
  }

  /** How many bytes of the command have to come at least. */
  get #rest(): number {
    const one =
      this.#state === 'argument'
        ? this.#missing
        : this.#state === 'size'
          ? SIZE_BYTES_MIN
          : ARGUMENT_BYTES_MIN
    return one + (this.#left - 1) * ARGUMENT_BYTES_MIN
  }

  #piece(chunk: Buffer, start: number, end: number, sink: DecoderSink): void {
    const bodyStart = this.#bodyStart
    const bodyEnd = this.#bodyEnd
    this.#bodyStart = 0
    this.#bodyEnd = 0
    const last = !this.#inPieces
    sink.message(pieceOf({ reader: this.#reader, bytes: chunk, start, end, bodyStart, bodyEnd, last }))
  }

  #argument(chunk: Buffer, start: number, at: number, sink: DecoderSink): number {
    const end = at + this.#missing
    if (this.#inPieces && this.#left === 1) {
      this.#bodyStart = at
      this.#bodyEnd = Math.min(end - 2, chunk.length)
    }
    if (!endsLine(chunk, this.#missing, end)) {
      this.#malformed(sink, 'an argument does not end with CR LF')
      return at
    }
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
    } else if (this.#inPieces) {
      this.#state = 'begin'
      this.#inPieces = false
      this.#piece(chunk, start, end, sink)
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
    const refusal = this.#told(message)
    if (refusal === undefined) sink.message(message)
    else sink.refused(message, refusal)
  }

  /** Has the session told of the command; a text says why it is not carried. */
  #told(message: Message): string | undefined {
    const role = specOf(message)?.role ?? 'plain'
    return role === 'plain' && this.#session.clean ? undefined : this.#session.take(message, role)
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

  #hold(chunk: Buffer, start: number, sink: DecoderSink): void {
    const taken = this.#taken
    this.#taken = 0
    if (this.#state === 'begin') return
    this.#before += chunk.length - start
    if (this.#refusing) return
    if (this.#inPieces) {
      if (start < chunk.length) this.#piece(chunk, start, chunk.length, sink)
      return
    }
    if (this.#carry.size > 0) this.#carry.fill(chunk, taken)
    else this.#carry.start(chunk, start, Number.POSITIVE_INFINITY)
    if (this.#before > this.#tryAt) this.#beginHeld(sink)
  }

  /** So much is held of a command that it goes on, if it may; what is held of its body is its first piece. */
  #beginHeld(sink: DecoderSink): void {
    if (this.#state === 'count' || this.#state === 'line' || this.#left === this.#count) return
    const bytes = this.#carry.take()
    const end = this.#left === 1 && this.#state === 'argument' ? this.#argumentAt : bytes.length
    const behind = bytes.length - end
    if (!this.#begin({ bytes, start: 0, end, behind, size: this.#before }, sink)) {
      if (!this.#refusing) this.#carry.start(bytes, 0, Number.POSITIVE_INFINITY)
    } else if (behind > 0) {
      this.#bodyStart = end
      this.#bodyEnd = Math.min(end + this.#size, bytes.length)
      this.#piece(bytes, end, bytes.length, sink)
    }
  }

  #refuse(size: number, sink: DecoderSink): void {
    if (this.#refusing) return
    this.#refusing = true
    this.#inPieces = false
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
