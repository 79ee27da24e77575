/** The Dubbo codec: frames in, messages out, and back. It knows the protocol and keeps no connection's state. */
import {
  type ByteWriter,
  type Codec,
  type Decoder,
  type Direction,
  type EncodeProblem,
  type FrameField,
  type FrameLimits,
  type LocalError,
  type LocalReply,
  Message,
  Mutation,
  putU16,
  putU32,
  type Sniff,
  u8,
} from '../../sdk/index.ts'
import { DubboDecoder } from './decoder.ts'
import { planEdits } from './edits.ts'
import {
  FLAG_EVENT,
  FLAG_REQUEST,
  FLAG_TWO_WAY,
  HEADER_SIZE,
  HESSIAN2,
  ID_AT,
  LENGTH_AT,
  MAGIC,
  SERIALIZATION_MASK,
  STATUS_AT,
  STATUS_OK,
  unreadableSerialization,
} from './frame.ts'
import { headerFields } from './header-fields.ts'
import { stringSize, writeString } from './hessian2-strings.ts'
import { errorStatus, errorText } from './local-errors.ts'
import { PlainEdits } from './plain-edits.ts'
import { attachmentKey, propertyName } from './properties.ts'
import { DubboPropertyReader } from './property-reader.ts'

/** The body of a heartbeat and of its answer: null. */
const NULL = 0x4e
/** A reply with neither value nor attachments: form 2. */
const NULL_RESULT = Buffer.from([0x92])

export class DubboCodec implements Codec {
  readonly name = 'dubbo'
  readonly correlation = 'id'
  readonly idBits = 64
  readonly reader = new DubboPropertyReader()
  readonly #plainEdits = new PlainEdits(this.reader.view)

  sniff(bytes: Buffer): Sniff {
    if (bytes.length === 0) return 'more'
    if (u8(bytes, 0) !== MAGIC >>> 8) return 'no'
    if (bytes.length === 1) return 'more'
    return u8(bytes, 1) === (MAGIC & 0xff) ? 'yes' : 'no'
  }

  createDecoder(_direction: Direction, limits: FrameLimits): Decoder {
    return new DubboDecoder(this.reader, limits)
  }

  encode(message: Message, idHigh: number, idLow: number, out: ByteWriter): EncodeProblem | undefined {
    const { bytes, start } = message
    if (message.mutation !== undefined && !message.mutation.empty) {
      return this.#encodeMutated(message, message.mutation, idHigh, idLow, out)
    }
    putU32(bytes, start + ID_AT, idHigh)
    putU32(bytes, start + ID_AT + 4, idLow)
    out.run(bytes, start, message.end)
    return undefined
  }

  encodeError(request: Message, error: LocalError, out: ByteWriter): void {
    if (request.kind !== 'request') return
    const text = errorText(error.kind, error.text)
    const { idHigh, idLow } = request
    // Real providers answer what they cannot decode in hessian2, whatever the request's serialization was.
    const status = errorStatus[error.kind]
    writeHeader(out, { flag: HESSIAN2, status, idHigh, idLow, bodySize: stringSize(text) })
    writeString(out, text)
  }

  /** The body is a whole body of status 20 in the request's serialization, or a null result when there is none. */
  encodeReply(request: Message, reply: LocalReply, out: ByteWriter): EncodeProblem | undefined {
    if (request.kind !== 'request') return undefined
    const { properties, body } = reply.echo === true ? echoed(reply) : reply
    const serialization =
      body === undefined ? HESSIAN2 : u8(request.bytes, request.start + 2) & SERIALIZATION_MASK
    const message = this.#reply(serialization, body ?? NULL_RESULT)
    const mutation = new Mutation()
    for (const [key, value] of properties) mutation.add(key, value)
    message.mutation = mutation
    return this.encode(message, request.idHigh, request.idLow, out)
  }

  encodeHeartbeat(idHigh: number, idLow: number, out: ByteWriter): void {
    const flag = FLAG_REQUEST | FLAG_TWO_WAY | FLAG_EVENT | HESSIAN2
    writeHeader(out, { flag, status: 0, idHigh, idLow, bodySize: 1 })
    out.u8(NULL)
  }

