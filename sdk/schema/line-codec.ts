/** LineCodec: the codec of a declared protocol of text lines. */
import type { ByteWriter } from '../bytes.ts'
import type { Correlation, Decoder, Direction, EncodeProblem, FrameLimits, LocalReply } from '../codec.ts'
import type { Message } from '../message.ts'
import type { ConnectionRules } from './connection-rules.ts'
import { DeclaredCodec } from './declared-codec.ts'
import { DeclaredReplies } from './declared-replies.ts'
import { Draft, type Targets } from './draft.ts'
import { LineDecoder } from './line-decoder.ts'
import type { LinePlan } from './line-plan.ts'
import { LineReplies } from './line-replies.ts'
import { LineWriter } from './line-writer.ts'
import type { ErrorParts } from './reply-parts.ts'

/** Fresh ids are numbers of so many bits, written as digits. */
const ID_BITS = 64

export interface LineCodecParts {
  readonly plan: LinePlan
  readonly targets: Targets
  readonly correlation: Correlation
  readonly connections: ConnectionRules
  readonly errors: ErrorParts
  /** Whole lines, without their end. */
  readonly heartbeatLine: string | undefined
  readonly heartbeatReplyLine: string | undefined
  readonly announcesDrain: boolean
}

export class LineCodec extends DeclaredCodec {
  readonly #parts: LineCodecParts
  readonly #plan: LinePlan
  readonly #writer: LineWriter

  constructor(parts: LineCodecParts) {
    const { plan, targets, errors, heartbeatLine, heartbeatReplyLine } = parts
    const writer = new LineWriter(plan)
    const { name, reader, view, kinds, fields, id, ok } = plan
    const own = { name, reader, view, kinds, fields, heartbeatBody: EMPTY, heartbeatReplyBody: EMPTY }
    super(
      { ...parts, ...own, textIds: id !== undefined, idBits: id === undefined ? 0 : ID_BITS },
      new DeclaredReplies({ targets, errors, kinds, ok }, new LineReplies(plan, targets, writer)),
    )
    this.#parts = parts
    this.#plan = plan
    this.#writer = writer
    if (this.encodeHeartbeat !== undefined && heartbeatLine !== undefined)
      this.encodeHeartbeat = (_high, _low, out) => this.#line(heartbeatLine, out)
    if (this.encodeHeartbeatReply !== undefined && heartbeatReplyLine !== undefined)
      this.encodeHeartbeatReply = (_heartbeat, out) => this.#line(heartbeatReplyLine, out)
  }

  decoderOf(direction: Direction, limits: FrameLimits): Decoder {
    return new LineDecoder(this.#plan, direction, limits)
  }

  encode(
    message: Message,
    _high: number,
    _low: number,
    out: ByteWriter,
    idText?: string,
  ): EncodeProblem | undefined {
    const { mutation } = message
    const sameId = !this.textIds || idText === undefined || idText === message.idText
    if (sameId && (mutation === undefined || mutation.empty)) {
      out.run(message.bytes, message.start, message.end)
      return undefined
    }
    const draft = new Draft(this.#parts.targets, message)
    const problem = mutation === undefined ? undefined : draft.mutate(mutation)
    return problem ?? this.#writer.write(message, draft, idText ?? message.idText, out)
  }

  /** An echo is the line itself, where nothing in it tells a reply from a request. */
  override encodeReply(request: Message, reply: LocalReply, out: ByteWriter): EncodeProblem | undefined {
    const { status, kinds, constants } = this.#plan
    const marks = constants.length + (kinds.valuesOf('response', 'response') ?? []).length
    const alike = status === undefined && marks === 0
    if (request.kind !== 'request' || reply.echo !== true || !alike)
      return super.encodeReply(request, reply, out)
    out.run(request.bytes, request.start, request.end)
    return undefined
  }

  #line(line: string, out: ByteWriter): void {
    out.utf8(line)
    out.copy(this.#plan.end, 0, this.#plan.end.length)
  }
}

const EMPTY = Buffer.alloc(0)
