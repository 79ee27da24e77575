/**
 * BodyFormat: what one serialization must be able to do so that its bodies can be read and changed. Positions are
 * offsets in the message's bytes; a sentence instead of a result says why there is none.
 */
import type { ByteWriter, Message } from '../../sdk/index.ts'
import type { Attachments, ResultForm } from './attachments.ts'
import type { BodyPlan } from './body-plan.ts'
import type { RequestHead } from './request-head.ts'

/** How texts are written within a body. */
export interface TextFormat {
  textSize(text: string): number
  writeText(out: ByteWriter, text: string): void
}

export interface BodyFormat extends TextFormat {
  head(message: Message): RequestHead | string
  /** What a reply of status 20 begins with. */
  form(message: Message): ResultForm | string
  attachments(message: Message, of: RequestHead | ResultForm): Attachments | string
  /** Whether the key `bytes[at, end)` of the map is this text. */
  sameKey(bytes: Buffer, at: number, end: number, key: string): boolean
  /** The text of a key that is a string; other keys have no name. */
  keyText(bytes: Buffer, at: number, end: number): string | undefined
  /** The text of a string, number, boolean or date; `undefined` for everything else, null included. */
  text(bytes: Buffer, at: number, end: number): string | undefined
  /** What a value without a text is, such as `a map`; `undefined` for null, which reads as absent. */
  kindOf(bytes: Buffer, at: number): string | undefined
  /** Whether the value takes a number that others may refer to, so that it cannot just be taken away. */
  numbered(bytes: Buffer, at: number, end: number): boolean
  /** The body of an error reply: its text. */
  errorText(message: Message): string | undefined
  /** Appends a text that stands by itself in the body, as a head's strings do. */
  planText(plan: BodyPlan, text: string): void
  planForm(plan: BodyPlan, form: number): void
  /** The bytes that begin and end a map, and whether four bytes with its size stand in front. */
  readonly open: number
  readonly close: number
  readonly sized: boolean
}
