/** Sniffer: tells by its first bytes which of several protocols a connection speaks. */
import type { Codec, Sniff } from '../../sdk/index.ts'

/** More bytes than any protocol needs to be told by. */
const SNIFF_BYTES_MAX = 1_024

export class Sniffer {
  #candidates: Codec[]
  #first: Buffer = Buffer.alloc(0)
  readonly #onThrown: (codec: Codec, error: unknown) => void

  /** `onThrown` is told of a codec that throws when it is asked. */
  constructor(codecs: readonly Codec[], onThrown: (codec: Codec, error: unknown) => void) {
    this.#onThrown = onThrown
    this.#candidates = codecs.filter((codec) => codec.sniff !== undefined)
  }

  /** Everything received so far. */
  get bytes(): Buffer {
    return this.#first
  }

  /** The codec; `more` when too little has come to tell; `none` when it is none of them. */
  add(chunk: Buffer): Codec | 'more' | 'none' {
    this.#first = this.#first.length === 0 ? chunk : Buffer.concat([this.#first, chunk])
    const possible: Codec[] = []
    for (const codec of this.#candidates) {
      const answer = this.#ask(codec)
      if (answer === 'yes') return codec
      if (answer === 'more') possible.push(codec)
    }
    this.#candidates = possible
    return possible.length === 0 || this.#first.length > SNIFF_BYTES_MAX ? 'none' : 'more'
  }

  /** A codec that throws has not recognised its protocol; the others may. */
  #ask(codec: Codec): Sniff {
    try {
      return codec.sniff?.(this.#first) ?? 'no'
    } catch (error) {
      this.#onThrown(codec, error)
      return 'no'
    }
  }
}
