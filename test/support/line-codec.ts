/**
 * LineCodec: the text protocol that tests drive the core with, in three flavours: `ids` has request ids, `fifo`
 * answers in order, `exclusive` serves one exchange at a time. The property `fixed` cannot be changed. `affinity` and
 * `wait` of a request are what they say; a reply with `unasked` is none; in `fifo`, `drain` of a client takes leave.
 */
import type {
  ByteWriter,
  Codec,
  Correlation,
  Decoder,
  Direction,
  EncodeProblem,
  FrameLimits,
  LocalError,
  LocalReply,
  Message,
  PropertyReader,
  ReplySorter,
  Sniff,
} from '../../sdk/index.ts'
import { formatLine, parseLine } from './line.ts'
import { kinds, LineDecoder } from './line-decoder.ts'

const correlations = { ids: 'id', fifo: 'fifo', exclusive: 'exclusive' } as const
export type LineProtocol = keyof typeof correlations

export class LineCodec implements Codec {
  readonly name: LineProtocol
  readonly correlation: Correlation
  readonly idBits: number
  readonly reader: PropertyReader

  constructor(name: LineProtocol, idBits = 64) {
    this.name = name
    this.correlation = correlations[name]
    this.idBits = name === 'ids' ? idBits : 0
    this.reader = new LineReader(name)
    if (name === 'fifo')
      this.encodeDrainReply = (_drain, out) => this.#write(out, formatLine('ok', '-', { bye: 'y' }))
  }

  sniff(bytes: Buffer): Sniff {
    const wanted = `${this.name} `
    const found = bytes.toString('latin1', 0, wanted.length)
    if (found === wanted) return 'yes'
    return wanted.startsWith(found) ? 'more' : 'no'
  }

  createDecoder(_direction: Direction, limits: FrameLimits): Decoder {
    return new LineDecoder(this.reader, limits)
  }

  encode(message: Message, idHigh: number, idLow: number, out: ByteWriter): EncodeProblem | undefined {
    const edits = message.mutation?.edits ?? []
    if (edits.some(({ key }) => key === 'fixed')) return '"fixed" cannot be changed'
    const kind = wordOf(message)
    const id = this.#id(idHigh, idLow)
    if (message.mutation === undefined || message.mutation.empty) {
      out.utf8(`${this.name} ${kind} ${id}`)
      out.run(message.bytes, message.start + message.headerSize, message.end)
      return undefined
    }
    const pairs = message
      .keys()
      .flatMap((key) => message.getAll(key).map((value) => ` ${key}=${value}`))
      .join('')
    out.utf8(`${this.name} ${kind} ${id}${pairs}|${message.body.toString('latin1')}\n`)
    return undefined
  }

  encodeError(request: Message, error: LocalError, out: ByteWriter): void {
    this.#write(out, formatLine('err', this.#idOf(request), { error: error.kind }, error.text))
  }

  encodeReply(request: Message, reply: LocalReply, out: ByteWriter): EncodeProblem | undefined {
    if (reply.properties.some(([key]) => key === 'fixed')) return '"fixed" cannot be said'
    const body = reply.body?.toString('latin1') ?? ''
    this.#write(out, formatLine('ok', this.#idOf(request), Object.fromEntries(reply.properties), body))
    return undefined
  }

  encodeHeartbeat(idHigh: number, idLow: number, out: ByteWriter): void {
    this.#write(out, formatLine('ping', this.#id(idHigh, idLow)))
  }

  encodeHeartbeatReply(heartbeat: Message, out: ByteWriter): void {
    this.#write(out, formatLine('pong', this.#idOf(heartbeat)))
  }

  createReplySorter(): ReplySorter {
    return { unasked: (message) => message.has('unasked') }
  }

  encodeDrainReply?: (drain: Message, out: ByteWriter) => void

  encodeDrain(out: ByteWriter): void {
    this.#write(out, formatLine('drain', '-'))
  }

  #write(out: ByteWriter, frame: string): void {
    out.utf8(`${this.name} ${frame}\n`)
  }

  #idOf(message: Message): string {
    return this.#id(message.idHigh, message.idLow)
  }

  #id(high: number, low: number): string {
    return this.correlation === 'id' ? String((BigInt(high) << 32n) | BigInt(low)) : '-'
  }
}

class LineReader implements PropertyReader {
  readonly protocol: string

  constructor(protocol: string) {
    this.protocol = protocol
  }

  get(message: Message, key: string): string | undefined {
    return lineOf(message).properties[key]
  }

  keys(message: Message): readonly string[] {
    return Object.keys(lineOf(message).properties)
  }

  operation(message: Message): string {
    return this.get(message, 'op') ?? ''
  }

  body(message: Message): Buffer {
    return Buffer.from(lineOf(message).body, 'latin1')
  }
}

function lineOf(message: Message) {
  return parseLine(message.bytes.toString('latin1', message.start, message.end).replace('\n', ''))
}

function wordOf(message: Message): string {
  for (const [word, kind] of kinds) if (kind === message.kind) return word
  return ''
}
