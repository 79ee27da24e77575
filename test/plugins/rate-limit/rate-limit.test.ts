import { expect, test } from 'vitest'
import { plugin } from '../../../plugins/rate-limit/plugin.ts'
import { replyError } from '../../../sdk/index.ts'
import type { FakeMessageOptions } from '../../../sdk/testing/fake-message.ts'
import { FilterHarness } from '../../../sdk/testing/filter-harness.ts'
import { ManualClock } from '../../../sdk/testing/manual-clock.ts'
import { MemorySharedState } from '../../../sdk/testing/memory-shared-state.ts'

/** How many of so many like requests pass. */
function passes(harness: FilterHarness, count: number, request: FakeMessageOptions = {}): number {
  let passed = 0
  for (let i = 0; i < count; i++) if (harness.exchange(request).onRequest().verdict === undefined) passed++
  return passed
}

const SAY = { properties: { method: 'sayHello' } }
const ADD = { properties: { method: 'add' } }

test('tokens pass so many requests, and more as time brings them', () => {
  const harness = new FilterHarness(plugin, { tokens: 10, every: '1s' })
  expect(passes(harness, 15)).toBe(10)
  harness.context.clock.advance(99)
  expect(passes(harness, 15)).toBe(0)
  harness.context.clock.advance(1)
  expect(passes(harness, 15)).toBe(1)
  harness.context.clock.advance(60_000)
  expect(passes(harness, 15)).toBe(10)
})

test('burst is what passes at once', () => {
  const harness = new FilterHarness(plugin, { tokens: 10, every: '1s', burst: 25 })
  expect(passes(harness, 100)).toBe(25)
  harness.context.clock.advance(1_000)
  expect(passes(harness, 100)).toBe(10)
})

test.each([
  [{ tokens: 1, every: '30s' }, '1 request every 30s'],
  [{ tokens: 2, every: '60s' }, '2 requests every 1m'],
  [{ tokens: 2, every: '2h' }, '2 requests every 2h'],
  [{ tokens: 2, every: '1.5s' }, '2 requests every 1500ms'],
])('a refused request is told the limit: %o', (config, about) => {
  const harness = new FilterHarness(plugin, config)
  passes(harness, 2)
  expect(harness.exchange().onRequest().verdict).toEqual(
    replyError('over_limit', `rate limit "all" exceeded: ${about}`),
  )
})

test('without options nothing is limited', () => {
  expect(passes(new FilterHarness(plugin), 1_000)).toBe(1_000)
})

test('a limit applies to what it matches', () => {
  const limits = [{ match: { method: 'sayHello' }, tokens: 2, every: '30s' }]
  const harness = new FilterHarness(plugin, { limits })
  expect(passes(harness, 5, SAY)).toBe(2)
  expect(passes(harness, 5, ADD)).toBe(5)
})

test('every limit that applies must allow, and the strictest decides', () => {
  const limits = [{ match: { method: 'sayHello' }, tokens: 2, every: '30s' }]
  const harness = new FilterHarness(plugin, { tokens: 5, every: '5s', limits })
  expect(passes(harness, 5, SAY)).toBe(2)
  expect(passes(harness, 5, ADD)).toBe(3)
})

test('a refused request takes no token from the limits that allowed it', () => {
  const limits = [
    { name: 'wide', tokens: 10, every: '30s' },
    { name: 'narrow', match: { method: 'sayHello' }, tokens: 1, every: '30s' },
  ]
  const harness = new FilterHarness(plugin, { tokens: 5, every: '30s', limits })
  expect(passes(harness, 50, SAY)).toBe(1)
  expect(passes(harness, 50, ADD)).toBe(4)
  expect(harness.context.shared.read('rate_limit_refused_total', { limit: 'narrow' })).toBe(49)
  expect(harness.context.shared.read('rate_limit_refused_total', { limit: 'all' })).toBe(46)
  expect(harness.context.shared.read('rate_limit_refused_total', { limit: 'wide' })).toBe(0)
  const wide = [...harness.context.shared.buckets].find(([name]) => name.includes(' wide '))
  expect(wide?.[1].available).toBe(5)
})

