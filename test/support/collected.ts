/** Collected: a decoder's sink that writes down what is pushed, as short lines and as messages. */
import type { Codec, Decoder, DecoderSink, Direction, Message } from '../../sdk/index.ts'

export class Collected implements DecoderSink {
  readonly messages: Message[] = []
  readonly lines: string[] = []
  readonly decoder: Decoder

  constructor(
    codec: Codec,
    direction: Direction = 'request',
    bodyBytesMax = 65_536,
    piecesFromBytes?: number,
  ) {
    this.decoder = codec.createDecoder(direction, { bodyBytesMax, piecesFromBytes })
  }

  give(bytes: Buffer | string): this {
    this.decoder.decode(Buffer.from(bytes), this)
    return this
  }

  message(message: Message): void {
    this.messages.push(message)
    this.lines.push(`${message.kind} ${message.requestId} ${message.operation}`)
  }

  need(bytes: number): void {
    if (bytes > 0) this.lines.push(`need ${bytes}`)
  }

  refused(message: Message, text: string): void {
    this.lines.push(`refused ${message.kind} ${message.requestId}: ${text}`)
  }

  malformed(code: string, text: string): void {
    this.lines.push(`malformed ${code}: ${text}`)
  }
}
