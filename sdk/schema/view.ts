/** View: finds fields in a message. It is asked for one field after another and holds the place of the last. */
import type { Message } from '../message.ts'
import type { Field } from './field.ts'

export interface View {
  /** The place of the field that was located last, without the number of its bytes in front of it. */
  from: number
  to: number
  /** Whether the message has the field. */
  locate(message: Message, field: Field): boolean
}
