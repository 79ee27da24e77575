/**
 * LaterAnswer: what a guest in another process is going to answer. It is told to one listener, at once when it comes:
 * a promise would cost three objects and a round of the queue for each message.
 */
import type { GuestAnswer } from './guest-instance.ts'
import { OpList } from './op-list.ts'

export class LaterAnswer {
  #hear: ((answer: GuestAnswer) => void) | undefined = undefined

  /** Who waits for it; said once, before the answer can come. */
  hear(hear: (answer: GuestAnswer) => void): void {
    this.#hear = hear
  }

  /** For whoever is in no hurry; a list is a copy. */
  promise(): Promise<GuestAnswer> {
    return new Promise((resolve) => this.hear((answer) => resolve(kept(answer))))
  }

  /** The answer has come. A list holds until this returns. */
  settle(answer: GuestAnswer): void {
    const hear = this.#hear
    this.#hear = undefined
    hear?.(answer)
  }
}

function kept(answer: GuestAnswer): GuestAnswer {
  if (!(answer instanceof OpList)) return answer
  return new OpList(Buffer.from(answer.bytes.subarray(answer.start, answer.end)))
}
