/**
 * ConnectionDecoder: around the decoder of frames where a declaration says more of a connection: it takes the greeting that
 * stands before the first frame, and marks the requests that need a connection of their client's own.
 */
import type { Decoder, DecoderSink, MalformedCode } from '../codec.ts'
import type { Message } from '../message.ts'
import { type FieldTest, passes } from './field-tests.ts'
import { GREETING_BYTES_MAX, type Greeting } from './greeting.ts'

/** Any of these conditions. */
export type AnyOf = readonly (readonly FieldTest[])[]

export interface AffinityRules {
  /** From such a request on, those of its caller are its own. */
  readonly own: AnyOf
  /** And with such a one the connection is given back. */
  readonly release: AnyOf
  /** Upstreams speak there of their own accord. */
  readonly pushes: boolean
}

export class ConnectionDecoder implements Decoder, DecoderSink {
  readonly #frames: Decoder
  /** `undefined` once it has come. */
  #greeting: Greeting | undefined
  readonly #affinity: AffinityRules | undefined
  /** What came of the greeting. */
  #held: Buffer = EMPTY
  /** A request has said that its caller needs a connection of its own. */
  #bound = false
  #sink: DecoderSink = NOWHERE

  constructor(frames: Decoder, greeting: Greeting | undefined, affinity: AffinityRules | undefined) {
    this.#frames = frames
    this.#greeting = greeting
    this.#affinity = affinity
  }

  get pendingBytes(): number {
    return this.#held.length + this.#frames.pendingBytes
  }

  decode(chunk: Buffer, sink: DecoderSink): void {
    const rest = this.#greeting === undefined ? chunk : this.#greet(this.#greeting, chunk, sink)
    if (rest === undefined) return
    if (this.#affinity === undefined) {
      this.#frames.decode(rest, sink)
      return
    }
    this.#sink = sink
    this.#frames.decode(rest, this)
    this.#sink = NOWHERE
  }

  message(message: Message): void {
    this.#mark(message)
    this.#sink.message(message)
  }

  need(bytes: number): void {
    this.#sink.need(bytes)
  }

  refused(message: Message, text: string): void {
    if (this.#bound && isRequest(message)) message.affinity = 'own'
    this.#sink.refused(message, text)
  }

  malformed(code: MalformedCode, text: string, refused?: Message): void {
    this.#sink.malformed(code, text, refused)
  }

  /** What stands behind the greeting; `undefined` when there is nothing to go on with. */
  #greet(greeting: Greeting, chunk: Buffer, sink: DecoderSink): Buffer | undefined {
    const held = this.#held.length
    const room = GREETING_BYTES_MAX - held
    const bytes = held === 0 ? chunk : Buffer.concat([this.#held, chunk.subarray(0, room)])
    const size = greeting.fits(bytes) ? greeting.sizeIn(bytes.subarray(0, GREETING_BYTES_MAX)) : -1
    if (size > 0) {
      this.#greeting = undefined
      this.#held = EMPTY
      return chunk.subarray(size - held)
    }
    const endless = bytes.length >= GREETING_BYTES_MAX
    this.#held = size < 0 || endless ? EMPTY : held === 0 ? Buffer.from(bytes) : bytes
    if (size < 0) sink.malformed('magic', 'a connection begins with another greeting than the protocol has')
    else if (endless) sink.malformed('frame_size', `a greeting of more than ${GREETING_BYTES_MAX} bytes`)
    else sink.need(Math.max(1, greeting.leastSize - bytes.length))
    return undefined
  }

  #mark(message: Message): void {
    const { own, release } = this.#affinity ?? NO_RULES
    if (!isRequest(message)) return
    if (!this.#bound && !any(own, message)) return
    const ends = any(release, message)
    this.#bound = !ends
    message.affinity = ends ? 'release' : 'own'
  }
}

function any(conditions: AnyOf, message: Message): boolean {
  return conditions.some((tests) => passes(tests, message))
}

function isRequest({ kind }: Message): boolean {
  return kind === 'request' || kind === 'oneway'
}

const EMPTY = Buffer.alloc(0)
const NO_RULES: AffinityRules = { own: [], release: [], pushes: false }
const NOWHERE: DecoderSink = {
  message: () => undefined,
  need: () => undefined,
  refused: () => undefined,
  malformed: () => undefined,
}
