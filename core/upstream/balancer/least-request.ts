/**
 * Least request: of two hosts drawn by weight, the one that has less to do for its weight. Two choices are nearly
 * as good as looking at every host, and do not send everybody to the same one. Of two that are equally busy the
 * first drawn is taken, so that a quiet cluster is shared by weight.
 */
import { type Balancer, type HashSource, type Host, usable } from './host.ts'
import { WeightedDraw } from './weighted-draw.ts'

export class LeastRequest<H extends Host> implements Balancer<H> {
  readonly #hosts: WeightedDraw<H>

  constructor(hosts: readonly H[], random: () => number) {
    this.#hosts = new WeightedDraw(hosts, random)
  }

  pick(_source: HashSource | undefined, tried: H | undefined): H | undefined {
    const first = this.#hosts.draw(tried)
    if (first === undefined || first.active === 0) return first
    const second = this.#hosts.other(first)
    if (second === undefined || !usable(second, tried)) return first
    return second.active * first.weight < first.active * second.weight ? second : first
  }
}
