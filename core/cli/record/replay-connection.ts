/**
 * ReplayConnection: one connection of a replay: it writes requests under ids of its own, pairs replies with them, and
 * answers heartbeats. When it ends, what waits on it is unanswered.
 */
import type { Socket } from 'node:net'
import { ByteWriter, type Codec, type Decoder, type DecoderSink, type Message } from '../../../sdk/index.ts'
import { parseAddress } from '../../net/address.ts'
import { dial } from '../../net/dial.ts'
import { answerText, type RecordedRequest } from './recorded-request.ts'
import type { ReplayTally } from './replay-figures.ts'

const CONNECT_MS = 5_000
const BODY_BYTES_MAX = 64 * 1_048_576
const IN_FLIGHT_MAX = 1_024

export interface ReplayConnectionParts {
  readonly codec: Codec
  readonly to: string
  readonly timeoutMs: number
  readonly tally: ReplayTally
  nowMs(): number
}

interface Waiting {
  readonly request: RecordedRequest
  readonly sentMs: number
}

export class ReplayConnection implements DecoderSink {
  readonly #parts: ReplayConnectionParts
  readonly #socket: Socket
  readonly #decoder: Decoder
  /** By id, in the order in which they were sent. */
  readonly #waiting = new Map<string, Waiting>()
  #nextId = 1
  #ended = ''

  private constructor(parts: ReplayConnectionParts, socket: Socket) {
    this.#parts = parts
    this.#socket = socket
    this.#decoder = parts.codec.createDecoder('response', { bodyBytesMax: BODY_BYTES_MAX })
    const preface = new ByteWriter()
    parts.codec.encodePreface?.('response', preface)
    if (preface.size > 0) socket.write(preface.toBuffer())
    socket.on('data', (chunk: Buffer) => this.#decoder.decode(chunk, this))
    socket.on('error', (error) => this.#end(error.message))
    socket.on('end', () => this.#end('the connection was closed'))
    socket.on('close', () => this.#end('the connection was closed'))
  }

  /** Rejects with a sentence when there is no connection. */
  static open(parts: ReplayConnectionParts): Promise<ReplayConnection> {
    const address = parseAddress(parts.to)
    if (typeof address === 'string') return Promise.reject(new Error(address))
    const { promise, resolve, reject } = Promise.withResolvers<ReplayConnection>()
    dial(address, CONNECT_MS, {
      onConnect: (socket) => resolve(new ReplayConnection(parts, socket)),
      onFailure: (reason) => reject(new Error(`${parts.to}: ${reason}`)),
    })
    return promise
  }

  get waiting(): number {
    return this.#waiting.size
  }

  /** Whether another request has to wait until one is answered. */
  get full(): boolean {
    return this.#waiting.size >= (this.#parts.codec.correlation === 'exclusive' ? 1 : IN_FLIGHT_MAX)
  }

  send(request: RecordedRequest): void {
    const { tally } = this.#parts
    tally.sent++
    if (this.#ended !== '') {
      tally.unanswered(this.#ended)
      return
    }
    const id = this.#freshId()
    this.#socket.write(request.bytes(id))
    if (request.expectsReply) this.#waiting.set(String(id), { request, sentMs: this.#parts.nowMs() })
    else tally.oneways++
  }

  /** What has waited too long is unanswered; without ids the replies behind it would be taken for those of others. */
  expire(): void {
    const { timeoutMs, tally, codec } = this.#parts
    const nowMs = this.#parts.nowMs()
    for (const [id, { sentMs }] of this.#waiting) {
      if (nowMs - sentMs < timeoutMs) return
      this.#waiting.delete(id)
      tally.unanswered('timeout')
      if (codec.correlation !== 'id') this.#end('the connection was closed after a timeout')
    }
  }

  close(): void {
    this.#end('the replay is over')
  }

  message(message: Message): void {
    if (message.kind === 'heartbeat') this.#answer(message)
    else if (message.kind === 'response' || message.kind === 'error') this.#reply(message)
  }

  need(): void {}

  /** Too large to be looked at, and an answer. */
  refused(message: Message): void {
    this.#reply(message)
  }

  malformed(code: string, text: string): void {
    this.#end(`malformed: ${code}: ${text}`)
  }

  #answer(heartbeat: Message): void {
    const { codec } = this.#parts
    const write = () => {
      const out = new ByteWriter()
      codec.encodeHeartbeatReply?.(heartbeat, out)
      this.#socket.write(out.toBuffer())
    }
    if (codec.prepare?.({ kind: 'heartbeat-reply', heartbeat }, write) ?? true) write()
  }

  #reply(message: Message): void {
    const { codec, tally } = this.#parts
    const id =
      codec.correlation === 'id'
        ? message.requestId.replace(/^0+(?=.)/, '')
        : this.#waiting.keys().next().value
    const waiting = this.#waiting.get(id ?? '')
    if (id === undefined || waiting === undefined) return
    this.#waiting.delete(id)
    const { request, sentMs } = waiting
    const error = message.kind === 'error' ? String(message.status) : undefined
    const different = request.answer !== undefined && request.answer !== answerText(message)
    tally.reply(this.#parts.nowMs() - sentMs, error, different)
  }

  /** Within the width of the protocol, and of no request that waits. */
  #freshId(): number {
    const bits = Math.min(this.#parts.codec.idBits, 32)
    const last = bits === 0 ? Number.MAX_SAFE_INTEGER : 2 ** bits - 1
    do this.#nextId = this.#nextId >= last ? 1 : this.#nextId + 1
    while (this.#waiting.has(String(this.#nextId)) && this.#waiting.size < last)
    return this.#nextId
  }

  #end(reason: string): void {
    if (this.#ended !== '') return
    this.#ended = reason
    for (const _ of this.#waiting) this.#parts.tally.unanswered(reason)
    this.#waiting.clear()
    this.#decoder.close?.()
    this.#socket.destroy()
  }
}
