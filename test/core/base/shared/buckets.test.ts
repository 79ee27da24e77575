import { describe, expect, it } from 'vitest'
import { createSharedMemory } from '../../../../core/base/shared/memory.ts'
import { Shared } from '../../../../core/base/shared/shared.ts'
import type { TokenBucket, TokenBucketOptions } from '../../../../sdk/index.ts'

const DAY_MS = 86_400_000

function bucketAt(options: TokenBucketOptions, startMs = 0) {
  const clock = { nowMs: startMs }
  const shared = Shared.alone(clock)
  const bucket = shared.tokenBucket('b', options)
  if (bucket === undefined) throw new Error('the table is empty and yet full')
  return { clock, shared, bucket }
}

function takeAll(bucket: TokenBucket): number {
  let taken = 0
  while (bucket.take(1)) taken++
  return taken
}

describe('TokenBucket', () => {
  it('begins full and grants no more than it holds', () => {
    const { bucket } = bucketAt({ capacity: 5, tokens: 1, everyMs: 1_000 })
    expect(takeAll(bucket)).toBe(5)
    expect(bucket.available).toBe(0)
  })

  it('takes all of what is asked for or nothing', () => {
    const { bucket } = bucketAt({ capacity: 5, tokens: 1, everyMs: 1_000 })
    expect(bucket.take(6)).toBe(false)
    expect(bucket.take(4)).toBe(true)
    expect(bucket.take(2)).toBe(false)
    expect(bucket.available).toBe(1)
  })

  it.each([
    [1, 3],
    [3, 1_000],
    [1_500, 1_000],
    [1_000_000, 1_000],
    [7, 60_000],
  ])(
    'with %d tokens every %d ms grants exactly what came in, at whatever moments it is asked',
    (tokens, everyMs) => {
      const { clock, bucket } = bucketAt({ capacity: 10_000_000, tokens, everyMs }, 123.456)
      expect(bucket.take(10_000_000)).toBe(true)
      let granted = 0
      for (let step = 1; step <= 500; step++) {
        clock.nowMs = 123.456 + step * 7.3
        granted += bucket.available
        expect(bucket.take(bucket.available)).toBe(true)
      }
      const passedMs = Math.floor(500 * 7.3)
      expect(granted).toBe(Math.floor((passedMs * tokens) / everyMs))
    },
  )

  it('never holds more than its capacity', () => {
    const { clock, bucket } = bucketAt({ capacity: 3, tokens: 100, everyMs: 10 })
    clock.nowMs = 10_000
    expect(takeAll(bucket)).toBe(3)
    bucket.give(50)
    expect(bucket.available).toBe(3)
  })

  it.each([1, 20, 25, 30, 49.71, 50, 100, 500])('is full again after %d days of rest', (days) => {
    const { clock, bucket } = bucketAt({ capacity: 5, tokens: 1, everyMs: 1_000 })
    takeAll(bucket)
    clock.nowMs = 2_000
    expect(takeAll(bucket)).toBe(2)
    clock.nowMs += days * DAY_MS
    bucket.take(0)
    clock.nowMs += 10_000
    expect(takeAll(bucket)).toBe(5)
  })

  it('is not filled by a thread whose clock is behind', () => {
    const memory = createSharedMemory(2)
    const ahead = { nowMs: 50_000 }
    const behind = { nowMs: 50_000 }
    const options = { capacity: 10, tokens: 10, everyMs: 1_000 }
    const first = new Shared(memory, 0, ahead).tokenBucket('b', options)
    const second = new Shared(memory, 1, behind).tokenBucket('b', options)
    expect(first?.take(10)).toBe(true)
    ahead.nowMs = 50_500
    expect(first?.take(5)).toBe(true)
    behind.nowMs = 50_100
    expect(second?.available).toBe(0)
  })

  it('is shared under the same name and options, and another one under others', () => {
    const { shared, bucket } = bucketAt({ capacity: 5, tokens: 1, everyMs: 1_000 })
    takeAll(bucket)
    expect(shared.tokenBucket('b', { capacity: 5, tokens: 1, everyMs: 1_000 })?.available).toBe(0)
    expect(shared.tokenBucket('b', { capacity: 6, tokens: 1, everyMs: 1_000 })?.available).toBe(6)
  })

  it('gives no place to a new name while all are in use, and the idle ones to it afterwards', () => {
    const clock = { nowMs: 0 }
    const shared = Shared.alone(clock)
    const options = { capacity: 2, tokens: 1, everyMs: 1_000 }
    const buckets = Array.from({ length: 40_000 }, (_, n) => shared.tokenBucket(`caller ${n}`, options))
    const refused = buckets.indexOf(undefined)
    expect(refused).toBeGreaterThan(8_000)
    expect(buckets.filter((bucket) => bucket !== undefined).length).toBeLessThanOrEqual(16_384)
    buckets[0]?.take(2)
    clock.nowMs = 61_000
    expect(shared.tokenBucket(`caller ${refused}`, options)?.available).toBe(2)
  })

  it('comes back full when it had lost its place while it was idle', () => {
    const clock = { nowMs: 0 }
    const shared = Shared.alone(clock)
    const options = { capacity: 2, tokens: 1, everyMs: 1_000 }
    const first = shared.tokenBucket('first', options)
    expect(first?.take(2)).toBe(true)
    clock.nowMs = 100_000
    for (let n = 0; n < 60_000; n++) shared.tokenBucket(`other ${n}`, options)?.take(1)
    clock.nowMs = 200_000
    for (let n = 0; n < 60_000; n++) shared.tokenBucket(`another ${n}`, options)
    clock.nowMs = 300_000
    expect(first?.take(2)).toBe(true)
    expect(first?.take(1)).toBe(false)
  })
})
