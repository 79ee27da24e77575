/** LineDecoder: cuts bytes into the frames of the test protocol; a line longer than the limit is refused. */
import {
  type Decoder,
  type DecoderSink,
  type FrameLimits,
  Message,
  type MessageKind,
  type PropertyReader,
} from '../../sdk/index.ts'

const LINE_FEED = 0x0a
const HEAD_BYTES_MAX = 64
const HEAD = /^([a-z]+) ([a-z]+) (-|[0-9]{1,20})(?=[ |\n]|$)/

export const kinds: ReadonlyMap<string, MessageKind> = new Map<string, MessageKind>([
  ['req', 'request'],
  ['oneway', 'oneway'],
  ['ok', 'response'],
  ['err', 'error'],
  ['ping', 'heartbeat'],
  ['pong', 'heartbeat-reply'],
  ['drain', 'drain'],
  ['data', 'stream-data'],
])

export class LineDecoder implements Decoder {
  readonly #reader: PropertyReader
  readonly #limits: FrameLimits
  #held: Buffer = Buffer.alloc(0)

  constructor(reader: PropertyReader, limits: FrameLimits) {
    this.#reader = reader
    this.#limits = limits
  }

  get pendingBytes(): number {
    return this.#held.length
  }

  decode(chunk: Buffer, sink: DecoderSink): void {
    const bytes = this.#held.length === 0 ? chunk : Buffer.concat([this.#held, chunk])
    let at = 0
    for (let feed = bytes.indexOf(LINE_FEED); feed >= 0; feed = bytes.indexOf(LINE_FEED, at)) {
      const message = this.#message(bytes, at, feed + 1)
      if (message === undefined) {
        sink.malformed('header', `no frame begins with ${bytes.toString('latin1', at, at + 20)}`)
        return
      }
      if (feed - at > this.#limits.bodyBytesMax) {
        sink.malformed('frame_size', 'the line is too long', message)
        return
      }
      sink.message(message)
      at = feed + 1
    }
    this.#held = at === bytes.length ? Buffer.alloc(0) : Buffer.from(bytes.subarray(at))
    if (this.#held.length > this.#limits.bodyBytesMax) {
      sink.malformed('frame_size', 'the line is too long', this.#message(this.#held, 0, this.#held.length))
    } else {
      sink.need(this.#held.length === 0 ? 0 : 1)
    }
  }

  #message(bytes: Buffer, start: number, end: number): Message | undefined {
    const head = HEAD.exec(bytes.toString('latin1', start, Math.min(end, start + HEAD_BYTES_MAX)))
    const kind = kinds.get(head?.[2] ?? '')
    if (head === null || kind === undefined || head[1] !== this.#reader.protocol) return undefined
    const message = new Message(kind, this.#reader, bytes, start, end, head[0].length)
    const id = head[3] === '-' ? 0n : BigInt(head[3] ?? 0)
    message.idHigh = Number(id >> 32n)
    message.idLow = Number(id & 0xffff_ffffn)
    const text = bytes.toString('latin1', start, end)
    if (text.includes(' affinity=own')) message.affinity = 'own'
    if (text.includes(' affinity=release')) message.affinity = 'release'
    message.waitMs = Number(/ wait=([0-9]+|Infinity)/.exec(text)?.[1] ?? 0)
    return message
  }
}
