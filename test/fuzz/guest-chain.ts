/**
 * The fuzz target of chains of guests: several listeners with filters that share what is written for them, and requests and
 * replies that are changed, held, woken in any order, and end. Every block that a guest is shown, and every frame that
 * leaves, is what a codec and a writer come to that have never seen anything before.
 */
import { seededRandom } from '../seeded-random.ts'
import { ChainWorld } from './chain-world.ts'
import { Tape } from './tape.ts'

const TAPE_BYTES = 6_000

export class GuestChainTarget {
  readonly name = 'guest-chain'
  readonly #random: () => number

  constructor(seed: number) {
    this.#random = seededRandom(seed)
  }

  /** The decisions of one world. */
  next(): Buffer {
    return Tape.drawn(this.#random, TAPE_BYTES)
  }

  exercise(input: Buffer): string | undefined {
    return new ChainWorld(input).run()
  }
}
