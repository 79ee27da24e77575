/**
 * ReplyDecoder: makes messages of what an upstream sends. A reply is held until it is whole, unless it is large: then it
 * goes on in pieces, as soon as that can be read of it which others go by. Where it begins and ends its framing says.
 */
import {
  type Decoder,
  type DecoderSink,
  type FrameLimits,
  Message,
  type PropertyReader,
} from '../../sdk/index.ts'
import { type Beginning, PartialFrame } from './partial-frame.ts'
import { ReplyFraming } from './reply-framing.ts'
import { isConfirmation } from './reply-sorter.ts'
import { codeIn, textStart } from './reply-text.ts'
import { BULK_ERROR } from './resp.ts'

const NO_BYTES = Buffer.alloc(0)

/** What of a reply is in its beginning at least, so that the word of an error or of a message can be read there. */
const BEGINNING_BYTES = 96

export class ReplyDecoder implements Decoder {
  readonly #reader: PropertyReader
  readonly #bytesMax: number
  readonly #piecesFromBytes: number
  readonly #framing: ReplyFraming
  readonly #partial: PartialFrame

  constructor(reader: PropertyReader, limits: FrameLimits) {
    this.#reader = reader
    this.#bytesMax = limits.bodyBytesMax
    this.#piecesFromBytes = limits.piecesFromBytes ?? Number.POSITIVE_INFINITY
    this.#framing = new ReplyFraming(Math.min(this.#bytesMax, this.#piecesFromBytes))
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
      if (partial.state === 'pieces') this.#noteBody(chunk, at)
      at = framing.read(chunk, at, start - partial.before)
      if (framing.found === 'more') continue
      this.#found(chunk, start, at, sink)
      if (framing.found === 'malformed') return
      if (!framing.begun || partial.cut) {
        start = at
        partial.cut = false
      }
    }
    if (framing.begun) this.#hold(chunk, start, sink)
    sink.need(framing.needed)
  }

  #found(chunk: Buffer, start: number, at: number, sink: DecoderSink): void {
    const framing = this.#framing
    const size = this.#partial.before + at - start
    switch (framing.found) {
      case 'reply':
        if (framing.rootSize > this.#bytesMax) this.#refuse(sink)
        this.#whole(chunk, start, at, sink)
        return
      case 'string':
        this.#string(chunk, start, at, sink)
        return
      case 'line':
      case 'value':
        if (size > this.#bytesMax) this.#refuse(sink)
        return
      case 'malformed':
        this.#partial.drop()
        sink.malformed('header', framing.problem)
    }
  }

  #whole(chunk: Buffer, start: number, end: number, sink: DecoderSink): void {
    const partial = this.#partial
    if (partial.state === 'passed-over') return
    if (partial.state === 'pieces') {
      this.#piece(chunk, start, end, sink)
    } else if (partial.heldBytes === 0) {
      sink.message(this.#message(chunk, start, end, 0))
    } else {
      const frame = partial.joined(chunk, end)
      sink.message(this.#message(frame, 0, frame.length, 0))
    }
  }

  /** A string begins, which may make the reply too large, or large and is not here as a whole. */
  #string(chunk: Buffer, start: number, at: number, sink: DecoderSink): void {
    const { bytesLeft } = this.#framing
    const size = this.#partial.before + at - start + bytesLeft - 2
    if (size > this.#bytesMax) this.#refuse(sink)
    else if (size > this.#partial.tryAt && at + bytesLeft > chunk.length)
      this.#tryBegin(chunk, start, at, sink)
  }

  /** What there is of the reply goes on, if it may. */
  #tryBegin(chunk: Buffer, start: number, at: number, sink: DecoderSink): void {
    const framing = this.#framing
    const partial = this.#partial
    if (partial.state !== 'held') return
    const string = framing.atRoot && framing.rootType !== BULK_ERROR
    if (!string && !this.#tells(partial.before + at - start)) return
    const beginning = partial.upTo(chunk, start, at)
    if (this.#begin(beginning, 0, sink)) partial.goesOn(start, at)
    else if (beginning.bytes !== chunk) partial.keep(beginning.bytes, at)
  }

  /** So much is held of a reply that it goes on, if it may; what is held of its text is its first piece. */
  #tryHeld(sink: DecoderSink): void {
    const framing = this.#framing
    const partial = this.#partial
    if (!this.#tells(partial.before)) {
      partial.tryAt = partial.before + BEGINNING_BYTES
      return
    }
    const bytes = partial.take()
    const textAt = framing.atRoot ? textStart(this.#message(bytes, 0, bytes.length, 0)) : bytes.length
    const behind = bytes.length - textAt
    if (!this.#begin({ bytes, start: 0, end: textAt }, behind, sink)) {
      partial.keep(bytes, 0)
    } else if (behind > 0) {
      partial.noteBody(textAt, framing.heldTextEnd(bytes, textAt))
      this.#piece(bytes, textAt, bytes.length, sink)
    }
  }

  /** Whether so much of a reply tells the words that others go by. */
  #tells(size: number): boolean {
    return this.#framing.rootKnown && size - this.#framing.rootAt >= BEGINNING_BYTES
  }

  /** Pushes the beginning of a reply, of which so many bytes are here behind it; false when that has to be whole. */
  #begin({ bytes, start, end }: Beginning, behind: number, sink: DecoderSink): boolean {
    const framing = this.#framing
    const message = this.#message(bytes, start, end, framing.restMin + behind)
    if (isConfirmation(message)) {
      this.#partial.tryAt = Number.POSITIVE_INFINITY
      return false
    }
    message.sizeOpen = !framing.atRoot || !framing.inString
    if (message.sizeOpen) message.headerSize = end - start
    if (framing.failed) message.parts = codeIn(bytes.subarray(end, bytes.length))
    this.#partial.state = 'pieces'
    sink.message(message)
    return true
  }

  #noteBody(chunk: Buffer, at: number): void {
    const end = this.#framing.textEnd(chunk, at)
    if (end >= 0) this.#partial.noteBody(at, end)
  }

  #piece(bytes: Buffer, start: number, end: number, sink: DecoderSink): void {
    const piece = this.#partial.piece(bytes, start, end, !this.#framing.begun)
    piece.status = this.#framing.failed ? 1 : 0
    sink.message(piece)
  }

  #hold(chunk: Buffer, start: number, sink: DecoderSink): void {
    if (this.#partial.hold(chunk, start)) this.#tryHeld(sink)
    else if (this.#partial.state === 'pieces' && start < chunk.length)
      this.#piece(chunk, start, chunk.length, sink)
  }

  /** The reply in these bytes, of which `rest` are still to come. */
  #message(bytes: Buffer, start: number, end: number, rest: number): Message {
    const { failed, rootType, rootAt, rootSize } = this.#framing
    const size = end - start + rest
    const message = new Message(
      failed ? 'error' : 'response',
      this.#reader,
      bytes,
      start,
      end,
      size - rootSize,
    )
    message.rest = rest
    message.status = failed ? 1 : 0
    message.mark0 = rootType
    message.mark1 = rootAt
    message.mark2 = rootSize
    return message
  }

  #refuse(sink: DecoderSink): void {
    if (this.#partial.state === 'passed-over') return
    this.#partial.passOver()
    const message = new Message('response', this.#reader, NO_BYTES, 0, 0, 0)
    sink.refused(message, `a reply of more than ${this.#bytesMax} bytes`)
  }
}
