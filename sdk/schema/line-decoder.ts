/**
 * LineDecoder: cuts what one side of a connection sends into lines. A line is found by the last byte of its end, so that
 * every byte is looked at once, however it comes; a line that is too long is refused and skipped.
 */

import { readText } from '../abi/text.ts'
import { u8 } from '../bytes.ts'
import { Carry } from '../carry.ts'
import type { Decoder, DecoderSink, Direction, FrameLimits } from '../codec.ts'
import { Message } from '../message.ts'
import type { LinePlan } from './line-plan.ts'

/** So much of a line may stand in front of its last field, whose size the listener limits. */
const HEAD_BYTES_MAX = 512
const NOWHERE = Number.POSITIVE_INFINITY
const STATUS = /^[0-9]{1,9}$/

export class LineDecoder implements Decoder {
  readonly #plan: LinePlan
  readonly #direction: Direction
  readonly #lineBytesMax: number
  readonly #bodyBytesMax: number
  readonly #carry = new Carry()
  /** The last bytes that came before this chunk, as many as an end may have. */
  #tail: Buffer = EMPTY
  #skipping = false
  readonly #ends: readonly Buffer[]
  /** Where each of them is found next in this chunk. */
  readonly #next: number[]

  constructor(plan: LinePlan, direction: Direction, limits: FrameLimits) {
    this.#plan = plan
    this.#direction = direction
    this.#bodyBytesMax = limits.bodyBytesMax
    this.#lineBytesMax = Math.min(plan.lineBytesMax, limits.bodyBytesMax + HEAD_BYTES_MAX)
    this.#ends = plan.alsoEnd === undefined ? [plan.end] : [plan.end, plan.alsoEnd]
    this.#next = this.#ends.map(() => -1)
  }

  get pendingBytes(): number {
    return this.#carry.size
  }

  decode(chunk: Buffer, sink: DecoderSink): void {
    let at = 0
    this.#next.fill(-1)
    for (let end = this.#endOf(chunk, at); end >= 0; end = this.#endOf(chunk, at)) {
      if (!this.#line(chunk, at, end, sink)) return
      at = end
    }
    this.#remember(chunk)
    this.#rest(chunk, at, sink)
  }

  /** Behind the end of the line that goes on at `from`; -1 when it is not here. */
  #endOf(chunk: Buffer, from: number): number {
    let found = NOWHERE
    for (const [index, end] of this.#ends.entries()) {
      // What was found behind this line is still the next one; every byte is looked for once.
      const next = this.#next[index] ?? -1
      const known = next >= from + end.length - 1 ? next : this.#search(chunk, from, end)
      this.#next[index] = known
      found = Math.min(found, known)
    }
    return found === NOWHERE ? -1 : found + 1
  }

  /** Where the last byte of the next whole end is. */
  #search(chunk: Buffer, from: number, end: Buffer): number {
    const last = u8(end, end.length - 1)
    for (let at = chunk.indexOf(last, from); at >= 0; at = chunk.indexOf(last, at + 1))
      if (this.#isEnd(end, chunk, at, from)) return at
    return NOWHERE
  }

