/**
 * BodyFlow: the pieces of one message on their way through its exchange. They wait until its beginning has been passed
 * on, then each goes past the filters that look at pieces, one after the other. What waits is counted where it came from.
 */
import {
  type Filter,
  type Message,
  Mutation,
  Pause,
  replyError,
  type Settled,
  type Verdict,
} from '../../sdk/index.ts'
import type { HeldBytes } from '../net/held-bytes.ts'
import type { Step } from './chain.ts'
import { NO_VERDICT } from './filter-call.ts'
import { goesOn } from './goes-on.ts'
import { understood } from './understood.ts'

/** The exchange, as the pieces of its messages see it. */
export interface BodyOwner {
  /** Whether the filter has seen the beginning. */
  reached(step: Step): boolean
  askPiece(filter: Filter, piece: Message, mutation: Mutation): Verdict
  /** No filter has anything against the piece. */
  passPiece(flow: BodyFlow, piece: Message): void
  /** A filter has decided, and the exchange ends with it. */
  obeyPiece(flow: BodyFlow, verdict: Exclude<Settled, 'continue'>): void
  /** A filter holds a piece, or does no longer. */
  pieceHeld(held: boolean): void
  /** Whoever sent the pieces will send no more, and the message has not ended. */
  bodyCut(text: string): void
}

/** What a piece that waits costs beside its bytes, about; pieces may be of one byte. */
const PIECE_BYTES = 320

/** waiting => flowing <=> held; every state => over. */
type State = 'waiting' | 'flowing' | 'held' | 'over'

export class BodyFlow {
  /** Bytes that have not come yet. */
  missingBytes: number
  /** Why the message will never be whole. */
  cutText: string | undefined = undefined
  readonly #held: HeldBytes
  #owner: BodyOwner | undefined = undefined
  #steps: readonly Step[] = []
  #state: State = 'waiting'
  #waiting: Message[] = []
  #waitingBytes = 0

  constructor(beginning: Message, held: HeldBytes) {
    this.missingBytes = beginning.rest
    this.#held = held
  }

  /** What waits for a filter, or for the beginning to be passed on, occupies. */
  get waitingBytes(): number {
    return this.#waitingBytes
  }

  get held(): boolean {
    return this.#state === 'held'
  }

  /** The exchange has begun. */
  begin(owner: BodyOwner, steps: readonly Step[]): void {
    this.#owner = owner
    this.#steps = steps
  }

  add(piece: Message): void {
    const size = piece.end - piece.start
    this.missingBytes -= size
    if (this.#state === 'flowing') {
      this.#ask(piece, 0)
    } else if (this.#state !== 'over') {
      this.#waiting.push(piece)
      this.#count(size + PIECE_BYTES)
    }
  }

  /** The beginning has been passed on. */
  open(): void {
    if (this.#state !== 'waiting') return
    this.#state = 'flowing'
    this.#goOn()
  }

  /** Whatever there is and may come is wanted no more. */
  discard(): void {
    this.#state = 'over'
    this.#waiting = []
    this.#count(-this.#waitingBytes)
  }

  /** Nothing more comes. */
  cut(text: string): void {
    if (this.#state === 'over') return
    this.cutText = text
    this.#owner?.bodyCut(text)
  }

  #goOn(): void {
    while (this.#state === 'flowing') {
      const piece = this.#waiting.shift()
      if (piece === undefined) return
      this.#count(piece.start - piece.end - PIECE_BYTES)
      this.#ask(piece, 0)
    }
  }

  /** Asks the filters from this one on. */
  #ask(piece: Message, from: number): void {
    const owner = this.#owner
    if (owner === undefined) return
    for (let place = from; place < this.#steps.length; place++) {
      const step = this.#steps[place]
      if (step === undefined || !owner.reached(step)) continue
      piece.mutation ??= new Mutation()
      const verdict = owner.askPiece(step.filter, piece, piece.mutation)
      if (goesOn(verdict)) continue
      if (verdict instanceof Pause) this.#hold(owner, verdict, piece, place + 1)
      else owner.obeyPiece(this, verdict)
      return
    }
    owner.passPiece(this, piece)
  }

  #hold(owner: BodyOwner, pause: Pause, piece: Message, next: number): void {
    this.#state = 'held'
    owner.pieceHeld(true)
    pause.wait((answer) => {
      if (this.#state !== 'held') return
      const verdict = understood(answer) ? answer : replyError('plugin_failed', NO_VERDICT)
      this.#state = 'flowing'
      owner.pieceHeld(false)
      if (verdict === 'continue') this.#ask(piece, next)
      else owner.obeyPiece(this, verdict)
      this.#goOn()
    })
  }

  #count(bytes: number): void {
    this.#waitingBytes += bytes
    if (bytes !== 0) this.#held.add(bytes)
  }
}
