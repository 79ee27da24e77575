/** LineReplies: how a line that weir makes itself begins, with the words that must stand in every one, and is written. */
import type { ByteWriter } from '../bytes.ts'
import type { EncodeProblem } from '../codec.ts'
import { Message } from '../message.ts'
import type { Begun, ReplyForm } from './declared-replies.ts'
import { Draft, type Target, type Targets } from './draft.ts'
import type { MessageId } from './frame-writer.ts'
import type { LinePlan } from './line-plan.ts'
import type { LineWriter } from './line-writer.ts'

export class LineReplies implements ReplyForm {
  readonly #plan: LinePlan
  readonly #targets: Targets
  readonly #writer: LineWriter

  constructor(plan: LinePlan, targets: Targets, writer: LineWriter) {
    this.#plan = plan
    this.#targets = targets
    this.#writer = writer
  }

  begin(): Begun {
    const message = new Message('response', this.#plan.reader, EMPTY, 0, 0, 0)
    const draft = new Draft(this.#targets, message)
    for (const { field, values } of this.#plan.constants) draft.put(field.name, values[0] ?? '')
    return { draft, message }
  }

  copy(request: Message, draft: Draft, { field }: Target): void {
    const { view } = this.#plan
    if (view.locate(request, field)) draft.texts.set(field, request.bytes.subarray(view.from, view.to))
  }

  putStatus(draft: Draft, status: number): void {
    if (this.#plan.status !== undefined) draft.put(this.#plan.status.field.name, String(status))
  }

  putText(draft: Draft, place: string, said: string): void {
    const { body } = this.#plan
    const text = inOneLine(said)
    const field = place === 'body' ? body : this.#targets.names.get(place)?.field
    if (field === undefined) draft.put(place, text)
    else draft.texts.set(field, Buffer.from(field === body ? text : text.replaceAll(' ', '-')))
  }

  write({ draft, message }: Begun, id: MessageId, out: ByteWriter): EncodeProblem | undefined {
    return this.#writer.write(message, draft, id.text, out)
  }
}

/** Control characters would end the line, or stand in a terminal. */
function inOneLine(text: string): string {
  return text.replaceAll(/[\u0000-\u001f\u007f]+/g, ' ').toWellFormed()
}

const EMPTY = Buffer.alloc(0)
