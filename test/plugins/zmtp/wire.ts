/** Greetings, frames and commands as bytes, decoded messages collected: what the tests of the ZMTP codec share. */
import { ZmtpCodec } from '../../../plugins/zmtp/codec.ts'
import { GREETING } from '../../../plugins/zmtp/frame.ts'
import { ByteWriter, type DecoderSink, type Direction, type Message } from '../../../sdk/index.ts'

export const codec = new ZmtpCodec()

export class Feed implements DecoderSink {
  readonly messages: Message[] = []
  readonly refusals: Message[] = []
  needed = 0
  failure: string | undefined = undefined
  readonly decoder

  constructor(direction: Direction = 'request', bodyBytesMax = 1_048_576) {
    this.decoder = codec.createDecoder(direction, { bodyBytesMax })
  }

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

  refused(message: Message): void {
    this.refusals.push(message)
  }

  malformed(_code: string, text: string): void {
    this.failure = text
  }
}

export function frame(flags: number, body: string | Uint8Array): Buffer {
  const bytes = Buffer.from(body)
  const long = bytes.length > 255
  const size = Buffer.alloc(long ? 8 : 1)
  if (long) size.writeBigUInt64BE(BigInt(bytes.length))
  else size[0] = bytes.length
  return Buffer.concat([Buffer.from([flags | (long ? 2 : 0)]), size, bytes])
}

export function command(name: string, data: string | Uint8Array = ''): Buffer {
  return frame(4, Buffer.concat([Buffer.from([name.length]), Buffer.from(name), Buffer.from(data)]))
}

export function ready(socketType: string, identity = ''): Buffer {
  return command(
    'READY',
    Buffer.concat([property('Socket-Type', socketType), property('Identity', identity)]),
  )
}

export function property(name: string, value: string): Buffer {
  const size = Buffer.alloc(4)
  size.writeUInt32BE(value.length)
  return Buffer.concat([Buffer.from([name.length]), Buffer.from(name), size, Buffer.from(value)])
}

/** A connection from its first byte. */
export function opened(socketType: string, ...rest: readonly Uint8Array[]): Buffer {
  return Buffer.concat([GREETING, ready(socketType), ...rest])
}

export function written(write: (out: ByteWriter) => void): Buffer {
  const out = new ByteWriter()
  write(out)
  return out.toBuffer()
}
