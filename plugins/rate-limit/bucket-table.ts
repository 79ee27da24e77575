/**
 * BucketTable: the buckets of one limit, one for each combination of values. It is bounded: values are
 * remembered in two generations, and when the young one is half of what is allowed, the old one is forgotten with
 * all that was not used since. A hit costs one look into a map.
 */
import type { TokenBucket } from '../../sdk/index.ts'

export class BucketTable {
  readonly #halfMax: number
  readonly #create: (values: string) => TokenBucket
  #young = new Map<string, TokenBucket>()
  #old = new Map<string, TokenBucket>()

  /** `create` is asked for the bucket of values that are not remembered; it survives being forgotten here. */
  constructor(bucketsMax: number, create: (values: string) => TokenBucket) {
    this.#halfMax = Math.max(1, Math.floor(bucketsMax / 2))
    this.#create = create
  }

  /** Buckets remembered now; some may be counted twice while they move to the young generation. */
  get size(): number {
    return this.#young.size + this.#old.size
  }

  get(values: string): TokenBucket {
    return this.#young.get(values) ?? this.#promote(values)
  }

  #promote(values: string): TokenBucket {
    if (this.#young.size >= this.#halfMax) {
      this.#old = this.#young
      this.#young = new Map()
    }
    const bucket = this.#old.get(values) ?? this.#create(values)
    this.#old.delete(values)
    this.#young.set(values, bucket)
    return bucket
  }
}
