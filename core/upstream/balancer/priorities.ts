/** Priorities: groups of hosts, each with a balancer of its own; a group is asked when those before it have nobody. */
import type { Balancer, HashSource, Host } from './host.ts'

export class Priorities<H extends Host> implements Balancer<H> {
  readonly #levels: readonly Balancer<H>[]

  /** The first is preferred. */
  constructor(levels: readonly Balancer<H>[]) {
    this.#levels = levels
  }

  pick(source: HashSource | undefined, tried: H | undefined): H | undefined {
    for (const level of this.#levels) {
      const host = level.pick(source, tried)
      if (host !== undefined) return host
    }
    return undefined
  }
}
