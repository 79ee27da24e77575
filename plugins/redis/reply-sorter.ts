/**
 * RedisReplySorter: tells replies from what a server sends unasked, on a connection of one client's own: messages of
 * subscriptions, all confirmations of a subscription behind the first, pushes of RESP 3, and the lines of MONITOR. In
 * RESP 2 messages look like any array, so it counts what is subscribed, as the server does in its confirmations.
 */
import type { Message, ReplySorter } from '../../sdk/index.ts'
import { specOf } from './request-frame.ts'
import { ARRAY, BULK, DIGIT_0, DIGIT_9, INTEGER, LF, PUSH, SIMPLE } from './resp.ts'

const CONFIRMATIONS = /^[ps]?(un)?subscribe$/
const MESSAGES = /^[ps]?message$/
const MONITOR_LINE = /^\+[0-9]+\.[0-9]+ \[/
const WORD_BYTES_MAX = 32

export class RedisReplySorter implements ReplySorter {
  /** Channels and patterns, and channels of shards, as the last confirmation said. */
  #channels = 0
  #shards = 0
  /** Confirmations that are still to come for a request that has had its first. */
  #owed = 0
  #monitoring = false

  unasked(message: Message, oldest: Message | undefined): boolean {
    const role = oldest === undefined ? undefined : specOf(oldest)?.role
    switch (message.mark0) {
      case PUSH:
        return this.#array(message, oldest, role === 'subscribe', true)
      case ARRAY:
        return this.#array(message, oldest, role === 'subscribe', false)
      case SIMPLE:
        return this.#simple(message, role)
      default:
        return false
    }
  }

  #array(message: Message, oldest: Message | undefined, asked: boolean, push: boolean): boolean {
    if (!push && !asked && this.#channels + this.#shards + this.#owed === 0) return false
    const word = firstWord(message)
    if (!CONFIRMATIONS.test(word)) return push || MESSAGES.test(word)
    const unasked = this.#owed > 0 || !asked
    if (this.#owed > 0) this.#owed--
    else if (asked) this.#owed = Math.max(0, (oldest?.mark0 ?? 0) - 2)
    const count = lastNumber(message)
    if (word.startsWith('s') && word !== 'subscribe') this.#shards = count
    else this.#channels = count
    return unasked
  }

  #simple(message: Message, role: string | undefined): boolean {
    if (
      this.#monitoring &&
      MONITOR_LINE.test(message.bytes.toString('latin1', message.start, message.start + WORD_BYTES_MAX))
    )
      return true
    if (role === 'monitor') this.#monitoring = true
    if (role === 'reset') {
      this.#monitoring = false
      this.#channels = 0
      this.#shards = 0
      this.#owed = 0
    }
    return false
  }
}

/** Whether the reply confirms a subscription; it has to be whole, for its last value says how many there are. */
export function isConfirmation(message: Message): boolean {
  const { bytes, start, mark0, mark1 } = message
  if (mark0 !== ARRAY && mark0 !== PUSH) return false
  return bytes[start + mark1 + 1] === DIGIT_0 + 3 && CONFIRMATIONS.test(firstWord(message))
}

/** The first element where it is a string; empty otherwise. */
function firstWord(message: Message): string {
  const { bytes } = message
  const head = bytes.indexOf(LF, message.start + message.mark1) + 1
  if (head === 0 || bytes[head] !== BULK) return ''
  const at = bytes.indexOf(LF, head) + 1
  const end = bytes.indexOf(0x0d, at)
  return end - at > WORD_BYTES_MAX ? '' : bytes.toString('latin1', at, end)
}

/** The number that a confirmation ends with. */
function lastNumber(message: Message): number {
  const { bytes } = message
  let at = message.end - 3
  while (at > message.start && (bytes[at] ?? 0) >= DIGIT_0 && (bytes[at] ?? 0) <= DIGIT_9) at--
  return bytes[at] === INTEGER ? Number(bytes.toString('latin1', at + 1, message.end - 2)) : 0
}
