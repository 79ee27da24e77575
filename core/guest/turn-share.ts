/**
 * TurnShare: what one use of a plugin may spend before others have their turn. One call is bounded by its fuel, but
 * hundreds of messages are read together: those that come when the share is spent wait until the event loop has been
 * round, in the order in which they came.
 */
import { type Exchange, Pause, type Verdict } from '../../sdk/index.ts'

/** Goes up with every turn in which anything was done. */
export interface Turns {
  readonly count: number
}

export interface TurnShareParts {
  /** In the unit of the runtime. */
  readonly fuelMax: number
  /** Absent where all is one turn. */
  readonly turns: Turns | undefined
  /** Runs something in the next turn. */
  defer(work: () => void): void
}

export class TurnShare {
  readonly #parts: TurnShareParts
  readonly #turns: Turns
  /** What was spent in which turn. */
  #fuel = 0
  #turn = 0
  /** Whether some of it was spent between two turns, for those that had waited. */
  #ahead = false
  #waiting: (() => void)[] = []
  #running = false

  constructor(parts: TurnShareParts) {
    this.#parts = parts
    this.#turns = parts.turns ?? ONE_TURN
  }

  /** Whether what comes now has to wait. */
  get used(): boolean {
    if (this.#turns.count !== this.#turn) this.#begin()
    return this.#fuel >= this.#parts.fuelMax || (this.#waiting.length > 0 && !this.#running)
  }

  get waitingCount(): number {
    return this.#waiting.length
  }

  spend(fuel: number): void {
    this.#fuel += fuel
  }

  /** Does it in a later turn. */
  postpone(work: () => void): void {
    this.#waiting.push(work)
    if (this.#waiting.length === 1 && !this.#running) this.#parts.defer(() => this.#run())
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

  #begin(): void {
    this.#turn = this.#turns.count
    if (!this.#ahead) this.#fuel = 0
    this.#ahead = false
  }

  #run(): void {
    this.#fuel = 0
    this.#ahead = true
    this.#running = true
    const waiting = this.#waiting
    this.#waiting = []
    let done = 0
    while (done < waiting.length && this.#fuel < this.#parts.fuelMax) {
      const work = waiting[done]
      // An old list would keep alive what has left it, and all that hangs on that, until all of memory is collected.
      waiting[done++] = nothing
      work?.()
    }
    this.#running = false
    this.#waiting = [...waiting.slice(done), ...this.#waiting]
    if (this.#waiting.length > 0) this.#parts.defer(() => this.#run())
  }
}

const ONE_TURN: Turns = Object.freeze({ count: 0 })

function nothing(): void {}
