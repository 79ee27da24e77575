/**
 * RequestDecoder: makes messages of what a client sends. A command is held until it is whole, unless it is large: then it
 * goes on in pieces, as soon as that can be read of it which others go by. One that came as a line is written anew as an
 * array, for what a server thinks of a line may end a connection that others use. Where commands end their framing says.
 */
import {
  type Decoder,
  type DecoderSink,
  type FrameLimits,
  Message,
  type PropertyReader,
} from '../../sdk/index.ts'
import { BegunCommand } from './begun-command.ts'
import { commandAt } from './command-lookup.ts'
import { commandSpecs } from './commands.ts'
import { lineEnd, typedCommand } from './inline.ts'
import { type Beginning, PartialFrame } from './partial-frame.ts'
import { frameMark, specOf, wholeArguments } from './request-frame.ts'
import { RequestFraming } from './request-framing.ts'
import { Session } from './session.ts'
import { passesFrom } from './streamed.ts'

const NO_BYTES = Buffer.alloc(0)

/** What there is of a command that may go on. */
interface BegunBytes extends Beginning {
  /** Bytes of it that are here and follow as a piece. */
  readonly behind: number
  /** Bytes of it that are known of. */
  readonly known: number
}

export class RequestDecoder implements Decoder {
  readonly #reader: PropertyReader
  readonly #bytesMax: number
  readonly #piecesFromBytes: number
  readonly #framing: RequestFraming
  readonly #partial: PartialFrame
  readonly #session = new Session()
  #ended = false

  constructor(reader: PropertyReader, limits: FrameLimits) {
    this.#reader = reader
    this.#bytesMax = limits.bodyBytesMax
    this.#piecesFromBytes = limits.piecesFromBytes ?? Number.POSITIVE_INFINITY
    this.#framing = new RequestFraming(Math.min(this.#bytesMax, this.#piecesFromBytes))
    this.#partial = new PartialFrame(reader)
  }

  get pendingBytes(): number {
    return this.#partial.heldBytes
  }

