/**
 * Decoder: cuts what one side of a connection sends into messages of one or more frames, behind the greeting. It looks
 * at every byte of the framing once and passes over the bodies. What it knows of the peer it has from its READY.
 */
import {
  Carry,
  type Decoder,
  type DecoderSink,
  type Direction,
  type FrameLimits,
  Message,
  type MessageKind,
  type PropertyReader,
} from '../../sdk/index.ts'
import { commandName, READY, socketType } from './command.ts'
import {
  COMMAND,
  FLAGS,
  GREETING_SIZE,
  LONG,
  MAJOR_AT,
  MECHANISM_AT,
  MECHANISM_SIZE,
  MORE,
  SIGNATURE_FIRST,
  SIGNATURE_LAST,
  SIGNATURE_LAST_AT,
  sizeAt,
} from './frame.ts'
import { FRAMES_MAX } from './limits.ts'

/** greeting => flags => size => body => flags …; a message begins and ends at flags. */
type State = 'greeting' | 'flags' | 'size' | 'body'

const NO_BYTES = Buffer.alloc(0)

export class ZmtpDecoder implements Decoder {
  readonly #reader: PropertyReader
  readonly #direction: Direction
  readonly #bytesMax: number
  readonly #carry = new Carry()
  readonly #greeting = Buffer.alloc(GREETING_SIZE)
  readonly #size = Buffer.alloc(8)
  #state: State = 'greeting'
  /** Bytes of the greeting or of a size that are there. */
  #held = 0
  #flags = 0
  #frames = 0
  /** Bytes of the body that are still to come. */
  #missing = 0
  /** Bytes of the message that came with earlier chunks. */
  #before = 0
  #refusing = false
  #ended = false
  /** The peer's kind of socket; empty before its READY. */
  #socketType = ''

  constructor(reader: PropertyReader, direction: Direction, limits: FrameLimits) {
    this.#reader = reader
    this.#direction = direction
    this.#bytesMax = limits.bodyBytesMax
  }

  get pendingBytes(): number {
    return this.#carry.size + (this.#state === 'greeting' ? this.#held : 0)
  }

