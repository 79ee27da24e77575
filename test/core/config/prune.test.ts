import { expect, test } from 'vitest'
import { explain } from '../../../core/config/explain.ts'
import { prune } from '../../../core/config/prune.ts'
import { options, Type } from '../../../sdk/index.ts'

const matcher = options({
  exact: Type.Optional(Type.String()),
  any: Type.Optional(Type.Array(Type.String())),
})
const schema = options({
  name: Type.String(),
  routes: Type.Array(
    options({
      match: Type.Optional(Type.Record(Type.String(), matcher, { minProperties: 1 })),
      cluster: Type.String(),
    }),
  ),
})

function pruned(value: unknown) {
  return prune(value, (left) => explain(schema, left))
}

test('what is wrong is taken out, and what stands beside it stays', () => {
  const made = pruned({
    name: 'a',
    routes: [{ match: { x: { exact: 5 }, y: { exact: 'b' }, z: { exakt: 'c' } }, cluster: 'd' }],
  })
  expect(made?.options).toEqual({
    name: 'a',
    routes: [{ match: { x: {}, y: { exact: 'b' }, z: {} }, cluster: 'd' }],
  })
})

test('what does not fit without it goes too, up to what does', () => {
  const made = pruned({
    name: 'a',
    routes: [{ match: { x: 5 }, cluster: 'd' }, { match: {} }, { cluster: 'e' }],
  })
  expect(made?.options).toEqual({ name: 'a', routes: [{ cluster: 'd' }, { cluster: 'e' }] })
  expect(made?.origin(['routes', 1, 'cluster'])).toEqual(['routes', 2, 'cluster'])
  expect(made?.robbed(['routes'])).toBe(true)
  expect(made?.robbed(['routes', 0])).toBe(true)
  expect(made?.robbed(['routes', 1])).toBe(false)
})

test('elements of lists within lists keep the places that they had', () => {
  const any = [1, 'b', 2, 'd']
  const made = pruned({ name: 'a', routes: [{ cluster: 1 }, { match: { x: { any } }, cluster: 'd' }] })
  expect(made?.options).toEqual({ name: 'a', routes: [{ match: { x: { any: ['b', 'd'] } }, cluster: 'd' }] })
  expect(made?.origin(['routes', 0, 'match', 'x', 'any', 1])).toEqual(['routes', 1, 'match', 'x', 'any', 3])
  expect(any).toEqual([1, 'b', 2, 'd'])
})

test('what fits is not copied, and where nothing fits there is nothing', () => {
  const value = { name: 'a', routes: [] }
  expect(pruned(value)?.options).toBe(value)
  expect(pruned({ name: 5, routes: [] })).toBeUndefined()
  expect(pruned('x')).toBeUndefined()
})
