/**
 * FlowSide: what one side of a connection sends, decoded. It learns the protocol from the first bytes where it is not
 * told, stops at what cannot be understood, and holds no more than a frame within the limit.
 */
import { setImmediate as turn } from 'node:timers/promises'
import type { Codec, Decoder, DecoderSink, Direction, MalformedCode, Message } from '../../../sdk/index.ts'
import { errorText } from '../../base/error-text.ts'

const NO_PROTOCOL = 'these bytes are of none of the protocols that are told by them: say which with --codec'
const SNIFF_BYTES_MAX = 1_024
const BODY_BYTES_MAX = 64 * 1_048_576
/** So much of what a side begins with is shown. */
const OPENING_BYTES_MAX = 4_096
/** How many turns of the event loop a codec that works elsewhere may take for the last frames. */
const TURNS_MAX = 1_000_000

export type SideEvent =
  | { readonly kind: 'message'; readonly message: Message; readonly codec: Codec }
  /** A frame over the limit; the message is its header. */
  | { readonly kind: 'refused'; readonly message: Message; readonly text: string }
  | { readonly kind: 'malformed'; readonly code: string; readonly text: string; readonly bytes: Buffer }
  /** What a connection begins with, which is no message. */
  | { readonly kind: 'greeting'; readonly size: number; readonly bytes: Buffer }
  | { readonly kind: 'gap'; readonly size: number }
  /** The bytes ended inside of a frame. */
  | { readonly kind: 'incomplete'; readonly size: number; readonly missing: number }

/** The protocol of a connection; one side may learn it for both. */
export interface Spoken {
  codec: Codec | undefined
}

export class FlowSide implements DecoderSink {
  readonly direction: Direction
  readonly #spoken: Spoken
  readonly #candidates: readonly Codec[]
  readonly #onEvent: (event: SideEvent) => void
  #decoder: Decoder | undefined = undefined
  #unknown: Buffer = Buffer.alloc(0)
  #chunk: Buffer = Buffer.alloc(0)
  #needed = 0
  #finished = false
  /** What came before the first message, and how much of it the decoder has passed over; `undefined` behind that. */
  #opening: Buffer | undefined = Buffer.alloc(0)
  #openingSize = 0
  #passed = 0

  constructor(parts: {
    readonly direction: Direction
    readonly spoken: Spoken
    readonly candidates: readonly Codec[]
    onEvent(event: SideEvent): void
  }) {
    this.direction = parts.direction
    this.#spoken = parts.spoken
    this.#candidates = parts.candidates
    this.#onEvent = (event) => parts.onEvent(event)
  }

  give(bytes: Buffer): void {
    if (this.#finished || bytes.length === 0) return
    if (this.#spoken.codec === undefined) {
      this.#sniff(bytes)
      return
    }
    const held = this.#unknown
    this.#unknown = Buffer.alloc(0)
    this.#decode(this.#spoken.codec, held.length === 0 ? bytes : Buffer.concat([held, bytes]))
  }

  /** Bytes are missing: what was begun is lost, and the next byte is taken for the first of a frame. */
  gap(size: number): void {
    if (this.#finished) return
    this.#decoder?.close?.()
    this.#decoder = undefined
    this.#needed = 0
    this.#opening = undefined
    this.#onEvent({ kind: 'gap', size })
  }

  /** Nothing comes any more; waits for a codec that works elsewhere. */
  async end(): Promise<void> {
    for (let turns = 0; (this.#decoder?.unseenBytes ?? 0) > 0 && turns < TURNS_MAX; turns++) await turn()
    this.#end()
  }

  #end(): void {
    if (this.#finished) return
    const { codec } = this.#spoken
    if (codec !== undefined && this.#unknown.length > 0) this.give(Buffer.alloc(0))
    if (this.#unknown.length > 0) this.#refuse('unknown', NO_PROTOCOL, this.#unknown)
    this.#begun(this.#passed)
    const size = this.#decoder?.pendingBytes ?? 0
    if (!this.#finished && size > 0) this.#onEvent({ kind: 'incomplete', size, missing: this.#needed })
    this.#finished = true
    this.#decoder?.close?.()
  }

  message(message: Message): void {
    const { codec } = this.#spoken
    if (this.#opening !== undefined) this.#begun(this.#placeOf(message))
    if (codec !== undefined) this.#onEvent({ kind: 'message', message, codec })
  }

  need(bytes: number): void {
    this.#needed = bytes
  }

  refused(message: Message, text: string): void {
    this.#begun(this.#passed)
    this.#onEvent({ kind: 'refused', message, text })
  }

  malformed(code: MalformedCode, text: string): void {
    this.#refuse(code, text, this.#chunk)
  }

  #sniff(bytes: Buffer): void {
    this.#unknown = Buffer.concat([this.#unknown, bytes])
    const codec = this.#candidates.find((each) => each.sniff?.(this.#unknown) === 'yes')
    if (codec !== undefined) {
      this.#spoken.codec = codec
      const held = this.#unknown
      this.#unknown = Buffer.alloc(0)
      this.#decode(codec, held)
    } else if (this.#unknown.length > SNIFF_BYTES_MAX) {
      const held = this.#unknown
      this.#unknown = Buffer.alloc(0)
      this.#refuse('unknown', NO_PROTOCOL, held)
    }
  }

  #decode(codec: Codec, bytes: Buffer): void {
    this.#decoder ??= codec.createDecoder(this.direction, { bodyBytesMax: BODY_BYTES_MAX })
    this.#chunk = bytes
    this.#open(bytes)
    try {
      this.#decoder.decode(bytes, this)
    } catch (error) {
      this.#refuse('codec_failed', errorText(error), bytes)
    }
    if (this.#opening !== undefined) this.#passed = this.#openingSize - (this.#decoder?.pendingBytes ?? 0)
  }

  /** How many bytes came before the message, as far as that can be seen: in the chunk, or in those before it. */
  #placeOf({ bytes, start }: Message): number {
    const chunk = this.#chunk
    const at = bytes.byteOffset + start - chunk.byteOffset
    const here = bytes.buffer === chunk.buffer && at >= 0 && at < chunk.length
    return here ? this.#openingSize - chunk.length + at : this.#passed
  }

  #open(bytes: Buffer): void {
    if (this.#opening === undefined) return
    this.#openingSize += bytes.length
    if (this.#opening.length < OPENING_BYTES_MAX) this.#opening = Buffer.concat([this.#opening, bytes])
  }

  /** The first message is here, or none will come; so much stood before it. */
  #begun(size: number): void {
    const opening = this.#opening
    this.#opening = undefined
    if (opening === undefined || size <= 0) return
    this.#onEvent({ kind: 'greeting', size, bytes: opening.subarray(0, Math.min(size, OPENING_BYTES_MAX)) })
  }

  #refuse(code: string, text: string, bytes: Buffer): void {
    this.#finished = true
    this.#onEvent({ kind: 'malformed', code, text, bytes })
  }
}
