/** Flow control between connections: reading is stopped by whoever cannot take more, and the stops are counted. */

/** A connection that can be asked to read no further. Every disable is matched by one enable. */
export interface FlowSource {
  readDisable(): void
  readEnable(): void
}

/** The sources that one congested connection has stopped; they go on together when it has drained. */
export class Backpressure {
  readonly #stopped = new Set<FlowSource>()

  /** Stops a source once, however often it is asked; false when it is stopped already. */
  stop(source: FlowSource): boolean {
    if (this.#stopped.has(source)) return false
    this.#stopped.add(source)
    source.readDisable()
    return true
  }

  release(): void {
    if (this.#stopped.size === 0) return
    const stopped = [...this.#stopped]
    this.#stopped.clear()
    for (const source of stopped) source.readEnable()
  }
}
