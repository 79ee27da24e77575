/** The Redis codec: commands and replies of RESP 2 and 3 in, messages out, and back. It keeps no connection's state. */
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
import { begunOf } from './begun-command.ts'
import { editedArguments, tailStart } from './edits.ts'
import { errorLine, oneLine } from './local-errors.ts'
import { isPiece, pieceBody } from './piece.ts'
import { RedisPropertyReader } from './property-reader.ts'
import { ReplyDecoder } from './reply-decoder.ts'
import { RedisReplySorter } from './reply-sorter.ts'
import { RequestDecoder } from './request-decoder.ts'
import { ARRAY, BULK, BULK_ERROR, CR, DIGIT_0, DIGIT_9, ERROR, LF } from './resp.ts'

const REPLY_TYPES = ['bulk', 'simple', 'error', 'integer', 'null']
const OK = '+OK\r\n'

export class RedisCodec implements Codec {
  readonly name = 'redis'
  readonly correlation = 'fifo'
  readonly idBits = 0
  readonly reader = new RedisPropertyReader()

  /** Clients send arrays; lines are for people, and could be anything. */
  sniff(bytes: Buffer): Sniff {
    const [first, second] = bytes
    if (first === undefined) return 'more'
    if (first !== ARRAY) return 'no'
    if (second === undefined) return 'more'
    return second > DIGIT_0 && second <= DIGIT_9 ? 'yes' : 'no'
  }

  createDecoder(direction: Direction, limits: FrameLimits): Decoder {
    return direction === 'request'
      ? new RequestDecoder(this.reader, limits)
      : new ReplyDecoder(this.reader, limits)
  }

  createReplySorter(): ReplySorter {
    return new RedisReplySorter()
  }

  encode(message: Message, _idHigh: number, _idLow: number, out: ByteWriter): EncodeProblem | undefined {
    const { mutation } = message
    const asked = message.rest > 0 ? begunOf(message)?.asked : undefined
    if (asked !== undefined) return unread(asked)
    if (mutation === undefined || mutation.empty) {
      out.run(message.bytes, message.start, message.end)
      return undefined
    }
    if (isPiece(message)) return writePiece(out, message, mutation)
    return message.kind === 'request'
      ? writeArguments(out, message, editedArguments(message, mutation))
      : writeReply(out, message, mutation)
  }

  encodeError(request: Message, error: LocalError, out: ByteWriter): void {
    if (request.kind !== 'request') return
    // Bytes that are no command are answered in the words of a server.
    if (request.mark0 === 0) out.utf8(`-ERR Protocol error: ${oneLine(error.text)}\r\n`)
    else out.utf8(errorLine(error.kind, error.text))
  }

  /** `type` is bulk, simple, error, integer or null; without it a body is a bulk string, and nothing is `+OK`. */
  encodeReply(_request: Message, reply: LocalReply, out: ByteWriter): EncodeProblem | undefined {
    const other = reply.properties.find(([key]) => key !== 'type')
    if (other !== undefined)
      return `a reply has no "${other[0]}" that could be set; what can be is type, and the body`
    const type = reply.properties.at(-1)?.[1] ?? (reply.body === undefined ? 'simple' : 'bulk')
    if (!REPLY_TYPES.includes(type))
      return `a reply of type "${type}" cannot be made; known: ${REPLY_TYPES.join(', ')}`
    if (type === 'bulk') writeBulk(out, reply.body ?? Buffer.alloc(0))
    else if (type === 'null') out.utf8('$-1\r\n')
    else return writeLine(out, type, reply.body?.toString() ?? '')
    return undefined
  }

  encodeDrainReply(_drain: Message, out: ByteWriter): void {
    out.utf8(OK)
  }
}

function writeLine(out: ByteWriter, type: string, text: string): EncodeProblem | undefined {
  if (type === 'integer') {
    if (!/^-?[0-9]{1,19}$/.test(text)) return 'the body of an integer is its digits'
    out.utf8(`:${text}\r\n`)
  } else if (type === 'error') {
    out.utf8(`-${oneLine(text === '' ? 'ERR' : text)}\r\n`)
  } else {
    out.utf8(`+${oneLine(text === '' ? 'OK' : text)}\r\n`)
  }
  return undefined
}

/** Whoever asked for what has not come may have meant to refuse the command for it. */
function unread(key: string): EncodeProblem {
  return `"${key}" is passed on in pieces, and a filter reads it: with a larger pieces-from the command is held until it is whole`
}

function writeArguments(
  out: ByteWriter,
  message: Message,
  args: readonly Buffer[] | EncodeProblem,
): EncodeProblem | undefined {
  if (typeof args === 'string') return args
  const inPieces = message.rest > 0 && message.mutation?.newBody === undefined
  out.utf8(`*${inPieces ? message.mark0 : args.length}\r\n`)
  for (const argument of args) writeBulk(out, argument)
  if (inPieces) out.run(message.bytes, tailStart(message), message.end)
  return undefined
}

/** A piece may be replaced by as many bytes; its string has said how many it has. */
function writePiece(
  out: ByteWriter,
  piece: Message,
  { edits, newBody }: Mutation,
): EncodeProblem | undefined {
  if (edits[0] !== undefined) return `"${edits[0].key}" of a piece cannot be changed; what can be is its body`
  if (newBody === undefined) return undefined
  const size = pieceBody(piece).length
  if (newBody.length !== size)
    return `the body of this piece has ${size} bytes, and ${newBody.length} are other`
  const { bytes, start, end, mark0, mark1 } = piece
  out.run(bytes, start, start + mark1)
  out.run(newBody, 0, size)
  out.run(bytes, end - mark0, end)
  return undefined
}

/** Any reply with a new body is a bulk string; an error stays one. */
function writeReply(out: ByteWriter, message: Message, mutation: Mutation): EncodeProblem | undefined {
  const { newBody, edits } = mutation
  if (edits[0] !== undefined) return `"${edits[0].key}" of a reply cannot be changed; what can be is its body`
  if (newBody === undefined) return undefined
  if (message.mark0 !== ERROR) {
    writeBulk(out, newBody, message.mark0 === BULK_ERROR ? BULK_ERROR : BULK)
    return undefined
  }
  if (newBody.includes(LF) || newBody.includes(CR)) return 'the body of an error is one line'
  out.u8(ERROR)
  out.run(newBody, 0, newBody.length)
  out.utf8('\r\n')
  return undefined
}

function writeBulk(out: ByteWriter, bytes: Buffer, type = BULK): void {
  out.u8(type)
  out.utf8(`${bytes.length}\r\n`)
  out.run(bytes, 0, bytes.length)
  out.utf8('\r\n')
}
