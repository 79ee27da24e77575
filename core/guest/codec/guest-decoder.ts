/**
 * GuestDecoder: one direction of a connection whose protocol a guest knows. The bytes stay here: the guest is shown what
 * was not taken yet and says where frames begin and end; a frame that is larger than what is there is waited for without
 * asking again. A guest in another process answers later, and what comes meanwhile waits its turn.
 */
import { abi } from '../../../sdk/abi/abi.ts'
import {
  Carry,
  type Decoder,
  type DecoderSink,
  type Direction,
  type FrameLimits,
  Message,
} from '../../../sdk/index.ts'
import type { GuestAnswer } from '../guest-instance.ts'
import { OpList } from '../op-list.ts'
import { Trap } from '../trap.ts'
import type { CodecBlock } from './codec-block.ts'
import type { CodecDeclaration } from './codec-declaration.ts'
import type { CodecGuest } from './codec-guest.ts'
import { FrameList, type FrameRules, type SaidFrame } from './frame-list.ts'
import { refText } from './frame-pairs.ts'
import type { GuestFrameReader } from './guest-frame-reader.ts'

const { codec } = abi
const { frame } = codec

export interface GuestDecoderParts {
  readonly guest: CodecGuest
  readonly block: CodecBlock
  readonly reader: GuestFrameReader
  readonly declaration: CodecDeclaration
  readonly direction: Direction
  readonly limits: FrameLimits
}

/** A frame that the guest has said and that is not whole yet. */
interface OpenFrame {
  readonly said: Buffer
  readonly frame: SaidFrame
}

export class GuestDecoder implements Decoder {
  readonly #parts: GuestDecoderParts
  readonly #direction: number
  readonly #frameSizeMax: number
  readonly #rules: FrameRules
  readonly #carry = new Carry()
  #open: OpenFrame | undefined = undefined
  /** How much of a frame that is not taken is still to come. */
  #skipping = 0
  /** The guest has said how many bytes it needs; else it is asked again with whatever comes. */
  #exact = false
  #state: Buffer | undefined = undefined
  #finished = false
  /** What came last, how much of it is used, and how often the guest was asked about its beginning. */
  #chunk: Buffer = EMPTY
  #at = 0
  #rounds = 0
  /** Chunks that came while the guest was asked. */
  #queue: Buffer[] = []
  #queuedBytes = 0
  #asking = false
  /** Bytes put together from earlier chunks that the guest is asked about. */
  #askedBytes = 0

  constructor(parts: GuestDecoderParts) {
    const { declaration, limits, guest } = parts
    const allowed = limits.bodyBytesMax + guest.limits.headerBytesMax
    this.#parts = parts
    this.#direction = codec.direction[parts.direction]
    this.#rules = { limits: guest.limits, notes: guest.notes, flags: declaration.flags }
    this.#frameSizeMax = declaration.frameSizeMax > 0 ? Math.min(declaration.frameSizeMax, allowed) : allowed
  }

  get pendingBytes(): number {
    return this.#carry.size + this.unseenBytes
  }

  get unseenBytes(): number {
    return this.#asking ? this.#askedBytes + this.#queuedBytes + this.#chunk.length - this.#at : 0
  }

  decode(chunk: Buffer, sink: DecoderSink): void {
    if (this.#asking) {
      this.#queue.push(chunk)
      this.#queuedBytes += chunk.length
      return
    }
    this.#begin(chunk)
    this.#run(sink)
  }

  close(): void {
    this.#finished = true
    this.#queue = []
    this.#queuedBytes = 0
    this.#askedBytes = 0
    this.#chunk = EMPTY
    this.#at = 0
  }

