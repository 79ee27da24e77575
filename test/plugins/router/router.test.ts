import { expect, test } from 'vitest'
import { plugin } from '../../../plugins/router/plugin.ts'
import { replyError } from '../../../sdk/index.ts'
import { FilterHarness } from '../../../sdk/testing/filter-harness.ts'
import type { TestContextOptions } from '../../../sdk/testing/test-context.ts'

const DEMO = 'org.apache.dubbo.samples.DemoService'

function router(routes: unknown, options: TestContextOptions = {}): FilterHarness {
  return new FilterHarness(plugin, { routes }, { clusters: ['demo', 'echo', 'canary'], ...options })
}

function clusterOf(harness: FilterHarness, properties: Record<string, string>): string | undefined {
  const { verdict } = harness.exchange({ properties }).onRequest()
  if (typeof verdict !== 'object' || !('verdict' in verdict) || verdict.verdict !== 'forward')
    return undefined
  return typeof verdict.cluster === 'string' ? verdict.cluster : verdict.cluster.name
}

test('the first route that matches wins', () => {
  const harness = router([
    { match: { interface: DEMO, method: 'sayHello' }, cluster: 'canary' },
    { match: { interface: DEMO, method: { prefix: 'say' } }, cluster: 'demo' },
    { cluster: 'echo' },
  ])
  expect(clusterOf(harness, { interface: DEMO, method: 'sayHello' })).toBe('canary')
  expect(clusterOf(harness, { interface: DEMO, method: 'sayBye' })).toBe('demo')
  expect(clusterOf(harness, { interface: 'other' })).toBe('echo')
  expect(harness.context.problems).toEqual([])
})

test('forwarding answers the same verdict every time, with the cluster and the timeout of the route', () => {
  const harness = router([{ cluster: 'demo', timeout: '1.5s' }])
  const first = harness.exchange().onRequest().verdict
  expect(first).toEqual({ verdict: 'forward', cluster: { name: 'demo' }, timeoutMs: 1_500 })
  expect(harness.exchange().onRequest().verdict).toBe(first)
})

test('a route without a timeout leaves it to the listener', () => {
  expect(
    router([{ cluster: 'demo' }])
      .exchange()
      .onRequest().verdict,
  ).toHaveProperty('timeoutMs', undefined)
})

test('no route is an error that names the operation', () => {
  const harness = router([{ match: { method: 'sayHello' }, cluster: 'demo' }])
  expect(harness.exchange({ operation: `${DEMO}/sayBye` }).onRequest().verdict).toEqual(
    replyError('route_not_found', `no route matches ${DEMO}/sayBye`),
  )
  expect(harness.exchange().onRequest().verdict).toEqual(
    replyError('route_not_found', 'no route matches the request'),
  )
})

test('a route that needs what cannot be read refuses, and no later one guesses', () => {
  const harness = router([{ match: { interface: DEMO }, cluster: 'demo' }, { cluster: 'echo' }])
  const unreadable = 'serialization 8 (kryo) is not readable'
  expect(harness.exchange({ unreadable }).onRequest().verdict).toEqual(
    replyError('bad_request', `no route can be chosen: ${unreadable}`),
  )
})

test('a request that cannot be read goes by routes that do not need to', () => {
  const harness = router([
    { match: { serialization: 'kryo' }, cluster: 'echo' },
    { match: { interface: DEMO }, cluster: 'demo' },
  ])
  const exchange = harness.exchange({ unreadable: 'not readable', properties: { serialization: 'kryo' } })
  expect(exchange.onRequest().verdict).toHaveProperty('cluster', { name: 'echo' })
})

test('routes go by the caller', () => {
  const harness = router([
    { match: { peer: { cidr: '10.1.0.0/16' } }, cluster: 'canary' },
    { match: { 'remote.application': 'shop' }, cluster: 'echo' },
    { cluster: 'demo' },
  ])
  expect(harness.exchange({ peer: '10.1.2.3:4000' }).onRequest().verdict).toHaveProperty('cluster', {
    name: 'canary',
  })
  expect(clusterOf(harness, { 'remote.application': 'shop' })).toBe('echo')
  expect(clusterOf(harness, {})).toBe('demo')
})

test('weighted clusters share by their weights', () => {
  const weighted = {
    clusters: [{ name: 'demo', weight: 3 }, { name: 'echo', weight: 0 }, { name: 'canary' }],
  }
  const random = [0, 0.25, 0.74, 0.75, 0.99]
  const harness = router([weighted], { random })
  const chosen = random.map(() => clusterOf(harness, {}))
  expect(chosen).toEqual(['demo', 'demo', 'demo', 'canary', 'canary'])
})

