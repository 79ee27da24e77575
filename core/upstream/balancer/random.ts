/** Random: each request goes where chance wants, in proportion to the weights. */
import type { Balancer, HashSource, Host } from './host.ts'
import { WeightedDraw } from './weighted-draw.ts'

export class RandomBalancer<H extends Host> implements Balancer<H> {
  readonly #hosts: WeightedDraw<H>

  constructor(hosts: readonly H[], random: () => number) {
    this.#hosts = new WeightedDraw(hosts, random)
  }

  pick(_source: HashSource | undefined, tried: H | undefined): H | undefined {
    return this.#hosts.draw(tried)
  }
}
