/** Trial: one decoder that is given bytes, with everything that it pushes written down. */
import type { Codec, Decoder, DecoderSink, Direction, FrameLimits, MalformedCode } from '../../codec.ts'
import type { Message } from '../../message.ts'
import { CodecThrew, guarded } from './codec-threw.ts'

/** Messages that a byte may become, and calls of `need`, before a decoder is taken for one that never ends. */
const PUSHES_PER_BYTE_MAX = 4
const PUSHES_SPARE = 64
/** How long a decoder that pushes later is waited for, at first and at most: a process may have to be started first. */
const SILENCE_MS = 5
const SILENCES_MAX = 1_200

export interface Failure {
  readonly code: MalformedCode
  readonly text: string
  readonly refused: Message | undefined
}

export interface TrialParts {
  readonly codec: Codec
  readonly direction: Direction
  readonly limits: FrameLimits
  /** Given before everything else; what is pushed for it is forgotten. */
  readonly preface: Buffer
  readonly settled: (() => Promise<void>) | undefined
}

export class Trial implements DecoderSink {
  readonly messages: Message[] = []
  readonly refusals: Message[] = []
  failure: Failure | undefined = undefined
  /** What was said with the last chunk; `undefined` when nothing was. */
  needed: number | undefined = undefined
  /** How often something was pushed after `malformed`. */
  late = 0
  readonly #decoder: Decoder
  readonly #settled: (() => Promise<void>) | undefined
  readonly #preface: Buffer
  #given: Buffer[] = []
  #size = 0
  #pushes = 0
  #endless = false
  /** Whoever waits for something to be pushed. */
  #heard: (() => void) | undefined = undefined

  constructor({ codec, direction, limits, preface, settled }: TrialParts) {
    this.#preface = preface
    this.#decoder = guarded('decoder_throws', () => codec.createDecoder(direction, limits))
    this.#settled = settled
  }

  /** Bytes given so far. */
  get size(): number {
    return this.#size
  }

  get pendingBytes(): number {
    return this.#decoder.pendingBytes
  }

  /** Gives the decoder a copy, which it may keep and change; nothing, once it has refused the connection. */
  async give(bytes: Uint8Array): Promise<this> {
    if (this.#given.length === 0 && this.#preface.length > 0) await this.#begin()
    if (this.failure !== undefined) return this
    this.needed = undefined
    this.#given.push(Buffer.from(bytes))
    this.#size += bytes.length
    try {
      this.#decoder.decode(Buffer.from(bytes), this)
      await this.#settle()
    } catch (error) {
      throw new CodecThrew(this.#endless ? 'never_ends' : 'decoder_throws', error, this.given())
    }
    if (this.#endless) throw new CodecThrew('never_ends', ENDLESS, this.given())
    return this
  }

  /** Everything that was given, in one piece. */
  given(): Buffer {
    const all = Buffer.concat(this.#given)
    this.#given = [all]
    return all
  }

  close(): void {
    guarded('decoder_throws', () => this.#decoder.close?.())
  }

  message(message: Message): void {
    this.#count()
    this.messages.push(message)
  }

  need(bytes: number): void {
    this.#count()
    this.needed = bytes
    this.#heard?.()
  }

  refused(message: Message): void {
    this.#count()
    this.refusals.push(message)
  }

  malformed(code: MalformedCode, text: string, refused?: Message): void {
    this.#count()
    this.failure = { code, text, refused }
    this.#heard?.()
  }

  async #begin(): Promise<void> {
    guarded('decoder_throws', () => this.#decoder.decode(Buffer.from(this.#preface), this))
    await this.#settle()
    this.messages.length = 0
    this.#pushes = 0
  }

  async #settle(): Promise<void> {
    if (this.#settled !== undefined) await this.#settled()
    for (let silences = 0; (this.#decoder.unseenBytes ?? 0) > 0; ) {
      if (silences === SILENCES_MAX || this.failure !== undefined) return
      if (!(await this.#hears())) silences++
    }
  }

  /** Whether something was pushed before it was silent for too long. Nothing is done meanwhile, for another works. */
  async #hears(): Promise<boolean> {
    const { promise, resolve } = Promise.withResolvers<boolean>()
    this.#heard = () => resolve(true)
    const timer = setTimeout(resolve, SILENCE_MS, false)
    const heard = await promise
    clearTimeout(timer)
    this.#heard = undefined
    return heard
  }

  /** The only way out of a decoder that pushes for ever. */
  #count(): void {
    if (this.failure !== undefined) this.late++
    this.#pushes++
    if (this.#pushes <= this.#size * PUSHES_PER_BYTE_MAX + PUSHES_SPARE) return
    this.#endless = true
    throw new Error(ENDLESS)
  }
}

const ENDLESS = 'the decoder pushes without end'