  decode(chunk: Buffer, sink: DecoderSink): void {
    const framing = this.#framing
    const partial = this.#partial
    let start = 0
    let at = 0
    while (at < chunk.length) {
      if (!framing.begun) partial.begin(this.#piecesFromBytes)
      if (partial.state === 'pieces' && framing.inLastArgument)
        partial.noteBody(at, Math.min(at + framing.missing - 2, chunk.length))
      at = framing.read(chunk, at, start - partial.before)
      if (framing.found === 'more') continue
      this.#found(chunk, start, at, sink)
      if (this.#ended) return
      if (!framing.begun || partial.cut) {
        start = at
        partial.cut = false
      }
    }
    if (framing.begun) this.#hold(chunk, start, sink)
    sink.need(framing.needed)
  }

  #found(chunk: Buffer, start: number, at: number, sink: DecoderSink): void {
    switch (this.#framing.found) {
      case 'argument':
        this.#argument(chunk, start, at, sink)
        return
      case 'command':
        this.#whole(chunk, start, at, sink)
        return
      case 'line':
        this.#typed(this.#lineText(chunk, start, at), sink)
        return
      case 'nothing':
        this.#partial.drop()
        return
      case 'malformed':
        this.#malformed(sink, this.#framing.problem)
    }
  }

  /** An argument begins, which may make the command too large, or large and is not here as a whole. */
  #argument(chunk: Buffer, start: number, at: number, sink: DecoderSink): void {
    const { argumentAt, argumentSize, missing } = this.#framing
    const known = argumentAt + argumentSize
    if (known > this.#bytesMax) this.#refuse(known, sink)
    else if (known > this.#partial.tryAt && at + missing > chunk.length)
      this.#tryBegin(chunk, start, at, sink)
  }

  /** What there is of the command goes on, if it may. */
  #tryBegin(chunk: Buffer, start: number, at: number, sink: DecoderSink): void {
    const partial = this.#partial
    const { named, argumentAt, argumentSize } = this.#framing
    if (partial.state !== 'held' || !named) return
    const beginning = partial.upTo(chunk, start, at)
    if (this.#begin({ ...beginning, behind: 0, known: argumentAt + argumentSize }, sink))
      partial.goesOn(start, at)
    else if (beginning.bytes !== chunk) partial.keep(beginning.bytes, at)
  }

  /** So much is held of a command that it goes on, if it may; what is held of its body is its first piece. */
  #tryHeld(sink: DecoderSink): void {
    const partial = this.#partial
    const { named, inLastArgument, argumentAt, argumentSize } = this.#framing
    if (!named) return
    const bytes = partial.take()
    const end = inLastArgument ? argumentAt : bytes.length
    const behind = bytes.length - end
    if (!this.#begin({ bytes, start: 0, end, behind, known: partial.before }, sink)) {
      partial.keep(bytes, 0)
    } else if (behind > 0) {
      partial.noteBody(end, Math.min(end + argumentSize, bytes.length))
      this.#piece(bytes, end, bytes.length, sink)
    }
  }

  /** Pushes the beginning of a command; false when it may not go on yet. */
  #begin({ bytes, start, end, behind, known }: BegunBytes, sink: DecoderSink): boolean {
    const partial = this.#partial
    const message = this.#message(bytes, start, end, this.#framing.restMin + behind)
    const wholeCount = wholeArguments(message)
    partial.tryAt = passesFrom(message, wholeCount, { size: known, piecesFrom: this.#piecesFromBytes })
    if (partial.tryAt > 0) return false
    message.parts = new BegunCommand(this.#session.user, wholeCount)
    message.sizeOpen = !this.#framing.inLastArgument
    if (message.sizeOpen) message.headerSize = end - start
    const refusal = this.#told(message)
    if (refusal === undefined) {
      partial.state = 'pieces'
      sink.message(message)
      return true
    }
    message.rest = 0
    partial.passOver()
    sink.refused(message, refusal)
    return false
  }

  #piece(bytes: Buffer, start: number, end: number, sink: DecoderSink): void {
    sink.message(this.#partial.piece(bytes, start, end, !this.#framing.begun))
  }

  /** All arguments are there. */
  #whole(chunk: Buffer, start: number, end: number, sink: DecoderSink): void {
    const partial = this.#partial
    if (partial.state === 'passed-over') return
    if (partial.state === 'pieces') {
      this.#piece(chunk, start, end, sink)
    } else if (partial.heldBytes === 0) {
      this.#emit(chunk, start, end, sink)
    } else {
      const frame = partial.joined(chunk, end)
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
    const { count, nameAt, nameSize, argumentSize } = this.#framing
    const command = commandAt(bytes, start + nameAt, start + nameAt + nameSize)
    const kind = commandSpecs[command]?.role === 'quit' ? 'drain' : 'request'
    const size = end - start + rest
    const headerSize = count === 1 ? size : size - argumentSize
    const message = new Message(kind, this.#reader, bytes, start, end, headerSize)
    message.rest = rest
    message.mark0 = count
    message.mark1 = nameAt
    message.mark2 = nameSize
    message.mark3 = frameMark(command, this.#session.database)
    message.parts = this.#session.user
    return message
  }

  /** The line that ends before this offset. */
  #lineText(chunk: Buffer, start: number, end: number): string {
    const held = this.#partial.heldBytes > 0
    const line = held ? this.#partial.joined(chunk, end) : chunk
    const from = held ? 0 : start
    const feed = (held ? line.length : end) - 1
    return line.toString('latin1', from, lineEnd(line, from, feed))
  }

  /** A command that came as a line. */
  #typed(line: string, sink: DecoderSink): void {
    const bytes = typedCommand(line)
    if (typeof bytes === 'string') this.#malformed(sink, bytes)
    if (typeof bytes !== 'object') return
    for (let at = 0; at < bytes.length; ) at = this.#framing.read(bytes, at, 0)
    this.#emit(bytes, 0, bytes.length, sink)
  }

  #hold(chunk: Buffer, start: number, sink: DecoderSink): void {
    if (this.#partial.hold(chunk, start)) this.#tryHeld(sink)
    else if (this.#partial.state === 'pieces' && start < chunk.length)
      this.#piece(chunk, start, chunk.length, sink)
  }

  #refuse(known: number, sink: DecoderSink): void {
    if (this.#partial.state === 'passed-over') return
    this.#partial.passOver()
    const text = `a command of ${known} bytes or more is announced, the limit is ${this.#bytesMax}`
    sink.refused(this.#stub(), text)
  }

  /** The server says so in these words, too, and closes. */
  #malformed(sink: DecoderSink, text: string): void {
    this.#ended = true
    this.#partial.drop()
    const stub = this.#stub()
    // A command without arguments is none: what it is answered with is no refusal of ours but the protocol's.
    stub.mark0 = 0
    if (this.#partial.state === 'passed-over') sink.malformed('header', text)
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
