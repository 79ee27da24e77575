/** FrameCodec: the codec of a declared protocol of binary frames. */
import { type ByteWriter, putU32, u8 } from '../bytes.ts'
import type {
  Codec,
  Correlation,
  Decoder,
  Direction,
  EncodeProblem,
  FrameLimits,
  LocalReply,
  Sniff,
} from '../codec.ts'
import type { LocalError } from '../errors.ts'
import type { FrameField } from '../frame-field.ts'
import { Message } from '../message.ts'
import type { Mutation } from '../mutation.ts'
import { writeHalves } from '../wire-number.ts'
import { Draft, type Targets } from './draft.ts'
import { FrameDecoder } from './frame-decoder.ts'
import type { FramePlan } from './frame-plan.ts'
import { FrameWriter, idBytes, type MessageId } from './frame-writer.ts'
import type { DeclaredKind } from './kinds.ts'
import type { ErrorParts } from './reply-parts.ts'
import type { Slot } from './slot.ts'
import { describeFields } from './view.ts'

/** Bits of a fresh id that is written as decimal digits or in hex. */
const BITS_OF_A_DIGIT = 3.32
const ID_BITS_MAX = 64
/** So many bytes that are the same in every frame are taken for the protocol; fewer are looked at with the rest. */
const TELLING_BYTES = 2

export interface FrameCodecParts {
  readonly plan: FramePlan
  readonly targets: Targets
  readonly correlation: Correlation
  readonly errors: ErrorParts
  readonly heartbeatBody: Buffer
  /** `same`: the body that it came with. */
  readonly heartbeatReplyBody: Buffer | 'same'
  readonly announcesDrain: boolean
  /** A frame of no properties, with what must stand in every one. */
  readonly blank: Buffer
  /** The sizes of its parts. */
  readonly blankSizes: readonly number[]
}

export class FrameCodec implements Codec {
  readonly name: string
  readonly correlation: Correlation
  readonly idBits: number
  readonly textIds: boolean
  readonly reader: FramePlan['reader']
  readonly encodeHeartbeat?: NonNullable<Codec['encodeHeartbeat']>
  readonly encodeHeartbeatReply?: NonNullable<Codec['encodeHeartbeatReply']>
  readonly encodeDrain?: NonNullable<Codec['encodeDrain']>
  readonly sniff?: NonNullable<Codec['sniff']>
  readonly #parts: FrameCodecParts
  readonly #plan: FramePlan
  readonly #writer: FrameWriter
  /** Whether an id is written over the old one, whatever it is. */
  readonly #inPlace: boolean
  /** Where an id of four or eight bytes, big endian, stands that is written without more ado; -1: no such one. */
  readonly #idAt: number
  readonly #idWidth: number

  constructor(parts: FrameCodecParts) {
    const { plan } = parts
    this.#parts = parts
    this.#plan = plan
    this.#writer = new FrameWriter(plan)
    this.name = plan.name
    this.correlation = parts.correlation
    this.reader = plan.reader
    this.textIds = plan.textId !== undefined
    this.idBits = idBits(plan)
    this.#inPlace = plan.id?.field.form !== 'varint' && (plan.textId === undefined || plan.textId.width > 0)
    const bare = plan.id !== undefined && plan.checksums.length === 0 && isBare(plan.id)
    this.#idAt = bare ? (plan.id?.field.offset ?? -1) : -1
    this.#idWidth = bare ? (plan.id?.field.width ?? 0) : 0
    const { kinds } = plan
    if (kinds.valuesOf('heartbeat', 'request') !== undefined)
      this.encodeHeartbeat = (high, low, out) =>
        this.#beat('heartbeat', { high, low, text: '0' }, undefined, out)
    if (kinds.valuesOf('heartbeat-reply', 'response') !== undefined)
      this.encodeHeartbeatReply = (heartbeat, out) =>
        this.#beat('heartbeat-reply', idOf(heartbeat), heartbeat, out)
    if (parts.announcesDrain)
      this.encodeDrain = (out) => this.#beat('drain', { high: 0, low: 0, text: '0' }, undefined, out)
    if (plan.constants.some(({ field }) => field.part === 0 && field.offset === 0))
      this.sniff = (bytes) => this.#sniff(bytes)
  }

