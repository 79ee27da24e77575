/** Reply text: what a reply says, where it is one line or one string. */
import type { Message } from '../../sdk/index.ts'
import { ARRAY, BULK, BULK_ERROR, CR, ERROR, LF, MAP, PUSH, SET, VERBATIM } from './resp.ts'

const AGGREGATES = [ARRAY, SET, PUSH, MAP]
const STRINGS = [BULK, BULK_ERROR, VERBATIM]
/** The first word of an error is looked for in so many bytes. */
export const ERROR_CODE_BYTES_MAX = 64

/** The reply's own text; empty where it is an aggregate or null. */
export function replyText(message: Message): Buffer {
  // Behind its text stand CR LF and nothing else.
  return message.bytes.subarray(message.end - 2 - message.mark2, message.end - 2)
}

/** Whether the reply is one line or one string. */
export function isTextual(message: Message): boolean {
  return !AGGREGATES.includes(message.mark0)
}

/** What is here of the text of a reply that has only begun. */
export function begunText(message: Message): Buffer {
  const { bytes, end } = message
  const start = textStart(message)
  if (!isTextual(message) || start > end) return bytes.subarray(0, 0)
  if (STRINGS.includes(message.mark0)) return bytes.subarray(start, Math.min(start + message.mark2, end))
  // Its line end may have begun.
  return bytes.subarray(start, bytes[end - 1] === CR ? end - 1 : end)
}

/** A reply whose size was not known when it began is whole. */
export function completeReply(message: Message): void {
  if (isTextual(message)) message.mark2 = message.end - 2 - textStart(message)
  message.headerSize = message.size - message.mark2
}

/** The first word of an error, such as WRONGTYPE; `undefined` when the reply is none. */
export function errorCode(message: Message): string | undefined {
  if (message.mark0 !== ERROR && message.mark0 !== BULK_ERROR) return undefined
  const text = message.rest > 0 ? begunText(message) : replyText(message)
  const blank = text.indexOf(0x20)
  return text.toString('latin1', 0, Math.min(blank < 0 ? text.length : blank, ERROR_CODE_BYTES_MAX))
}

function textStart({ bytes, start, mark0, mark1 }: Message): number {
  const at = start + mark1
  return STRINGS.includes(mark0) ? bytes.indexOf(LF, at) + 1 : at + 1
}
