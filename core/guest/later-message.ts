/**
 * LaterMessage: one message that a guest in another process is asked about: the pause that holds it, the listener to the
 * answer, and what has to be known when that comes, in one object, for there are as many as messages in flight.
 */
import { type Exchange, type Metadata, type Mutation, Pause } from '../../sdk/index.ts'
import type { GuestAnswer, GuestInstance } from './guest-instance.ts'
import type { HeldMessage } from './held-messages.ts'
import { type AnswerListener, whenAnswered } from './later-answer.ts'

export interface LaterMessageParts {
  readonly instance: GuestInstance
  readonly metadata: Metadata
  readonly mutation: Mutation
  readonly exchange: Exchange
  readonly handle: number
  readonly phase: number
}

/** Hears about all messages of a filter. */
export type LaterAnswered = (message: LaterMessage, answer: GuestAnswer) => void

export class LaterMessage extends Pause implements AnswerListener {
  readonly instance: GuestInstance
  readonly metadata: Metadata
  readonly mutation: Mutation
  readonly exchange: Exchange
  readonly handle: number
  readonly phase: number
  /** None was held before it was asked about. */
  readonly held: HeldMessage | undefined = undefined
  /** For whoever wants to know that the guest has answered, and holds the message itself. */
  onFollow: ((pause: Pause) => void) | undefined = undefined
  readonly #answered: LaterAnswered

  constructor(parts: LaterMessageParts, answered: LaterAnswered) {
    super()
    this.instance = parts.instance
    this.metadata = parts.metadata
    this.mutation = parts.mutation
    this.exchange = parts.exchange
    this.handle = parts.handle
    this.phase = parts.phase
    this.#answered = answered
  }

  onAnswer(answer: GuestAnswer): void {
    this.#answered(this, answer)
  }

  /** Hears an answer that is a promise. */
  expect(answer: Promise<GuestAnswer>): void {
    whenAnswered(answer, (later) => this.onAnswer(later))
  }

  /** Goes on when another pause does. */
  follow(pause: Pause): void {
    pause.wait((settled) => this.resume(settled))
    this.onFollow?.(pause)
  }
}
