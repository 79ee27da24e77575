/**
 * GuestCodec: the {@link Codec} that a guest is. What can be done without the guest is done here: the id is written over
 * in place where its place is known, and edits of keys that the guest cannot write are refused before it is asked.
 */
import { abi } from '../../../sdk/abi/abi.ts'
import type {
  ByteWriter,
  Codec,
  CodecLife,
  Correlation,
  Decoder,
  Direction,
  EncodeProblem,
  FrameLimits,
  LocalError,
  LocalReply,
  Message,
  ReplySorter,
  Sniff,
} from '../../../sdk/index.ts'
import { Trap } from '../trap.ts'
import { CodecBlock } from './codec-block.ts'
import type { CodecDeclaration } from './codec-declaration.ts'
import type { CodecGuest } from './codec-guest.ts'
import { encodeBlock } from './encode-block.ts'
import { GuestDecoder } from './guest-decoder.ts'
import { GuestFrameReader } from './guest-frame-reader.ts'
import { sniffAnswer } from './sniff-answer.ts'
import { unwritable } from './unwritable.ts'
import { writeId } from './write-id.ts'
import { writeAnswer } from './written-answer.ts'
import { writtenBytesMax } from './written-bytes-max.ts'

const { codec } = abi
const { declares, phase, direction: directions } = codec

export class GuestCodec implements Codec {
  readonly name: string
  life?: CodecLife
  readonly correlation: Correlation
  readonly idBits: number
  readonly textIds: boolean
  readonly reader: GuestFrameReader
  readonly sniff?: (bytes: Buffer) => Sniff
  readonly encodeReply?: (request: Message, reply: LocalReply, out: ByteWriter) => EncodeProblem | undefined
  readonly encodeHeartbeat?: (idHigh: number, idLow: number, out: ByteWriter) => void
  readonly encodeHeartbeatReply?: (heartbeat: Message, out: ByteWriter) => void
  readonly encodeDrain?: (out: ByteWriter) => void
  readonly encodeDrainReply?: (drain: Message, out: ByteWriter) => void
  readonly encodePreface?: (direction: Direction, out: ByteWriter) => void
  readonly createReplySorter?: () => ReplySorter
  readonly #guest: CodecGuest
  readonly #declaration: CodecDeclaration
  readonly #block = new CodecBlock()
  readonly #id = { high: 0, low: 0 }

  constructor(name: string, declaration: CodecDeclaration, guest: CodecGuest) {
    const { flags, magic } = declaration
    this.name = name
    this.correlation = declaration.correlation
    this.idBits = declaration.id === 'none' ? 0 : declaration.idBits
    this.textIds = declaration.id === 'text'
    this.reader = new GuestFrameReader(name)
    this.#guest = guest
    this.#declaration = declaration
    if ((flags & declares.sniff) !== 0 || magic !== undefined) this.sniff = (bytes) => this.#sniff(bytes)
    if ((flags & declares.reply) !== 0) {
      this.encodeReply = (request, reply, out) => this.#encodeReply(request, reply, out)
    }
    if ((flags & declares.heartbeat) !== 0) {
      this.encodeHeartbeat = (high, low, out) => this.#encodeHeartbeat(high, low, out)
    }
    if ((flags & declares.heartbeatReply) !== 0) {
      this.encodeHeartbeatReply = (heartbeat, out) => this.#encodeHeartbeatReply(heartbeat, out)
    }
    if ((flags & declares.drain) !== 0) this.encodeDrain = (out) => this.#encodeDrain(out)
    if ((flags & declares.drainReply) !== 0)
      this.encodeDrainReply = (drain, out) => this.#encodeDrainReply(drain, out)
    if ((flags & declares.preface) !== 0)
      this.encodePreface = (direction, out) => this.#encodePreface(direction, out)
    if ((flags & declares.pushes) !== 0) this.createReplySorter = () => UNASKED_WHEN_NOBODY_WAITS
  }

