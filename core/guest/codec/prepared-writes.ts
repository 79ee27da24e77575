/**
 * PreparedWrites: what a guest in another process has written ahead, until the moment that it is appended. Each is found
 * by the object that it was written for, and forgotten with it.
 */
import { ByteWriter, type EncodeProblem, type Message } from '../../../sdk/index.ts'
import { Trap } from '../trap.ts'
import type { CodecBlock } from './codec-block.ts'
import type { CodecGuest } from './codec-guest.ts'
import { writeAnswer } from './written-answer.ts'

export type Prepared =
  | { readonly kind: 'bytes'; readonly bytes: Buffer }
  | { readonly kind: 'problem'; readonly text: EncodeProblem }

export interface PreparedParts {
  readonly phase: number
  readonly block: CodecBlock
  readonly handedBytes: number
  readonly source: Message | undefined
  readonly bytesMax: number
  readonly optional?: boolean
}

export class PreparedWrites {
  readonly #guest: CodecGuest
  readonly #protocol: string
  readonly #writes = new WeakMap<object, Prepared>()

  constructor(guest: CodecGuest, protocol: string) {
    this.#guest = guest
    this.#protocol = protocol
  }

  /** Asks the guest; `done` is called when the answer is here, however it turned out. */
  prepare(subject: object, parts: PreparedParts, done: () => void): void {
    void this.#ask(parts).then((prepared) => {
      this.#writes.set(subject, prepared)
      done()
    })
  }

  /** What was prepared for this, once. */
  take(subject: object): Prepared {
    const prepared = this.#writes.get(subject)
    this.#writes.delete(subject)
    return prepared ?? { kind: 'problem', text: `the codec of ${this.#protocol} was not asked in time` }
  }

  async #ask(parts: PreparedParts): Promise<Prepared> {
    const { phase, block, handedBytes, source, bytesMax, optional } = parts
    const { notes } = this.#guest
    const answer = await this.#guest.ask(phase, block, handedBytes, (list): Prepared | Trap => {
      const out = new ByteWriter()
      const problem = writeAnswer({ list, source, out, bytesMax, notes, optional: optional === true })
      if (problem instanceof Trap) return problem
      return problem === undefined
        ? { kind: 'bytes', bytes: out.toBuffer() }
        : { kind: 'problem', text: problem }
    })
    return answer instanceof Trap
      ? { kind: 'problem', text: `the codec of ${this.#protocol} failed` }
      : answer
  }
}
