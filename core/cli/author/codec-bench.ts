/**
 * CodecBench: what a codec costs: frames of its vectors are decoded, as many in a chunk as a busy connection brings, and
 * written again, as they came and with a property changed.
 */
import { setImmediate as turnOver } from 'node:timers/promises'
import { ByteWriter, type Codec, type Direction, type Message, Mutation } from '../../../sdk/index.ts'
import type { CodecVectors } from '../../../sdk/testing/codec-kit/vectors.ts'
import type { OpenCodec } from './subject.ts'

/** About what one read of a busy socket brings. */
const CHUNK_BYTES = 65_536
const FRAMES_MAX = 1_024
const ROUNDS_MAX = 100_000
const NS_PER_MS = 1_000_000
const NS_PER_S = 1_000_000_000
const MB = 1_000_000

export interface CodecFigures {
  readonly phase: string
  readonly frames: number
  readonly nsPerFrame: number
  /** Of rounds, each a chunk full of frames. */
  readonly nsP50: number
  readonly nsP99: number
  readonly megabytesPerSecond: number
  /** 0 where nothing is metered. */
  readonly fuelPerFrame: number
}

export interface CodecBenchReport {
  readonly codec: string
  readonly kind: string
  readonly frameBytes: number
  readonly phases: readonly CodecFigures[]
  readonly failure: string | null
}

export interface CodecBenchOptions {
  readonly ms: number
  nowMs(): number
}

export async function benchCodec(
  open: OpenCodec,
  vectors: CodecVectors,
  options: CodecBenchOptions,
): Promise<CodecBenchReport> {
  const { codec, file } = open
  const bodyBytesMax = vectors['body-size-max']
  const phases: CodecFigures[] = []
  let frameBytes = 0
  for (const direction of ['request', 'response'] as const) {
    const frames = framesOf(vectors, direction)
    if (frames.length === 0) continue
    const bench = new CodecBench({ open, direction, frames, bodyBytesMax })
    frameBytes ||= Math.round(bench.chunk.length / bench.count)
    phases.push(await bench.decode(options))
    const messages = await bench.messages()
    phases.push(await bench.encode(messages, options, undefined))
    const key = messages[0]?.keys()[0]
    if (key !== undefined && direction === 'request') phases.push(await bench.encode(messages, options, key))
  }
  const [failure] = open.failures
  return { codec: codec.name, kind: file.kind, frameBytes, phases, failure: failure ?? null }
}

/** Requests or responses among the vectors, for nothing is asked back by decoding them. */
function framesOf({ vectors }: CodecVectors, direction: Direction): readonly Buffer[] {
  return vectors
    .filter(({ message }) => message?.kind === direction)
    .map(({ hex, text }) =>
      hex === undefined ? Buffer.from(text ?? '') : Buffer.from(hex.replaceAll(/#[^\n]*|\s/g, ''), 'hex'),
    )
}

class CodecBench {
  readonly chunk: Buffer
  readonly count: number
  readonly #open: OpenCodec
  readonly #codec: Codec
  readonly #direction: Direction
  readonly #bodyBytesMax: number

  constructor(parts: {
    readonly open: OpenCodec
    readonly direction: Direction
    readonly frames: readonly Buffer[]
    readonly bodyBytesMax: number
  }) {
    const chunks: Buffer[] = []
    for (let size = 0; size < CHUNK_BYTES && chunks.length < FRAMES_MAX; ) {
      const frame = parts.frames[chunks.length % parts.frames.length] ?? Buffer.alloc(0)
      chunks.push(frame)
      size += frame.length
    }
    this.chunk = Buffer.concat(chunks)
    this.count = chunks.length
    this.#open = parts.open
    this.#codec = parts.open.codec
    this.#direction = parts.direction
    this.#bodyBytesMax = parts.bodyBytesMax
  }

  async decode(options: CodecBenchOptions): Promise<CodecFigures> {
    return await this.#measure(`decode ${this.#direction}s`, options, () => this.messages())
  }

  /** As they came when there is no key; else with its value set to another one. */
  async encode(
    messages: readonly Message[],
    options: CodecBenchOptions,
    key: string | undefined,
  ): Promise<CodecFigures> {
    for (const message of messages) {
      message.mutation = undefined
      if (key === undefined) continue
      message.mutation = new Mutation()
      message.mutation.set(key, message.get(key) ?? '')
    }
    const out = new ByteWriter()
    const title = `encode ${this.#direction}s${key === undefined ? '' : `, ${key} set`}`
    return await this.#measure(title, options, async () => {
      out.take()
      for (const message of messages) {
        const problem = this.#codec.encode(message, message.idHigh, message.idLow, out, message.idText)
        if (problem !== undefined) throw new Error(`${title}: ${problem}`)
      }
    })
  }

  /** Decodes a chunk; from a codec that pushes later, everything that it will. */
  async messages(): Promise<readonly Message[]> {
    const messages: Message[] = []
    let fault: string | undefined
    const decoder = this.#codec.createDecoder(this.#direction, { bodyBytesMax: this.#bodyBytesMax })
    decoder.decode(Buffer.from(this.chunk), {
      message: (message) => void messages.push(message),
      need: () => undefined,
      refused: (_message, text) => (fault = text),
      malformed: (_code, text) => (fault = text),
    })
    while (messages.length < this.count && fault === undefined) await turnOver()
    decoder.close?.()
    if (fault !== undefined) throw new Error(`the vectors cannot be decoded in a row: ${fault}`)
    return messages
  }

  async #measure(
    phase: string,
    { ms, nowMs }: CodecBenchOptions,
    work: () => Promise<unknown>,
  ): Promise<CodecFigures> {
    for (const until = nowMs() + ms / 2; nowMs() < until; ) await work()
    const fuel = this.#open.fuel()
    const times: number[] = []
    const startMs = nowMs()
    for (let last = startMs; last - startMs < ms && times.length < ROUNDS_MAX; ) {
      await work()
      const now = nowMs()
      times.push(((now - last) * NS_PER_MS) / this.count)
      last = now
    }
    const frames = times.length * this.count
    const nsPerFrame = times.reduce((sum, each) => sum + each, 0) / times.length
    times.sort((left, right) => left - right)
    return {
      phase,
      frames,
      nsPerFrame,
      nsP50: times[Math.floor(times.length * 0.5)] ?? 0,
      nsP99: times[Math.floor(times.length * 0.99)] ?? 0,
      megabytesPerSecond: (this.chunk.length / this.count / nsPerFrame) * (NS_PER_S / MB),
      fuelPerFrame: (this.#open.fuel() - fuel) / frames,
    }
  }
}
