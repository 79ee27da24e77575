/** CodecKit: what the checks share: the codec, its vectors, decoders that write down what they push, and findings. */
import { ByteWriter } from '../../bytes.ts'
import type { Codec, Direction, FrameLimits, Writing } from '../../codec.ts'
import type { Message } from '../../message.ts'
import { CodecThrew, guarded } from './codec-threw.ts'
import type { FindingCode, Mark } from './finding.ts'
import { FindingList } from './finding-list.ts'
import { bytesOf, Sample } from './sample.ts'
import { SeededBytes } from './seeded-bytes.ts'
import { Trial } from './trial.ts'
import type { CodecVectors } from './vectors.ts'
import type { WireId } from './wire-id.ts'

export interface CheckOptions {
  /** Resolves when everything that decoders were given is answered; for codecs that push later. */
  readonly settled?: () => Promise<void>
  /** Bytes that the process holds outside of its heap: `process.memoryUsage().arrayBuffers`. */
  readonly memory?: () => number
  /** What the codec has spent so far, where it is metered. */
  readonly fuel?: () => number
  /** How many calls of the codec have failed inside of its runtime, where it has one: traps, spent fuel. */
  readonly failures?: () => number
  /** The seed of everything that is random; default 1. */
  readonly seed?: number
}

/** What came of a call to encode. */
export type Written =
  | { readonly kind: 'bytes'; readonly bytes: Buffer }
  | { readonly kind: 'problem'; readonly text: string }

export class CodecKit {
  readonly codec: Codec
  readonly list: CodecVectors
  readonly options: CheckOptions
  /** Those whose bytes are a message. */
  readonly samples: readonly Sample[]
  /** Those whose bytes are to be refused. */
  readonly refusals: readonly Sample[]
  readonly findings = new FindingList()
  readonly random: SeededBytes
  /** How many things were tried. */
  trials = 0
  /** Failed calls that are known. */
  #failed = 0
  /** Decoders that are not closed yet. */
  #open: Trial[] = []

  constructor(codec: Codec, list: CodecVectors, options: CheckOptions) {
    this.codec = codec
    this.list = list
    this.options = options
    const samples = list.vectors.map((vector) => new Sample(vector))
    this.samples = samples.filter(({ expected }) => expected !== undefined)
    this.refusals = samples.filter(({ expected }) => expected === undefined)
    this.random = new SeededBytes(options.seed ?? 1)
  }

  trial(direction: Direction, bodyBytesMax = this.list['body-size-max']): Trial {
    return this.#trial(direction, { bodyBytesMax }, this.prefaceOf(direction))
  }

  /** A connection whose messages may be pushed in pieces, however small they are. */
  pieceTrial(direction: Direction): Trial {
    const limits = { bodyBytesMax: this.list['body-size-max'], piecesFromBytes: 0 }
    return this.#trial(direction, limits, this.prefaceOf(direction))
  }

  /** A connection of which nothing has come. */
  bareTrial(direction: Direction): Trial {
    return this.#trial(direction, { bodyBytesMax: this.list['body-size-max'] }, Buffer.alloc(0))
  }

  /** What the connections of the protocol begin with. */
  prefaceOf(direction: Direction): Buffer {
    return bytesOf(this.list.preface?.[direction] ?? '')
  }

  /** The only message in these bytes; `undefined` when there is another number of them. */
  async decoded(bytes: Uint8Array, direction: Direction): Promise<Message | undefined> {
    const trial = await this.trial(direction).give(bytes)
    const [message, ...others] = trial.messages
    const whole = trial.failure === undefined && trial.refusals.length === 0 && trial.pendingBytes === 0
    return whole && others.length === 0 ? message : undefined
  }

  /** The message as it is written, under its own id or another. */
  async written(message: Message, id: WireId = idOf(message)): Promise<Written> {
    await this.prepared({ kind: 'message', message })
    const out = new ByteWriter()
    const problem = guarded('encoder_throws', () => this.codec.encode(message, id.high, id.low, out, id.text))
    if (problem === undefined) return { kind: 'bytes', bytes: out.toBuffer() }
    if (out.size > 0)
      this.findings.add('encode_wrote', {
        text: `encode answered the problem ${JSON.stringify(problem)} and had appended ${out.size} bytes`,
        bytes: out.toBuffer(),
      })
    return { kind: 'problem', text: problem }
  }

  /** What another function of the codec appends; `writing` is what it is told of before. */
  async appended(writing: Writing | undefined, write: (out: ByteWriter) => void): Promise<Buffer> {
    if (writing !== undefined) await this.prepared(writing)
    const out = new ByteWriter()
    guarded('encoder_throws', () => write(out))
    return out.toBuffer()
  }

  /** Waits for a codec that cannot write at once. */
  prepared(writing: Writing): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    const ready = guarded('encoder_throws', () => this.codec.prepare?.(writing, resolve) ?? true)
    if (ready) resolve()
    return promise
  }

  add(
    code: FindingCode,
    sample: Sample,
    text: string,
    bytes: Uint8Array = sample.bytes,
    marks?: readonly Mark[],
  ): void {
    this.findings.add(code, { vector: sample.name, text, bytes, ...(marks === undefined ? {} : { marks }) })
  }

  /** Runs a part of a check; a throw of the codec becomes a finding, and the next part goes on. */
  async part(sample: Sample, where: string, run: () => Promise<void>): Promise<void> {
    try {
      await run()
      this.#countFailures(sample, where)
    } catch (error) {
      if (!(error instanceof CodecThrew)) throw error
      const bytes = error.bytes ?? sample.bytes
      this.add(error.code, sample, `${where}, the codec threw ${error.message}`, bytes)
    } finally {
      for (const trial of this.#open) trial.close()
      this.#open = []
    }
  }

  #trial(direction: Direction, limits: FrameLimits, preface: Buffer): Trial {
    this.trials++
    const { settled } = this.options
    const trial = new Trial({ codec: this.codec, direction, limits, preface, settled })
    this.#open.push(trial)
    return trial
  }

  #countFailures(sample: Sample, where: string): void {
    const failed = this.options.failures?.() ?? 0
    if (failed > this.#failed) this.add('call_fails', sample, `${where}, a call of the codec failed`)
    this.#failed = failed
  }
}

export function idOf(message: Message): WireId {
  return { high: message.idHigh, low: message.idLow, text: message.idText }
}