  #begin(chunk: Buffer): void {
    this.#chunk = chunk
    this.#at = 0
    this.#rounds = 0
  }

  #run(sink: DecoderSink): void {
    while (!this.#finished) {
      if (this.#advance(sink)) {
        if (this.#asking) return
        continue
      }
      sink.need(this.#missing)
      const next = this.#queue.shift()
      if (next === undefined) return
      this.#queuedBytes -= next.length
      this.#begin(next)
    }
  }

  get #missing(): number {
    return this.#carry.size === 0 ? this.#skipping : this.#carry.wanted - this.#carry.size
  }

  /** One step on; false when the chunk is used up. */
  #advance(sink: DecoderSink): boolean {
    const carry = this.#carry
    const chunk = this.#chunk
    if (this.#skipping > 0) {
      if (this.#at === chunk.length) return false
      const end = Math.min(this.#at + this.#skipping, chunk.length)
      this.#skipping -= end - this.#at
      this.#at = end
      return true
    }
    if (carry.size === 0) {
      if (this.#at === chunk.length) return false
      this.#ask(chunk, this.#at, true, sink)
      return true
    }
    if (this.#open === undefined && (!this.#exact || this.#rounds >= this.#parts.guest.limits.needsMax)) {
      carry.wanted = Math.max(carry.wanted, carry.size + chunk.length - this.#at)
    }
    this.#at = carry.fill(chunk, this.#at)
    if (carry.size < carry.wanted) return false
    this.#whole(sink)
    return true
  }

  /** What was waited for is there. */
  #whole(sink: DecoderSink): void {
    const open = this.#open
    const bytes = this.#carry.take()
    if (open === undefined) {
      this.#rounds++
      this.#ask(bytes, 0, false, sink)
      return
    }
    this.#open = undefined
    sink.message(this.#message(open.said, open.frame, bytes, 0, bytes.length))
  }

  /** Shows the guest `bytes[start, …)`; `fresh`: they are the chunk itself, not what was put together before it. */
  #ask(bytes: Buffer, start: number, fresh: boolean, sink: DecoderSink): void {
    const { guest, block } = this.#parts
    const given = bytes.length - start
    block.decode(this.#direction, { bytes, start, end: bytes.length }, this.#state, this.#frameSizeMax)
    const answer = guest.ask(codec.phase.decode, block, given, (list) => this.#read(list, given))
    if (answer instanceof Promise) {
      this.#asking = true
      this.#askedBytes = fresh ? 0 : given
      void answer.then((later) => {
        this.#asking = false
        if (this.#finished) return
        this.#take(later, bytes, start, fresh, sink)
        this.#run(sink)
      })
      return
    }
    this.#take(answer, bytes, start, fresh, sink)
  }

  #read(answer: Exclude<GuestAnswer, Trap>, given: number): FrameList | Trap {
    return FrameList.read(answer ?? NOTHING, given, this.#rules)
  }

  #take(answer: FrameList | Trap, bytes: Buffer, start: number, fresh: boolean, sink: DecoderSink): void {
    if (answer instanceof Trap) {
      const kind = answer.kind === 'unreachable' ? '' : ` (${answer.kind})`
      this.#finish(sink, 'unexpected', `the codec failed${kind}: ${answer.text}`)
      return
    }
    if (answer.state !== undefined) this.#state = Buffer.from(answer.state)
    let at = start
    for (const each of answer.frames) {
      at = this.#place(answer.said, each, bytes, at, sink)
      if (this.#finished) return
    }
    const { malformed } = answer
    if (malformed !== undefined) {
      this.#finish(sink, malformed.code, malformed.text)
      return
    }
    const rest = bytes.length - at
    if (rest > 0 && (!fresh || answer.frames.length === 0 || answer.more)) this.#hold(answer, bytes, at, sink)
    if (fresh) this.#at = rest > 0 && this.#carry.size === 0 ? at : bytes.length
  }

  /** One frame of the answer; the offset behind it. */
  #place(said: Buffer, each: SaidFrame, bytes: Buffer, at: number, sink: DecoderSink): number {
    const end = at + each.size
    const here = Math.min(end, bytes.length)
    if (each.payload < 0) {
      this.#skipping = end - here
      return here
    }
    const refusal = each.refusal ?? this.#tooLarge(said, each)
    if (refusal !== undefined) {
      this.#skipping = end - here
      sink.refused(this.#message(said, each, bytes, at, here), refusal)
    } else if (end > bytes.length) {
      this.#open = { said, frame: each }
      this.#carry.start(bytes, at, each.size)
    } else {
      sink.message(this.#message(said, each, bytes, at, end))
    }
    return here
  }

  #tooLarge(said: Buffer, { payload, size }: SaidFrame): string | undefined {
    const { bodyBytesMax } = this.#parts.limits
    const bodySize = size - said.readUInt32LE(payload + frame.headerSize)
    if (bodySize > bodyBytesMax)
      return `a body of ${bodySize} bytes is announced, the limit is ${bodyBytesMax}`
    if (size <= this.#frameSizeMax) return undefined
    return `a frame of ${size} bytes is announced, the limit is ${this.#frameSizeMax}`
  }

  /** Keeps the beginning of a frame until more of it has come. */
  #hold({ need, more, frames }: FrameList, bytes: Buffer, at: number, sink: DecoderSink): void {
    const rest = bytes.length - at
    // Frames that were left for the next question begin right here; anything that comes is reason enough to ask it.
    const left = frames.length > 0 && !more
    this.#exact = need > 0 || left
    const wanted = need > 0 ? need : left ? rest : rest + 1
    if (wanted > this.#frameSizeMax) {
      this.#finish(
        sink,
        'frame_size',
        `a frame has more than the ${this.#frameSizeMax} bytes that are allowed`,
      )
      return
    }
    this.#carry.start(bytes, at, wanted)
  }

  #message(said: Buffer, each: SaidFrame, bytes: Buffer, start: number, end: number): Message {
    const { reader, declaration } = this.#parts
    const { payload } = each
    const headerSize = said.readUInt32LE(payload + frame.headerSize)
    const message = new Message(each.kind, reader, bytes, start, end, headerSize)
    message.status = said.readInt32LE(payload + frame.status)
    message.streamId = said.readUInt32LE(payload + frame.streamId)
    message.affinity = each.affinity
    message.waitMs = each.waitMs
    message.parts = said
    message.mark0 = payload
    if (declaration.id === 'text') {
      message.idText = refText(message, payload + frame.idText)
    } else if (declaration.id === 'number') {
      message.idLow = said.readUInt32LE(payload + frame.idLow)
      message.idHigh = said.readUInt32LE(payload + frame.idHigh)
    }
    const own = said.readUInt32LE(payload + frame.idAt)
    const idAt = own === abi.none ? declaration.idAt : own
    message.mark1 = idAt >= 0 && idAt + declaration.idSize <= each.size ? idAt : -1
    const bodyAt = said.readUInt32LE(payload + frame.body)
    const bodySize = said.readUInt32LE(payload + frame.body + 4)
    message.mark2 = start + (bodyAt === 0 && bodySize === 0 ? headerSize : bodyAt)
    message.mark3 = bodyAt === 0 && bodySize === 0 ? end : message.mark2 + bodySize
    return message
  }

  #finish(sink: DecoderSink, code: Parameters<DecoderSink['malformed']>[0], text: string): void {
    this.close()
    sink.malformed(code, text)
  }
}

const EMPTY = Buffer.alloc(0)
const NOTHING = new OpList(Buffer.from([4, 0, 0, 0]))
