/**
 * RemoteCodec: the {@link Codec} that a guest in another process is. Frames come from it later; what has to be written by
 * it is asked for ahead, under the id that the message came with, and the id that it goes out under is written over that.
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
  Writing,
} from '../../../sdk/index.ts'
import { CodecBlock } from './codec-block.ts'
import type { CodecDeclaration } from './codec-declaration.ts'
import type { CodecGuest } from './codec-guest.ts'
import { encodeBlock } from './encode-block.ts'
import { GuestCodec } from './guest-codec.ts'
import type { GuestFrameReader } from './guest-frame-reader.ts'
import { PreparedWrites } from './prepared-writes.ts'
import { unwritable } from './unwritable.ts'
import { writeId } from './write-id.ts'
import { writtenBytesMax } from './written-bytes-max.ts'

const { codec } = abi
const { declares, phase, direction: directions } = codec

export class RemoteCodec implements Codec {
  readonly name: string
  life?: CodecLife
  readonly correlation: Correlation
  readonly idBits: number
  readonly reader: GuestFrameReader
  readonly sniff?: (bytes: Buffer) => Sniff
  readonly encodeReply?: (request: Message, reply: LocalReply, out: ByteWriter) => EncodeProblem | undefined
  readonly encodeHeartbeatReply?: (heartbeat: Message, out: ByteWriter) => void
  encodeHeartbeat?: (idHigh: number, idLow: number, out: ByteWriter) => void
  encodeDrain?: (out: ByteWriter) => void
  encodePreface?: (direction: Direction, out: ByteWriter) => void
  readonly encodeDrainReply?: (drain: Message, out: ByteWriter) => void
  readonly createReplySorter?: () => ReplySorter
  readonly #inner: GuestCodec
  readonly #guest: CodecGuest
  readonly #declaration: CodecDeclaration
  readonly #block = new CodecBlock()
  readonly #writes: PreparedWrites

  constructor(name: string, declaration: CodecDeclaration, guest: CodecGuest) {
    const inner = new GuestCodec(name, declaration, guest)
    this.name = name
    this.correlation = inner.correlation
    this.idBits = inner.idBits
    this.reader = inner.reader
    this.#inner = inner
    this.#guest = guest
    this.#declaration = declaration
    this.#writes = new PreparedWrites(guest, name)
    // What it would say to first bytes comes too late; where there is a magic, nobody has to be asked.
    if (declaration.magic !== undefined) this.sniff = (bytes) => inner.sniffMagic(bytes)
    if (inner.createReplySorter !== undefined) this.createReplySorter = inner.createReplySorter
    if ((declaration.flags & declares.reply) !== 0) {
      this.encodeReply = (request, reply, out) =>
        request.kind === 'oneway' ? undefined : this.#append(reply, out)
    }
    if ((declaration.flags & declares.heartbeatReply) !== 0) {
      this.encodeHeartbeatReply = (heartbeat, out) => this.#must(this.#append(heartbeat, out))
    }
    if ((declaration.flags & declares.drainReply) !== 0)
      this.encodeDrainReply = (drain, out) => this.#must(this.#append(drain, out))
  }

  /** Asks once for what is the same every time: what connections begin with, signs of life, the drain signal. */
  async warm(): Promise<void> {
    const { flags } = this.#declaration
    if ((flags & declares.preface) !== 0) {
      const request = await this.#prefaceTo('request')
      const response = await this.#prefaceTo('response')
      this.encodePreface = (direction, out) => {
        const bytes = direction === 'request' ? request : response
        out.copy(bytes, 0, bytes.length)
      }
    }
    if ((flags & declares.heartbeat) !== 0) {
      this.#block.heartbeat({ high: 0, low: 0, text: undefined })
      const bytes = await this.#once(phase.encodeHeartbeat)
      if (bytes !== undefined) {
        this.encodeHeartbeat = (high, low, out) => this.#under(bytes, { high, low }, out)
      }
    }
    if ((flags & declares.drain) === 0) return
    this.#block.drain()
    const bytes = await this.#once(phase.encodeDrain)
    if (bytes !== undefined) this.encodeDrain = (out) => void out.copy(bytes, 0, bytes.length)
  }

  createDecoder(direction: Direction, limits: FrameLimits): Decoder {
    return this.#inner.createDecoder(direction, limits)
  }

  prepare(writing: Writing, done: () => void): boolean {
    switch (writing.kind) {
      case 'message':
        return this.#prepareMessage(writing.message, done)
      case 'error': {
        if (writing.request.kind === 'oneway') return true
        const { shownBytesMax } = this.#guest.limits
        this.#block.error(writing.request, writing.error, shownBytesMax)
        this.#prepare(phase.encodeError, writing.error, writing.request, done)
        return false
      }
      case 'reply':
        if (this.encodeReply === undefined || writing.request.kind === 'oneway') return true
        this.#block.reply(writing.request, writing.reply, this.#guest.limits.shownBytesMax)
        this.#prepare(phase.encodeReply, writing.reply, writing.request, done)
        return false
      case 'heartbeat-reply':
        if (this.encodeHeartbeatReply === undefined) return true
        this.#block.heartbeatReply(writing.heartbeat, this.#guest.limits.shownBytesMax)
        this.#prepare(phase.encodeHeartbeatReply, writing.heartbeat, writing.heartbeat, done)
        return false
      case 'drain-reply':
        if (this.encodeDrainReply === undefined) return true
        this.#block.drainReply(writing.drain, this.#guest.limits.shownBytesMax)
        this.#prepare(phase.encodeDrainReply, writing.drain, writing.drain, done)
        return false
    }
  }

  encode(message: Message, idHigh: number, idLow: number, out: ByteWriter): EncodeProblem | undefined {
    const { mutation } = message
    if (mutation === undefined || mutation.empty) return this.#inner.encode(message, idHigh, idLow, out)
    const problem = unwritable(this.name, this.#declaration, mutation)
    if (problem !== undefined) return problem
    const prepared = this.#writes.take(message)
    if (prepared.kind === 'problem') return prepared.text
    this.#under(prepared.bytes, { high: idHigh, low: idLow }, out)
    return undefined
  }

  encodeError(request: Message, error: LocalError, out: ByteWriter): void {
    // Its caller would take the answer for that of another call.
    if (request.kind === 'oneway') return
    this.#must(this.#append(error, out))
  }

  replaced(): void {
    this.#inner.replaced()
  }

  ended(): void {
    this.#inner.ended()
  }

  close(): void {
    this.#inner.close()
  }

  #prepareMessage(message: Message, done: () => void): boolean {
    const { mutation } = message
    if (mutation === undefined || mutation.empty) return true
    if (unwritable(this.name, this.#declaration, mutation) !== undefined) return true
    const { idHigh: high, idLow: low, idText: text } = message
    encodeBlock(this.#block, message, { high, low, text })
    this.#prepare(phase.encode, message, message, done)
    return false
  }

  #prepare(during: number, subject: object, source: Message, done: () => void): void {
    const handedBytes = this.#block.size
    const bytesMax = writtenBytesMax(source.size, handedBytes)
    this.#writes.prepare(subject, { phase: during, block: this.#block, handedBytes, source, bytesMax }, done)
  }

  /** Without it nothing can be said on a connection, so the codec does not go live. */
  async #prefaceTo(direction: Direction): Promise<Buffer> {
    this.#block.preface(directions[direction])
    const bytes = await this.#once(phase.encodePreface)
    if (bytes !== undefined) return bytes
    throw new Error(`the codec of ${this.name} cannot say what a connection begins with: encodePreface`)
  }

  async #once(during: number): Promise<Buffer | undefined> {
    const subject = {}
    const begins = during === phase.encodePreface
    const parts = {
      phase: during,
      block: this.#block,
      handedBytes: 0,
      source: undefined,
      bytesMax: begins ? this.#guest.limits.prefaceBytesMax : writtenBytesMax(0, 0),
      optional: begins,
    }
    await new Promise<void>((resolve) => this.#writes.prepare(subject, parts, resolve))
    const prepared = this.#writes.take(subject)
    return prepared.kind === 'bytes' ? prepared.bytes : undefined
  }

  #append(subject: object, out: ByteWriter): EncodeProblem | undefined {
    const prepared = this.#writes.take(subject)
    if (prepared.kind === 'problem') return prepared.text
    out.copy(prepared.bytes, 0, prepared.bytes.length)
    return undefined
  }

  /** Appends a frame with another id in the place where every frame has it. */
  #under(bytes: Buffer, id: { readonly high: number; readonly low: number }, out: ByteWriter): void {
    const at = out.copy(bytes, 0, bytes.length)
    const { idAt, idSize } = this.#declaration
    if (this.correlation !== 'id' || idAt + idSize > bytes.length) return
    writeId(this.#declaration, out.buffer, at + idAt, id)
  }

  /** Nobody may be left waiting: the connection has to end. */
  #must(problem: EncodeProblem | undefined): void {
    if (problem !== undefined) throw new Error(problem)
  }
}
