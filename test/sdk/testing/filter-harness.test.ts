import { expect, test } from 'vitest'
import {
  defineFilter,
  definePlugin,
  duration,
  type Filter,
  forward,
  options,
  Pause,
  replyError,
} from '../../../sdk/index.ts'
import { FilterHarness } from '../../../sdk/testing/filter-harness.ts'
import { settled } from '../../../sdk/testing/test-exchange.ts'

function pluginOf(create: (config: { wait: number }) => Filter) {
  const declared = options({ wait: duration({ about: 'How long.', default: '5s' }) })
  return definePlugin({
    name: 'trial',
    filters: [defineFilter({ name: 'trial', about: 'A trial.', options: declared, create })],
  })
}

test('the configuration is decoded, and what does not fit is said', () => {
  const waits: number[] = []
  const plugin = pluginOf(({ wait }) => {
    waits.push(wait)
    return {}
  })
  new FilterHarness(plugin)
  new FilterHarness(plugin, { wait: '2m' })
  expect(waits).toEqual([5_000, 120_000])
  expect(() => new FilterHarness(plugin, { wait: 5 })).toThrow(
    'the configuration does not fit: /wait must be string',
  )
})

test('a phase answers with what the filter decided and recorded', () => {
  const plugin = pluginOf(() => ({
    onRequest(metadata, mutation) {
      mutation.set('seen', metadata.get('method') ?? '')
      mutation.body(Buffer.from('new'))
      return forward('demo')
    },
  }))
  const phase = new FilterHarness(plugin).exchange({ properties: { method: 'say' }, body: 'old' }).onRequest()
  expect(phase.verdict).toEqual(forward('demo'))
  expect(phase.edits).toEqual([{ op: 'set', key: 'seen', value: 'say' }])
  expect(phase.newBody?.toString()).toBe('new')
})

test('a filter without a phase lets everything pass', async () => {
  const exchange = new FilterHarness(pluginOf(() => ({}))).exchange()
  expect(await settled(exchange.onRequest())).toBe('continue')
  expect(await settled(exchange.onResponse())).toBe('continue')
})

test('settled() waits for promises and for pauses', async () => {
  const pause = new Pause()
  const plugin = pluginOf(() => ({
    onRequest: async () => pause,
    onResponse: async () => 'drop' as const,
  }))
  const exchange = new FilterHarness(plugin).exchange()
  const verdict = settled(exchange.onRequest())
  pause.resume(replyError('denied', 'no'))
  expect(await verdict).toEqual(replyError('denied', 'no'))
  expect(await settled(exchange.onResponse())).toBe('drop')
})

test('what a filter keeps in an exchange is there in its next phase, and its end knows the reply', () => {
  const told: unknown[] = []
  const filter: Filter = {
    onRequest(_metadata, _mutation, exchange) {
      exchange.set(filter, 'kept')
      return undefined
    },
    onEnd(exchange, outcome) {
      told.push(exchange.get(filter), outcome.response?.status, outcome.durationMs, outcome.result)
    },
  }
  const harness = new FilterHarness(pluginOf(() => filter))
  const exchange = harness.exchange()
  exchange.onRequest()
  harness.context.clock.advance(7)
  exchange.onResponse({ status: 20 })
  exchange.onEnd()
  expect(told).toEqual(['kept', 20, 7, 'ok'])
})

test('a key that cannot be read is a problem of the message once it is asked for', () => {
  const { request } = new FilterHarness(pluginOf(() => ({}))).exchange({
    unreadable: 'kryo',
    properties: { a: '1' },
  })
  expect([request.get('a'), request.problem]).toEqual(['1', undefined])
  expect([request.get('b'), request.problem]).toEqual([undefined, 'kryo'])
})
