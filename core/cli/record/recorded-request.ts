/** RecordedRequest: a request of a recording, ready to be written under any id, and what it was answered with. */
import { setImmediate as turn } from 'node:timers/promises'
import { ByteWriter, type Codec, type Direction, type Message } from '../../../sdk/index.ts'
import type { CallRecord } from '../../exchange/call-record.ts'

/** How many turns of the event loop a codec that works elsewhere may take for a frame. */
const TURNS_MAX = 100_000

export class RecordedRequest {
  readonly atMs: number
  readonly expectsReply: boolean
  /** Kind and status of the recorded reply; `undefined` when there was none. */
  readonly answer: string | undefined
  readonly #message: Message
  readonly #codec: Codec

  private constructor(codec: Codec, atMs: number, message: Message, answer: Message | undefined) {
    this.#codec = codec
    this.atMs = atMs
    this.#message = message
    this.expectsReply = message.kind !== 'oneway'
    this.answer = answer === undefined ? undefined : answerText(answer)
  }

  /** Rejects with a sentence when a frame is none of the codec's. */
  static async create({ atMs, request, response }: CallRecord, codec: Codec): Promise<RecordedRequest> {
    const message = await decodedFrame(codec, request ?? '', 'request')
    const answer = response === null ? undefined : await decodedFrame(codec, response, 'response')
    return new RecordedRequest(codec, atMs, message, answer)
  }

  /** The frame under an id of a connection's own. */
  bytes(id: number): Buffer {
    const out = new ByteWriter()
    const text = this.#codec.textIds === true ? String(id) : undefined
    const problem = this.#codec.encode(this.#message, 0, text === undefined ? id : 0, out, text)
    if (problem !== undefined) throw new Error(`a recorded request cannot be written: ${problem}`)
    return out.toBuffer()
  }
}

/** What of replies is compared. */
export function answerText({ kind, status }: Message): string {
  return `${kind} ${status}`
}

async function decodedFrame(codec: Codec, base64: string, direction: Direction): Promise<Message> {
  const bytes = Buffer.from(base64, 'base64')
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
  for (let turns = 0; (decoder.unseenBytes ?? 0) > 0 && turns < TURNS_MAX; turns++) await turn()
  decoder.close?.()
  const [message] = found
  if (message === undefined || found.length > 1)
    throw new Error(`a recorded frame is none of ${codec.name}: ${fault}`)
  return message
}
