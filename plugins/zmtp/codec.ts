/**
 * The ZMTP codec: ZeroMQ's messages in and out. The greeting is ours on both sides; READY and everything behind it goes
 * from one peer to the other over a pair of connections, so that they agree on their sockets themselves.
 */
import type {
  ByteWriter,
  Codec,
  Decoder,
  Direction,
  EncodeProblem,
  FrameLimits,
  LocalError,
  LocalReply,
  Message,
  Mutation,
  ReplySorter,
  Sniff,
} from '../../sdk/index.ts'
import { commandData, commandName, READY, readyCommand } from './command.ts'
import { ZmtpDecoder } from './decoder.ts'
import {
  COMMAND,
  GREETING,
  MORE,
  SIGNATURE_FIRST,
  SIGNATURE_LAST,
  SIGNATURE_LAST_AT,
  writeFrame,
} from './frame.ts'
import { ERROR_TEXT_UNITS_MAX, PING_CONTEXT_BYTES_MAX } from './limits.ts'
import { frameBodies, isCommand, ZmtpPropertyReader } from './property-reader.ts'

const NO_BYTES = Buffer.alloc(0)
const PONG = Buffer.from('\x04PONG', 'latin1')
/** The time to live that stands before the context of a PING. */
const PING_TTL_SIZE = 2
/** What weir is to a socket that a filter answers instead of an endpoint (ZMTP 3.1 §Socket Semantics). */
const COUNTERPARTS: Readonly<Record<string, string>> = {
  REQ: 'ROUTER',
  DEALER: 'ROUTER',
  ROUTER: 'ROUTER',
  PAIR: 'PAIR',
}
const FRAME_KEY = /^frame\.(0|[1-9][0-9]{0,4})$/

export class ZmtpCodec implements Codec {
  readonly name = 'zmtp'
  readonly correlation = 'fifo'
  readonly idBits = 0
  readonly reader = new ZmtpPropertyReader()

  sniff(bytes: Buffer): Sniff {
    if (bytes.length === 0) return 'more'
    if (bytes[0] !== SIGNATURE_FIRST) return 'no'
    if (bytes.length <= SIGNATURE_LAST_AT) return 'more'
    return bytes[SIGNATURE_LAST_AT] === SIGNATURE_LAST ? 'yes' : 'no'
  }

  createDecoder(direction: Direction, limits: FrameLimits): Decoder {
    return new ZmtpDecoder(this.reader, direction, limits)
  }

  /** Only what a REQ asked is answered; everything else is sent unasked, whoever sends it. */
  createReplySorter(): ReplySorter {
    return { unasked: (_message, oldest, abandoned) => oldest === undefined && !abandoned }
  }

  encodePreface(_direction: Direction, out: ByteWriter): void {
    out.copy(GREETING, 0, GREETING.length)
  }

  encode(message: Message, _idHigh: number, _idLow: number, out: ByteWriter): EncodeProblem | undefined {
    const { mutation } = message
    if (mutation === undefined || mutation.empty) {
      out.run(message.bytes, message.start, message.end)
      return undefined
    }
    const frames = editedFrames(message, mutation)
    if (typeof frames === 'string') return frames
    writeFrames(out, frames)
    return undefined
  }

  /** A REQ takes what comes as its reply, and would wait for ever for one that did not come. */
  encodeError(request: Message, error: LocalError, out: ByteWriter): void {
    if (request.kind !== 'request') return
    const text = `ERR weir: ${error.kind}: ${error.text}`.slice(0, ERROR_TEXT_UNITS_MAX)
    writeFrames(out, [NO_BYTES, Buffer.from(text)])
  }

  encodeReply(request: Message, reply: LocalReply, out: ByteWriter): EncodeProblem | undefined {
    if (request.kind !== 'request') return undefined
    const [property] = reply.properties
    if (reply.echo === true) writeFrames(out, frameBodies(request))
    else if (property !== undefined) return `a reply has no "${property[0]}"; what it has is a body`
    else writeFrames(out, [NO_BYTES, reply.body ?? NO_BYTES])
    return undefined
  }

  /** A filter that answers a READY takes the place of the other socket; other commands have no answer. */
  encodeOnewayReply(oneway: Message, reply: LocalReply, out: ByteWriter): EncodeProblem | undefined {
    const socketType = typeof oneway.parts === 'string' ? oneway.parts : ''
    const counterpart = Object.hasOwn(COUNTERPARTS, socketType) ? COUNTERPARTS[socketType] : undefined
    if (counterpart === undefined) return `a ${socketType} socket takes no answers`
    if (isCommand(oneway)) {
      const { bytes, start, end } = oneway
      if (commandName(bytes, start, end) === READY) writeFrame(out, readyCommand(counterpart), COMMAND)
    } else writeFrames(out, reply.echo === true ? frameBodies(oneway) : [reply.body ?? NO_BYTES])
    return undefined
  }

  encodeHeartbeatReply(heartbeat: Message, out: ByteWriter): void {
    const data = commandData(heartbeat.bytes, heartbeat.start, heartbeat.end)
    const context = data.subarray(PING_TTL_SIZE, PING_TTL_SIZE + PING_CONTEXT_BYTES_MAX)
    writeFrame(out, Buffer.concat([PONG, context]), COMMAND)
  }
}

function writeFrames(out: ByteWriter, frames: readonly Buffer[]): void {
  for (const [index, frame] of frames.entries()) writeFrame(out, frame, index + 1 < frames.length ? MORE : 0)
}

/** The frames with all edits applied; a sentence when one cannot be. */
function editedFrames(message: Message, { edits, newBody }: Mutation): readonly Buffer[] | EncodeProblem {
  if (isCommand(message)) return `"${edits[0]?.key ?? 'body'}" of a command cannot be changed`
  const frames = frameBodies(message)
  if (newBody !== undefined) frames[frames.length - 1] = newBody
  for (const { op, key, value } of edits) {
    const place = Number(FRAME_KEY.exec(key)?.[1] ?? Number.NaN)
    if (op !== 'set' || !(place < frames.length))
      return `"${key}" cannot be changed so; what can be set are frame.0 to frame.${frames.length - 1}`
    frames[place] = Buffer.from(value)
  }
  return frames
}
