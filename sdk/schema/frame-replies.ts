/** FrameReplies: how a frame that weir makes itself begins, as a blank one, and is written. */
import type { ByteWriter } from '../bytes.ts'
import type { EncodeProblem } from '../codec.ts'
import { Message } from '../message.ts'
import type { Begun, ReplyForm } from './declared-replies.ts'
import { Draft, type Target, type Targets } from './draft.ts'
import type { FramePlan } from './frame-plan.ts'
import type { FrameWriter, MessageId } from './frame-writer.ts'

export interface FrameReplyParts {
  readonly plan: FramePlan
  readonly targets: Targets
  /** A frame of no properties, with what must stand in every one. */
  readonly blank: Buffer
  /** The sizes of its parts. */
  readonly blankSizes: readonly number[]
}

export class FrameReplies implements ReplyForm {
  readonly #parts: FrameReplyParts
  readonly #plan: FramePlan
  readonly #writer: FrameWriter

  constructor(parts: FrameReplyParts, writer: FrameWriter) {
    this.#parts = parts
    this.#plan = parts.plan
    this.#writer = writer
  }

  begin(like: Message | undefined): Begun {
    const { layout, reader, view } = this.#plan
    const bytes = Buffer.from(this.#parts.blank)
    const message = new Message('response', reader, bytes, 0, bytes.length, bytes.length)
    for (const [part, size] of this.#parts.blankSizes.entries()) layout.sizes[part] = size
    view.note(message)
    if (like !== undefined) {
      // What of a fixed size a frame begins with.
      like.bytes.copy(bytes, 0, like.start, like.start + layout.headSize)
      layout.writeLengths(bytes, 0)
    }
    return { draft: new Draft(this.#parts.targets, message), message }
  }

  copy(request: Message, draft: Draft, { slot, field }: Target): void {
    const { layout, view } = this.#plan
    if (!view.locate(request, field)) return
    if (slot === undefined) draft.texts.set(field, request.bytes.subarray(view.from, view.to))
    else if (field.part === 0 || view.load(request)) {
      const high = BigInt(slot.high(layout, request.bytes, request.start))
      draft.values.set(slot, (high << 32n) | BigInt(slot.low(layout, request.bytes, request.start)))
    }
  }

  putStatus(draft: Draft, status: number): void {
    if (this.#plan.status !== undefined) draft.values.set(this.#plan.status, BigInt(status))
  }

  putText(draft: Draft, place: string, text: string): void {
    if (place === 'body') draft.body(Buffer.from(text))
    else draft.put(place, text)
  }

  write({ draft, message }: Begun, id: MessageId, out: ByteWriter): EncodeProblem | undefined {
    return this.#writer.write(message, draft, id, out)
  }
}