  createDecoder(direction: Direction, limits: FrameLimits): Decoder {
    if (direction === 'request' && !this.#guest.admits()) return LEFT_ALONE
    return new GuestDecoder({
      guest: this.#guest,
      block: this.#block,
      reader: this.reader,
      declaration: this.#declaration,
      direction,
      limits,
    })
  }

  encode(
    message: Message,
    idHigh: number,
    idLow: number,
    out: ByteWriter,
    idText?: string,
  ): EncodeProblem | undefined {
    const { mutation } = message
    if (mutation !== undefined && !mutation.empty) {
      return (
        unwritable(this.name, this.#declaration, mutation) ??
        this.#encode(message, idHigh, idLow, out, idText)
      )
    }
    if (this.correlation === 'id') {
      const idAt = message.mark1
      if (idAt < 0) return this.#encode(message, idHigh, idLow, out, idText)
      this.#id.high = idHigh
      this.#id.low = idLow
      writeId(this.#declaration, message.bytes, message.start + idAt, this.#id)
    }
    out.run(message.bytes, message.start, message.end)
    return undefined
  }

  /** Throws when it cannot be written: nobody may be left waiting, so the connection has to end. */
  encodeError(request: Message, error: LocalError, out: ByteWriter): void {
    // Its caller would take the answer for that of another call.
    if (request.kind === 'oneway') return
    const { shownBytesMax } = this.#guest.limits
    this.#block.error(request, error, shownBytesMax)
    this.#must(this.#write(phase.encodeError, shownBytesMax, out, request))
  }

  replaced(): void {
    this.#guest.replaced()
  }

  ended(): void {
    this.#guest.ended()
  }

  close(): void {
    this.#guest.close()
  }

  #encode(
    message: Message,
    high: number,
    low: number,
    out: ByteWriter,
    text: string | undefined,
  ): EncodeProblem | undefined {
    encodeBlock(this.#block, message, { high, low, text })
    return this.#write(phase.encode, message.size, out, message)
  }

  #encodeReply(request: Message, reply: LocalReply, out: ByteWriter): EncodeProblem | undefined {
    if (request.kind === 'oneway') return undefined
    const { shownBytesMax } = this.#guest.limits
    this.#block.reply(request, reply, shownBytesMax)
    return this.#write(phase.encodeReply, shownBytesMax + (reply.body?.length ?? 0), out, request)
  }

  #encodeHeartbeat(high: number, low: number, out: ByteWriter): void {
    this.#block.heartbeat({ high, low, text: this.textIds ? '0' : undefined })
    this.#must(this.#write(phase.encodeHeartbeat, 0, out, undefined))
  }

  #encodeHeartbeatReply(heartbeat: Message, out: ByteWriter): void {
    const { shownBytesMax } = this.#guest.limits
    this.#block.heartbeatReply(heartbeat, shownBytesMax)
    this.#must(this.#write(phase.encodeHeartbeatReply, shownBytesMax, out, heartbeat))
  }

  #encodeDrain(out: ByteWriter): void {
    this.#block.drain()
    this.#must(this.#write(phase.encodeDrain, 0, out, undefined))
  }

  #encodeDrainReply(drain: Message, out: ByteWriter): void {
    const { shownBytesMax } = this.#guest.limits
    this.#block.drainReply(drain, shownBytesMax)
    this.#must(this.#write(phase.encodeDrainReply, shownBytesMax, out, drain))
  }

  #encodePreface(direction: Direction, out: ByteWriter): void {
    if (direction === 'request' && this.#guest.leftAlone) return
    this.#block.preface(directions[direction])
    this.#must(this.#write(phase.encodePreface, 0, out, undefined))
  }

  #must(problem: EncodeProblem | undefined): void {
    if (problem !== undefined) throw new Error(problem)
  }

  #write(
    during: number,
    handedBytes: number,
    out: ByteWriter,
    source: Message | undefined,
  ): EncodeProblem | undefined {
    const { notes, limits } = this.#guest
    const begins = during === phase.encodePreface
    const bytesMax = begins ? limits.prefaceBytesMax : writtenBytesMax(source?.size ?? 0, handedBytes)
    const answer = this.#guest.ask(during, this.#block, handedBytes, (list) => {
      const problem = writeAnswer({ list, source, out, bytesMax, notes, optional: begins })
      return problem instanceof Trap ? problem : { problem }
    })
    if (answer instanceof Promise) return `the codec of ${this.name} cannot be asked here`
    // Why it did is in the log: callers are told the problem.
    if (answer instanceof Trap) return `the codec of ${this.name} failed`
    return answer.problem
  }

  /** What the magic alone tells; `more` also where there is none. */
  sniffMagic(bytes: Buffer): Sniff {
    const { magic } = this.#declaration
    if (magic === undefined) return 'more'
    const shared = Math.min(magic.length, bytes.length)
    if (bytes.compare(magic, 0, shared, 0, shared) !== 0) return 'no'
    return bytes.length < magic.length ? 'more' : 'yes'
  }

  #sniff(bytes: Buffer): Sniff {
    const { magic, flags, sniffBytes } = this.#declaration
    const told = this.sniffMagic(bytes)
    if (told === 'no' || (magic !== undefined && (told === 'more' || (flags & declares.sniff) === 0)))
      return told
    const size = Math.min(bytes.length, sniffBytes === 0 ? this.#guest.limits.sniffBytesMax : sniffBytes)
    this.#block.sniff(bytes, size)
    const answer = this.#guest.ask(phase.sniff, this.#block, size, (list) =>
      sniffAnswer(list, this.#guest.notes),
    )
    return answer instanceof Trap || answer instanceof Promise ? 'no' : answer
  }
}

/** Of protocols in which an upstream answers what was asked, and else speaks of its own accord. */
const UNASKED_WHEN_NOBODY_WAITS: ReplySorter = {
  unasked: (_message, oldest, abandoned) => oldest === undefined && !abandoned,
}

/** The decoder of a connection that came while the codec is left alone. */
const LEFT_ALONE: Decoder = {
  pendingBytes: 0,
  decode: (_chunk, sink) =>
    sink.malformed('unexpected', 'the codec keeps failing and takes no new connections for a while'),
}
