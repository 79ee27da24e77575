import { expect, test } from 'vitest'
import { BucketTable } from '../../../plugins/rate-limit/bucket-table.ts'
import type { TokenBucket } from '../../../sdk/index.ts'

function bucket(): TokenBucket {
  return { available: 1, take: () => true, give: () => {} }
}

test('get() answers the same bucket for the same values', () => {
  const table = new BucketTable(10, bucket)
  expect(table.get('a')).toBe(table.get('a'))
  expect(table.get('a')).not.toBe(table.get('b'))
})

test('get() remembers no more than it may, whatever it is asked', () => {
  const table = new BucketTable(100, bucket)
  for (let i = 0; i < 10_000; i++) {
    table.get(`caller ${i}`)
    expect(table.size).toBeLessThanOrEqual(100)
  }
})

test('get() keeps what is used and forgets what is not', () => {
  const created: string[] = []
  const table = new BucketTable(10, (values) => {
    created.push(values)
    return bucket()
  })
  for (let i = 0; i < 1_000; i++) {
    table.get('busy')
    table.get(`idle ${i}`)
  }
  table.get('idle 0')
  expect(created.filter((values) => values === 'busy')).toHaveLength(1)
  expect(created.filter((values) => values === 'idle 0')).toHaveLength(2)
})
