/** View: finds fields in a message. It is asked for one field after another and holds the place of the last. */

import type { FrameField } from '../frame-field.ts'
import type { Message } from '../message.ts'
import type { Field } from './field.ts'

export interface View {
  /** The place of the field that was located last, without the number of its bytes in front of it. */
  from: number
  to: number
  /** Whether the message has the field. */
  locate(message: Message, field: Field): boolean
}

/** The fields of a message, for people; a number in front of a field's bytes is part of it. */
export function describeFields(
  view: View,
  fields: readonly Field[],
  message: Message,
): readonly FrameField[] {
  let at = message.start
  return fields.flatMap((field) => {
    if (!view.locate(message, field)) return []
    const from = field.form === 'word' ? view.from : Math.min(at, view.from)
    at = view.to
    return at === from ? [] : [{ name: field.name, at: from - message.start, size: at - from }]
  })
}
