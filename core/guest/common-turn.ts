/**
 * CommonTurn: what all plugins of a worker may spend in one turn together. Each use of one has a share of its own
 * ({@link TurnShare}), but there are as many as plugins times listeners: behind the common part everybody waits, and those
 * that wait go on in the next turns one after the other, each with a little at a time.
 */

/** Goes up with every turn in which anything was done. */
export interface Turns {
  readonly count: number
}

/** Somebody who has work that waits. */
export interface WaitingShare {
  readonly waitingCount: number
  /** Does some of it, a little at most; false when its own share is spent. */
  goOn(): boolean
}

/** Shares that are spent in one turn before everybody waits. */
const SHARES_MAX = 4

export class CommonTurn {
  /** What was spent, in shares. */
  spent = 0
  /** Goes up whenever everybody's share is there again. */
  period = 1
  readonly #turns: Turns
  readonly #defer: (work: () => void) => void
  #turn = 0
  /** Whether some of it was spent between two turns, for those that had waited. */
  #ahead = false
  readonly #waiting: WaitingShare[] = []
  #deferred = false
  /** Whether those that have waited go on now. */
  #running = false

  /** `defer` runs something in the next turn. */
  constructor(turns: Turns, defer: (work: () => void) => void) {
    this.#turns = turns
    this.#defer = defer
  }

  get used(): boolean {
    return this.spent >= SHARES_MAX
  }

  /** Sees whether there is another turn. */
  look(): void {
    const { count } = this.#turns
    if (count === this.#turn) return
    this.#turn = count
    if (!this.#ahead) this.#begin()
    this.#ahead = false
  }

  /** Has it go on in a later turn; called when the first of its work begins to wait. */
  enlist(share: WaitingShare): void {
    this.#waiting.push(share)
    if (!this.#running) this.#runLater()
  }

  #begin(): void {
    this.spent = 0
    this.period++
  }

  #runLater(): void {
    if (this.#deferred) return
    this.#deferred = true
    this.#defer(() => this.#run())
  }

  #run(): void {
    this.#deferred = false
    this.#begin()
    this.#ahead = true
    this.#running = true
    const spentTheirs: WaitingShare[] = []
    while (!this.used) {
      const share = this.#waiting.shift()
      if (share === undefined) break
      const more = share.goOn()
      if (share.waitingCount > 0) (more ? this.#waiting : spentTheirs).push(share)
    }
    this.#running = false
    this.#waiting.push(...spentTheirs)
    if (this.#waiting.length > 0) this.#runLater()
  }
}
