/**
 * Departures: requests that have passed their filters while a chunk was read, or while the answers of a plugin's process
 * were heard that came together, and are sent when all of that has been looked at. One part of the work done for many
 * messages, then the next, needs a third of the processor's instructions at hand at a time, which is all that its first
 * cache holds: with each request sent before the next is looked at, the code of either is fetched anew for each.
 */

/** So many are sent before more are looked at, while what they are made of is still at hand. */
const TOGETHER_MAX = 32

export interface Departing {
  /** Sends it, if it is not over. */
  proceed(): void
}

export class Departures {
  /** A list each time: one that had become old would tell the garbage collector of each request in it. */
  #waiting: Departing[] | undefined = undefined

  /** Whether requests wait for each other: then somebody has looked at the clock. */
  get begun(): boolean {
    return this.#waiting !== undefined
  }

  /** Requests that come from now on are sent together; until {@link end}. */
  begin(): void {
    this.#waiting = []
  }

  /** A request that has passed its filters; it is sent with those that came with it, or now if there are none. */
  add(departing: Departing): void {
    const waiting = this.#waiting
    if (waiting === undefined) departing.proceed()
    else if (waiting.push(departing) === TOGETHER_MAX) {
      this.#send(waiting)
      if (this.#waiting === waiting) this.#waiting = []
    }
  }

  end(): void {
    const waiting = this.#waiting
    this.#waiting = undefined
    if (waiting !== undefined && waiting.length > 0) this.#send(waiting)
  }

  /** What sending one of them brings about is sent behind them. */
  #send(waiting: Departing[]): void {
    for (let i = 0; i < waiting.length; i++) waiting[i]?.proceed()
  }
}
