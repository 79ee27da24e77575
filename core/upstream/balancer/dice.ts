/**
 * Dice: the chance that balancers use at each pick. The given source of random numbers seeds it and is not asked
 * again, because a fraction that comes out of a function costs an allocation; whole numbers do not.
 */
import { mix } from './hash-text.ts'

/** 2³² divided by the golden ratio: the seed's steps visit every state. */
const STEP = 0x9e3779b9
const SEEDS = 2 ** 32

export class Dice {
  #state: number

  /** `random` answers a number from 0 to under 1. */
  constructor(random: () => number) {
    this.#state = Math.floor(random() * SEEDS) | 0
  }

  /** A whole number from 0 to under 2³¹. */
  roll(): number {
    this.#state = (this.#state + STEP) | 0
    return mix(this.#state) >>> 1
  }
}
