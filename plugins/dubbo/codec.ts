/** The Dubbo codec: frames in, messages out, and back. It knows the protocol and keeps no connection's state. */
import {
  type ByteWriter,
  type Codec,
  type Decoder,
  type Direction,
  type EncodeProblem,
  type FrameLimits,
  type LocalError,
  type Message,
  putU16,
  putU32,
  type Sniff,
  u8,
} from '../../sdk/index.ts'
import { DubboDecoder } from './decoder.ts'
import {
  FLAG_EVENT,
  FLAG_REQUEST,
  FLAG_TWO_WAY,
  HEADER_SIZE,
  HESSIAN2,
  ID_AT,
  LENGTH_AT,
  MAGIC,
  STATUS_AT,
  STATUS_OK,
} from './frame.ts'
import { stringSize, writeString } from './hessian2-strings.ts'
import { errorStatus, errorText } from './local-errors.ts'
import { DubboPropertyReader } from './property-reader.ts'

/** The body of a heartbeat and of its answer: null. */
const NULL = 0x4e

export class DubboCodec implements Codec {
  readonly name = 'dubbo'
  readonly correlation = 'id'
  readonly idBits = 64
  readonly reader = new DubboPropertyReader()

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
      return 'changing Dubbo messages is not built yet'
    }
    putU32(bytes, start + ID_AT, idHigh)
    putU32(bytes, start + ID_AT + 4, idLow)
    out.run(bytes, start, message.end)
    return undefined
  }

  encodeError(request: Message, error: LocalError, out: ByteWriter): void {
    if (request.kind !== 'request') return
    const text = errorText(error.kind, error.text)
    // Real providers answer what they cannot decode in hessian2, whatever the request's serialization was.
    writeHeader(out, {
      flag: HESSIAN2,
      status: errorStatus[error.kind],
      idHigh: request.idHigh,
      idLow: request.idLow,
      bodySize: stringSize(text),
    })
    writeString(out, text)
  }

  encodeHeartbeat(idHigh: number, idLow: number, out: ByteWriter): void {
    writeHeader(out, {
      flag: FLAG_REQUEST | FLAG_TWO_WAY | FLAG_EVENT | HESSIAN2,
      status: 0,
      idHigh,
      idLow,
      bodySize: 1,
    })
    out.u8(NULL)
  }

  encodeHeartbeatReply(heartbeat: Message, out: ByteWriter): void {
    // A one-way event wants no answer.
    if ((u8(heartbeat.bytes, heartbeat.start + 2) & FLAG_TWO_WAY) === 0) return
    const { idHigh, idLow } = heartbeat
    writeHeader(out, { flag: FLAG_EVENT | HESSIAN2, status: STATUS_OK, idHigh, idLow, bodySize: 1 })
    out.u8(NULL)
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
