/**
 * TurnShare: what one use of a plugin may spend before others have their turn. One call is bounded by its fuel, but
 * hundreds of messages are read together: those that come when the share is spent, or what all plugins have in common,
 * wait until the event loop has been round, in the order in which they came. What the host does for a call beyond what is
 * usual is spent as well, for no fuel pays for it.
 */
import { type Exchange, Pause, type Verdict } from '../../sdk/index.ts'
import { CommonTurn, type Turns, type WaitingShare } from './common-turn.ts'

export interface TurnShareParts {
  /** In the unit of the runtime; `Infinity` where its calls hold nobody up here. */
  readonly fuelMax: number
  /** What all plugins have in common, or only the turns; absent where all is one turn. */
  readonly turns: CommonTurn | Turns | undefined
  /** Runs something in the next turn. */
  defer(work: () => void): void
}

/** Of a share: what those that wait may spend before the next plugin goes on, so that little of one waits for much of another. */
const LITTLE = 1 / 8
/** What a share is of the host's own work: as long as a share of fuel takes in WebAssembly. */
const HOST_NS_PER_SHARE = 6_000_000

export class TurnShare implements WaitingShare {
  readonly #common: CommonTurn
  readonly #sharePerFuel: number
  readonly #sharePerNs: number
  /** What was spent in which period, as a part of the share. */
  #spent = 0
  #period = 0
  #waiting: (() => void)[] = []
  /** How many of those have gone. */
  #gone = 0
  /** Whether they go on now. */
  #goes = false

  constructor({ fuelMax, turns, defer }: TurnShareParts) {
    this.#sharePerFuel = 1 / fuelMax
    this.#sharePerNs = turns === undefined ? 0 : 1 / HOST_NS_PER_SHARE
    this.#common = turns instanceof CommonTurn ? turns : new CommonTurn(turns ?? ONE_TURN, defer)
  }

  /** Whether what comes now has to wait. */
  get used(): boolean {
    const common = this.#common
    common.look()
    if (common.period !== this.#period) this.#begin()
    return this.#spent >= 1 || common.used || (this.waitingCount > 0 && !this.#goes)
  }

  get waitingCount(): number {
    return this.#waiting.length - this.#gone
  }

  spend(fuel: number): void {
    const share = fuel * this.#sharePerFuel
    this.#spent += share
    this.#common.spent += share
  }

  /** What the host itself did for a call, so many nanoseconds about. */
  spendOfHost(ns: number): void {
    const share = ns * this.#sharePerNs
    this.#spent += share
    this.#common.spent += share
  }

  /** Does it in a later turn. */
  postpone(work: () => void): void {
    const first = this.waitingCount === 0
    this.#waiting.push(work)
    if (first && !this.#goes) this.#common.enlist(this)
  }

  /** Holds a message until it can be asked about, unless its exchange is over by then. */
  hold(exchange: Exchange, ask: () => Verdict): Pause {
    const pause = new Pause()
    this.postpone(() => {
      if (exchange.ended) return
      const verdict = ask()
      if (verdict instanceof Pause) verdict.wait((settled) => pause.resume(settled))
      else pause.resume(verdict ?? 'continue')
    })
    return pause
  }

  goOn(): boolean {
    if (this.#common.period !== this.#period) this.#begin()
    const enough = Math.min(this.#spent + LITTLE, 1)
    this.#goes = true
    while (this.waitingCount > 0 && this.#spent < enough && !this.#common.used) this.#takeFirst()()
    this.#goes = false
    return this.#spent < 1
  }

  #begin(): void {
    this.#period = this.#common.period
    this.#spent = 0
  }

  /** What has gone is not held on to: all that hangs on it would live until all of memory is collected. */
  #takeFirst(): () => void {
    const work = this.#waiting[this.#gone] ?? nothing
    this.#waiting[this.#gone++] = nothing
    if (this.#gone >= GONE_MAX || this.#gone === this.#waiting.length) {
      this.#waiting = this.#waiting.slice(this.#gone)
      this.#gone = 0
    }
    return work
  }
}

/** Places of those that have gone before the list is made anew. */
const GONE_MAX = 256
const ONE_TURN: Turns = Object.freeze({ count: 0 })

function nothing(): void {}
