/**
 * Recorder: keeps the exchanges of a listener, bounded in number and in bytes. It is a filter, put before all others
 * while somebody records and taken away afterwards, so that it costs nothing when nobody does: it sees requests as
 * they came, and replies with everything that filters recorded.
 */
import {
  ByteWriter,
  type Clock,
  type Codec,
  type Edit,
  type Exchange,
  type Filter,
  Message,
  type Metadata,
  type Mutation,
  type Outcome,
} from '../../sdk/index.ts'
import type { CallRecord } from './call-record.ts'
import { ActiveExchange } from './exchange.ts'
import { FrameStart } from './frame-start.ts'
import { Redaction } from './redaction.ts'

/** Records that wait to be fetched; beyond it they are dropped and counted. */
const WAITING_BYTES_MAX = 1_048_576
/** What a record takes beside its frames, about. */
const RECORD_BYTES = 512

export interface RecorderOptions {
  /** Keys of properties that are taken out. */
  readonly redact: readonly string[]
  /** Frames are kept, and not only what is known of them. */
  readonly frames: boolean
  readonly recordsMax: number
  readonly bytesMax: number
}

export interface RecordBatch {
  readonly records: readonly CallRecord[]
  /** Records that were lost because nobody fetched them in time. */
  readonly dropped: number
  /** Enough was recorded. */
  readonly full: boolean
}

interface Kept {
  readonly request: Buffer | undefined
  response: Buffer | undefined
  /** What is kept of frames that pass in pieces. */
  requestStart: FrameStart | undefined
  responseStart: FrameStart | undefined
}

export class Recorder implements Filter {
  readonly #options: RecorderOptions
  readonly #clock: Clock
  readonly #redaction: Redaction
  #records: CallRecord[] = []
  #waitingBytes = 0
  #recordsCount = 0
  #bytes = 0
  #dropped = 0

  constructor(options: RecorderOptions, clock: Clock) {
    this.#options = options
    this.#clock = clock
    this.#redaction = new Redaction(options.redact, !options.frames)
  }

  get full(): boolean {
    return this.#recordsCount >= this.#options.recordsMax || this.#bytes >= this.#options.bytesMax
  }

  /** What was recorded since the last time. */
  take(): RecordBatch {
    const batch = { records: this.#records, dropped: this.#dropped, full: this.full }
    this.#records = []
    this.#waitingBytes = 0
    this.#dropped = 0
    return batch
  }

  onRequest(_metadata: Metadata, _mutation: unknown, exchange: Exchange): undefined {
    if (this.full || !(exchange instanceof ActiveExchange)) return
    const { bytes, start, end, rest } = exchange.message
    const frame = bytes.subarray(start, end)
    const request = rest === 0 ? this.#redacted(exchange.codec, Buffer.from(frame), 'request') : undefined
    const requestStart = rest === 0 ? undefined : this.#startWith(frame)
    const kept: Kept = { request, response: undefined, requestStart, responseStart: undefined }
    exchange.set(this, kept)
  }

  /** Last of the filters: the reply is written here as its caller will get it. */
  onResponse(_metadata: Metadata, _mutation: unknown, exchange: Exchange): undefined {
    const kept = this.#keptOf(exchange)
    if (kept === undefined || !(exchange instanceof ActiveExchange)) return
    const { codec, response, message } = exchange
    if (response === undefined) return
    const written = this.#written(codec, response, message)
    if (response.rest > 0) kept.responseStart = written && this.#startWith(written)
    else kept.response = written && this.#redacted(codec, written, 'response')
  }

  /** What passes in pieces is too large to be kept: its first bytes are. */
  onStreamData(piece: Metadata, _mutation: Mutation, exchange: Exchange): undefined {
    const kept = this.#keptOf(exchange)
    if (kept === undefined || !(piece instanceof Message) || !(exchange instanceof ActiveExchange)) return
    // A piece of a reply has its status.
    const start = piece.status < 0 ? kept.requestStart : kept.responseStart
    if (start === undefined || start.full) return
    const written = this.#written(exchange.codec, piece, exchange.message)
    if (written !== undefined) start.add(written)
  }

  onEnd(exchange: Exchange, outcome: Outcome): void {
    const kept = this.#keptOf(exchange)
    if (kept === undefined || this.full || !(exchange instanceof ActiveExchange)) return
    const { request, response, requestStart, responseStart } = kept
    const parts = [request, response, requestStart?.bytes, responseStart?.bytes]
    const size = parts.reduce((sum, part) => sum + (part?.length ?? 0), RECORD_BYTES)
    if (this.#waitingBytes + size > WAITING_BYTES_MAX) {
      this.#dropped++
      return
    }
    this.#recordsCount++
    this.#bytes += size
    this.#waitingBytes += size
    this.#records.push(this.#record(exchange, outcome, kept))
  }

  #record(exchange: ActiveExchange, outcome: Outcome, kept: Kept): CallRecord {
    const { message, response } = exchange
    const edits = (edits: readonly Edit[] | undefined) => this.#redaction.edits(edits ?? [])
    return {
      atMs: this.#clock.wallMs - (this.#clock.nowMs - exchange.startedMs),
      listener: exchange.listener,
      protocol: exchange.protocol,
      peer: exchange.peer,
      kind: message.kind,
      id: message.requestId,
      operation: message.operation,
      request: kept.request?.toString('base64') ?? null,
      response: kept.response?.toString('base64') ?? null,
      requestStart: kept.requestStart?.bytes.toString('base64') ?? null,
      responseStart: kept.responseStart?.bytes.toString('base64') ?? null,
      requestBytes: outcome.requestBytes,
      responseBytes: outcome.responseBytes,
      result: outcome.result,
      responseKind: response?.kind ?? '',
      status: response?.status ?? -1,
      error: outcome.error ?? '',
      errorText: outcome.errorText,
      durationMs: outcome.durationMs,
      cluster: outcome.cluster,
      endpoint: outcome.endpoint,
      requestEdits: edits(message.mutation?.edits),
      responseEdits: edits(response?.mutation?.edits),
    }
  }

  #keptOf(exchange: Exchange): Kept | undefined {
    const kept = exchange.get(this)
    return isKept(kept) ? kept : undefined
  }

  /** The beginning of a frame in pieces, where nothing of it has to be taken out. */
  #startWith(bytes: Buffer): FrameStart | undefined {
    if (!this.#redaction.keepsAll) return undefined
    const start = new FrameStart()
    start.add(bytes)
    return start
  }

  /** A reply or a piece as it goes out; a codec that cannot write it here costs the frame and nothing else. */
  #written(codec: Codec, message: Message, { idHigh, idLow, idText }: Message): Buffer | undefined {
    const out = new ByteWriter()
    try {
      return codec.encode(message, idHigh, idLow, out, idText) === undefined ? out.toBuffer() : undefined
    } catch {
      return undefined
    }
  }

  /** The same for what must not be kept. */
  #redacted(codec: Codec, bytes: Buffer, direction: 'request' | 'response'): Buffer | undefined {
    try {
      return this.#redaction.frame(codec, bytes, direction)
    } catch {
      return undefined
    }
  }
}

function isKept(value: unknown): value is Kept {
  return typeof value === 'object' && value !== null && 'request' in value && 'response' in value
}
