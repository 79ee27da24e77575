/** WaitingRequest: what the upstream side sees of an exchange, noting its answer; for tests below the exchange. */
import type { Endpoint } from '../../core/upstream/endpoint.ts'
import type { Admission, RequestHolder, RequestSource, UpstreamRequest } from '../../core/upstream/request.ts'
import type { Codec, ErrorKind, Message } from '../../sdk/index.ts'
import { LineCodec } from './line-codec.ts'
import { LineDecoder } from './line-decoder.ts'

export class WaitingRequest implements UpstreamRequest {
  readonly message: Message
  readonly codec: Codec
  readonly expectsReply: boolean
  readonly source: RequestSource = {
    readDisable: () => {},
    readEnable: () => {},
    alone: true,
    homes: new Map(),
    lease: undefined,
    onUnasked: () => {},
    onLeaseLost: () => {},
  }
  upstreamId = 0
  holder: RequestHolder | undefined = undefined
  admission: Admission | undefined = undefined
  upstreamEndpoint: Endpoint | undefined = undefined
  attempts = 0
  endpointAddress = ''
  error: ErrorKind | undefined = undefined
  /** `sent`, `ok`, or the kind of the failure, in the order in which they came. */
  readonly notes: string[] = []

  constructor(frame = 'req 1', codec: Codec = new LineCodec('ids')) {
    this.codec = codec
    this.message = decodeLine(`${codec.name} ${frame}\n`, codec)
    this.expectsReply = this.message.kind !== 'oneway'
  }

  onSent(): void {
    this.notes.push('sent')
    if (!this.expectsReply) this.admission?.finish(this)
  }

  onReply(_message: Message): void {
    this.notes.push('ok')
    this.admission?.finish(this)
  }

  onReplyBeginning(_message: Message): void {
    this.notes.push('beginning')
  }

  onReplyPiece(piece: Message): void {
    this.notes.push(piece.kind)
    if (piece.kind === 'stream-close') this.admission?.finish(this)
  }

  onFailure(kind: ErrorKind, _text: string): void {
    this.error = kind
    this.notes.push(kind)
    this.admission?.finish(this)
  }
}

/** The one message of a whole frame. */
export function decodeLine(frame: string, codec: Codec = new LineCodec('ids')): Message {
  const found: Message[] = []
  new LineDecoder(codec.reader, { bodyBytesMax: 65_536 }).decode(Buffer.from(frame), {
    message: (message) => found.push(message),
    need: () => {},
    refused: (_message, text) => {
      throw new Error(text)
    },
    malformed: (code, text) => {
      throw new Error(`${code}: ${text}`)
    },
  })
  const [message] = found
  if (message === undefined) throw new Error(`no whole frame: ${frame}`)
  return message
}
