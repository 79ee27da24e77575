/**
 * LaterAnswer: what a guest in another process is going to answer. It is told to one listener, at once when it comes:
 * a promise would cost three objects and a round of the queue for each message.
 */
import type { GuestAnswer } from './guest-instance.ts'
import { OpList } from './op-list.ts'
import { Trap } from './trap.ts'

export interface AnswerListener {
  onAnswer(answer: GuestAnswer): void
}

/** What an instance answers that does not answer at once. */
export type Later = LaterAnswer | Promise<GuestAnswer>

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

export function isLater(answer: GuestAnswer | Later): answer is Later {
  return answer instanceof LaterAnswer || answer instanceof Promise
}

/** A runtime does not fail its promises; one that does has lost its guest. */
export function whenAnswered(answer: Later, then: (answer: GuestAnswer) => void): void {
  if (answer instanceof LaterAnswer) answer.hear({ onAnswer: then })
  else answer.catch(() => new Trap('exited', 'the answer was lost')).then(then)
}
