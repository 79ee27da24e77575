/** FrameCodec: the codec of a declared protocol of binary frames. */
import { type ByteWriter, putU32, u8 } from '../bytes.ts'
import type { Correlation, Decoder, Direction, EncodeProblem, FrameLimits, Sniff } from '../codec.ts'
import type { Message } from '../message.ts'
import type { Mutation } from '../mutation.ts'
import { writeHalves } from '../wire-number.ts'
import type { ConnectionRules } from './connection-rules.ts'
import { DeclaredCodec } from './declared-codec.ts'
import { DeclaredReplies } from './declared-replies.ts'
import { Draft } from './draft.ts'
import { FrameDecoder } from './frame-decoder.ts'
import type { FramePlan } from './frame-plan.ts'
import { FrameReplies, type FrameReplyParts } from './frame-replies.ts'
import { FrameWriter, idBytes, type MessageId } from './frame-writer.ts'
import type { ErrorParts } from './reply-parts.ts'
import type { Slot } from './slot.ts'

/** Bits of a fresh id that is written as decimal digits or in hex. */
const BITS_OF_A_DIGIT = 3.32
const ID_BITS_MAX = 64
/** So many bytes that are the same in every frame are taken for the protocol; fewer are looked at with the rest. */
const TELLING_BYTES = 2

export interface FrameCodecParts extends FrameReplyParts {
  readonly correlation: Correlation
  readonly connections: ConnectionRules
  readonly errors: ErrorParts
  readonly announcesDrain: boolean
  readonly heartbeatBody: Buffer
  readonly heartbeatReplyBody: Buffer | 'same'
}

export class FrameCodec extends DeclaredCodec {
  readonly #parts: FrameCodecParts
  readonly #plan: FramePlan
  readonly #writer: FrameWriter
  /** Whether an id is written over the old one, whatever it is. */
  readonly #inPlace: boolean
  /** Where an id of four or eight bytes, big endian, stands that is written without more ado; -1: no such one. */
  readonly #idAt: number
  readonly #idWidth: number

  constructor(parts: FrameCodecParts) {
    const { plan, targets, errors } = parts
    const writer = new FrameWriter(plan)
    const rules = { targets, errors, kinds: plan.kinds, ok: plan.ok }
    const { name, reader, view, kinds, textId } = plan
    const own = { name, reader, view, kinds, fields: plan.layout.fields }
    super(
      { ...parts, ...own, textIds: textId !== undefined, idBits: idBits(plan) },
      new DeclaredReplies(rules, new FrameReplies(parts, writer)),
    )
    this.#parts = parts
    this.#plan = plan
    this.#writer = writer
    this.#inPlace = plan.id?.field.form !== 'varint' && (textId === undefined || textId.width > 0)
    const bare = plan.id !== undefined && plan.checksums.length === 0 && isBare(plan.id)
    this.#idAt = bare ? (plan.id?.field.offset ?? -1) : -1
    this.#idWidth = bare ? (plan.id?.field.width ?? 0) : 0
    const told = plan.constants.some(({ field }) => field.part === 0 && field.offset === 0)
    if (told && parts.connections.sniff === undefined) this.sniff = (bytes) => this.#sniff(bytes)
  }

