/** LineCodec: the codec of a declared protocol of text lines. */
import type { ByteWriter } from '../bytes.ts'
import type {
  Codec,
  Correlation,
  Decoder,
  Direction,
  EncodeProblem,
  FrameLimits,
  LocalReply,
} from '../codec.ts'
import type { LocalError } from '../errors.ts'
import type { FrameField } from '../frame-field.ts'
import { Message } from '../message.ts'
import type { ConnectionRules } from './connection-rules.ts'
import { Draft, type Targets } from './draft.ts'
import type { DeclaredKind } from './kinds.ts'
import { LineDecoder } from './line-decoder.ts'
import type { LinePlan } from './line-plan.ts'
import { LineWriter } from './line-writer.ts'
import type { ErrorParts } from './reply-parts.ts'
import { describeFields } from './view.ts'

/** Fresh ids are numbers of so many bits, written as digits. */
const ID_BITS = 64

export interface LineCodecParts {
  readonly plan: LinePlan
  readonly targets: Targets
  readonly correlation: Correlation
  readonly connections: ConnectionRules
  readonly errors: ErrorParts
  /** Whole lines, without their end. */
  readonly heartbeatLine: string | undefined
  readonly heartbeatReplyLine: string | undefined
  readonly announcesDrain: boolean
}

export class LineCodec implements Codec {
  readonly name: string
  readonly correlation: Correlation
  readonly idBits: number
  readonly textIds: boolean
  readonly reader: LinePlan['reader']
  readonly encodeHeartbeat?: NonNullable<Codec['encodeHeartbeat']>
  readonly encodeHeartbeatReply?: NonNullable<Codec['encodeHeartbeatReply']>
  readonly encodeDrain?: NonNullable<Codec['encodeDrain']>
  readonly encodePreface?: NonNullable<Codec['encodePreface']>
  readonly createReplySorter?: NonNullable<Codec['createReplySorter']>
  readonly sniff?: NonNullable<Codec['sniff']>
  readonly #parts: LineCodecParts
  readonly #plan: LinePlan
  readonly #writer: LineWriter

  constructor(parts: LineCodecParts) {
    const { plan } = parts
    this.#parts = parts
    this.#plan = plan
    this.#writer = new LineWriter(plan)
    this.name = plan.name
    this.correlation = parts.correlation
    this.reader = plan.reader
    this.textIds = plan.id !== undefined
    this.idBits = plan.id === undefined ? 0 : ID_BITS
    const { kinds } = plan
    const { heartbeatLine, heartbeatReplyLine } = parts
    if (kinds.valuesOf('heartbeat', 'request') !== undefined)
      this.encodeHeartbeat = (_high, _low, out) => this.#beat('heartbeat', heartbeatLine, undefined, out)
    if (kinds.valuesOf('heartbeat-reply', 'response') !== undefined)
      this.encodeHeartbeatReply = (beat, out) => this.#beat('heartbeat-reply', heartbeatReplyLine, beat, out)
    const { encodePreface, createReplySorter, sniff } = parts.connections
    if (encodePreface !== undefined) this.encodePreface = encodePreface
    if (createReplySorter !== undefined) this.createReplySorter = createReplySorter
    if (sniff !== undefined) this.sniff = sniff
    if (parts.announcesDrain) this.encodeDrain = (out) => this.#beat('drain', undefined, undefined, out)
  }

  createDecoder(direction: Direction, limits: FrameLimits): Decoder {
    return this.#parts.connections.around(new LineDecoder(this.#plan, direction, limits), direction)
  }

