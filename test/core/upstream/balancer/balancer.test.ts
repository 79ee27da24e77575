import { describe, expect, test } from 'vitest'
import {
  type Balancer,
  type BalancerName,
  createBalancer,
  type HashSource,
} from '../../../../core/upstream/balancer/balancer.ts'
import { balancerNames } from '../../../../core/upstream/options.ts'
import { seededRandom } from '../../../seeded-random.ts'
import { hostsOf, TestHost } from './test-host.ts'

function create(name: BalancerName, hosts: readonly TestHost[], seed = 1): Balancer<TestHost> {
  return createBalancer(name, hosts, seededRandom(seed), ['interface', 'user'])
}

function caller(number: number): HashSource {
  return { get: (key) => (key === 'user' ? `user-${number}` : undefined) }
}

/** The share of each host in so many picks by as many callers. */
function shares(
  balancer: Balancer<TestHost>,
  hosts: readonly TestHost[],
  picks: number,
  tried?: TestHost,
): number[] {
  const counts = new Map<TestHost | undefined, number>()
  for (let i = 0; i < picks; i++) {
    const host = balancer.pick(caller(i), tried)
    counts.set(host, (counts.get(host) ?? 0) + 1)
  }
  return hosts.map((host) => (counts.get(host) ?? 0) / picks)
}

/** Whether each share lies within a tenth of what the weights say, or another part of it. */
function expectShares(found: readonly number[], weights: readonly number[], tolerance = 0.1): void {
  const total = weights.reduce((sum, weight) => sum + weight, 0)
  for (const [index, weight] of weights.entries()) {
    const expected = weight / total
    expect(Math.abs((found[index] ?? 0) - expected), `host ${index}`).toBeLessThanOrEqual(
      expected * tolerance,
    )
  }
}

describe.each(balancerNames)('%s', (name) => {
  test('shares by weight', () => {
    const weights = [1, 2, 3, 10, 4]
    const hosts = hostsOf(weights)
    expectShares(shares(create(name, hosts), hosts, 100_000), weights, 0.12)
  })

  test('shares a hundred equal hosts evenly', () => {
    const weights = Array.from({ length: 100 }, () => 1)
    const hosts = hostsOf(weights)
    expectShares(shares(create(name, hosts), hosts, 200_000), weights, 0.2)
  })

  test('asks hosts of a later priority when none before them is to be had, and shares among them by weight', () => {
    const hosts = [...hostsOf([1, 3]), new TestHost('10.1.0.1:1', 1, 2), new TestHost('10.1.0.2:1', 3, 2)]
    const [one, two, three] = hosts
    if (one === undefined || two === undefined) throw new Error('no hosts')
    const balancer = create(name, hosts)
    expectShares(shares(balancer, hosts, 20_000), [1, 3, 0, 0], 0.15)
    one.available = false
    expect(shares(balancer, hosts, 100)).toEqual([0, 1, 0, 0])
    expectShares(shares(balancer, hosts, 20_000, two), [0, 0, 1, 3], 0.15)
    two.available = false
    expectShares(shares(balancer, hosts, 20_000), [0, 0, 1, 3], 0.15)
    one.available = true
    expect(shares(balancer, hosts, 100)).toEqual([1, 0, 0, 0])
    for (const host of hosts) host.available = false
    expect(balancer.pick(caller(1), three)).toBeUndefined()
  })

  test('passes over the host that was tried and those that are not available', () => {
    const hosts = hostsOf([1, 1, 1, 1])
    const [first, second] = hosts
    if (second !== undefined) second.available = false
    const found = shares(create(name, hosts), hosts, 10_000, first)
    expect(found.slice(0, 2)).toEqual([0, 0])
    expectShares(found.slice(2), [1, 1], 0.2)
  })

  test('shares what is left by weight when most hosts are down', () => {
    const weights = Array.from({ length: 500 }, (_, i) => (i === 123 ? 3 : 1))
    const hosts = hostsOf(weights)
    for (const [index, host] of hosts.entries()) host.available = index === 123 || index === 321
    const found = shares(create(name, hosts), hosts, 20_000)
    expectShares([found[123] ?? 0, found[321] ?? 0], [3, 1], 0.15)
  })

  test('finds the last host standing among a thousand', () => {
    const hosts = hostsOf(Array.from({ length: 1_000 }, () => 1))
    const balancer = create(name, hosts)
    for (const host of hosts) host.available = false
    const last = hosts[777]
    if (last !== undefined) last.available = true
    expect(shares(balancer, hosts, 100)[777]).toBe(1)
  })

  test('answers nothing when every host is down or tried, or when there is none', () => {
    const hosts = hostsOf([5, 1, 1])
    for (const host of hosts.slice(1)) host.available = false
    expect(create(name, hosts).pick(caller(1), hosts[0])).toBeUndefined()
    expect(create(name, []).pick(caller(1), undefined)).toBeUndefined()
    expect(create(name, [new TestHost('a:1', 0)]).pick(caller(1), undefined)).toBeUndefined()
  })

  test('a single host is picked unless it is down or was tried', () => {
    const host = new TestHost('a:1')
    const balancer = create(name, [host])
    expect(balancer.pick(undefined, undefined)).toBe(host)
    expect(balancer.pick(undefined, host)).toBeUndefined()
    host.available = false
    expect(balancer.pick(undefined, undefined)).toBeUndefined()
  })

  test('a host without weight gets nothing', () => {
    const hosts = hostsOf([0, 1, 1])
    expect(shares(create(name, hosts), hosts, 10_000)[0]).toBe(0)
  })

  test('a host that comes back is picked again', () => {
    const hosts = hostsOf([1, 1, 1])
    const balancer = create(name, hosts)
    const [first] = hosts
    if (first === undefined) return
    first.available = false
    expect(shares(balancer, hosts, 1_000)[0]).toBe(0)
    first.available = true
    expectShares(shares(balancer, hosts, 20_000), [1, 1, 1], 0.15)
  })

  test('very different weights are kept to their proportion', () => {
    const weights = [1_000, 1_000, 100, 10]
    const hosts = hostsOf(weights)
    const found = shares(create(name, hosts), hosts, 200_000)
    expectShares(found.slice(0, 3), weights.slice(0, 3), 0.2)
    expect(found[3]).toBeGreaterThan(0)
    expect(found[3]).toBeLessThan(0.02)
  })
})
