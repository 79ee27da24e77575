/** Commands and replies as bytes, decoded messages collected: what the tests of the Redis codec share. */
import { RedisCodec } from '../../../plugins/redis/codec.ts'
import { ByteWriter, type DecoderSink, type Direction, type Message } from '../../../sdk/index.ts'

export const codec = new RedisCodec()

/** A decoder and everything it has pushed. */
export class Feed implements DecoderSink {
  readonly messages: Message[] = []
  readonly refusals: { readonly message: Message; readonly text: string }[] = []
  needed = 0
  failure: { readonly text: string; readonly refused: Message | undefined } | undefined = undefined
  readonly decoder

  constructor(direction: Direction = 'request', bodyBytesMax = 1_048_576) {
    this.decoder = codec.createDecoder(direction, { bodyBytesMax })
  }

  give(bytes: string | Buffer): this {
    if (this.failure !== undefined) return this
    this.decoder.decode(typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : Buffer.from(bytes), this)
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

  malformed(_code: string, text: string, refused?: Message): void {
    this.failure = { text, refused }
  }
}

/** A command of words that hold no blanks. */
export function command(line: string): string {
  return commandOf(line.split(' '))
}

export function commandOf(words: readonly string[]): string {
  const parts = words.map((word) => `$${Buffer.byteLength(word, 'latin1')}\r\n${word}\r\n`)
  return `*${words.length}\r\n${parts.join('')}`
}

/** The commands of one connection, as messages. */
export function commands(...lines: readonly string[]): readonly Message[] {
  return new Feed().give(lines.map(command).join('')).messages
}

/** The reply in these bytes. */
export function reply(bytes: string): Message {
  const [message] = new Feed('response').give(bytes).messages
  if (message === undefined) throw new Error('no whole reply')
  return message
}

export function written(write: (out: ByteWriter) => void): string {
  const out = new ByteWriter()
  write(out)
  return out.toBuffer().toString('latin1')
}
