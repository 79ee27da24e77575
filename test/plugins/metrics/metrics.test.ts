import { expect, test } from 'vitest'
import { plugin } from '../../../plugins/metrics/plugin.ts'
import type { Outcome } from '../../../sdk/index.ts'
import type { FakeMessageOptions } from '../../../sdk/testing/fake-message.ts'
import { FilterHarness } from '../../../sdk/testing/filter-harness.ts'

const SAY = { operation: 'Demo/say', size: 300 }

/** One exchange from its request to its end; a reply comes unless the outcome is another. */
function run(
  harness: FilterHarness,
  request: FakeMessageOptions,
  outcome: Partial<Outcome>,
  reply?: FakeMessageOptions,
) {
  const exchange = harness.exchange(request)
  exchange.onRequest()
  if (reply !== undefined) exchange.onResponse(reply)
  exchange.onEnd(outcome)
}

test('a request that went well is counted with its latency and its bytes', () => {
  const harness = new FilterHarness(plugin, {}, { protocol: 'dubbo' })
  run(harness, SAY, { cluster: 'demo', durationMs: 1.5 }, { size: 120 })
  const labels = { listener: 'in', protocol: 'dubbo', cluster: 'demo', operation: 'Demo/say' }
  const { shared } = harness.context
  expect(shared.read('requests_total', { ...labels, result: 'ok', error: '' })).toBe(1)
  expect(shared.observed('request_duration_seconds', labels)).toEqual([1.5])
  expect(shared.read('request_bytes_total', labels)).toBe(300)
  expect(shared.read('response_bytes_total', labels)).toBe(120)
})

test('active counts what has not ended', () => {
  const harness = new FilterHarness(plugin)
  const exchanges = [harness.exchange(SAY), harness.exchange(SAY)]
  for (const exchange of exchanges) exchange.onRequest()
  expect(harness.context.shared.read('requests_active', { listener: 'in' })).toBe(2)
  for (const exchange of exchanges) exchange.onEnd()
  expect(harness.context.shared.read('requests_active', { listener: 'in' })).toBe(0)
})

test.each([
  ['an exception of the business', { result: 'ok' }, { properties: { exception: 'true' } }, 'exception', ''],
  ['an error of the upstream', { result: 'ok' }, { kind: 'error' }, 'error', 'upstream_error'],
  [
    'an error of the proxy',
    { result: 'error', error: 'request_timeout' },
    undefined,
    'error',
    'request_timeout',
  ],
  ['a refusal', { result: 'local_reply', error: 'over_limit' }, undefined, 'local_reply', 'over_limit'],
  ['a one-way request', { result: 'oneway' }, undefined, 'oneway', ''],
  ['a caller that went away', { result: 'downstream_gone' }, undefined, 'downstream_gone', ''],
] as const)('%s is told apart', (_name, outcome, reply, result, error) => {
  const harness = new FilterHarness(plugin)
  run(harness, SAY, { cluster: 'demo', ...outcome }, reply)
  expect(harness.context.shared.read('requests_total', { result, error })).toBe(1)
  expect(harness.context.shared.read('requests_total')).toBe(1)
})

test('exceptions: false does not look into replies', () => {
  const harness = new FilterHarness(plugin, { exceptions: false })
  run(harness, SAY, { cluster: 'demo' }, { properties: { exception: 'true' } })
  expect(harness.context.shared.read('requests_total', { result: 'ok' })).toBe(1)
})

test('operations beyond operations-max are counted together', () => {
  const harness = new FilterHarness(plugin, { 'operations-max': 2 })
  for (const operation of ['a', 'b', 'c', 'd', 'a']) run(harness, { operation }, { cluster: 'demo' })
  const { shared } = harness.context
  expect(shared.read('requests_total', { operation: 'a' })).toBe(2)
  expect(shared.read('requests_total', { operation: 'b' })).toBe(1)
  expect(shared.read('requests_total', { operation: 'other' })).toBe(2)
})

test('names that were never forwarded take no place', () => {
  const harness = new FilterHarness(plugin, { 'operations-max': 2 })
  for (let i = 0; i < 100; i++) {
    run(harness, { operation: `made up ${i}` }, { result: 'local_reply', error: 'route_not_found' })
  }
  run(harness, SAY, { cluster: 'demo' })
  run(harness, SAY, { result: 'local_reply', error: 'over_limit' })
  const { shared } = harness.context
  expect(shared.read('requests_total', { operation: 'other', error: 'route_not_found' })).toBe(100)
  expect(shared.read('requests_total', { operation: 'Demo/say' })).toBe(2)
  expect(shared.read('requests_total', { operation: 'Demo/say', error: 'over_limit', cluster: '' })).toBe(1)
})

test('operations-max: 0 does not tell operations apart', () => {
  const harness = new FilterHarness(plugin, { 'operations-max': 0 })
  run(harness, SAY, { cluster: 'demo' })
  expect(harness.context.shared.read('requests_total', { operation: '', cluster: 'demo' })).toBe(1)
})

test('protocols of one listener have their own series', () => {
  const harness = new FilterHarness(plugin, {}, { protocol: 'auto' })
  for (const protocol of ['dubbo', 'thrift', 'dubbo']) run(harness, { ...SAY, protocol }, { cluster: 'demo' })
  expect(harness.context.shared.read('requests_total', { protocol: 'dubbo' })).toBe(2)
  expect(harness.context.shared.read('requests_total', { protocol: 'thrift' })).toBe(1)
  expect(harness.context.shared.series('requests_active')).toEqual([
    ['in', 'dubbo'],
    ['in', 'thrift'],
  ])
})

test('clusters of one operation have their own series', () => {
  const harness = new FilterHarness(plugin)
  for (const cluster of ['demo', 'canary', 'demo']) run(harness, SAY, { cluster })
  expect(harness.context.shared.read('requests_total', { cluster: 'demo' })).toBe(2)
  expect(harness.context.shared.read('requests_total', { cluster: 'canary' })).toBe(1)
})
