/**
 * LaterAnswer: what a guest in another process is going to answer. It is told to one listener, at once when it comes:
 * a promise would cost three objects and a round of the queue for each message.
 */
import type { GuestAnswer } from './guest-instance.ts'
import { OpList } from './op-list.ts'

export interface AnswerListener {
  onAnswer(answer: GuestAnswer): void
}

export class LaterAnswer {
  #listener: AnswerListener | undefined = undefined

  /** Who waits for it; said once, before the answer can come. */
  hear(listener: AnswerListener): void {
    this.#listener = listener
  }

  /** For whoever is in no hurry; a list is a copy. */
  promise(): Promise<GuestAnswer> {
    return new Promise((resolve) => this.hear({ onAnswer: (answer) => resolve(kept(answer)) }))
  }

  /** The answer has come. A list holds until this returns. */
  settle(answer: GuestAnswer): void {
    const listener = this.#listener
    this.#listener = undefined
    listener?.onAnswer(answer)
  }
}

function kept(answer: GuestAnswer): GuestAnswer {
  if (!(answer instanceof OpList)) return answer
  return new OpList(Buffer.from(answer.bytes.subarray(answer.start, answer.end)))
}