  createDecoder(direction: Direction, limits: FrameLimits): Decoder {
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

  describe(message: Message): readonly FrameField[] {
    return describeFields(this.#plan.view, this.#plan.layout.fields, message)
  }

  encodeError(request: Message, error: LocalError, out: ByteWriter): void {
    if (request.kind !== 'request') return
    const { errors } = this.#parts
    const text = `weir: ${error.kind}: ${error.text}`.slice(0, errors.textUnitsMax).toWellFormed()
    const draft = this.#reply(request, 'error')
    const { status } = this.#plan
    if (status !== undefined) draft.values.set(status, BigInt(errors.status(error.kind)))
    if (errors.kind !== undefined) draft.put(errors.kind, error.kind)
    if (errors.text === 'body') draft.body(Buffer.from(text))
    else if (errors.text !== undefined) draft.put(errors.text, text)
    // Where there is no room for what is said, the bare error goes: a caller is never left without an answer.
    if (this.#writer.write(draft.message, draft, idOf(request), out) === undefined) return
    const bare = this.#reply(request, 'error')
    if (status !== undefined) bare.values.set(status, BigInt(errors.status(error.kind)))
    this.#writer.write(bare.message, bare, idOf(request), out)
  }

  encodeReply(request: Message, reply: LocalReply, out: ByteWriter): EncodeProblem | undefined {
    if (request.kind !== 'request') return undefined
    const draft = this.#reply(request, 'response')
    const { status, ok } = this.#plan
    const [success] = ok
    if (status !== undefined) draft.values.set(status, BigInt(success ?? 0))
    if (reply.body !== undefined) {
      const problem = draft.body(reply.body)
      if (problem !== undefined) return problem
    }
    for (const [key, value] of reply.properties) {
      const op = this.#parts.targets.properties.has(key) ? 'set' : 'add'
      const problem = draft.edit({ op, key, value })
      if (problem !== undefined) return problem
    }
    return this.#writer.write(draft.message, draft, idOf(request), out)
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

  /** The beginning of a reply: a blank frame with what is copied from the request. */
  #reply(request: Message, kind: 'error' | 'response'): ReplyDraft {
    const { layout } = this.#plan
    const { copy } = this.#parts.errors
    const { kinds, compressed, view } = this.#plan
    const message = this.#blank()
    if (copy === undefined) this.#copyHead(request, message)
    const draft = new ReplyDraft(this.#parts.targets, message)
    for (const name of copy ?? []) {
      const target = this.#parts.targets.names.get(name)
      if (target === undefined || !view.locate(request, target.field)) continue
      const { slot, field } = target
      if (slot === undefined) draft.texts.set(field, request.bytes.subarray(view.from, view.to))
      else if (field.part === 0 || view.load(request)) {
        const high = BigInt(slot.high(layout, request.bytes, request.start))
        draft.values.set(slot, (high << 32n) | BigInt(slot.low(layout, request.bytes, request.start)))
      }
    }
    if (compressed !== undefined) draft.values.set(compressed, 0n)
    const values = kinds.valuesOf(kind, 'response') ?? kinds.valuesOf('response', 'response')
    for (const [name, value] of values ?? []) draft.put(name, value)
    return draft
  }

  #beat(kind: DeclaredKind, id: MessageId, heartbeat: Message | undefined, out: ByteWriter): void {
    const { kinds, reader, body } = this.#plan
    const message = this.#blank()
    if (heartbeat !== undefined) this.#copyHead(heartbeat, message)
    const draft = new Draft(this.#parts.targets, message)
    const { heartbeatBody, heartbeatReplyBody } = this.#parts
    const wanted = heartbeat === undefined ? heartbeatBody : heartbeatReplyBody
    const bytes = wanted !== 'same' ? wanted : heartbeat === undefined ? EMPTY : reader.body(heartbeat)
    if (body !== undefined) draft.texts.set(body, kind === 'drain' ? EMPTY : bytes)
    for (const [name, value] of kinds.valuesOf(kind, kind === 'heartbeat' ? 'request' : 'response') ?? [])
      draft.put(name, value)
    this.#writer.write(message, draft, id, out)
  }

  /** What of a fixed size a frame begins with, into a blank one whose sizes are loaded. */
  #copyHead(from: Message, { bytes }: Message): void {
    const { layout } = this.#plan
    from.bytes.copy(bytes, 0, from.start, from.start + layout.headSize)
    layout.writeLengths(bytes, 0)
  }

  #blank(): Message {
    const bytes = Buffer.from(this.#parts.blank)
    const message = new Message('response', this.reader, bytes, 0, bytes.length, bytes.length)
    for (const [part, size] of this.#parts.blankSizes.entries()) this.#plan.layout.sizes[part] = size
    this.#plan.view.note(message)
    return message
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

/** A draft together with the message that it changes. */
class ReplyDraft extends Draft {
  readonly message: Message

  constructor(targets: Targets, message: Message) {
    super(targets, message)
    this.message = message
  }
}

function isBare({ field, bits }: Slot): boolean {
  const { form, part, width, little } = field
  return form === 'number' && part === 0 && !little && (width === 4 || width === 8) && bits === width * 8
}

function idOf({ idHigh, idLow, idText }: Message): MessageId {
  return { high: idHigh, low: idLow, text: idText }
}

function idBits({ id, textId }: FramePlan): number {
  if (id !== undefined) return id.bits
  if (textId === undefined) return 0
  const digits = textId.width === 0 ? ID_BITS_MAX : textId.text ? textId.width : textId.width * 2
  return Math.min(ID_BITS_MAX, Math.floor(digits * BITS_OF_A_DIGIT))
}

const EMPTY = Buffer.alloc(0)
