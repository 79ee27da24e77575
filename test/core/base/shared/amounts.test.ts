import { describe, expect, it } from 'vitest'
import {
  AMOUNT_CELLS_COUNT,
  amountBounds,
  amountBucketOf,
  amountQuantile,
} from '../../../../core/base/shared/amounts.ts'

describe('buckets of amounts', () => {
  it('hold what is at most their bound and above the one before', () => {
    for (const [bucket, bound] of amountBounds.entries()) {
      expect(amountBucketOf(bound)).toBe(bucket)
      expect(amountBucketOf(bound + 1)).toBe(bucket + 1)
    }
    expect(amountBucketOf(2 ** 40)).toBe(31)
  })

  it('answer quantiles within a factor of two, and in between in proportion', () => {
    const cells = new Array<number>(AMOUNT_CELLS_COUNT).fill(0)
    expect(amountQuantile(cells, 0.5)).toBe(0)
    for (let i = 0; i < 99; i++) cells[amountBucketOf(1_000)] = (cells[amountBucketOf(1_000)] ?? 0) + 1
    cells[amountBucketOf(1_000_000)] = 1
    expect(amountQuantile(cells, 0.5)).toBeGreaterThan(511)
    expect(amountQuantile(cells, 0.5)).toBeLessThan(amountQuantile(cells, 0.9))
    expect(amountQuantile(cells, 0.99)).toBeLessThan(1_025)
    expect(amountQuantile(cells, 1)).toBeGreaterThan(500_000)
  })
})
