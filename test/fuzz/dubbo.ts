/** The fuzz target of the Dubbo codec: frames of Hessian 2.0 and JSONB values of every kind, then damaged. */
import { exercise } from './exercise.ts'
import { Inputs } from './inputs.ts'

export class DubboTarget {
  readonly name = 'dubbo'
  readonly #inputs: Inputs

  constructor(seed: number) {
    this.#inputs = new Inputs(seed)
  }

  next(): Buffer {
    return this.#inputs.next()
  }

  /** Which promise the input breaks, as a sentence; `undefined` when it breaks none. */
  exercise(input: Buffer): string | undefined {
    return exercise(input, this.#inputs.below(input.length + 1))
  }
}