  decoderOf(direction: Direction, limits: FrameLimits): Decoder {
    return new FrameDecoder(this.#plan, direction, limits)
  }

  encode(
    message: Message,
    idHigh: number,
    idLow: number,
    out: ByteWriter,
    idText?: string,
  ): EncodeProblem | undefined {
    const { mutation } = message
    if (mutation !== undefined && !mutation.empty) {
      return this.#changed(
        message,
        mutation,
        { high: idHigh, low: idLow, text: idText ?? message.idText },
        out,
      )
    }
    if (this.#idAt >= 0) {
      // An id in the fixed head that no sum is over: most protocols.
      const at = message.start + this.#idAt
      if (this.#idWidth === 8) putU32(message.bytes, at, idHigh)
      putU32(message.bytes, at + this.#idWidth - 4, idLow)
      out.run(message.bytes, message.start, message.end)
      return undefined
    }
    if (!this.#inPlace) {
      if (this.#same(message, idHigh, idLow, idText)) {
        out.run(message.bytes, message.start, message.end)
        return undefined
      }
      return this.#changed(message, undefined, { high: idHigh, low: idLow, text: idText }, out)
    }
    const problem = this.#identify(message, idHigh, idLow, idText)
    if (problem === undefined) out.run(message.bytes, message.start, message.end)
    return problem
  }

  #changed(
    message: Message,
    mutation: Mutation | undefined,
    id: MessageId,
    out: ByteWriter,
  ): EncodeProblem | undefined {
    const draft = new Draft(this.#parts.targets, message)
    const problem = mutation === undefined ? undefined : draft.mutate(mutation)
    return problem ?? this.#writer.write(message, draft, id, out)
  }

  #same(message: Message, idHigh: number, idLow: number, idText: string | undefined): boolean {
    return this.textIds ? message.idText === idText : message.idHigh === idHigh && message.idLow === idLow
  }

  /** Writes another id into the frame as it lies there, with the sums that are over it. */
  #identify(
    message: Message,
    idHigh: number,
    idLow: number,
    idText: string | undefined,
  ): EncodeProblem | undefined {
    const { id, textId, layout, view, checksums } = this.#plan
    const { bytes, start } = message
    if (id === undefined && textId === undefined) return undefined
    const field = id?.field ?? textId
    if (field === undefined) return undefined
    const located = field.part === 0 || view.load(message)
    const at = located ? layout.position(field, start) : start
    if (id !== undefined) {
      if (id.bits === field.width * 8) writeHalves(bytes, at, field, idHigh, idLow)
      else id.write(bytes, at, idHigh, idLow)
    } else if (textId !== undefined && idText !== undefined) {
      const text = idBytes(textId, idText)
      if (text === undefined)
        return `the id ${JSON.stringify(idText.slice(0, 40))} does not fit into "${textId.name}"`
      bytes.fill(0, at, at + textId.width)
      text.copy(bytes, at)
    }
    if (checksums.length === 0 || !view.load(message)) return undefined
    for (const checksum of checksums) checksum.write(layout, bytes, start)
    return undefined
  }

  /** Whether a whole fixed head, of which few bytes are always the same, could be one. */
  #plausible(bytes: Buffer): Sniff {
    const { layout, frameBytesMax, kinds } = this.#plan
    const size = layout.headTells ? layout.measureHead(bytes, 0) : layout.fixedSize
    if (!(size >= layout.fixedSize && size <= frameBytesMax)) return 'no'
    const kind = kinds.tableAt < 0 ? 'request' : kinds.table('request')[u8(bytes, kinds.tableAt)]
    return kind === undefined ? 'no' : 'yes'
  }

  #sniff(bytes: Buffer): Sniff {
    let known = 0
    for (const { field, values } of this.#plan.constants) {
      if (field.part > 0 || field.offset !== known) continue
      known = field.offset + field.width
      const here = bytes.subarray(field.offset, known)
      if (!values.some((value) => value.subarray(0, here.length).equals(here))) return 'no'
    }
    if (known >= TELLING_BYTES) return bytes.length >= known ? 'yes' : 'more'
    return bytes.length < this.#plan.layout.headSize ? 'more' : this.#plausible(bytes)
  }
}

function isBare({ field, bits }: Slot): boolean {
  const { form, part, width, little } = field
  return form === 'number' && part === 0 && !little && (width === 4 || width === 8) && bits === width * 8
}

function idBits({ id, textId }: FramePlan): number {
  if (id !== undefined) return id.bits
  if (textId === undefined) return 0
  const digits = textId.width === 0 ? ID_BITS_MAX : textId.text ? textId.width : textId.width * 2
  return Math.min(ID_BITS_MAX, Math.floor(digits * BITS_OF_A_DIGIT))
}
