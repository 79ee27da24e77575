import { expect, test } from 'vitest'
import { LeastRequest } from '../../../../core/upstream/balancer/least-request.ts'
import { seededRandom } from '../../../seeded-random.ts'
import { hostsOf, type TestHost } from './test-host.ts'

/** Begins so many exchanges that do not end; answers how many each host has then. */
function load(hosts: readonly TestHost[], count: number): number[] {
  const balancer = new LeastRequest(hosts, seededRandom(3))
  for (let i = 0; i < count; i++) {
    const host = balancer.pick(undefined, undefined)
    if (host !== undefined) host.active++
  }
  return hosts.map((host) => host.active)
}

test('exchanges that do not end pile up evenly', () => {
  const active = load(hostsOf(Array.from({ length: 20 }, () => 1)), 2_000)
  for (const count of active) expect(Math.abs(count - 100)).toBeLessThanOrEqual(4)
})

test('exchanges that do not end pile up by weight', () => {
  const active = load(hostsOf([1, 2, 5]), 800)
  for (const [index, expected] of [100, 200, 500].entries())
    expect(Math.abs((active[index] ?? 0) - expected)).toBeLessThanOrEqual(expected * 0.08)
})

test('a slow host among two gets no more than the other one has in flight', () => {
  const hosts = hostsOf([1, 1])
  const [slow, quick] = hosts
  if (slow === undefined || quick === undefined) return
  slow.active = 50
  quick.active = 2
  const balancer = new LeastRequest(hosts, seededRandom(3))
  for (let i = 0; i < 1_000; i++) expect(balancer.pick(undefined, undefined)).toBe(quick)
})
