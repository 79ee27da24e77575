/**
 * Round robin: the hosts take turns, each as often as its weight says and as evenly spread as can be. The turns
 * of one whole round are laid out once: turn `k` of a host with weight `w` comes at the time `(k + phase) / w`,
 * and the phases keep the hosts out of each other's way. A pick is then one step along the round. It starts at a
 * random turn, so that many proxies do not all begin with the same host.
 */
import { type Balancer, type HashSource, type Host, usable } from './host.ts'
import { scan } from './scan.ts'
import { KEY_END, SortedPairs } from './sorted-pairs.ts'

/** Turns of a round; greater weights are scaled down, and each host keeps at least one turn. */
const TURNS_MAX = 16_384
/** Turns of hosts that are not to be had which one pick may skip. */
const SKIPS_MAX = 64
/** Multiples of the golden ratio's fraction fall far from each other. */
const GOLDEN = 0.618_033_988_749_894_8

export class RoundRobin<H extends Host> implements Balancer<H> {
  readonly #hosts: readonly H[]
  readonly #random: () => number
  readonly #turns: Uint32Array
  #turn: number

  constructor(hosts: readonly H[], random: () => number) {
    this.#hosts = hosts
    this.#random = random
    this.#turns = roundOf(hosts)
    this.#turn = Math.floor(random() * this.#turns.length)
  }

  pick(_source: HashSource | undefined, tried: H | undefined): H | undefined {
    const turns = this.#turns
    for (let skips = 0; skips < SKIPS_MAX; skips++) {
      this.#turn = this.#turn + 1 < turns.length ? this.#turn + 1 : 0
      const host = this.#hosts[turns[this.#turn] ?? 0]
      if (host !== undefined && usable(host, tried)) return host
    }
    return scan(this.#hosts, this.#random, tried)
  }
}

/** The indexes of the hosts in the order of their turns. */
function roundOf(hosts: readonly Host[]): Uint32Array {
  const divisor = hosts.reduce((known, host) => commonDivisor(known, host.weight), 0)
  const total = hosts.reduce((sum, host) => sum + host.weight, 0)
  const scale = Math.min(1 / divisor, TURNS_MAX / total)
  const counts = hosts.map((host) => Math.max(1, Math.round(host.weight * scale)))
  const pairs = new SortedPairs(counts.reduce((sum, count) => sum + count, 0))
  for (const [index, count] of counts.entries()) {
    const phase = ((index + 1) * GOLDEN) % 1
    for (let k = 0; k < count; k++) pairs.add(Math.floor(((k + phase) / count) * KEY_END), index)
  }
  return pairs.sorted().indexes
}

/** Euclid's; weights that are no whole numbers end in a divisor below 1, and the scale bounds the round anyway. */
function commonDivisor(one: number, other: number): number {
  return other === 0 ? one : commonDivisor(other, one % other)
}
