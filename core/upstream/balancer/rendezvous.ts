/**
 * Rendezvous hashing: every usable host bids for a hash, in proportion to its weight, and the best bid wins. It
 * looks at every host; the tables fall back on it where walking on from host to host has found none.
 */
import { hashText, mix } from './hash-text.ts'
import { type Host, usable } from './host.ts'

const HASH_SIZE = 2 ** 32

export class Rendezvous<H extends Host> {
  readonly #hosts: readonly H[]
  readonly #seeds: Int32Array

  constructor(hosts: readonly H[]) {
    this.#hosts = hosts
    this.#seeds = Int32Array.from(hosts, (host) => hashText(host.address, 0))
  }

  find(hash: number, tried: H | undefined): H | undefined {
    let winner: H | undefined
    let best = Number.POSITIVE_INFINITY
    for (let i = 0; i < this.#hosts.length; i++) {
      const host = this.#hosts[i]
      if (host === undefined || !usable(host, tried)) continue
      const uniform = ((mix(hash ^ (this.#seeds[i] ?? 0)) >>> 0) + 0.5) / HASH_SIZE
      // The earliest of exponential waits whose rates are the weights.
      const bid = -Math.log(uniform) / host.weight
      if (bid < best) {
        best = bid
        winner = host
      }
    }
    return winner
  }
}
