/** RedisPropertyReader: what filters and routes read of commands and replies. Stateless; nothing is read before it is asked for. */
import type { Message, PropertyReader } from '../../sdk/index.ts'
import { upper } from './command-lookup.ts'
import { firstKey, keyPlaces } from './keys.ts'
import { COMMAND_UNITS_MAX } from './limits.ts'
import { isPiece, pieceBody } from './piece.ts'
import { errorCode, replyText } from './reply-text.ts'
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
    return isReply(message) ? replyProperty(message, key) : requestProperty(message, key)
  }

  keys(message: Message): readonly string[] {
    if (isPiece(message)) return []
    const names = isReply(message) ? ['type', 'error', 'text'] : requestNames(message)
    return names.filter((name) => this.get(message, name) !== undefined)
  }

  operation(message: Message): string {
    return isReply(message) || isPiece(message) ? '' : operationOf(message)
  }

  body(message: Message): Buffer {
    if (isReply(message)) return replyText(message)
    if (isPiece(message)) return pieceBody(message)
    const last = message.mark0 > 1 && message.rest === 0 ? argumentOf(message, message.mark0 - 1) : undefined
    return last ?? message.bytes.subarray(0, 0)
  }
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
      if (message.rest > 0)
        message.problem = 'the text of the reply is passed on in pieces and cannot be read'
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
      return typeof message.parts === 'string' ? message.parts : undefined
    default:
      return key.startsWith(ARGUMENT_PREFIX)
        ? numbered(message, key.slice(ARGUMENT_PREFIX.length))
        : undefined
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

function numbered(message: Message, digits: string): string | undefined {
  return /^(0|[1-9][0-9]{0,6})$/.test(digits) ? textAt(message, Number(digits), 0) : undefined
}

function textAt(message: Message, index: number, lowest = 1): string | undefined {
  const bytes = index < lowest ? undefined : argumentOf(message, index)
  return bytes === undefined ? undefined : textOf(bytes)
}

function textsAt(message: Message, places: readonly number[]): readonly string[] | undefined {
  const cursor = new ArgumentCursor(message)
  const texts: string[] = []
  // The one key that stands before the others' count comes first in the list and in the command alike.
  for (const place of places) if (cursor.seek(place)) texts.push(textOf(cursor.bytes))
  return texts.length === 0 ? undefined : texts
}

function channels(message: Message): readonly string[] | undefined {
  const spec = specOf(message)
  if (spec === undefined || spec.channels === 0) return undefined
  const last = spec.name.endsWith('PUBLISH') ? 1 : message.mark0 - 1
  return textsAt(
    message,
    Array.from({ length: Math.max(0, last) }, (_, index) => index + 1),
  )
}
