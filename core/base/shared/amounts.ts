/**
 * The buckets of histograms that count amounts, such as fuel, by powers of two: bucket i holds amounts of i binary
 * digits, the last one everything larger. How one is found, and what a share of the amounts stays below.
 */

const BUCKETS_COUNT = 32

/** The buckets, counted each for itself, then the sum of what was observed. */
export const AMOUNT_SUM_AT = BUCKETS_COUNT
export const AMOUNT_CELLS_COUNT = BUCKETS_COUNT + 1

/** Upper bounds, inclusive, of all buckets but the last. */
export const amountBounds: readonly number[] = Array.from({ length: BUCKETS_COUNT - 1 }, (_, i) => 2 ** i - 1)

export function amountBucketOf(amount: number): number {
  return amount > 0x7fff_ffff ? BUCKETS_COUNT - 1 : 32 - Math.clz32(amount)
}

/** The amount below which this share of all lies, as exact as the buckets are; 0 when nothing was observed. */
export function amountQuantile(cells: readonly number[], share: number): number {
  const counts = cells.slice(0, BUCKETS_COUNT)
  const wanted = counts.reduce((sum, count) => sum + count, 0) * share
  if (wanted === 0) return 0
  let below = 0
  for (const [bucket, count] of counts.entries()) {
    if (count > 0 && below + count >= wanted) {
      const from = bucket === 0 ? 0 : 2 ** (bucket - 1)
      return Math.round(from + from * ((wanted - below) / count))
    }
    below += count
  }
  return 2 ** (BUCKETS_COUNT - 1)
}
