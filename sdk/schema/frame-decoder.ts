/**
 * FrameDecoder: cuts what one side of a connection sends into the frames of a declared protocol. It reads the fixed head,
 * the lengths and the sums; properties are read when somebody asks.
 */
import { readText } from '../abi/text.ts'
import { u8, u16, u32 } from '../bytes.ts'
import { Carry } from '../carry.ts'
import type { Decoder, DecoderSink, Direction, FrameLimits } from '../codec.ts'
import { Message } from '../message.ts'
import type { MessageKind } from '../metadata.ts'
import { readLow, readNumber } from '../wire-number.ts'
import { FrameConstants } from './frame-constants.ts'
import type { FramePlan } from './frame-plan.ts'
import type { KindNumbers } from './kind-numbers.ts'
import type { SchemaReader } from './property-reader.ts'

/** Lengths above this are none, and nothing behind them can be found. */
const LENGTH_MAX = 0x7fff_ffff
/** How the place of a field is given that is not in the fixed head, or not a plain number there. */
const ELSEWHERE = -1

export class FrameDecoder implements Decoder {
  readonly #plan: FramePlan
  readonly #direction: Direction
  readonly #bodyBytesMax: number
  readonly #carry = new Carry()
  /** How much of a refused frame is still to come; it is thrown away. */
  #skipping = 0
  /** Whether the size of the frame that is held is known. */
  #measured = false

  // What every frame asks for, looked up once.
  readonly #headSize: number
  readonly #fixedSize: number
  readonly #constants: FrameConstants
  readonly #lengthAt: number
  readonly #lengthWidth: number
  readonly #lengthLittle: boolean
  /** What is added to the number there to have the size of the frame. */
  readonly #lengthAdds: number
  readonly #headerSize: number
  readonly #plain: boolean
  readonly #kinds: readonly (MessageKind | undefined)[]
  readonly #kindAt: number
  readonly #numbers: KindNumbers | undefined
  readonly #reader: SchemaReader
  /** Whether replies have a status that tells failures. */
  readonly #judges: boolean
  readonly #idAt: number
  readonly #idWidth: number
  readonly #idLittle: boolean

  constructor(plan: FramePlan, direction: Direction, limits: FrameLimits) {
    const { layout, kinds, id, body } = plan
    this.#plan = plan
    this.#direction = direction
    this.#bodyBytesMax = Math.min(limits.bodyBytesMax, plan.frameBytesMax - layout.headSize)
    this.#headSize = layout.headSize
    this.#fixedSize = layout.fixedSize
    this.#constants = new FrameConstants(plan.constants, layout)
    const { whole } = layout
    this.#lengthAt = whole?.field.offset ?? ELSEWHERE
    this.#lengthWidth = whole?.field.width ?? 0
    this.#lengthLittle = whole?.field.little ?? false
    this.#lengthAdds = whole === undefined ? 0 : layout.fixedSize - whole.plus - whole.fixed
    this.#headerSize = body?.part === 0 ? layout.headSize : ELSEWHERE
    this.#kinds = kinds.table(direction)
    this.#kindAt = kinds.tableAt
    const bare = plan.checksums.length === 0 && this.#constants.inHead
    this.#numbers = kinds.tableAt >= 0 ? undefined : kinds.numbers(direction)
    const told = kinds.tableAt >= 0 || this.#numbers !== undefined
    const quick = layout.plain && bare && told && !this.#constants.wide
    this.#plain = quick && body?.part === 0
    this.#reader = plan.reader
    this.#judges = plan.status !== undefined
    const plainId = id?.field.part === 0 && id.field.form === 'number' && id.bits === id.field.width * 8
    this.#idAt = plainId ? id.field.offset : ELSEWHERE
    this.#idWidth = plainId ? id.field.width : 0
    this.#idLittle = plainId ? id.field.little : false
  }

  get pendingBytes(): number {
    return this.#carry.size
  }