  decode(chunk: Buffer, sink: DecoderSink): void {
    let start = 0
    let at = 0
    while (at < chunk.length) {
      at = this.#step(chunk, start, at, sink)
      if (this.#ended) return
      if (!this.#begun) start = at
    }
    if (this.#begun && this.#state !== 'greeting') this.#hold(chunk, start)
    sink.need(this.#needed)
  }

  /** Whether a greeting or a message has begun. */
  get #begun(): boolean {
    return this.#state !== 'flags' || this.#frames > 0
  }

  get #needed(): number {
    if (this.#state === 'greeting') return GREETING_SIZE - this.#held
    if (this.#state === 'size') return this.#sizeBytes - this.#held
    if (this.#state === 'body') return this.#missing
    return this.#frames > 0 ? 2 : 0
  }

  get #sizeBytes(): number {
    return (this.#flags & LONG) === 0 ? 1 : 8
  }

  #step(chunk: Buffer, start: number, at: number, sink: DecoderSink): number {
    switch (this.#state) {
      case 'greeting':
        return this.#greet(chunk, at, sink)
      case 'flags':
        this.#flagged(chunk[at] ?? 0, sink)
        return at + 1
      case 'size':
        return this.#sized(chunk, start, at, sink)
      case 'body':
        return this.#passed(chunk, start, at, sink)
    }
  }

  #greet(chunk: Buffer, at: number, sink: DecoderSink): number {
    const count = Math.min(GREETING_SIZE - this.#held, chunk.length - at)
    chunk.copy(this.#greeting, this.#held, at, at + count)
    this.#held += count
    const wrong = wrongGreeting(this.#greeting, this.#held)
    if (wrong !== undefined) this.#malformed(sink, 'version', wrong)
    else if (this.#held === GREETING_SIZE) this.#state = 'flags'
    return at + count
  }

  #flagged(flags: number, sink: DecoderSink): void {
    if (this.#frames === 0) {
      this.#before = 0
      this.#refusing = false
    }
    const command = (flags & COMMAND) !== 0
    if ((flags & ~FLAGS) !== 0)
      this.#malformed(sink, 'header', `a frame has the flags 0x${flags.toString(16)}`)
    else if (command && ((flags & MORE) !== 0 || this.#frames > 0))
      this.#malformed(sink, 'header', 'a command stands within a message')
    else if (this.#frames === FRAMES_MAX)
      this.#malformed(sink, 'header', `a message has more than ${FRAMES_MAX} frames`)
    this.#frames++
    this.#flags = flags
    this.#held = 0
    this.#state = 'size'
  }

  #sized(chunk: Buffer, start: number, at: number, sink: DecoderSink): number {
    const count = Math.min(this.#sizeBytes - this.#held, chunk.length - at)
    chunk.copy(this.#size, this.#held, at, at + count)
    this.#held += count
    const end = at + count
    if (this.#held < this.#sizeBytes) return end
    const size = sizeAt(this.#size, 0, (this.#flags & LONG) !== 0)
    if (size === Number.POSITIVE_INFINITY) this.#malformed(sink, 'frame_size', 'a frame has no size')
    if (this.#before + end - start + size > this.#bytesMax) this.#refuse(size, sink)
    this.#missing = size
    this.#state = 'body'
    if (size === 0 && !this.#ended) this.#frameEnded(chunk, start, end, sink)
    return end
  }

  #passed(chunk: Buffer, start: number, at: number, sink: DecoderSink): number {
    const end = at + this.#missing
    if (end > chunk.length) {
      this.#missing = end - chunk.length
      return chunk.length
    }
    this.#frameEnded(chunk, start, end, sink)
    return end
  }

  #frameEnded(chunk: Buffer, start: number, end: number, sink: DecoderSink): void {
    this.#state = 'flags'
    if ((this.#flags & MORE) !== 0) return
    const frames = this.#frames
    this.#frames = 0
    if (this.#refusing) return
    if (this.#carry.size === 0) {
      this.#emit(chunk, start, end, frames, sink)
      return
    }
    this.#carry.fill(chunk.subarray(0, end), 0)
    const bytes = this.#carry.take()
    this.#emit(bytes, 0, bytes.length, frames, sink)
  }

  #emit(bytes: Buffer, start: number, end: number, frames: number, sink: DecoderSink): void {
    const command = (this.#flags & COMMAND) === 0 ? '' : commandName(bytes, start, end)
    if (command === undefined) {
      this.#malformed(sink, 'body', 'a command has no name')
      return
    }
    if (command === READY) this.#socketType = socketType(bytes, start, end)
    else if (command === '' && this.#socketType === '') {
      this.#malformed(sink, 'unexpected', 'a message came before READY')
      return
    }
    sink.message(this.#message(this.#kind(command), bytes, start, end, frames))
  }

  #kind(command: string): MessageKind {
    if (command === 'PING') return 'heartbeat'
    if (command === 'PONG') return 'heartbeat-reply'
    if (command !== '') return 'oneway'
    if (this.#direction === 'response') return 'response'
    return this.#socketType === 'REQ' ? 'request' : 'oneway'
  }

  #message(kind: MessageKind, bytes: Buffer, start: number, end: number, frames: number): Message {
    const message = new Message(kind, this.#reader, bytes, start, end, 0)
    if (this.#direction === 'request') message.affinity = 'own'
    message.mark0 = frames
    message.parts = this.#socketType
    return message
  }

  #hold(chunk: Buffer, start: number): void {
    this.#before += chunk.length - start
    if (this.#refusing) return
    if (this.#carry.size > 0) this.#carry.fill(chunk, 0)
    else this.#carry.start(chunk, start, Number.POSITIVE_INFINITY)
  }

  #refuse(size: number, sink: DecoderSink): void {
    if (this.#refusing || this.#ended) return
    this.#refusing = true
    if (this.#carry.size > 0) this.#carry.take()
    const command = (this.#flags & COMMAND) !== 0 ? 'command' : ''
    const stub = this.#message(this.#kind(command), NO_BYTES, 0, 0, 0)
    sink.refused(stub, `a frame of ${size} bytes is announced, the limit of a message is ${this.#bytesMax}`)
  }

  #malformed(
    sink: DecoderSink,
    code: 'version' | 'header' | 'frame_size' | 'body' | 'unexpected',
    text: string,
  ): void {
    if (this.#ended) return
    this.#ended = true
    this.#held = 0
    if (this.#carry.size > 0) this.#carry.take()
    sink.malformed(code, text)
  }
}

/** What is wrong with as much of a greeting as is there. */
function wrongGreeting(bytes: Buffer, held: number): string | undefined {
  const signed =
    bytes[0] === SIGNATURE_FIRST && (held <= SIGNATURE_LAST_AT || bytes[SIGNATURE_LAST_AT] === SIGNATURE_LAST)
  if (!signed) return 'this is no greeting of ZMTP'
  if (held > MAJOR_AT && (bytes[MAJOR_AT] ?? 0) < 3) return `ZMTP ${bytes[MAJOR_AT]} is not carried, only 3`
  if (held < MECHANISM_AT + MECHANISM_SIZE) return undefined
  const mechanism = bytes.toString('latin1', MECHANISM_AT, MECHANISM_AT + MECHANISM_SIZE).replace(/\0+$/, '')
  return mechanism === 'NULL'
    ? undefined
    : `the mechanism ${JSON.stringify(mechanism)} is not carried, only NULL`
}