test('applies: first lets the first matching limit decide instead of the one of the listener', () => {
  const limits = [
    { match: { method: 'sayHello' }, tokens: 7, every: '30s' },
    { match: { method: { prefix: 'say' } }, tokens: 1, every: '30s' },
  ]
  const harness = new FilterHarness(plugin, { tokens: 3, every: '30s', limits, applies: 'first' })
  expect(passes(harness, 10, SAY)).toBe(7)
  expect(passes(harness, 10, { properties: { method: 'sayBye' } })).toBe(1)
  expect(passes(harness, 10, ADD)).toBe(3)
})

test('per gives each combination of values its own bucket', () => {
  const harness = new FilterHarness(plugin, {
    limits: [{ per: ['app', 'peer-ip'], tokens: 2, every: '30s' }],
  })
  const from = (app: string, peer: string) => ({ peer, properties: { app } })
  expect(passes(harness, 5, from('shop', '10.0.0.1:1'))).toBe(2)
  expect(passes(harness, 5, from('shop', '10.0.0.1:2'))).toBe(0)
  expect(passes(harness, 5, from('shop', '10.0.0.2:1'))).toBe(2)
  expect(passes(harness, 5, from('cart', '10.0.0.1:1'))).toBe(2)
})

test('values cannot be made up to look like another combination', () => {
  const harness = new FilterHarness(plugin, { limits: [{ per: ['a', 'b'], tokens: 1, every: '30s' }] })
  expect(passes(harness, 1, { properties: { a: 'x 1 y', b: 'z' } })).toBe(1)
  expect(passes(harness, 1, { properties: { a: 'x', b: 'y 1 z' } })).toBe(1)
  expect(passes(harness, 1, { properties: { a: 'x', b: '1 y 1 z' } })).toBe(1)
})

test('per tells long values apart', () => {
  const harness = new FilterHarness(plugin, { limits: [{ per: ['a'], tokens: 1, every: '30s' }] })
  expect(passes(harness, 2, { properties: { a: `${'x'.repeat(10_000)}1` } })).toBe(1)
  expect(passes(harness, 2, { properties: { a: `${'x'.repeat(10_000)}2` } })).toBe(1)
  for (const name of harness.context.shared.buckets.keys()) expect(name.length).toBeLessThan(200)
})

test('a request without the value is not limited by per', () => {
  const harness = new FilterHarness(plugin, { limits: [{ per: ['app'], tokens: 1, every: '30s' }] })
  expect(passes(harness, 5)).toBe(5)
})

test('per knows operation, peer, listener and protocol', () => {
  const per = ['operation', 'peer', 'listener', 'protocol']
  const harness = new FilterHarness(plugin, { limits: [{ per, tokens: 1, every: '30s' }] })
  expect(passes(harness, 2, { operation: 'Demo/say', peer: '10.0.0.1:1' })).toBe(1)
  expect(passes(harness, 2, { operation: 'Demo/say', peer: '10.0.0.1:2' })).toBe(1)
  expect(passes(harness, 2, { operation: 'Demo/add', peer: '10.0.0.1:1' })).toBe(1)
})

test('a property that a limit needs and cannot be read refuses the request and says why', () => {
  const unreadable = 'serialization 8 (kryo) is not readable'
  const refused = replyError('bad_request', `no rate limit can be chosen: ${unreadable}`)
  const limits = [
    { tokens: 5, every: '30s' },
    { match: { method: 'sayHello' }, tokens: 1 },
  ]
  for (const config of [
    { limits },
    { limits, applies: 'first' },
    { limits: [{ per: ['app'], tokens: 1 }] },
  ]) {
    const harness = new FilterHarness(plugin, config)
    if ('applies' in config) expect(harness.exchange({ unreadable }).onRequest().verdict).toBeUndefined()
    else expect(harness.exchange({ unreadable }).onRequest().verdict).toEqual(refused)
  }
  const dryRun = new FilterHarness(plugin, { limits, 'dry-run': true })
  expect(dryRun.exchange({ unreadable }).onRequest().verdict).toBeUndefined()
})

test.each(['drop', 'close'] as const)('on-limit: %s', (onLimit) => {
  const harness = new FilterHarness(plugin, { tokens: 1, every: '30s', 'on-limit': onLimit })
  passes(harness, 1)
  expect(harness.exchange().onRequest().verdict).toBe(onLimit)
})

test('error and text are what the caller is told', () => {
  const harness = new FilterHarness(plugin, { tokens: 1, error: 'overloaded', text: 'come back later' })
  passes(harness, 1)
  expect(harness.exchange().onRequest().verdict).toEqual(replyError('overloaded', 'come back later'))
})

