/**
 * TurnShare: what one use of a plugin may spend before others have their turn. One call is bounded by its fuel, but
 * hundreds of messages are read together: those that come when the share is spent wait until the event loop has been
 * round, in the order in which they came.
 */
import { type Exchange, Pause, type Verdict } from '../../sdk/index.ts'

export interface TurnShareParts {
  /** In the unit of the runtime. */
  readonly fuelMax: number
  /** Runs something in the next turn. */
  defer(work: () => void): void
}

export class TurnShare {
  readonly #parts: TurnShareParts
  #fuel = 0
  #waiting: (() => void)[] = []
  #running = false

  constructor(parts: TurnShareParts) {
    this.#parts = parts
  }

  /** Whether what comes now has to wait. */
  get used(): boolean {
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

  #run(): void {
    this.#fuel = 0
    this.#running = true
    const waiting = this.#waiting
    this.#waiting = []
    let done = 0
    while (done < waiting.length && this.#fuel < this.#parts.fuelMax) waiting[done++]?.()
    this.#running = false
    this.#waiting = [...waiting.slice(done), ...this.#waiting]
    if (this.#waiting.length > 0) this.#parts.defer(() => this.#run())
  }
}
