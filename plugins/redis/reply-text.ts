/** Reply text: what a reply says, where it is one line or one string. */
import type { Message } from '../../sdk/index.ts'
import { BULK, BULK_ERROR, ERROR, VERBATIM } from './resp.ts'

/** The reply's own text; empty where it is an aggregate or null. */
export function replyText(message: Message): Buffer {
  const size = message.mark2
  if (size === 0 || message.rest > 0) return message.bytes.subarray(0, 0)
  // Behind its text stand CR LF and nothing else.
  return message.bytes.subarray(message.end - 2 - size, message.end - 2)
}

export function isString(message: Message): boolean {
  return message.mark0 === BULK || message.mark0 === VERBATIM
}

/** The first word of an error, such as WRONGTYPE; `undefined` when the reply is none. */
export function errorCode(message: Message): string | undefined {
  if (message.mark0 !== ERROR && message.mark0 !== BULK_ERROR) return undefined
  const text = replyText(message)
  const blank = text.indexOf(0x20)
  return text.toString('latin1', 0, Math.min(blank < 0 ? text.length : blank, 64))
}
