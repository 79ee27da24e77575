/** Reply text: what a reply says, where it is one line or one string. */
import type { Message } from '../../sdk/index.ts'
import { ARRAY, BULK, BULK_ERROR, ERROR, LF, MAP, PUSH, SET, VERBATIM } from './resp.ts'

const AGGREGATES = [ARRAY, SET, PUSH, MAP]
const STRINGS = [BULK, BULK_ERROR, VERBATIM]
/** The first word of an error is looked for in so many bytes. */
const ERROR_CODE_BYTES_MAX = 64

/** The reply's own text; empty where it is an aggregate or null, or comes behind in pieces. */
export function replyText(message: Message): Buffer {
  if (message.mark2 === 0 || message.rest > 0) return message.bytes.subarray(0, 0)
  // Behind its text stand CR LF and nothing else.
  return message.bytes.subarray(message.end - 2 - message.mark2, message.end - 2)
}

/** Whether the reply is one line or one string. */
export function isTextual(message: Message): boolean {
  return !AGGREGATES.includes(message.mark0)
}

/** A reply whose size was not known when it began is whole. */
export function completeReply(message: Message): void {
  if (isTextual(message)) message.mark2 = message.end - 2 - textStart(message)
  message.headerSize = message.size - message.mark2
}

/** The first word of an error, such as WRONGTYPE; `undefined` when the reply is none. One that has begun has it noted. */
export function errorCode(message: Message): string | undefined {
  if (message.mark0 !== ERROR && message.mark0 !== BULK_ERROR) return undefined
  if (message.rest > 0) return typeof message.parts === 'string' ? message.parts : ''
  return codeIn(replyText(message))
}

/** The first word of the text of an error. */
export function codeIn(text: Buffer): string {
  const blank = text.indexOf(0x20)
  return text.toString('latin1', 0, Math.min(blank < 0 ? text.length : blank, ERROR_CODE_BYTES_MAX))
}

/** Where the text of a reply begins that is one line or one string. */
export function textStart({ bytes, start, mark0, mark1 }: Message): number {
  const at = start + mark1
  return STRINGS.includes(mark0) ? bytes.indexOf(LF, at) + 1 : at + 1
}
