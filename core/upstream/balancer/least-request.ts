/**
 * Least request: of two hosts drawn by weight, the one that has less to do for its weight. Two choices are nearly
 * as good as looking at every host, and do not send everybody to the same one. Of two that are equally busy the
 * first drawn is taken, so that a quiet cluster is shared by weight.
 */
import { AliasTable } from './alias-table.ts'
import { Dice } from './dice.ts'
import { type Balancer, type HashSource, type Host, usable } from './host.ts'
import { scan } from './scan.ts'

/** Draws that may hit a host that is not to be had. */
const DRAWS_MAX = 8

export class LeastRequest<H extends Host> implements Balancer<H> {
  readonly #hosts: readonly H[]
  readonly #random: () => number
  readonly #dice: Dice
  readonly #table: AliasTable

  constructor(hosts: readonly H[], random: () => number) {
    this.#hosts = hosts
    this.#random = random
    this.#dice = new Dice(random)
    this.#table = new AliasTable(hosts.map((host) => host.weight))
  }

  pick(_source: HashSource | undefined, tried: H | undefined): H | undefined {
    for (let draw = 0; draw < DRAWS_MAX; draw++) {
      const host = this.#hosts[this.#table.draw(this.#dice.roll())]
      if (host !== undefined && usable(host, tried)) return this.#lessBusy(host, tried)
    }
    return scan(this.#hosts, this.#random, tried)
  }

  /** The first, or a second one that is less busy. */
  #lessBusy(first: H, tried: H | undefined): H {
    if (first.active === 0) return first
    let index = this.#table.draw(this.#dice.roll())
    if (this.#hosts[index] === first) index = index + 1 < this.#hosts.length ? index + 1 : 0
    const second = this.#hosts[index]
    if (second === undefined || !usable(second, tried)) return first
    return second.active * first.weight < first.active * second.weight ? second : first
  }
}
