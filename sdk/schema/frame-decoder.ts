/**
 * FrameDecoder: cuts what one side of a connection sends into the frames of a declared protocol. It reads the fixed head,
 * the lengths and the sums; properties are read when somebody asks.
 */
import { readText } from '../abi/text.ts'
import { sameBytes, u8, u32 } from '../bytes.ts'
import { Carry } from '../carry.ts'
import type { Decoder, DecoderSink, Direction, FrameLimits } from '../codec.ts'
import { Message } from '../message.ts'
import type { MessageKind } from '../metadata.ts'
import { readHigh, readLow, readNumber } from '../wire-number.ts'
import type { Constant, FramePlan } from './frame-plan.ts'
import type { KindNumbers } from './kind-numbers.ts'
import type { SchemaReader } from './property-reader.ts'

/** Lengths above this are none, and nothing behind them can be found. */
const LENGTH_MAX = 0x7fff_ffff
/** How the place of a field is given that is not in the fixed head, or not a plain number there. */
const ELSEWHERE = -1
/** What must stand somewhere is compared as a number up to this size. */
const NUMBER_BYTES = 4

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
  readonly #magicAt: number
  readonly #magicWidth: number
  readonly #magic: number
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
  readonly #checked: readonly Constant[]
  /** Those in the fixed head of up to four bytes: offset, width and first value of each. */
  readonly #constants: readonly number[]
  /** Whether the fixed head has wider ones. */
  readonly #wide: boolean

  constructor(plan: FramePlan, direction: Direction, limits: FrameLimits) {
    const { layout, kinds, id, body } = plan
    this.#plan = plan
    this.#direction = direction
    this.#bodyBytesMax = Math.min(limits.bodyBytesMax, plan.frameBytesMax - layout.headSize)
    this.#headSize = layout.headSize
    this.#fixedSize = layout.fixedSize
    const magic = plan.constants.find(fastMagic)
    this.#magicAt = magic?.field.offset ?? ELSEWHERE
    this.#magicWidth = magic?.field.width ?? 0
    this.#magic = magic === undefined ? 0 : readLow(magic.values[0] ?? EMPTY, 0, magic.field.width, false)
    this.#checked = plan.constants.filter((constant) => constant !== magic)
    const inHead = this.#checked.filter(({ field }) => field.part === 0)
    this.#wide = inHead.some(({ field }) => field.width > NUMBER_BYTES)
    this.#constants = inHead.flatMap(({ field, values: [first = EMPTY] }) =>
      field.width > NUMBER_BYTES ? [] : [field.offset, field.width, readLow(first, 0, field.width, false)],
    )
    const { whole } = layout
    this.#lengthAt = whole?.field.offset ?? ELSEWHERE
    this.#lengthWidth = whole?.field.width ?? 0
    this.#lengthLittle = whole?.field.little ?? false
    this.#lengthAdds = whole === undefined ? 0 : layout.fixedSize - whole.plus - whole.fixed
    this.#headerSize = body?.part === 0 ? layout.headSize : ELSEWHERE
    this.#kinds = kinds.table(direction)
    this.#kindAt = kinds.tableAt
    const bare = plan.checksums.length === 0 && this.#checked.every(({ field }) => field.part === 0)
    this.#numbers = kinds.tableAt >= 0 ? undefined : kinds.numbers(direction)
    const told = kinds.tableAt >= 0 || this.#numbers !== undefined
    this.#plain = layout.plain && body !== undefined && bare && told
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
    while (at < size && size - at >= this.#headSize) {
      if (!this.#begins(chunk, at, sink)) return
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
    if (this.#partlyWrong(chunk, at, size)) this.#wrongMagic(chunk, at, sink)
    else this.#hold(chunk, at, Math.max(this.#headSize, 1), sink)
  }

  /** Fills the frame that earlier chunks began; the offset behind it, or -1 when it is not whole or refused. */
  #complete(chunk: Buffer, sink: DecoderSink): number {
    const carry = this.#carry
    let at = 0
    for (;;) {
      at = carry.fill(chunk, at)
      if (carry.size < carry.wanted) {
        if (!this.#measured && this.#partlyWrong(carry.buffer, 0, carry.size)) {
          this.#wrongMagic(carry.buffer, 0, sink)
        } else sink.need(carry.wanted - carry.size)
        return -1
      }
      if (this.#measured) break
      const { size } = carry
      if (!this.#begins(carry.buffer, 0, sink)) return -1
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

  /** Whether what stands in the fixed head is what must stand there. */
  #begins(bytes: Buffer, at: number, sink: DecoderSink): boolean {
    if (this.#magicAt >= 0 && readLow(bytes, at + this.#magicAt, this.#magicWidth, false) !== this.#magic) {
      this.#wrongMagic(bytes, at, sink)
      return false
    }
    for (let index = 0; index < this.#constants.length; index += 3) {
      const found = readLow(bytes, at + (this.#constants[index] ?? 0), this.#constants[index + 1] ?? 0, false)
      // Another one of several is rare, and a wrong one is said in words there.
      if (found !== this.#constants[index + 2] && !this.#constant(bytes, at, true, sink)) return false
    }
    return this.#wide ? this.#constant(bytes, at, true, sink) : true
  }

  #constant(bytes: Buffer, start: number, inHead: boolean, sink: DecoderSink): boolean {
    for (const { field, values, code } of this.#checked) {
      if ((field.part === 0) !== inHead) continue
      const at = this.#plan.layout.position(field, start)
      if (values.some((value) => sameBytes(bytes, at, value))) continue
      const found = bytes.toString('hex', at, at + field.width)
      const wanted = values.map((value) => value.toString('hex')).join(' or ')
      sink.malformed(code, `"${field.name}" is ${found} instead of ${wanted}`)
      return false
    }
    return true
  }

  /** Whether the first bytes, which are no whole head, are others than those of the magic. */
  #partlyWrong(bytes: Buffer, at: number, end: number): boolean {
    if (this.#magicAt !== 0) return false
    for (let index = 0; index < this.#magicWidth && at + index < end; index++) {
      if (u8(bytes, at + index) !== ((this.#magic >>> ((this.#magicWidth - 1 - index) * 8)) & 0xff))
        return true
    }
    return false
  }

  #wrongMagic(bytes: Buffer, at: number, sink: DecoderSink): void {
    const from = at + this.#magicAt
    const found = bytes.toString('hex', from, Math.min(from + this.#magicWidth, bytes.length))
    const wanted = this.#magic.toString(16).padStart(this.#magicWidth * 2, '0')
    sink.malformed('magic', `a frame has ${found} instead of ${wanted}`)
  }

  /** Hands a whole frame over; false when it cannot be understood. */
  #emit(bytes: Buffer, start: number, end: number, sink: DecoderSink): boolean {
    // Most protocols have one part and no sum: nothing has to be measured then.
    const kind = this.#plain ? this.#kindOf(bytes, start) : undefined
    if (kind === undefined) return this.#emitMeasured(bytes, start, end, sink)
    const message = new Message(kind, this.#reader, bytes, start, end, this.#headerSize)
    message.mark0 = end - start - this.#fixedSize
    const width = this.#idWidth
    if (width > 0) {
      const at = start + this.#idAt
      if (width === 8 && !this.#idLittle) {
        message.idHigh = u32(bytes, at)
        message.idLow = u32(bytes, at + 4)
      } else {
        message.idLow = readLow(bytes, at, width, this.#idLittle)
        if (width > 4) message.idHigh = readHigh(bytes, at, width, this.#idLittle)
      }
    } else this.#identify(message)
    if (this.#judges && (kind === 'response' || kind === 'error')) this.#judge(message)
    sink.message(message)
    return true
  }

  /** What the fixed head tells that a frame is. */
  #kindOf(bytes: Buffer, start: number): MessageKind | undefined {
    const numbers = this.#numbers
    return numbers === undefined ? this.#kinds[u8(bytes, start + this.#kindAt)] : numbers.find(bytes, start)
  }

  #emitMeasured(bytes: Buffer, start: number, end: number, sink: DecoderSink): boolean {
    const { reader, layout, view } = this.#plan
    const told = this.#kindAt >= 0 || this.#numbers !== undefined
    const kind = told ? this.#kindOf(bytes, start) : 'request'
    const fault = layout.split(bytes, start, end)
    const { body } = this.#plan
    const headerSize = fault === '' && body !== undefined ? layout.position(body, 0) : end - start
    const message = new Message(kind ?? 'request', reader, bytes, start, end, headerSize)
    view.note(message)
    if (fault !== '') return this.#broken('header', fault, message, sink)
    if (!this.#constant(bytes, start, false, sink)) return false
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

/** A magic of up to four bytes in the fixed head is compared as a number. */
function fastMagic({ code, field, values }: Constant): boolean {
  return code === 'magic' && field.part === 0 && field.width <= NUMBER_BYTES && values.length === 1
}

function fieldText({ view, textId }: FramePlan, message: Message): string {
  if (textId === undefined || !view.locate(message, textId)) return ''
  if (!textId.text) return message.bytes.toString('hex', view.from, view.to)
  return readText(message.bytes, view.from, view.to).replace(/\0+$/, '')
}

const EMPTY = Buffer.alloc(8)
