/** Random: each request goes where chance wants, in proportion to the weights. */
import { AliasTable } from './alias-table.ts'
import { Dice } from './dice.ts'
import { type Balancer, type HashSource, type Host, usable } from './host.ts'
import { scan } from './scan.ts'

/** Draws that may hit a host that is not to be had; redrawing keeps the others in proportion. */
const DRAWS_MAX = 8

export class RandomBalancer<H extends Host> implements Balancer<H> {
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
      if (host !== undefined && usable(host, tried)) return host
    }
    return scan(this.#hosts, this.#random, tried)
  }
}