  encode(
    message: Message,
    _high: number,
    _low: number,
    out: ByteWriter,
    idText?: string,
  ): EncodeProblem | undefined {
    const { mutation } = message
    const sameId = !this.textIds || idText === undefined || idText === message.idText
    if (sameId && (mutation === undefined || mutation.empty)) {
      out.run(message.bytes, message.start, message.end)
      return undefined
    }
    const draft = new Draft(this.#parts.targets, message)
    const problem = mutation === undefined ? undefined : draft.mutate(mutation)
    return problem ?? this.#writer.write(message, draft, idText ?? message.idText, out)
  }

  describe(message: Message): readonly FrameField[] {
    return describeFields(this.#plan.view, this.#plan.fields, message)
  }

  encodeError(request: Message, error: LocalError, out: ByteWriter): void {
    if (request.kind !== 'request') return
    const { errors, targets } = this.#parts
    const { status, body } = this.#plan
    const text = inOneLine(`weir: ${error.kind}: ${error.text}`.slice(0, errors.textUnitsMax))
    const [draft, blank] = this.#reply(request, 'error')
    if (status !== undefined) draft.put(status.field.name, String(errors.status(error.kind)))
    if (errors.kind !== undefined) draft.put(errors.kind, error.kind)
    const field = errors.text === 'body' ? body : targets.names.get(errors.text ?? '')?.field
    if (field !== undefined)
      draft.texts.set(field, Buffer.from(field === body ? text : text.replaceAll(' ', '-')))
    else if (errors.text !== undefined) draft.put(errors.text, text)
    if (this.#writer.write(blank, draft, request.idText, out) === undefined) return
    // Where there is no room for what is said, the bare error goes: a caller is never left without an answer.
    const [bare] = this.#reply(request, 'error')
    if (status !== undefined) bare.put(status.field.name, String(errors.status(error.kind)))
    this.#writer.write(blank, bare, request.idText, out)
  }

  encodeReply(request: Message, reply: LocalReply, out: ByteWriter): EncodeProblem | undefined {
    if (request.kind !== 'request') return undefined
    const { status, ok, kinds, constants } = this.#plan
    const marks = constants.length + (kinds.valuesOf('response', 'response') ?? []).length
    if (reply.echo === true && status === undefined && marks === 0) {
      out.run(request.bytes, request.start, request.end)
      return undefined
    }
    const [draft, blank] = this.#reply(request, 'response')
    if (status !== undefined) draft.put(status.field.name, String([...ok][0] ?? 0))
    if (reply.body !== undefined) {
      const problem = draft.body(reply.body)
      if (problem !== undefined) return problem
    }
    for (const [key, value] of reply.properties) {
      const op = this.#parts.targets.properties.has(key) ? 'set' : 'add'
      const problem = draft.edit({ op, key, value })
      if (problem !== undefined) return problem
    }
    return this.#writer.write(blank, draft, request.idText, out)
  }

  #reply(request: Message, kind: 'error' | 'response'): readonly [Draft, Message] {
    const blank = this.#blank()
    const draft = new Draft(this.#parts.targets, blank)
    const { view, kinds } = this.#plan
    for (const name of this.#parts.errors.copy ?? []) {
      const field = this.#parts.targets.names.get(name)?.field
      if (field === undefined || !view.locate(request, field)) continue
      draft.texts.set(field, request.bytes.subarray(view.from, view.to))
    }
    this.#constants(draft)
    for (const [name, value] of kinds.valuesOf(kind, 'response') ??
      kinds.valuesOf('response', 'response') ??
      [])
      draft.put(name, value)
    return [draft, blank]
  }

  #beat(kind: DeclaredKind, line: string | undefined, beat: Message | undefined, out: ByteWriter): void {
    const blank = this.#blank()
    if (line !== undefined) {
      out.utf8(line)
      out.copy(this.#plan.end, 0, this.#plan.end.length)
      return
    }
    const draft = new Draft(this.#parts.targets, blank)
    this.#constants(draft)
    const values = this.#plan.kinds.valuesOf(kind, kind === 'heartbeat' ? 'request' : 'response')
    for (const [name, value] of values ?? []) draft.put(name, value)
    this.#writer.write(blank, draft, this.textIds ? (beat?.idText ?? '0') : undefined, out)
  }

  #constants(draft: Draft): void {
    for (const { field, values } of this.#plan.constants) draft.put(field.name, values[0] ?? '')
  }

  #blank(): Message {
    return new Message('response', this.reader, EMPTY, 0, 0, 0)
  }
}

/** Control characters would end the line, or stand in a terminal. */
function inOneLine(text: string): string {
  return text.replaceAll(/[\u0000-\u001f\u007f]+/g, ' ').toWellFormed()
}

const EMPTY = Buffer.alloc(0)
