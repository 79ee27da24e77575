/** RecordedRequest: a request of a recording, ready to be written under any id, and what it was answered with. */
import { ByteWriter, type Codec, type Direction, type Message } from '../../../sdk/index.ts'
import type { CallRecord } from '../../exchange/call-record.ts'

export class RecordedRequest {
  readonly atMs: number
  readonly expectsReply: boolean
  /** Kind and status of the recorded reply; `undefined` when there was none. */
  readonly answer: string | undefined
  readonly #bytes: Buffer
  readonly #codec: Codec

  /** Throws a sentence when the frame is none of the codec's. */
  constructor(record: CallRecord, codec: Codec) {
    this.atMs = record.atMs
    this.#codec = codec
    this.#bytes = Buffer.from(record.request ?? '', 'base64')
    const { kind } = decodedFrame(codec, this.#bytes, 'request')
    this.expectsReply = kind !== 'oneway'
    this.answer =
      record.response === null
        ? undefined
        : answerText(decodedFrame(codec, Buffer.from(record.response, 'base64'), 'response'))
  }

  /** The frame under an id of a connection's own. */
  bytes(id: number): Buffer {
    const message = decodedFrame(this.#codec, Buffer.from(this.#bytes), 'request')
    const out = new ByteWriter()
    const text = this.#codec.textIds === true ? String(id) : undefined
    const problem = this.#codec.encode(message, 0, text === undefined ? id : 0, out, text)
    if (problem !== undefined) throw new Error(`a recorded request cannot be written: ${problem}`)
    return out.toBuffer()
  }
}

/** What of replies is compared. */
export function answerText({ kind, status }: Message): string {
  return `${kind} ${status}`
}

function decodedFrame(codec: Codec, bytes: Buffer, direction: Direction): Message {
  const found: Message[] = []
  let fault = 'it is not whole'
  const decoder = codec.createDecoder(direction, { bodyBytesMax: bytes.length })
  decoder.decode(bytes, {
    message: (message) => void found.push(message),
    need: () => undefined,
    refused: (_message, text) => {
      fault = text
    },
    malformed: (_code, text) => {
      fault = text
    },
  })
  decoder.close?.()
  const [message] = found
  if (message === undefined || found.length > 1)
    throw new Error(`a recorded frame is none of ${codec.name}: ${fault}`)
  return message
}
