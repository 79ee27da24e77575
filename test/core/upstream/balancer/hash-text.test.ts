import { expect, test } from 'vitest'
import { hashText, mix } from '../../../../core/upstream/balancer/hash-text.ts'

/** Published MurmurHash3_x86_32 vectors whose bytes fill whole UTF-16 units. */
const vectors = [
  ['', 0, 0],
  ['', 1, 0x514e28b7],
  ['', 0xffffffff, 0x81f16f39],
  ['21436587', 0, 0xf55b516b],
  ['21436587', 0x5082edee, 0x2362f9de],
  ['2143', 0, 0xa0f7b07a],
  ['00000000', 0, 0x2362f9de],
  ['0000', 0, 0x30f4c306],
  ['ffffffff', 0, 0x76293b50],
] as const

test.each(vectors)(
  'hashText() of the bytes "%s" with seed %d is that of MurmurHash3',
  (hex, seed, expected) => {
    expect(hashText(Buffer.from(hex, 'hex').toString('utf16le'), seed) >>> 0).toBe(expected)
  },
)

test('hashText() spreads texts that differ in one character over the whole range', () => {
  const buckets = new Uint32Array(64)
  for (let i = 0; i < 64_000; i++) {
    const bucket = hashText(`10.0.0.1:${i}`, 0) >>> 26
    buckets[bucket] = (buckets[bucket] ?? 0) + 1
  }
  for (const count of buckets) expect(Math.abs(count - 1_000)).toBeLessThan(150)
})

test('mix() keeps distinct numbers distinct', () => {
  expect(new Set(Array.from({ length: 100_000 }, (_, i) => mix(i))).size).toBe(100_000)
})