  /** Whether an end whose last byte is at `at` is whole, with what came before this chunk; the line began at `from`. */
  #isEnd(end: Buffer, chunk: Buffer, at: number, from: number): boolean {
    for (let back = 1; back < end.length; back++) {
      const byte = at - back >= from ? u8(chunk, at - back) : from > 0 ? -1 : this.#before(back - at)
      if (byte !== u8(end, end.length - 1 - back)) return false
    }
    return true
  }

  /** The byte so many in front of this chunk, of the line that was begun there. */
  #before(back: number): number {
    const held = Math.min(this.#tail.length, this.#skipping ? this.#tail.length : this.#carry.size)
    return back <= held ? u8(this.#tail, this.#tail.length - back) : -1
  }

  #remember(chunk: Buffer): void {
    const most = Math.max(...this.#ends.map(({ length }) => length)) - 1
    if (most === 0) return
    this.#tail = Buffer.concat([this.#tail, chunk.subarray(Math.max(0, chunk.length - most))]).subarray(-most)
  }

  /** What is here of a line whose end is not. */
  #rest(chunk: Buffer, at: number, sink: DecoderSink): void {
    const carry = this.#carry
    if (!this.#skipping && at < chunk.length) {
      if (carry.size === 0) carry.start(chunk, at, this.#lineBytesMax + 1)
      else carry.fill(chunk, at)
      if (carry.size > this.#lineBytesMax) {
        this.#skipping = true
        this.#tooLong(this.#taken(), sink)
      }
    }
    sink.need(this.#skipping || carry.size > 0 ? 1 : 0)
  }

  /** A line has ended; false when the connection is finished. */
  #line(chunk: Buffer, at: number, end: number, sink: DecoderSink): boolean {
    const carry = this.#carry
    if (this.#skipping) {
      this.#skipping = false
      return true
    }
    if (carry.size + end - at > this.#lineBytesMax) {
      if (carry.size === 0) this.#tooLong(Buffer.from(chunk.subarray(at, at + this.#lineBytesMax)), sink)
      else this.#tooLong(this.#taken(), sink)
      return true
    }
    if (carry.size === 0) return this.#emit(chunk, at, end, sink)
    carry.fill(chunk.subarray(0, end), at)
    const { size } = carry
    return this.#emit(carry.take(), 0, size, sink)
  }

  /** What is held, and no more of the buffer that it is held in. */
  #taken(): Buffer {
    const { size } = this.#carry
    return this.#carry.take().subarray(0, size)
  }

  #tooLong(bytes: Buffer, sink: DecoderSink): void {
    const message = this.#message(bytes, 0, Math.min(bytes.length, this.#lineBytesMax), 0)
    sink.refused(message, `a line is longer than the limit of ${this.#lineBytesMax} bytes`)
  }

  #emit(bytes: Buffer, start: number, end: number, sink: DecoderSink): boolean {
    const message = this.#message(bytes, start, end, this.#endSize(bytes, start, end))
    for (const { field, values, read } of this.#plan.constants) {
      const found = read(message) ?? ''
      if (values.includes(found)) continue
      sink.malformed(
        'magic',
        `"${field.name}" is ${JSON.stringify(found.slice(0, 40))} instead of ${values.join(' or ')}`,
      )
      return false
    }
    if (this.#plan.kinds.find(message, this.#direction) === undefined) {
      sink.malformed(
        'unexpected',
        `a line is nothing of what is declared: ${bytes.toString('latin1', start, start + 40)}`,
      )
      return false
    }
    const { bodySize } = message
    if (bodySize > this.#bodyBytesMax)
      sink.refused(
        message,
        `the last field of a line has ${bodySize} bytes, the limit is ${this.#bodyBytesMax}`,
      )
    else sink.message(message)
    return true
  }

  #message(bytes: Buffer, start: number, end: number, endSize: number): Message {
    const { reader, view, kinds, id, status, ok, body } = this.#plan
    const sized = new Message('request', reader, bytes, start, end, 0)
    sized.mark0 = end - start - endSize
    const headerSize = body !== undefined && view.locate(sized, body) ? view.from - start : 0
    const message = headerSize === 0 ? sized : new Message('request', reader, bytes, start, end, headerSize)
    message.mark0 = sized.mark0
    message.kind = kinds.find(message, this.#direction) ?? this.#direction
    if (id !== undefined) message.idText = view.locate(message, id) ? readText(bytes, view.from, view.to) : ''
    const said = message.kind === 'response' || message.kind === 'error' ? status?.read(message) : undefined
    if (said !== undefined && STATUS.test(said)) {
      message.status = Number(said)
      if (!ok.has(message.status)) message.kind = 'error'
    }
    return message
  }

  #endSize(bytes: Buffer, start: number, end: number): number {
    const found = this.#ends.filter(({ length }) => end - start >= length)
    const here = found.filter((each) => bytes.subarray(end - each.length, end).equals(each))
    return Math.max(0, ...here.map(({ length }) => length))
  }
}

const EMPTY = Buffer.alloc(0)
