import { expect, test } from 'vitest'
import { plugin } from '../../../plugins/header-mutation/plugin.ts'
import { replyError } from '../../../sdk/index.ts'
import { FilterHarness } from '../../../sdk/testing/filter-harness.ts'

test('request edits are recorded: remove, set, add', () => {
  const request = { add: { tag: 'b' }, set: { tag: 'a' }, remove: ['secret'] }
  expect(new FilterHarness(plugin, { request }).exchange().onRequest().edits).toEqual([
    { op: 'remove', key: 'secret', value: '' },
    { op: 'set', key: 'tag', value: 'a' },
    { op: 'add', key: 'tag', value: 'b' },
  ])
})

test('values hold operators', () => {
  const request = { set: { caller: '%DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT%', was: '<%REQ(method)%>' } }
  const exchange = new FilterHarness(plugin, { request }).exchange({ properties: { method: 'say' } })
  expect(exchange.onRequest().edits).toEqual([
    { op: 'set', key: 'caller', value: '10.0.0.1' },
    { op: 'set', key: 'was', value: '<say>' },
  ])
})

test('a later edit reads what an earlier one has set', () => {
  const request = { set: { a: '1' }, add: { b: '%REQ(a)%' } }
  const { edits } = new FilterHarness(plugin, { request }).exchange().onRequest()
  expect(edits).toContainEqual({ op: 'add', key: 'b', value: '1' })
})

test('a value whose operators come to nothing is not set, and an empty one is', () => {
  const request = { set: { absent: '%REQ(nothing)%', empty: '' } }
  expect(new FilterHarness(plugin, { request }).exchange().onRequest().edits).toEqual([
    { op: 'set', key: 'empty', value: '' },
  ])
})

test('a value that grew too long is not set', () => {
  const request = { set: { copy: '%REQ(long)%' } }
  const harness = new FilterHarness(plugin, { request })
  expect(harness.exchange({ properties: { long: 'x'.repeat(65_537) } }).onRequest().edits).toEqual([])
})

test('a text without operators is the same edit for every message, and none when it is too long', () => {
  const request = { remove: ['secret'], set: { share: '100%%', long: 'x'.repeat(65_537) }, add: { tag: 'b' } }
  const harness = new FilterHarness(plugin, { request })
  const [first, second] = [1, 2].map(() => harness.exchange().onRequest().edits)
  expect(first).toEqual([
    { op: 'remove', key: 'secret', value: '' },
    { op: 'set', key: 'share', value: '100%' },
    { op: 'add', key: 'tag', value: 'b' },
  ])
  for (const [i, edit] of (first ?? []).entries()) expect(second?.[i]).toBe(edit)
})

test('response edits read the request and the reply', () => {
  const response = { set: { echo: '%REQ(method)% %RESP(answer)% %RESPONSE_CODE%' } }
  const exchange = new FilterHarness(plugin, { response }).exchange({ properties: { method: 'say' } })
  expect(exchange.onRequest().edits).toEqual([])
  expect(exchange.onResponse({ status: 20, properties: { answer: 'hi' } }).edits).toEqual([
    { op: 'set', key: 'echo', value: 'say hi 20' },
  ])
})

test('match decides for the request and its response, by the request as it came', () => {
  const config = { match: { tag: 'a' }, request: { set: { tag: 'b' } }, response: { set: { seen: '1' } } }
  const harness = new FilterHarness(plugin, config)
  const meant = harness.exchange({ properties: { tag: 'a' } })
  expect(meant.onRequest().edits).toHaveLength(1)
  expect(meant.onResponse().edits).toHaveLength(1)
  const other = harness.exchange({ properties: { tag: 'c' } })
  expect(other.onRequest().edits).toEqual([])
  expect(other.onResponse().edits).toEqual([])
})

test('a match that needs what cannot be read refuses', () => {
  const harness = new FilterHarness(plugin, { match: { tag: 'a' }, request: { set: { b: '1' } } })
  expect(harness.exchange({ unreadable: 'kryo is not readable' }).onRequest().verdict).toEqual(
    replyError('bad_request', 'whether to change the request is not known: kryo is not readable'),
  )
})

test('a route has edits of its own instead', () => {
  const harness = new FilterHarness(plugin, { request: { set: { from: 'filter' } } })
  const route = harness.addRoute('demo', { request: { set: { from: 'route' } } })
  expect(harness.exchange({}, route).onRequest().edits).toEqual([{ op: 'set', key: 'from', value: 'route' }])
  expect(harness.exchange().onRequest().edits).toEqual([{ op: 'set', key: 'from', value: 'filter' }])
})

test('replies pass by, unless the filter or a route of it changes some', () => {
  const requests = { request: { set: { from: 'filter' } } }
  const replies = { response: { set: { via: 'filter' } } }
  expect(new FilterHarness(plugin, replies).filter.onResponse).toBeDefined()
  const harness = new FilterHarness(plugin, requests)
  harness.addRoute('one', requests)
  expect(harness.filter.onResponse).toBeUndefined()
  const route = harness.addRoute('two', replies)
  const exchange = harness.exchange({}, route)
  exchange.onRequest()
  expect(exchange.onResponse().edits).toEqual([{ op: 'set', key: 'via', value: 'filter' }])
})

test('after a request was changed its route is found anew', () => {
  const harness = new FilterHarness(plugin, { request: { set: { group: 'canary' } } })
  let cleared = 0
  const exchange = harness.exchange()
  exchange.clearRoute = () => {
    cleared++
  }
  exchange.onRequest()
  expect(cleared).toBe(1)
})

test('an unknown operator and one that is not known yet are problems with their path', () => {
  const config = { request: { set: { a: '%RESP(x)%' } }, response: { add: { b: '%DURATON%' } } }
  expect(new FilterHarness(plugin, config).context.problems).toEqual([
    'request.set.a: %RESP% is known only with the reply',
    'response.add.b: no operator is named %DURATON%, did you mean "DURATION"?',
  ])
})

test('it says what its matches go by', () => {
  const harness = new FilterHarness(plugin, { match: { keys: 'a' }, request: { remove: ['b'] } })
  harness.addRoute('one', { match: { method: 'c' }, request: { remove: ['b'] } })
  expect(harness.filter.reads?.toSorted()).toEqual(['keys', 'method'])
})
