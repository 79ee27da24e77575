/**
 * WaitingQueue: who waits for an answer, first come, first served: a ring that grows. What has left is not held on to: an
 * array that was cut now and then kept up to 16,000 answered calls alive, and a quarter of the worker's time went to
 * collecting what hung on them.
 */

const INITIAL_PLACES = 256

export class WaitingQueue<Waiter> {
  #ring: (Waiter | undefined)[] = new Array<Waiter | undefined>(INITIAL_PLACES).fill(undefined)
  #head = 0
  #size = 0

  get size(): number {
    return this.#size
  }

  get first(): Waiter | undefined {
    return this.#ring[this.#head]
  }

  push(waiter: Waiter): void {
    if (this.#size === this.#ring.length) this.#grow()
    this.#ring[(this.#head + this.#size) & (this.#ring.length - 1)] = waiter
    this.#size++
  }

  shift(): Waiter | undefined {
    if (this.#size === 0) return undefined
    const waiter = this.#ring[this.#head]
    this.#ring[this.#head] = undefined
    this.#head = (this.#head + 1) & (this.#ring.length - 1)
    this.#size--
    return waiter
  }

  /** All of them, in order; none is left. */
  drain(): readonly Waiter[] {
    const all: Waiter[] = []
    for (let waiter = this.shift(); waiter !== undefined; waiter = this.shift()) all.push(waiter)
    return all
  }

  #grow(): void {
    const all = [...this.#ring.slice(this.#head), ...this.#ring.slice(0, this.#head)]
    this.#ring = [...all, ...new Array<Waiter | undefined>(all.length).fill(undefined)]
    this.#head = 0
  }
}
