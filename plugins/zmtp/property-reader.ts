/** ZmtpPropertyReader: what filters and routes read of messages and commands. Stateless. */
import { isUtf8 } from 'node:buffer'
import type { Message, PropertyReader } from '../../sdk/index.ts'
import { commandData, commandName, READY, readyProperties } from './command.ts'
import { COMMAND, LONG, sizeAt } from './frame.ts'

const FRAME_PREFIX = 'frame.'
/** Frames beyond these are read by their number and not listed. */
const FRAMES_LISTED_MAX = 64

export class ZmtpPropertyReader implements PropertyReader {
  readonly protocol = 'zmtp'

  get(message: Message, key: string): string | undefined {
    if (key === 'socket-type')
      return typeof message.parts === 'string' ? message.parts || undefined : undefined
    if (isCommand(message)) return commandProperty(message, key)
    if (key === 'frames') return String(message.mark0)
    if (!/^frame\.(0|[1-9][0-9]{0,4})$/.test(key)) return undefined
    const frame = frameBodies(message)[Number(key.slice(FRAME_PREFIX.length))]
    return frame === undefined ? undefined : textOf(frame)
  }

  keys(message: Message): readonly string[] {
    const listed = Math.min(message.mark0, FRAMES_LISTED_MAX)
    const numbered = Array.from({ length: listed }, (_, index) => `${FRAME_PREFIX}${index}`)
    const names = ['socket-type', 'command', 'identity', 'topic', 'frames', ...numbered]
    return names.filter((name) => this.get(message, name) !== undefined)
  }

  operation(message: Message): string {
    return isCommand(message) ? (nameOf(message) ?? '') : 'message'
  }

  /** The last frame of a message, the data of a command. */
  body(message: Message): Buffer {
    if (isCommand(message)) return commandData(message.bytes, message.start, message.end)
    return frameBodies(message).at(-1) ?? message.bytes.subarray(0, 0)
  }
}

export function isCommand(message: Message): boolean {
  return message.end > message.start && ((message.bytes[message.start] ?? 0) & COMMAND) !== 0
}

/** The bodies of all frames, which the decoder has found to be whole. */
export function frameBodies(message: Message): Buffer[] {
  const { bytes, end } = message
  const bodies: Buffer[] = []
  for (let at = message.start; at < end; ) {
    const long = ((bytes[at] ?? 0) & LONG) !== 0
    const bodyAt = at + (long ? 9 : 2)
    at = bodyAt + sizeAt(bytes, at + 1, long)
    bodies.push(bytes.subarray(bodyAt, at))
  }
  return bodies
}

function commandProperty(message: Message, key: string): string | undefined {
  const name = nameOf(message)
  const { bytes, start, end } = message
  if (key === 'command') return name
  if (key === 'identity' && name === READY) {
    const identity = readyProperties(bytes, start, end).get('identity')
    return identity === undefined || identity.length === 0 ? undefined : textOf(identity)
  }
  if (key === 'topic' && (name === 'SUBSCRIBE' || name === 'CANCEL'))
    return textOf(commandData(bytes, start, end))
  return undefined
}

function nameOf(message: Message): string | undefined {
  return commandName(message.bytes, message.start, message.end)
}

function textOf(bytes: Buffer): string {
  return bytes.toString(isUtf8(bytes) ? 'utf8' : 'latin1')
}
