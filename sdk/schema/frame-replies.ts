/**
 * FrameReplies: the frames that weir makes itself: errors, replies of filters and signs of life. Each begins as a blank
 * frame, with what is copied from the message that it answers.
 */
import type { ByteWriter } from '../bytes.ts'
import type { EncodeProblem, LocalReply } from '../codec.ts'
import type { LocalError } from '../errors.ts'
import { Message } from '../message.ts'
import { Draft, type Targets } from './draft.ts'
import type { FramePlan } from './frame-plan.ts'
import type { FrameWriter, MessageId } from './frame-writer.ts'
import type { DeclaredKind } from './kinds.ts'
import type { ErrorParts } from './reply-parts.ts'

export interface FrameReplyParts {
  readonly plan: FramePlan
  readonly targets: Targets
  readonly errors: ErrorParts
  readonly heartbeatBody: Buffer
  /** `same`: the body that it came with. */
  readonly heartbeatReplyBody: Buffer | 'same'
  /** A frame of no properties, with what must stand in every one. */
  readonly blank: Buffer
  /** The sizes of its parts. */
  readonly blankSizes: readonly number[]
}

export class FrameReplies {
  readonly #parts: FrameReplyParts
  readonly #plan: FramePlan
  readonly #writer: FrameWriter

  constructor(parts: FrameReplyParts, writer: FrameWriter) {
    this.#parts = parts
    this.#plan = parts.plan
    this.#writer = writer
  }

  error(request: Message, error: LocalError, out: ByteWriter): void {
    if (request.kind !== 'request') return
    const { errors } = this.#parts
    const text = `weir: ${error.kind}: ${error.text}`.slice(0, errors.textUnitsMax).toWellFormed()
    const draft = this.#begun(request, 'error')
    const { status } = this.#plan
    if (status !== undefined) draft.values.set(status, BigInt(errors.status(error.kind)))
    if (errors.kind !== undefined) draft.put(errors.kind, error.kind)
    if (errors.text === 'body') draft.body(Buffer.from(text))
    else if (errors.text !== undefined) draft.put(errors.text, text)
    // Where there is no room for what is said, the bare error goes: a caller is never left without an answer.
    if (this.#writer.write(draft.message, draft, idOf(request), out) === undefined) return
    const bare = this.#begun(request, 'error')
    if (status !== undefined) bare.values.set(status, BigInt(errors.status(error.kind)))
    this.#writer.write(bare.message, bare, idOf(request), out)
  }

  reply(request: Message, reply: LocalReply, out: ByteWriter): EncodeProblem | undefined {
    if (request.kind !== 'request') return undefined
    const draft = this.#begun(request, 'response')
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

  /** A sign of life, the answer to one, or the wish for nothing more. */
  beat(kind: DeclaredKind, id: MessageId, heartbeat: Message | undefined, out: ByteWriter): void {
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

  /** The beginning of a reply: a blank frame with what is copied from the request. */
  #begun(request: Message, kind: 'error' | 'response'): ReplyDraft {
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

  /** What of a fixed size a frame begins with, into a blank one whose sizes are loaded. */
  #copyHead(from: Message, { bytes }: Message): void {
    const { layout } = this.#plan
    from.bytes.copy(bytes, 0, from.start, from.start + layout.headSize)
    layout.writeLengths(bytes, 0)
  }

  #blank(): Message {
    const bytes = Buffer.from(this.#parts.blank)
    const message = new Message('response', this.#plan.reader, bytes, 0, bytes.length, bytes.length)
    for (const [part, size] of this.#parts.blankSizes.entries()) this.#plan.layout.sizes[part] = size
    this.#plan.view.note(message)
    return message
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

/** The id that a message came with. */
export function idOf({ idHigh, idLow, idText }: Message): MessageId {
  return { high: idHigh, low: idLow, text: idText }
}

const EMPTY = Buffer.alloc(0)
