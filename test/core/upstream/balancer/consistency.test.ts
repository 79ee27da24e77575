import { describe, expect, test } from 'vitest'
import {
  type Balancer,
  createBalancer,
  type HashSource,
} from '../../../../core/upstream/balancer/balancer.ts'
import { seededRandom } from '../../../seeded-random.ts'
import { leastThreadMs } from '../../../support/thread-ms.ts'
import { hostsOf, type TestHost } from './test-host.ts'

const CALLERS = 20_000

function caller(user: string | undefined, service?: string): HashSource {
  return { get: (key) => (key === 'user' ? user : service) }
}

/** The address to which each caller goes. */
function assignment(balancer: Balancer<TestHost>): (string | undefined)[] {
  return Array.from({ length: CALLERS }, (_, i) => balancer.pick(caller(`user-${i}`), undefined)?.address)
}

/** The part of the callers who go elsewhere although `gone` was not their host before nor is it now. */
function moved(
  before: readonly (string | undefined)[],
  after: readonly (string | undefined)[],
  gone: string | undefined,
): number {
  const movers = before.filter((address, i) => address !== after[i] && address !== gone && after[i] !== gone)
  return movers.length / CALLERS
}

describe.each([
  ['ring-hash', 0],
  ['maglev', 0.05],
] as const)('%s', (name, movedMax) => {
  function create(hosts: readonly TestHost[], seed = 1): Balancer<TestHost> {
    return createBalancer(name, hosts, seededRandom(seed), ['interface', 'user'])
  }

  test('equal values go to the same host, on every worker and whatever the order of the hosts', () => {
    const hosts = hostsOf([1, 2, 1, 3, 1])
    expect(assignment(create(hosts, 1))).toEqual(assignment(create([...hosts].reverse(), 2)))
  })

  test.each([3, 10, 50])('of %d hosts one leaves: hardly anybody else moves', (count) => {
    const hosts = hostsOf(Array.from({ length: count }, () => 1))
    const before = assignment(create(hosts))
    const after = assignment(create(hosts.slice(1)))
    expect(moved(before, after, hosts[0]?.address)).toBeLessThanOrEqual(movedMax)
  })

  test('a heavy host leaves: hardly anybody else moves', () => {
    const hosts = hostsOf([10, 1, 2, 3, 4, 5])
    const before = assignment(create(hosts))
    const after = assignment(create(hosts.slice(1)))
    expect(moved(before, after, hosts[0]?.address)).toBeLessThanOrEqual(movedMax)
  })

  test('a host that is down loses its callers and nobody else moves', () => {
    const hosts = hostsOf([1, 1, 1, 1, 1, 1])
    const balancer = create(hosts)
    const before = assignment(balancer)
    const [first] = hosts
    if (first !== undefined) first.available = false
    const after = assignment(balancer)
    expect(after).not.toContain(first?.address)
    expect(moved(before, after, first?.address)).toBe(0)
    if (first !== undefined) first.available = true
    expect(assignment(balancer)).toEqual(before)
  })

  test('nobody moves among the few hosts that are up while another of many goes down', () => {
    const hosts = hostsOf(Array.from({ length: 400 }, () => 1))
    for (const [index, host] of hosts.entries()) host.available = index < 3
    const balancer = create(hosts)
    const before = assignment(balancer)
    const third = hosts[2]
    if (third !== undefined) third.available = false
    expect(moved(before, assignment(balancer), third?.address)).toBe(0)
  })

  test('every key counts, in its place', () => {
    const balancer = create(hostsOf(Array.from({ length: 50 }, () => 1)))
    const hosts = Array.from(
      { length: 100 },
      (_, i) => balancer.pick(caller('u', `s${i}`), undefined)?.address,
    )
    expect(new Set(hosts).size).toBeGreaterThan(30)
    const swapped = Array.from({ length: 100 }, (_, i) => [
      balancer.pick(caller(`a${i}`, 'b'), undefined),
      balancer.pick(caller('b', `a${i}`), undefined),
    ])
    expect(swapped.filter(([one, other]) => one === other).length).toBeLessThan(20)
  })

  test('a request that carries no key goes to a random host, one that carries some does not', () => {
    const balancer = create(hostsOf([1, 1, 1, 1]))
    const without = Array.from({ length: 100 }, () => balancer.pick(caller(undefined), undefined))
    const withSome = Array.from({ length: 100 }, () => balancer.pick(caller(undefined, 'Demo'), undefined))
    expect(new Set(without).size).toBe(4)
    expect(new Set(withSome).size).toBe(1)
    expect(new Set(Array.from({ length: 100 }, () => balancer.pick(undefined, undefined))).size).toBe(4)
  })

  test('without keys it picks at random', () => {
    const hosts = hostsOf([1, 1, 1])
    const balancer = createBalancer(name, hosts, seededRandom(1), [])
    expect(new Set(Array.from({ length: 100 }, () => balancer.pick(caller('u'), undefined))).size).toBe(3)
  })

  test('is built in moments for a thousand hosts of very different weights', () => {
    const hosts = hostsOf(Array.from({ length: 1_000 }, (_, i) => (i === 0 ? 1_000 : 1)))
    expect(leastThreadMs(500, () => void create(hosts))).toBeLessThan(500)
  })
})
