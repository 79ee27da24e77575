/**
 * RedisPropertyReader: what filters and routes read of commands and replies. Stateless; nothing is read before it is asked for.
 * Of a command that has only begun it answers what is here, and notes that somebody asked for more.
 */
import type { Message, PropertyReader } from '../../sdk/index.ts'
import { begunOf, readableCount, userOf } from './begun-command.ts'
import { upper } from './command-lookup.ts'
import { firstKey, keyPlaces, keysLack } from './keys.ts'
import { COMMAND_UNITS_MAX } from './limits.ts'
import { isPiece, pieceBody } from './piece.ts'
import { completeReply, errorCode, isTextual, replyText } from './reply-text.ts'
import { ArgumentCursor, argumentOf, databaseOf, specOf } from './request-frame.ts'
import { typeNames } from './resp.ts'
import { textOf } from './text.ts'

const ARGUMENT_PREFIX = 'arg.'
/** Arguments beyond these are read by their number and not listed. */
const ARGUMENTS_LISTED_MAX = 64

export class RedisPropertyReader implements PropertyReader {
  readonly protocol = 'redis'

  get(message: Message, key: string): string | readonly string[] | undefined {
    if (isPiece(message)) return undefined
    if (message.rest > 0 && this.lacks(message, key)) noteAsked(message, key)
    return isReply(message) ? replyProperty(message, key) : requestProperty(message, key)
  }

  keys(message: Message): readonly string[] {
    if (isPiece(message)) return []
    const reply = isReply(message)
    const names = reply ? ['type', 'error', 'text'] : requestNames(message)
    return names.filter((name) => {
      if (message.rest > 0 && this.lacks(message, name)) return false
      return (reply ? replyProperty(message, name) : requestProperty(message, name)) !== undefined
    })
  }

  lacks(message: Message, key: string): boolean {
    return isReply(message) ? key === 'text' && isTextual(message) : commandLacks(message, key)
  }

  completed(whole: Message): void {
    if (isReply(whole)) completeReply(whole)
    else whole.headerSize = whole.size - (whole.mark0 > 1 ? lastSize(whole) : 0)
  }

  operation(message: Message): string {
    return isReply(message) || isPiece(message) ? '' : operationOf(message)
  }

  body(message: Message): Buffer {
    if (isReply(message)) return replyText(message)
    if (isPiece(message)) return pieceBody(message)
    const cursor = new ArgumentCursor(message)
    if (message.mark0 < 2 || !cursor.seek(message.mark0 - 1)) return message.bytes.subarray(0, 0)
    return message.bytes.subarray(cursor.start, Math.min(cursor.end, message.end))
  }
}

/** Whether what is asked for hangs on arguments that are not here. */
function commandLacks(message: Message, key: string): boolean {
  const readable = readableCount(message)
  switch (key) {
    case 'key':
      return keysLack(message, readable, 'first')
    case 'keys':
      return keysLack(message, readable, 'all')
    case 'channel':
      return lastChannel(message) >= readable
    default: {
      const place = placeOf(key)
      return place >= readable && place < message.mark0
    }
  }
}

function noteAsked(message: Message, key: string): void {
  message.problem = `"${key}" is passed on in pieces and cannot be read`
  const begun = begunOf(message)
  if (begun !== undefined) begun.asked ??= key
}

/** The size of the last argument. */
function lastSize(message: Message): number {
  const cursor = new ArgumentCursor(message)
  return cursor.seek(message.mark0 - 1) ? cursor.end - cursor.start : 0
}

function isReply(message: Message): boolean {
  return message.kind === 'response' || message.kind === 'error'
}

function replyProperty(message: Message, key: string): string | undefined {
  switch (key) {
    case 'type':
      return typeNames.get(message.mark0)
    case 'error':
      return errorCode(message)
    case 'text':
      return message.mark2 > 0 && message.rest === 0 ? textOf(replyText(message)) : undefined
    default:
      return undefined
  }
}

function requestNames(message: Message): readonly string[] {
  const listed = Math.min(message.mark0, ARGUMENTS_LISTED_MAX)
  const numbered = Array.from({ length: listed }, (_, index) => `${ARGUMENT_PREFIX}${index}`)
  return ['command', 'key', 'keys', 'channel', 'args-count', 'db', 'user', ...numbered]
}

function requestProperty(message: Message, key: string): string | readonly string[] | undefined {
  switch (key) {
    case 'command':
      return operationOf(message)
    case 'key':
      return textAt(message, firstKey(message))
    case 'keys':
      return textsAt(message, keyPlaces(message))
    case 'channel':
      return channels(message)
    case 'args-count':
      return String(message.mark0 - 1)
    case 'db':
      return String(databaseOf(message))
    case 'user':
      return userOf(message)
    default:
      return textAt(message, placeOf(key), 0)
  }
}

/** The name in capitals, with its subcommand where it has one. A subcommand that is none is shown as it is. */
function operationOf(message: Message): string {
  const spec = specOf(message)
  if (spec === undefined || message.mark0 === 0) return ''
  const name = spec.name === '' ? unknownName(message) : spec.name
  if (!spec.container || message.mark0 < 2) return name
  const cursor = new ArgumentCursor(message)
  cursor.next()
  return `${name} ${capitals(cursor.bytes)}`
}

function unknownName(message: Message): string {
  return capitals(new ArgumentCursor(message).bytes)
}

function capitals(bytes: Buffer): string {
  let text = ''
  for (const byte of bytes.subarray(0, COMMAND_UNITS_MAX)) text += String.fromCharCode(upper(byte))
  return text
}

/** Which argument a property is; -1 when it is none. */
function placeOf(key: string): number {
  const digits = key.startsWith(ARGUMENT_PREFIX) ? key.slice(ARGUMENT_PREFIX.length) : ''
  return /^(0|[1-9][0-9]{0,6})$/.test(digits) ? Number(digits) : -1
}

function textAt(message: Message, index: number, lowest = 1): string | undefined {
  const bytes = index < lowest ? undefined : argumentOf(message, index)
  return bytes === undefined ? undefined : textOf(bytes)
}

function textsAt(message: Message, places: readonly number[]): readonly string[] | undefined {
  const cursor = new ArgumentCursor(message)
  const texts: string[] = []
  // The one key that stands before the others' count comes first in the list and in the command alike.
  for (const place of places) if (cursor.seek(place) && cursor.whole) texts.push(textOf(cursor.bytes))
  return texts.length === 0 ? undefined : texts
}

function channels(message: Message): readonly string[] | undefined {
  const last = lastChannel(message)
  return last === 0
    ? undefined
    : textsAt(
        message,
        Array.from({ length: last }, (_, index) => index + 1),
      )
}

/** The last argument that names a channel; 0 when none does. */
function lastChannel(message: Message): number {
  const spec = specOf(message)
  if (spec === undefined || spec.channels === 0) return 0
  return spec.name.endsWith('PUBLISH') ? Math.min(1, message.mark0 - 1) : message.mark0 - 1
}
