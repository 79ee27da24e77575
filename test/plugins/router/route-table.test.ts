import { expect, test } from 'vitest'
import { plugin } from '../../../plugins/router/plugin.ts'
import type { FakeMessageOptions } from '../../../sdk/testing/fake-message.ts'
import { FilterHarness } from '../../../sdk/testing/filter-harness.ts'

const VALUES = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h']

/** Routes of all shapes, mostly with an exact interface, from a small generator with a fixed seed. */
function routesOf(seed: number, count: number): object[] {
  let state = seed
  const draw = (limit: number): number => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648
    return Math.floor((state / 2_147_483_648) * limit)
  }
  const value = () => VALUES[draw(VALUES.length)] ?? 'a'
  return Array.from({ length: count }, () => {
    const exact = draw(4) > 0
    const match = {
      ...(exact ? { interface: value() } : draw(2) === 0 ? { interface: { any: [value(), value()] } } : {}),
      method: draw(3) === 0 ? { prefix: value() } : value(),
    }
    return { match, cluster: 'demo' }
  })
}

/** One route at a time: the walk without any index. */
function createWalk(routes: object[]): (message: FakeMessageOptions) => string | undefined {
  const alone = routes.map((route) => new FilterHarness(plugin, { routes: [route] }, { clusters: ['demo'] }))
  return (message) => {
    const index = alone.findIndex((harness) => harness.exchange(message).route !== undefined)
    return index < 0 ? undefined : `routes[${index}]`
  }
}

test.each([1, 2, 3])('a long table answers as walking it does (seed %i)', (seed) => {
  const routes = routesOf(seed, 40)
  const harness = new FilterHarness(plugin, { routes }, { clusters: ['demo'] })
  const walk = createWalk(routes)
  const absent = { properties: { method: 'a' } }
  const messages = VALUES.concat('unheard-of').flatMap((name) =>
    VALUES.map((method) => ({ properties: { interface: name, method } })),
  )
  for (const message of [...messages, absent]) {
    expect(harness.exchange(message).route?.name).toBe(walk(message))
  }
})

test('a long table does not guess for a request that cannot be read', () => {
  const routes = [
    ...Array.from({ length: 20 }, (_, i) => ({ match: { interface: `s${i}` }, cluster: 'demo' })),
    { cluster: 'demo' },
  ]
  const harness = new FilterHarness(plugin, { routes }, { clusters: ['demo'] })
  expect(harness.exchange({ unreadable: 'not readable' }).route).toBeUndefined()
  expect(harness.exchange().route?.name).toBe('routes[20]')
})
