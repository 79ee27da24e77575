/**
 * DeclaredCodec: what the codecs of declared frames and of declared lines have in common: what the declaration says of
 * connections and signs of life, and the messages that weir makes itself.
 */
import type { ByteWriter } from '../bytes.ts'
import type {
  Codec,
  Correlation,
  Decoder,
  Direction,
  EncodeProblem,
  FrameLimits,
  LocalReply,
} from '../codec.ts'
import type { LocalError } from '../errors.ts'
import type { FrameField } from '../frame-field.ts'
import type { Message } from '../message.ts'
import type { ConnectionRules } from './connection-rules.ts'
import { type DeclaredReplies, idOf } from './declared-replies.ts'
import type { Field } from './field.ts'
import type { Kinds } from './kinds.ts'
import type { SchemaReader } from './property-reader.ts'
import { describeFields, type View } from './view.ts'

export interface DeclaredParts {
  readonly name: string
  readonly correlation: Correlation
  readonly connections: ConnectionRules
  readonly announcesDrain: boolean
  readonly reader: SchemaReader
  readonly view: View
  readonly fields: readonly Field[]
  readonly kinds: Kinds
  readonly textIds: boolean
  readonly idBits: number
  readonly heartbeatBody: Buffer
  /** `same`: the body that it came with. */
  readonly heartbeatReplyBody: Buffer | 'same'
}

/** Under which a sign of life or a wish for nothing more goes out. */
const NO_ID = { high: 0, low: 0, text: '0' }

export abstract class DeclaredCodec implements Codec {
  readonly name: string
  readonly correlation: Correlation
  readonly idBits: number
  readonly textIds: boolean
  readonly reader: SchemaReader
  encodeHeartbeat?: (idHigh: number, idLow: number, out: ByteWriter) => void
  encodeHeartbeatReply?: (heartbeat: Message, out: ByteWriter) => void
  readonly encodeDrain?: NonNullable<Codec['encodeDrain']>
  readonly encodePreface?: NonNullable<Codec['encodePreface']>
  readonly createReplySorter?: NonNullable<Codec['createReplySorter']>
  sniff?: NonNullable<Codec['sniff']>
  readonly #parts: DeclaredParts
  readonly #replies: DeclaredReplies

  constructor(parts: DeclaredParts, replies: DeclaredReplies) {
    const { kinds, connections, heartbeatBody, heartbeatReplyBody } = parts
    this.#parts = parts
    this.#replies = replies
    this.name = parts.name
    this.correlation = parts.correlation
    this.reader = parts.reader
    this.textIds = parts.textIds
    this.idBits = parts.idBits
    if (kinds.valuesOf('heartbeat', 'request') !== undefined)
      this.encodeHeartbeat = (high, low, out) =>
        replies.beat('heartbeat', { ...NO_ID, high, low }, undefined, heartbeatBody, out)
    if (kinds.valuesOf('heartbeat-reply', 'response') !== undefined)
      this.encodeHeartbeatReply = (heartbeat, out) => {
        const body = heartbeatReplyBody === 'same' ? parts.reader.body(heartbeat) : heartbeatReplyBody
        replies.beat('heartbeat-reply', idOf(heartbeat), heartbeat, body, out)
      }
    if (parts.announcesDrain)
      this.encodeDrain = (out) => replies.beat('drain', NO_ID, undefined, Buffer.alloc(0), out)
    const { encodePreface, createReplySorter, sniff } = connections
    if (encodePreface !== undefined) this.encodePreface = encodePreface
    if (createReplySorter !== undefined) this.createReplySorter = createReplySorter
    if (sniff !== undefined) this.sniff = sniff
  }

  /** Around the decoder of what the declaration is about. */
  createDecoder(direction: Direction, limits: FrameLimits): Decoder {
    return this.#parts.connections.around(this.decoderOf(direction, limits), direction)
  }

  abstract decoderOf(direction: Direction, limits: FrameLimits): Decoder

  abstract encode(
    message: Message,
    idHigh: number,
    idLow: number,
    out: ByteWriter,
    idText?: string,
  ): EncodeProblem | undefined

  describe(message: Message): readonly FrameField[] {
    return describeFields(this.#parts.view, this.#parts.fields, message)
  }

  encodeError(request: Message, error: LocalError, out: ByteWriter): void {
    this.#replies.error(request, error, out)
  }

  encodeReply(request: Message, reply: LocalReply, out: ByteWriter): EncodeProblem | undefined {
    return this.#replies.reply(request, reply, out)
  }
}
