/** The balancer of a cluster by its name in the configuration, for one set of hosts. */
import type { balancerNames } from '../options.ts'
import { HashBalancer } from './hash-balancer.ts'
import type { Balancer, Host } from './host.ts'
import { LeastRequest } from './least-request.ts'
import { MaglevTable } from './maglev.ts'
import { OneHost } from './one-host.ts'
import { Priorities } from './priorities.ts'
import { RandomBalancer } from './random.ts'
import { HashRing } from './ring-hash.ts'
import { RoundRobin } from './round-robin.ts'

export type { Balancer, HashSource, Host } from './host.ts'

export type BalancerName = (typeof balancerNames)[number]

/**
 * `random` answers numbers from 0 to under 1. `hashKeys` are the properties that ring-hash and maglev hash; without
 * any they pick at random. Equal sets of hosts give equal tables, whatever their order, on every worker.
 */
export function createBalancer<H extends Host>(
  name: BalancerName,
  hosts: readonly H[],
  random: () => number,
  hashKeys: readonly string[],
): Balancer<H> {
  const weighty = hosts.filter((host) => host.weight > 0).sort(byAddress)
  const levels = [...new Set(weighty.map(priorityOf))].sort((one, other) => one - other)
  const balancers = levels.map((level) => {
    const group = weighty.filter((host) => priorityOf(host) === level)
    return createLevel(name, group, random, hashKeys)
  })
  const [first, ...others] = balancers
  if (first === undefined) return new OneHost<H>(undefined)
  return others.length === 0 ? first : new Priorities(balancers)
}

function createLevel<H extends Host>(
  name: BalancerName,
  weighty: readonly H[],
  random: () => number,
  hashKeys: readonly string[],
): Balancer<H> {
  const [only, second] = weighty
  if (only === undefined || second === undefined) return new OneHost(only)
  switch (name) {
    case 'round-robin':
      return new RoundRobin(weighty, random)
    case 'random':
      return new RandomBalancer(weighty, random)
    case 'least-request':
      return new LeastRequest(weighty, random)
    case 'ring-hash':
    case 'maglev': {
      const fallback = new RandomBalancer(weighty, random)
      if (hashKeys.length === 0) return fallback
      const table = name === 'maglev' ? new MaglevTable(weighty) : new HashRing(weighty)
      return new HashBalancer(hashKeys, table, fallback)
    }
  }
}

function priorityOf({ priority = 0 }: Host): number {
  return priority
}

function byAddress(one: Host, other: Host): number {
  if (one.address === other.address) return 0
  return one.address < other.address ? -1 : 1
}