  decode(chunk: Buffer, sink: DecoderSink): void {
    let at = 0
    if (this.#skipping > 0) at = this.#skip(chunk, 0)
    else if (this.#carry.size > 0) {
      at = this.#complete(chunk, sink)
      if (at < 0) return
    }
    const size = chunk.length
    if (this.#plain) at = this.#run(chunk, at, sink)
    while (at < size && size - at >= this.#headSize) {
      if (!this.#constants.headRight(chunk, at, sink)) return
      const frameSize = this.#frameSize(chunk, at, size)
      if (frameSize >= this.#fixedSize && frameSize - this.#headSize <= this.#bodyBytesMax) {
        const end = at + frameSize
        if (end > size) {
          this.#measured = true
          this.#hold(chunk, at, frameSize, sink)
          return
        }
        if (!this.#emit(chunk, at, end, sink)) return
        at = end
      } else if (frameSize < 0 && -frameSize <= this.#plan.headerBytesMax) {
        this.#hold(chunk, at, -frameSize, sink)
        return
      } else {
        if (!this.#refuse(chunk, at, size, frameSize, sink)) return
        at = this.#skip(chunk, at + this.#headSize)
      }
    }
    if (at === size) {
      sink.need(this.#skipping)
      return
    }
    if (this.#constants.partlyWrong(chunk, at, size)) this.#constants.tellMagic(chunk, at, sink)
    else this.#hold(chunk, at, Math.max(this.#headSize, 1), sink)
  }

  /** Fills the frame that earlier chunks began; the offset behind it, or -1 when it is not whole or refused. */
  #complete(chunk: Buffer, sink: DecoderSink): number {
    const carry = this.#carry
    let at = 0
    for (;;) {
      at = carry.fill(chunk, at)
      if (carry.size < carry.wanted) {
        if (!this.#measured && this.#constants.partlyWrong(carry.buffer, 0, carry.size)) {
          this.#constants.tellMagic(carry.buffer, 0, sink)
        } else sink.need(carry.wanted - carry.size)
        return -1
      }
      if (this.#measured) break
      const { size } = carry
      if (!this.#constants.headRight(carry.buffer, 0, sink)) return -1
      const frameSize = this.#frameSize(carry.buffer, 0, size)
      if (frameSize >= this.#fixedSize && frameSize - this.#headSize <= this.#bodyBytesMax) {
        this.#measured = true
        carry.wanted = frameSize
        if (frameSize === size) break
      } else if (frameSize < 0 && -frameSize <= this.#plan.headerBytesMax) carry.wanted = -frameSize
      else return this.#refuse(carry.take(), 0, size, frameSize, sink) ? this.#skip(chunk, at) : -1
    }
    this.#measured = false
    const end = carry.size
    return this.#emit(carry.take(), 0, end, sink) ? at : -1
  }

  /** As {@link Layout.measure}; where the head tells it, nothing but one number is read. */
  #frameSize(bytes: Buffer, at: number, end: number): number {
    if (this.#lengthAt >= 0)
      return readNumber(bytes, at + this.#lengthAt, this.#lengthWidth, this.#lengthLittle) + this.#lengthAdds
    return this.#plan.layout.measure(bytes, at, end)
  }

  #skip(chunk: Buffer, at: number): number {
    const end = Math.min(at + this.#skipping, chunk.length)
    this.#skipping -= end - at
    return end
  }

  #hold(chunk: Buffer, at: number, wanted: number, sink: DecoderSink): void {
    this.#carry.start(chunk, at, wanted)
    sink.need(wanted - (chunk.length - at))
  }

  /**
   * Hands over all whole frames that have one part of any size and no sum, which most protocols' have; the offset behind
   * them. It stops in front of whatever is not as usual. What is called here has to fit into what the engine compiles
   * into one function: a frame took 33 ns while every width was read here, and 25 since.
   */
  #run(bytes: Buffer, from: number, sink: DecoderSink): number {
    const { numbers: constants } = this.#constants
    const [headSize, fixedSize, bodyBytesMax] = [this.#headSize, this.#fixedSize, this.#bodyBytesMax]
    const lengthAt = this.#lengthAt
    const lengthBig = this.#lengthWidth === 4 && !this.#lengthLittle
    const [idAt, idWidth, idLittle] = [this.#idAt, this.#idWidth, this.#idLittle]
    const [kinds, kindAt, numbers, judges] = [this.#kinds, this.#kindAt, this.#numbers, this.#judges]
    const [lengthAdds, headerSize, reader] = [this.#lengthAdds, this.#headerSize, this.#reader]
    const size = bytes.length
    const [firstAt = 0, firstWidth = 0, first = 0] = constants
    let at = from
    while (size - at >= headSize) {
      if (firstWidth === 2) {
        if (u16(bytes, at + firstAt) !== first) return at
      } else if (firstWidth > 0 && readLow(bytes, at + firstAt, firstWidth, false) !== first) return at
      if (constants.length > 3 && !this.#constants.usual(bytes, at)) return at
      const announced = lengthBig ? u32(bytes, at + lengthAt) + lengthAdds : this.#frameSize(bytes, at, size)
      if (!(announced >= fixedSize) || announced > size - at || announced - headSize > bodyBytesMax) return at
      // It fits into a chunk, and is a small number from here on.
      const frameSize = announced | 0
      const end = (at + frameSize) | 0
      const kind = numbers === undefined ? kinds[u8(bytes, at + kindAt)] : numbers.find(bytes, at)
      if (kind === undefined) return at
      const message = new Message(kind, reader, bytes, at, end, headerSize)
      message.mark0 = frameSize - fixedSize
      if (idWidth === 8 && !idLittle) {
        message.idHigh = u32(bytes, at + idAt)
        message.idLow = u32(bytes, at + idAt + 4)
      } else if (idWidth === 4 && !idLittle) message.idLow = u32(bytes, at + idAt)
      else this.#identify(message)
      if (judges && (kind === 'response' || kind === 'error')) this.#judge(message)
      sink.message(message)
      at = end
    }
    return at
  }

  /** What the fixed head tells that a frame is. */
  #kindOf(bytes: Buffer, start: number): MessageKind | undefined {
    const numbers = this.#numbers
    return numbers === undefined ? this.#kinds[u8(bytes, start + this.#kindAt)] : numbers.find(bytes, start)
  }

  /** Hands a whole frame over; false when it cannot be understood. */
  #emit(bytes: Buffer, start: number, end: number, sink: DecoderSink): boolean {
    const { reader, layout, view } = this.#plan
    const told = this.#kindAt >= 0 || this.#numbers !== undefined
    const kind = told ? this.#kindOf(bytes, start) : 'request'
    const fault = layout.split(bytes, start, end)
    const { body } = this.#plan
    const headerSize = fault === '' && body !== undefined ? layout.position(body, 0) : end - start
    const message = new Message(kind ?? 'request', reader, bytes, start, end, headerSize)
    view.note(message)
    if (fault !== '') return this.#broken('header', fault, message, sink)
    if (!this.#constants.tailRight(bytes, start, sink)) return false
    for (const checksum of this.#plan.checksums) {
      if (checksum.right(layout, bytes, start)) continue
      return this.#broken(
        'checksum',
        `"${checksum.field.name}" is not the sum of what it is over`,
        message,
        sink,
      )
    }
    this.#identify(message)
    const found = told ? kind : this.#plan.kinds.find(message, this.#direction)
    if (found === undefined) {
      sink.malformed(
        'unexpected',
        `a frame is nothing of what is declared: ${bytes.toString('hex', start, start + 32)}`,
      )
      return false
    }
    message.kind = found
    if (this.#plan.status !== undefined && (found === 'response' || found === 'error')) this.#judge(message)
    sink.message(message)
    return true
  }

  #identify(message: Message): void {
    const { id, textId, layout } = this.#plan
    if (id !== undefined) {
      message.idHigh = id.high(layout, message.bytes, message.start)
      message.idLow = id.low(layout, message.bytes, message.start)
    } else if (textId !== undefined) message.idText = fieldText(this.#plan, message)
  }

  /** A status that is no success makes a reply an error. */
  #judge(message: Message): void {
    const { status, ok, layout, view } = this.#plan
    if (status === undefined || !view.load(message)) return
    message.status = status.low(layout, message.bytes, message.start)
    if (!ok.has(message.status)) message.kind = 'error'
  }

  #broken(code: 'header' | 'checksum', text: string, message: Message, sink: DecoderSink): boolean {
    const head = this.#headOnly(message.bytes, message.start)
    sink.malformed(code, text, head.kind === 'request' ? head : undefined)
    return false
  }

  /** A frame of an impossible size ends the connection; one that is only too large is skipped. */
  #refuse(bytes: Buffer, at: number, end: number, frameSize: number, sink: DecoderSink): boolean {
    const { layout } = this.#plan
    if (!(frameSize >= 0)) {
      const text = Number.isNaN(frameSize) ? layout.fault : 'what tells the size of a frame is too long'
      sink.malformed('header', text)
      return false
    }
    const large = frameSize - this.#headSize > this.#bodyBytesMax
    const text = large
      ? `a frame of ${frameSize} bytes is announced, the limit is ${this.#bodyBytesMax + this.#headSize}`
      : `a frame of ${frameSize} bytes is announced, and its fixed fields have ${this.#fixedSize}`
    const known = end - at >= this.#headSize && layout.headTells
    const message = known ? this.#headOnly(bytes, at) : undefined
    if (!large || frameSize > LENGTH_MAX || message === undefined) {
      sink.malformed('frame_size', text, message?.kind === 'request' ? message : undefined)
      return false
    }
    this.#skipping = frameSize - this.#headSize
    sink.refused(message, text)
    return true
  }

  /** The message of which no more than the fixed head is here. */
  #headOnly(bytes: Buffer, at: number): Message {
    const { reader, view, layout, kinds, id } = this.#plan
    const headSize = Math.min(this.#headSize, bytes.length - at)
    const message = new Message('request', reader, bytes, at, at + headSize, headSize)
    view.noteHeadOnly(message)
    if (id !== undefined && id.field.part === 0 && id.field.form === 'number') {
      message.idHigh = id.high(layout, bytes, at)
      message.idLow = id.low(layout, bytes, at)
    } else if (this.#plan.textId?.part === 0 && this.#plan.textId.width > 0) {
      message.idText = fieldText(this.#plan, message)
    }
    const told = this.#kindAt >= 0 || this.#numbers !== undefined
    const kind = told ? this.#kindOf(bytes, at) : kinds.find(message, this.#direction)
    message.kind = kind ?? this.#direction
    return message
  }
}

function fieldText({ view, textId }: FramePlan, message: Message): string {
  if (textId === undefined || !view.locate(message, textId)) return ''
  if (!textId.text) return message.bytes.toString('hex', view.from, view.to)
  return readText(message.bytes, view.from, view.to).replace(/\0+$/, '')
}