test('request edits are recorded: remove, set, add', () => {
  const request = { add: { tag: 'b' }, set: { tag: 'a', caller: 'weir' }, remove: ['secret'] }
  expect(
    router([{ cluster: 'demo', request }])
      .exchange()
      .onRequest().edits,
  ).toEqual([
    { op: 'remove', key: 'secret', value: '' },
    { op: 'set', key: 'tag', value: 'a' },
    { op: 'set', key: 'caller', value: 'weir' },
    { op: 'add', key: 'tag', value: 'b' },
  ])
})

test('response edits are those of the route that the request took', () => {
  const harness = router([
    { match: { method: 'a' }, cluster: 'demo', response: { set: { via: 'weir' } } },
    { cluster: 'demo' },
  ])
  const first = harness.exchange({ properties: { method: 'a' } })
  first.onRequest()
  expect(first.onResponse().edits).toEqual([{ op: 'set', key: 'via', value: 'weir' }])
  const second = harness.exchange()
  second.onRequest()
  expect(second.onResponse().edits).toEqual([])
})

test('the response phase is absent when no route changes responses', () => {
  expect(router([{ cluster: 'demo' }]).filter.onResponse).toBeUndefined()
})

test('a refused request is not changed', () => {
  const harness = router([{ match: { a: '1' }, cluster: 'demo', request: { set: { b: '2' } } }])
  expect(harness.exchange().onRequest().edits).toEqual([])
})

test('every route is told with its name, its place and what it configures for other filters', () => {
  const filters = { 'rate-limit': { tokens: 5 } }
  const harness = router([{ name: 'demo', cluster: 'demo', filters }, { cluster: 'echo' }])
  expect(harness.filter.routes?.map(({ route, path }) => [route.name, route.filterConfigs, path])).toEqual([
    ['demo', filters, ['routes', 0]],
    ['routes[1]', {}, ['routes', 1]],
  ])
})

test('an unknown cluster is a problem that names the nearest', () => {
  expect(router([{ cluster: 'dmeo' }]).context.problems).toEqual([
    'routes.0.cluster: no cluster is named "dmeo", did you mean "demo"? (known: demo, echo, canary)',
  ])
  expect(router([{ clusters: [{ name: 'demo' }, { name: 'ecko' }] }]).context.problems).toEqual([
    'routes.0.clusters.1.name: no cluster is named "ecko", did you mean "echo"? (known: demo, echo, canary)',
  ])
})

test('a route may refuse', () => {
  const refuse = { error: 'overloaded', text: 'not today' }
  const harness = router([{ match: { serialization: 'java' }, refuse: {} }, { refuse }])
  expect(harness.context.problems).toEqual([])
  expect(harness.exchange().onRequest().verdict).toEqual(replyError('overloaded', 'not today'))
  expect(harness.exchange({ properties: { serialization: 'java' } }).onRequest().verdict).toEqual(
    replyError('denied', 'refused by a route'),
  )
})

test('a route needs one of cluster, clusters and refuse, and a weight', () => {
  const text = 'a route needs one of cluster, clusters and refuse'
  expect(router([{}]).context.problems).toEqual([`routes.0: ${text}`])
  expect(router([{ cluster: 'demo', clusters: [{ name: 'demo' }] }]).context.problems).toEqual([
    `routes.0: ${text}`,
  ])
  expect(router([{ clusters: [{ name: 'demo', weight: 0 }] }]).context.problems).toEqual([
    'routes.0.clusters: the weights add up to 0: no cluster would get a request',
  ])
})

test('a wrong matcher is a problem with its path', () => {
  expect(router([{ match: { method: { regex: '[' } }, cluster: 'demo' }]).context.problems).toEqual([
    expect.stringMatching(/^routes\.0\.match\.method\.regex: /),
  ])
})

test.each([
  ['an unknown key of a route', { clutser: 'demo' }],
  ['an unknown test of a matcher', { cluster: 'demo', match: { method: { prefxi: 'a' } } }],
  ['a number as a matcher', { cluster: 'demo', match: { version: 1 } }],
  ['a negative weight', { clusters: [{ name: 'demo', weight: -1 }] }],
])('%s is refused', (_name, route) => {
  expect(() => router([route])).toThrow('the configuration does not fit')
})

test('the router says what its routes go by', () => {
  const harness = router([
    { match: { keys: 'a', operation: 'x' }, cluster: 'demo' },
    { match: { keys: 'b', not: { method: 'y' } }, cluster: 'demo' },
  ])
  expect(harness.filter.reads?.toSorted()).toEqual(['keys', 'method'])
})
