/**
 * FrameWriter: writes a frame that differs from the one it is made of, with all lengths, counts and sums made right. Its
 * size is known and every number has been found to fit before the first byte is appended.
 */
import { textBytes } from '../abi/text.ts'
import { ByteWriter, copyBytes } from '../bytes.ts'
import type { EncodeProblem } from '../codec.ts'
import type { Message } from '../message.ts'
import { varintBytes, writeNumber } from '../wire-number.ts'
import type { Draft } from './draft.ts'
import { type Field, largest, type PrefixWidth } from './field.ts'
import type { FramePlan } from './frame-plan.ts'

const TWO_32 = 0x1_0000_0000
/** A variable length may grow by counting another one that has grown. */
const LENGTH_ROUNDS = 4

/** A part on its way: what stands in front of its bytes, and where these are. */
interface Piece {
  front: Buffer
  bytes: Buffer
  from: number
  to: number
}

/** The id that a message is to have; a text where ids are texts. */
export interface MessageId {
  readonly high: number
  readonly low: number
  readonly text: string | undefined
}

export class FrameWriter {
  readonly #plan: FramePlan
  readonly #scratch = new ByteWriter()

  constructor(plan: FramePlan) {
    this.#plan = plan
  }

  write(message: Message, draft: Draft, id: MessageId, out: ByteWriter): EncodeProblem | undefined {
    const { layout, view, textId } = this.#plan
    view.load(message)
    const gapsFrom = layout.gaps.map((_, part) => layout.position({ part, offset: 0 }, message.start))
    const pieces = layout.parts.map(({ field }, part) => this.#asItIs(message, field, part))
    if (this.#plan.id !== undefined)
      draft.values.set(this.#plan.id, (BigInt(id.high) << 32n) | BigInt(id.low))
    if (textId !== undefined && id.text !== undefined) {
      const bytes = idBytes(textId, id.text)
      if (bytes === undefined)
        return `the id ${JSON.stringify(id.text.slice(0, 40))} does not fit into "${textId.name}"`
      draft.texts.set(textId, bytes)
    }
    const problem = this.#change(pieces, draft) ?? this.#measure(pieces)
    if (problem !== undefined) return draft.blamed(problem)
    const size = layout.position({ part: pieces.length, offset: layout.gaps[pieces.length] ?? 0 }, 0)
    if (size > this.#plan.frameBytesMax)
      return draft.blamed(`a frame of ${size} bytes is over the limit of ${this.#plan.frameBytesMax}`)
    const at = out.reserve(size)
    this.#assemble(out.buffer, at, { message, gapsFrom, pieces })
    this.#number(out.buffer, at, draft)
    for (const checksum of this.#plan.checksums) checksum.write(layout, out.buffer, at)
    return undefined
  }

  #asItIs(message: Message, field: Field, part: number): Piece {
    const { layout } = this.#plan
    const from = layout.position(field, message.start)
    return { front: NONE, bytes: message.bytes, from, to: from + (layout.sizes[part] ?? 0) }
  }

  #change(pieces: Piece[], draft: Draft): EncodeProblem | undefined {
    for (const [slot, value] of draft.values) {
      if (slot.field.form !== 'varint') continue
      pieces[slot.field.part] = number(Number(value >> 32n), Number(value & 0xffff_ffffn))
    }
    for (const [field, bytes] of draft.texts) {
      if (field.width > 0) continue
      const piece = this.#fronted(field, bytes, 0, bytes.length)
      if (piece === undefined) return tooLong(field, bytes.length)
      pieces[field.part] = piece
    }
    this.#scratch.truncate(0)
    for (const [{ area, field, prefix }, edits] of draft.areas) {
      const from = this.#scratch.size
      const problem = area.write(this.#scratch, edits.bytes, edits.spans, edits.items)
      if (problem !== undefined) return prefix === '' ? problem : `${prefix}: ${problem}`
      const bytes = Buffer.from(this.#scratch.buffer.subarray(from, this.#scratch.size))
      const piece = this.#fronted(field, bytes, 0, bytes.length)
      if (piece === undefined) return tooLong(field, bytes.length)
      pieces[field.part] = piece
    }
    return undefined
  }

  /** The bytes of a part behind their number, where it has one; `undefined` when that does not hold it. */
  #fronted(field: Field, bytes: Buffer, from: number, to: number): Piece | undefined {
    const rule = this.#plan.layout.parts[field.part]?.rule
    if (rule?.by !== 'size') return { front: NONE, bytes, from, to }
    const front = prefixBytes(rule.width, field.little, to - from)
    return front === undefined ? undefined : { front, bytes, from, to }
  }

  /** Sets the sizes of the layout, and finds out whether each length can say what it has to. */
  #measure(pieces: Piece[]): EncodeProblem | undefined {
    const { layout } = this.#plan
    const resize = () => {
      for (const [part, { front, from, to }] of pieces.entries())
        layout.sizes[part] = front.length + to - from
    }
    resize()
    for (let round = 0; round < LENGTH_ROUNDS; round++) {
      for (const length of layout.lengths) {
        if (length.field.form !== 'varint') continue
        const value = layout.lengthValue(length)
        pieces[length.field.part] = number(Math.floor(value / TWO_32), value >>> 0)
      }
      resize()
    }
    for (const length of layout.lengths) {
      const { field } = length
      const value = layout.lengthValue(length)
      if (value < 0 || (field.form === 'number' && value > largest(field.width)))
        return `"${field.name}" would be ${value}, and has ${field.width * 8} bits`
    }
    return undefined
  }

  #assemble(
    target: Buffer,
    start: number,
    from: {
      readonly message: Message
      readonly gapsFrom: readonly number[]
      readonly pieces: readonly Piece[]
    },
  ): void {
    const { gaps } = this.#plan.layout
    let at = start
    for (const [part, gap] of gaps.entries()) {
      const gapFrom = from.gapsFrom[part] ?? 0
      copyBytes(from.message.bytes, gapFrom, gapFrom + gap, target, at)
      at += gap
      const piece = from.pieces[part]
      if (piece === undefined) continue
      copyBytes(piece.front, 0, piece.front.length, target, at)
      at += piece.front.length
      copyBytes(piece.bytes, piece.from, piece.to, target, at)
      at += piece.to - piece.from
    }
  }

  /** Writes what is of a fixed size: numbers, padded texts and lengths. */
  #number(target: Buffer, start: number, draft: Draft): void {
    const { layout } = this.#plan
    for (const [slot, value] of draft.values) {
      if (slot.field.form === 'varint') continue
      const at = layout.position(slot.field, start)
      slot.write(target, at, Number(value >> 32n), Number(value & 0xffff_ffffn))
    }
    for (const [field, bytes] of draft.texts) {
      if (field.width === 0) continue
      const at = layout.position(field, start)
      target.fill(0, at, at + field.width)
      copyBytes(bytes, 0, bytes.length, target, at)
    }
    layout.writeLengths(target, start)
  }
}

/** An id as the bytes of its field; `undefined` when it is too long. A number fills bytes from the right. */
export function idBytes(field: Field, text: string): Buffer | undefined {
  if (field.text) {
    const bytes = textBytes(text)
    return field.width > 0 && bytes.length > field.width ? undefined : bytes
  }
  const digits = text.padStart(field.width * 2 || text.length + (text.length % 2), '0')
  if (field.width > 0 && digits.length > field.width * 2) return undefined
  return Buffer.from(digits, 'hex')
}

function number(high: number, low: number): Piece {
  return { front: varintBytes(high, low), bytes: NONE, from: 0, to: 0 }
}

function prefixBytes(width: PrefixWidth, little: boolean, value: number): Buffer | undefined {
  if (width === 0) return varintBytes(0, value)
  if (value > largest(width)) return undefined
  const bytes = Buffer.alloc(width)
  writeNumber(bytes, 0, { width, little }, value)
  return bytes
}

function tooLong(field: Field, size: number): EncodeProblem {
  return `${size} bytes are more than the number in front of "${field.name}" can say`
}

const NONE = Buffer.alloc(0)