  encodeHeartbeatReply(heartbeat: Message, out: ByteWriter): void {
    // A one-way event wants no answer.
    if ((u8(heartbeat.bytes, heartbeat.start + 2) & FLAG_TWO_WAY) === 0) return
    const { idHigh, idLow } = heartbeat
    writeHeader(out, { flag: FLAG_EVENT | HESSIAN2, status: STATUS_OK, idHigh, idLow, bodySize: 1 })
    out.u8(NULL)
  }

  describe(message: Message): readonly FrameField[] {
    return headerFields(message)
  }

  #encodeMutated(
    message: Message,
    mutation: Mutation,
    idHigh: number,
    idLow: number,
    out: ByteWriter,
  ): EncodeProblem | undefined {
    const { edits, newBody } = mutation
    const map = newBody === undefined ? this.reader.plain(message) : undefined
    const at = map === undefined ? -1 : this.#plainEdits.write(message, map, edits, out)
    if (at >= 0) {
      putU32(out.buffer, at + ID_AT, idHigh)
      putU32(out.buffer, at + ID_AT + 4, idLow)
      return undefined
    }
    // Edits mean the new body when there is one, whatever the order in which they were recorded.
    const source = newBody === undefined ? message : this.#withBody(message, newBody)
    const flag = u8(message.bytes, message.start + 2)
    const status = u8(message.bytes, message.start + STATUS_AT)
    const bodyAt = source.start + source.headerSize
    if (edits.length === 0) {
      writeHeader(out, { flag, status, idHigh, idLow, bodySize: source.end - bodyAt })
      out.run(source.bytes, bodyAt, source.end)
      return undefined
    }
    const format = this.reader.formatOf(message)
    if (format === undefined) {
      return `"${edits[0]?.key}" cannot be changed: ${unreadableSerialization(flag & SERIALIZATION_MASK)}`
    }
    const plan = planEdits(source, format, edits)
    if (typeof plan === 'string') return plan
    writeHeader(out, { flag, status, idHigh, idLow, bodySize: plan.size })
    plan.write(out, source.bytes)
    return undefined
  }

  #withBody(message: Message, body: Buffer): Message {
    const frame = Buffer.allocUnsafe(HEADER_SIZE + body.length)
    message.bytes.copy(frame, 0, message.start, message.start + HEADER_SIZE)
    body.copy(frame, HEADER_SIZE)
    const changed = new Message(message.kind, this.reader, frame, 0, frame.length, HEADER_SIZE)
    changed.status = message.status
    return changed
  }

  #reply(serialization: number, body: Buffer): Message {
    const frame = Buffer.alloc(HEADER_SIZE + body.length)
    putU16(frame, 0, MAGIC)
    frame[2] = serialization
    frame[STATUS_AT] = STATUS_OK
    putU32(frame, LENGTH_AT, body.length)
    body.copy(frame, HEADER_SIZE)
    const message = new Message('response', this.reader, frame, 0, frame.length, HEADER_SIZE)
    message.status = STATUS_OK
    return message
  }
}

interface Header {
  readonly flag: number
  readonly status: number
  readonly idHigh: number
  readonly idLow: number
  readonly bodySize: number
}

function writeHeader(out: ByteWriter, header: Header): void {
  const at = out.reserve(HEADER_SIZE)
  const { buffer } = out
  putU16(buffer, at, MAGIC)
  buffer[at + 2] = header.flag
  buffer[at + STATUS_AT] = header.status
  putU32(buffer, at + ID_AT, header.idHigh)
  putU32(buffer, at + ID_AT + 4, header.idLow)
  putU32(buffer, at + LENGTH_AT, header.bodySize)
}

/** Of a request the attachments; its arguments are no result. */
function echoed({ properties }: LocalReply): LocalReply {
  const attachments = properties.flatMap(([key, value]) => {
    const attachment = attachmentKey(key, true)
    return attachment === undefined ? [] : [[propertyName(attachment, false), value] as const]
  })
  return { properties: attachments, body: undefined }
}
