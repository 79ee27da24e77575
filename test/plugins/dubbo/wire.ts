/** Frames made by hand and decoded messages collected: what the tests of the Dubbo codec share. */
import { DubboCodec } from '../../../plugins/dubbo/codec.ts'
import {
  ByteWriter,
  type Decoder,
  type DecoderSink,
  type Direction,
  type Message,
  Mutation,
} from '../../../sdk/index.ts'

export const codec = new DubboCodec()
export const BODY_BYTES_MAX = 8_388_608

/** A decoder and everything it has pushed. */
export class Feed implements DecoderSink {
  readonly messages: Message[] = []
  readonly refusals: { readonly message: Message; readonly text: string }[] = []
  /** What was asked for last; 0 when nothing is begun. */
  needed = 0
  failure: { readonly code: string; readonly text: string; readonly refused: Message | undefined } | undefined
  readonly decoder: Decoder

  constructor(direction: Direction = 'request', bodyBytesMax: number = BODY_BYTES_MAX, by = codec) {
    this.decoder = by.createDecoder(direction, { bodyBytesMax })
  }

  /** Gives the decoder a copy, which it may keep and change, unless it has already refused the connection. */
  give(bytes: Uint8Array): this {
    if (this.failure === undefined) this.decoder.decode(Buffer.from(bytes), this)
    return this
  }

  message(message: Message): void {
    this.messages.push(message)
  }

  need(bytes: number): void {
    this.needed = bytes
  }

  refused(message: Message, text: string): void {
    this.refusals.push({ message, text })
  }

  malformed(code: string, text: string, refused?: Message): void {
    this.failure = { code, text, refused }
  }
}

/** The only message in these bytes. */
export function decodeOne(bytes: Uint8Array, by = codec): Message {
  const [message, ...others] = new Feed('request', BODY_BYTES_MAX, by).give(bytes).messages
  if (message === undefined || others.length > 0) throw new Error('the bytes do not hold exactly one frame')
  return message
}

/** The message as it leaves, under an id; a problem is thrown. */
export function encoded(message: Message, idHigh = message.idHigh, idLow = message.idLow): Buffer {
  const out = new ByteWriter()
  const problem = codec.encode(message, idHigh, idLow, out)
  if (problem !== undefined) throw new Error(problem)
  return out.toBuffer()
}

/** What the codec says to a mutation that it cannot write; it has then written nothing. */
export function problemOf(message: Message): string | undefined {
  const out = new ByteWriter()
  const problem = codec.encode(message, 0, 1, out)
  if (problem !== undefined && out.size > 0) throw new Error('a problem was answered and bytes were written')
  return problem
}

/** The frame with a mutation recorded for it. */
export function changed(bytes: Uint8Array, record: (mutation: Mutation) => void): Message {
  const message = decodeOne(bytes)
  message.mutation = new Mutation()
  record(message.mutation)
  return message
}

export interface FrameFields {
  readonly flag?: number
  readonly status?: number
  readonly id?: bigint
  /** What the header says; what the body has when left out. */
  readonly length?: number
}

export function frame(body: Uint8Array, fields: FrameFields = {}): Buffer {
  const header = Buffer.alloc(16)
  header.writeUInt16BE(0xdabb)
  header[2] = fields.flag ?? 0xc2
  header[3] = fields.status ?? 0
  header.writeBigUInt64BE(fields.id ?? 1n, 4)
  header.writeUInt32BE(fields.length ?? body.length, 12)
  return Buffer.concat([header, body])
}

/** A string of Hessian 2.0 in its short or medium form; ASCII only. */
export function string(text: string): Buffer {
  const head = text.length < 32 ? [text.length] : [0x30 | (text.length >> 8), text.length & 0xff]
  return Buffer.concat([Buffer.from(head), Buffer.from(text, 'latin1')])
}

export function hex(text: string): Buffer {
  return Buffer.from(text.replaceAll(/\s/g, ''), 'hex')
}

/** Arguments as their bytes, and attachments as a map or as bytes, behind a head for that many objects. */
export function requestBody(args: readonly Uint8Array[], attachments?: Uint8Array, method = 'greet'): Buffer {
  const types = 'Ljava/lang/Object;'.repeat(args.length)
  const head = ['2.0.2', 'demo.Greet', '1.0.0', method, types].map(string)
  return Buffer.concat([...head, ...args, attachments ?? map([])])
}

/** An untyped map of Hessian 2.0; values that are not texts are bytes. */
export function map(entries: readonly (readonly [key: string, value: string | Uint8Array])[]): Buffer {
  const parts = entries.flatMap(([key, value]) => [
    string(key),
    typeof value === 'string' ? string(value) : value,
  ])
  return Buffer.concat([Buffer.from('H'), ...parts, Buffer.from('Z')])
}

/** A string as a JSONB document with its size in front; ASCII of up to 47 bytes. */
export function document(value: string | Uint8Array): Buffer {
  const text = typeof value === 'string' ? jsonbString(value) : value
  const size = Buffer.alloc(4)
  size.writeUInt32BE(text.length)
  return Buffer.concat([size, text])
}

export function jsonbString(text: string): Buffer {
  return Buffer.concat([Buffer.from([0x49 + text.length]), Buffer.from(text, 'latin1')])
}

export function jsonbMap(entries: readonly (readonly [key: string, value: string | Uint8Array])[]): Buffer {
  const parts = entries.flatMap(([key, value]) => [
    jsonbString(key),
    typeof value === 'string' ? jsonbString(value) : value,
  ])
  return Buffer.concat([Buffer.from([0xa6]), ...parts, Buffer.from([0xa5])])
}

export function jsonbRequestBody(args: readonly Uint8Array[], attachments: Uint8Array): Buffer {
  const types = 'Ljava/lang/Object;'.repeat(args.length)
  const head = ['2.0.2', 'demo.Greet', '1.0.0', 'greet', types].map(document)
  return Buffer.concat([...head, ...args.map(document), document(attachments)])
}

/** Reads everything there is to read of a message, as routes, logs and filters would. */
export function readAll(message: Message): void {
  for (const key of message.keys()) {
    message.get(key)
    message.getAll(key)
  }
  message.get('absent')
  message.get('conflict')
  message.get('exception')
  void message.operation
  void message.requestId
  void message.body
}
