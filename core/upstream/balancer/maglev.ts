/**
 * Maglev hashing (Eisenbud et al., NSDI 2016, §3.4): each host prefers the slots of a table in an order of its
 * own, and the hosts take turns to claim the best one that is still free, those of less weight in fewer rounds.
 * Shares are even to within a slot or two; a host that joins or leaves moves few slots beside its own.
 */
import type { HashTable } from './hash-balancer.ts'
import { hashText, mix } from './hash-text.ts'
import { type Host, usable } from './host.ts'
import { Rendezvous } from './rendezvous.ts'

/** A prime well above the number of hosts; with more hosts than slots the last ones would get nothing. */
const SLOTS = 65_537
/** Slots of hosts that are not to be had which one pick may try. */
const STEPS_MAX = 32
const OFFSET_SEED = 0x6f66_6673
const SKIP_SEED = 0x736b_6970

export class MaglevTable<H extends Host> implements HashTable<H> {
  readonly #hosts: readonly H[]
  readonly #rendezvous: Rendezvous<H>
  /** The owner of each slot. */
  readonly #owners: Int32Array

  constructor(hosts: readonly H[]) {
    this.#hosts = hosts
    this.#rendezvous = new Rendezvous(hosts)
    this.#owners = claimAll(hosts)
  }

  find(hash: number, tried: H | undefined): H | undefined {
    let probe = hash
    for (let steps = 0; steps < STEPS_MAX; steps++) {
      const host = this.#hosts[this.#owners[probe % SLOTS] ?? 0]
      if (host !== undefined && usable(host, tried)) return host
      // Not the next slot: its owner depends on this one's, and would get more than its share.
      probe = mix(probe + 1) >>> 1
    }
    return this.#rendezvous.find(hash, tried)
  }
}

/**
 * Lets the hosts claim slots in rounds until none is free. The heaviest claim one a round, the others when they have
 * earned it; hosts of equal weight earn alike, so that a round costs no more than the claims made in it.
 */
function claimAll(hosts: readonly Host[]): Int32Array {
  const owners = new Int32Array(SLOTS).fill(-1)
  const weightMax = hosts.reduce((max, host) => Math.max(max, host.weight), 0)
  const groups = [...Map.groupBy(hosts.keys(), (index) => hosts[index]?.weight ?? 0)].map(
    ([weight, members]) => ({ members, earning: weight / weightMax, earned: 0 }),
  )
  /** Where each host looks next, and how far it goes when that is taken; the prime makes it see every slot. */
  const nexts = hosts.map((host) => (hashText(host.address, OFFSET_SEED) >>> 0) % SLOTS)
  const skips = hosts.map((host) => 1 + ((hashText(host.address, SKIP_SEED) >>> 0) % (SLOTS - 1)))
  let free = SLOTS
  while (free > 0) {
    for (const group of groups) {
      group.earned += group.earning
      if (group.earned < 1) continue
      group.earned -= 1
      for (const index of group.members) {
        if (free === 0) return owners
        nexts[index] = claim(owners, index, nexts[index] ?? 0, skips[index] ?? 1)
        free--
      }
    }
  }
  return owners
}

/** Takes the first free slot of a host's order; answers where it looks next time. Some slot must be free. */
function claim(owners: Int32Array, index: number, next: number, skip: number): number {
  let slot = next
  while (owners[slot] !== -1) slot = (slot + skip) % SLOTS
  owners[slot] = index
  return (slot + skip) % SLOTS
}
