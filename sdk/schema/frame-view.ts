/**
 * FrameView: fields in binary frames. The sizes of the first parts stand in the message's marks since it was decoded; a
 * frame with more of them is measured again.
 */
import type { Message } from '../message.ts'
import { varintSize } from '../wire-number.ts'
import type { Field } from './field.ts'
import type { Layout } from './layout.ts'
import type { View } from './view.ts'

/** A message has so many marks. */
const MARKS = 4
/** The first mark of a message of which no more than the fixed head is here. */
const HEAD_ONLY = -1

export class FrameView implements View {
  from = 0
  to = 0
  readonly #layout: Layout

  constructor(layout: Layout) {
    this.#layout = layout
  }

  /** Notes the sizes that were measured last. */
  note(message: Message): void {
    const { sizes } = this.#layout
    message.mark0 = sizes[0] ?? 0
    message.mark1 = sizes[1] ?? 0
    message.mark2 = sizes[2] ?? 0
    message.mark3 = sizes[3] ?? 0
  }

  noteHeadOnly(message: Message): void {
    message.mark0 = HEAD_ONLY
  }

  /** Makes the layout that of this message; false when no more than its head is here. */
  load(message: Message): boolean {
    if (message.mark0 === HEAD_ONLY) return false
    const layout = this.#layout
    const { sizes } = layout
    if (sizes.length > MARKS) return layout.split(message.bytes, message.start, message.end) === ''
    if (sizes.length > 0) sizes[0] = message.mark0
    if (sizes.length > 1) sizes[1] = message.mark1
    if (sizes.length > 2) sizes[2] = message.mark2
    if (sizes.length > 3) sizes[3] = message.mark3
    return true
  }

  locate(message: Message, field: Field): boolean {
    const layout = this.#layout
    if (field.part === 0 && field.width > 0) {
      this.from = message.start + field.offset
      this.to = this.from + field.width
      return this.to <= message.end
    }
    if (!this.load(message)) return false
    this.from = layout.position(field, message.start)
    this.to = this.from + (field.width > 0 ? field.width : (layout.sizes[field.part] ?? 0))
    const rule = layout.parts[field.part]?.rule
    if (field.width > 0 || rule?.by !== 'size') return true
    this.from += rule.width > 0 ? rule.width : varintSize(message.bytes, this.from, this.to)
    return true
  }
}
