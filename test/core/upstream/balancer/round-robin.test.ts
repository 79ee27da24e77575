import { expect, test } from 'vitest'
import { RoundRobin } from '../../../../core/upstream/balancer/round-robin.ts'
import { seededRandom } from '../../../seeded-random.ts'
import { hostsOf, type TestHost } from './test-host.ts'

function picks(balancer: RoundRobin<TestHost>, hosts: readonly TestHost[], count: number): number[] {
  return Array.from({ length: count }, () => {
    const host = balancer.pick(undefined, undefined)
    return host === undefined ? -1 : hosts.indexOf(host)
  })
}

test('each of several equal hosts has exactly one turn a round', () => {
  const hosts = hostsOf([3, 3, 3, 3, 3])
  const balancer = new RoundRobin(hosts, seededRandom(1))
  for (let round = 0; round < 3; round++) expect(picks(balancer, hosts, 5).sort()).toEqual([0, 1, 2, 3, 4])
})

test('the turns of a heavy host are spread over the round', () => {
  const hosts = hostsOf([5, 1, 1])
  const found = picks(new RoundRobin(hosts, seededRandom(1)), hosts, 70)
  expect(found.filter((index) => index === 0)).toHaveLength(50)
  expect(found.join('')).not.toContain('00000')
})

test('turns of hosts that are down are shared by all others, not given to the next one', () => {
  const hosts = hostsOf([1, 1, 1, 1])
  const [first] = hosts
  if (first !== undefined) first.available = false
  const found = picks(new RoundRobin(hosts, seededRandom(1)), hosts, 30)
  expect([1, 2, 3].map((index) => found.filter((other) => other === index).length)).toEqual([10, 10, 10])
})

test('many proxies begin with different hosts', () => {
  const hosts = hostsOf([1, 1, 1, 1])
  const firsts = Array.from({ length: 40 }, (_, seed) =>
    new RoundRobin(hosts, seededRandom(seed)).pick(undefined, undefined),
  )
  expect(new Set(firsts).size).toBe(4)
})