test('dry-run counts and lets pass', () => {
  const harness = new FilterHarness(plugin, { tokens: 3, every: '30s', 'dry-run': true })
  expect(passes(harness, 10)).toBe(10)
  expect(harness.context.shared.read('rate_limit_refused_total', { mode: 'dry_run' })).toBe(7)
  expect(harness.context.shared.read('rate_limit_refused_total', { mode: 'enforced' })).toBe(0)
})

test('workers share a limit', () => {
  const clock = new ManualClock()
  const shared = new MemorySharedState(clock)
  const workers = [0, 1, 2].map(
    () => new FilterHarness(plugin, { tokens: 10, every: '30s' }, { clock, shared }),
  )
  expect(workers.map((worker) => passes(worker, 6))).toEqual([6, 4, 0])
})

test('two filters of a chain do not share a limit', () => {
  const clock = new ManualClock()
  const shared = new MemorySharedState(clock)
  const places = ['listeners[0].filters[0]', 'listeners[0].filters[1]']
  const filters = places.map(
    (path) => new FilterHarness(plugin, { tokens: 1, every: '30s' }, { clock, shared, path }),
  )
  expect(filters.map((filter) => passes(filter, 2))).toEqual([1, 1])
})

test('a limit goes on when its listener moves in the configuration', () => {
  const clock = new ManualClock()
  const shared = new MemorySharedState(clock)
  const places = ['listeners[0].filters[0]', 'listeners[3].filters[0]']
  const filters = places.map(
    (path) => new FilterHarness(plugin, { tokens: 1, every: '30s' }, { clock, shared, path }),
  )
  expect(filters.map((filter) => passes(filter, 2))).toEqual([1, 0])
})

test('a route has limits of its own, or none', () => {
  const harness = new FilterHarness(plugin, { tokens: 1, every: '30s' })
  const wide = harness.addRoute('wide', { tokens: 3, every: '30s' })
  const free = harness.addRoute('free', { off: true })
  const other = { name: 'other', filterConfigs: {} }
  const pass = (route: typeof other) => harness.exchange({}, route).onRequest().verdict === undefined
  expect([1, 2, 3, 4].map(() => pass(wide))).toEqual([true, true, true, false])
  expect([1, 2, 3, 4].map(() => pass(free))).toEqual([true, true, true, true])
  expect([1, 2].map(() => pass(other))).toEqual([true, false])
  expect(passes(harness, 1)).toBe(0)
})

test.each([
  ['share', [1, 1, 1, 0]],
  ['refuse', [1, 1, 0, 0]],
  ['allow', [1, 1, 1, 1]],
] as const)('on-full: %s, when there is no room for one more bucket', (onFull, expected) => {
  const clock = new ManualClock()
  const shared = new MemorySharedState(clock, 3)
  const limits = [{ per: ['app'], tokens: 1, every: '30s' }]
  const harness = new FilterHarness(plugin, { limits, 'on-full': onFull }, { clock, shared })
  const passed = ['a', 'b', 'c', 'd'].map((app) => passes(harness, 1, { properties: { app } }))
  expect(passed).toEqual(expected)
  expect(shared.read('rate_limit_buckets_full_total', { limit: 'limits[0]' })).toBe(2)
})

test('burst without tokens is a problem', () => {
  expect(new FilterHarness(plugin, { burst: 5 }).context.problems).toEqual([
    'burst: burst needs tokens: what comes in, and how often',
  ])
})

test('a wrong matcher is a problem with its path', () => {
  const limits = [{ match: { peer: { cidr: 'x' } }, tokens: 1 }]
  expect(new FilterHarness(plugin, { limits }).context.problems).toEqual([
    'limits.0.match.peer.cidr: "x" is no IP address or network such as 10.0.0.0/8',
  ])
})

test('a limit says what it goes by, and so does that of a route', () => {
  const harness = new FilterHarness(plugin, {
    limits: [{ match: { keys: 'a' }, tokens: 1, every: '1s', per: ['user'] }],
  })
  harness.addRoute('one', { limits: [{ match: { method: 'b' }, tokens: 1, every: '1s' }] })
  expect(harness.filter.reads?.toSorted()).toEqual(['keys', 'method', 'user'])
})
