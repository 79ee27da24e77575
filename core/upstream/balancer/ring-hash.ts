/**
 * Ring hash: each host owns points on a ring of 2³¹ positions, as many as its weight says, and a hash belongs to
 * the owner of the next point. A host that leaves gives its arcs to its neighbours and moves nothing else. The
 * points of a host depend on nothing but its address, and more weight only adds some.
 */

import type { HashTable } from './hash-balancer.ts'
import { hashText } from './hash-text.ts'
import { type Host, usable } from './host.ts'
import { Rendezvous } from './rendezvous.ts'
import { SortedPairs } from './sorted-pairs.ts'

const RING_BITS = 31
/** Points of a host of the least weight: its load is then within about 5 % (one deviation) of its share. */
const POINTS_PER_HOST = 512
/** Points of the whole ring, beside the one that every host has: 0.8 MiB with the way to find them. */
const POINTS_MAX = 65_536
/** Points of hosts that are not to be had which one pick may pass. */
const STEPS_MAX = 64

export class HashRing<H extends Host> implements HashTable<H> {
  readonly #hosts: readonly H[]
  readonly #rendezvous: Rendezvous<H>
  /** Positions of the points, ascending, and their owners. */
  readonly #points: Uint32Array
  readonly #owners: Uint32Array
  /** The ring is cut into equal arcs; these are the first points at or behind the beginning of each. */
  readonly #arcs: Uint32Array
  readonly #arcShift: number

  constructor(hosts: readonly H[]) {
    this.#hosts = hosts
    this.#rendezvous = new Rendezvous(hosts)
    const { keys, indexes } = pointsOf(hosts)
    this.#points = keys
    this.#owners = indexes
    const arcBits = Math.ceil(Math.log2(keys.length))
    this.#arcShift = RING_BITS - arcBits
    this.#arcs = firstPoints(keys, 2 ** arcBits, this.#arcShift)
  }

  find(hash: number, tried: H | undefined): H | undefined {
    const points = this.#points
    const count = points.length
    let at = this.#arcs[hash >>> this.#arcShift] ?? 0
    while (at < count && (points[at] ?? 0) < hash) at++
    for (let steps = 0; steps < STEPS_MAX; steps++, at++) {
      if (at >= count) at = 0
      const host = this.#hosts[this.#owners[at] ?? 0]
      if (host !== undefined && usable(host, tried)) return host
    }
    return this.#rendezvous.find(hash, tried)
  }
}

function pointsOf(hosts: readonly Host[]): { readonly keys: Uint32Array; readonly indexes: Uint32Array } {
  const total = hosts.reduce((sum, host) => sum + host.weight, 0)
  const weightMin = hosts.reduce((min, host) => Math.min(min, host.weight), total)
  // While the ring has room, the count depends on the least weight alone, and who leaves changes nobody's.
  const scale = Math.min(POINTS_PER_HOST / weightMin, POINTS_MAX / total)
  const counts = hosts.map((host) => Math.max(1, Math.round(host.weight * scale)))
  const pairs = new SortedPairs(counts.reduce((sum, count) => sum + count, 0))
  for (const [index, host] of hosts.entries()) {
    const count = counts[index] ?? 0
    for (let k = 0; k < count; k++) pairs.add(hashText(host.address, k) >>> 1, index)
  }
  return pairs.sorted()
}

function firstPoints(points: Uint32Array, arcsCount: number, arcShift: number): Uint32Array {
  const arcs = new Uint32Array(arcsCount)
  let at = 0
  for (let arc = 0; arc < arcsCount; arc++) {
    while (at < points.length && (points[at] ?? 0) >>> arcShift < arc) at++
    arcs[arc] = at
  }
  return arcs
}
