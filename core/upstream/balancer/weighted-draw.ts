/** WeightedDraw: a host by chance, in proportion to the weights. */
import { AliasTable } from './alias-table.ts'
import { Dice } from './dice.ts'
import { type Host, usable } from './host.ts'
import { scan } from './scan.ts'

/** Draws that may hit a host that is not to be had; redrawing keeps the others in proportion. */
const DRAWS_MAX = 8

export class WeightedDraw<H extends Host> {
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

  /** One that is to be had; `undefined` when there is none. */
  draw(tried: H | undefined): H | undefined {
    for (let draw = 0; draw < DRAWS_MAX; draw++) {
      const host = this.#hosts[this.#table.draw(this.#dice.roll())]
      if (host !== undefined && usable(host, tried)) return host
    }
    return scan(this.#hosts, this.#random, tried)
  }

  /** Another one than `first`, whether it is to be had or not; it is the next in the list when chance wants the same. */
  other(first: H): H | undefined {
    let index = this.#table.draw(this.#dice.roll())
    if (this.#hosts[index] === first) index = index + 1 < this.#hosts.length ? index + 1 : 0
    return this.#hosts[index]
  }
}
