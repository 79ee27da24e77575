/**
 * LimitSet: the limits of a filter, or of a route that has its own. A request passes when every limit that applies
 * to it grants a token; when one refuses, those before it get theirs back.
 */
import type { Metadata, TokenBucket } from '../../sdk/index.ts'
import { Limit, type LimitPlace } from './limit.ts'
import type { LimitOptions, RateLimitRouteOptions } from './options.ts'

/** `unknown`: whether a limit applies depends on a property that could not be read. */
export type Refusal = Limit | 'unknown' | undefined

export class LimitSet {
  /** The limit for everything; `undefined` when only some requests are limited. */
  readonly #whole: Limit | undefined
  readonly #limits: readonly Limit[]
  readonly #firstOnly: boolean
  /** What the request at hand has taken so far: one place for each limit, so that no request makes any. */
  readonly #taken: TokenBucket[]

  constructor(options: Omit<RateLimitRouteOptions, 'off'>, place: LimitPlace) {
    this.#limits = options.limits.map(
      (limit, index) => new Limit(limit.name ?? `limits[${index}]`, limit, place, ['limits', index]),
    )
    this.#taken = this.#limits.map(() => NOTHING_TAKEN)
    this.#whole = wholeOf(options, place)
    this.#firstOnly = options.applies === 'first'
  }

  /** The properties that it goes by. */
  get reads(): readonly string[] {
    return this.#limits.flatMap((limit) => limit.reads)
  }

  /** Takes the request's tokens; answers the limit that refused, and has then taken none. */
  take(metadata: Metadata): Refusal {
    if (this.#limits.length === 0) return this.#takeWhole(metadata)
    return this.#firstOnly ? this.#takeFirst(metadata) : this.#takeAll(metadata)
  }

  #takeWhole(metadata: Metadata): Refusal {
    const whole = this.#whole
    return whole === undefined || whole.bucketFor(metadata)?.take(1) === true ? undefined : whole
  }

  #takeFirst(metadata: Metadata): Refusal {
    for (const limit of this.#limits) {
      const applies = limit.appliesTo(metadata)
      if (applies === 'unknown') return 'unknown'
      if (applies === 'no') continue
      const bucket = limit.bucketFor(metadata)
      if (bucket !== undefined) return bucket.take(1) ? undefined : limit
      if (metadata.problem !== undefined) return 'unknown'
    }
    return this.#takeWhole(metadata)
  }

  #takeAll(metadata: Metadata): Refusal {
    let count = 0
    for (const limit of this.#limits) {
      const applies = limit.appliesTo(metadata)
      if (applies === 'no') continue
      const bucket = applies === 'yes' ? limit.bucketFor(metadata) : undefined
      if (bucket === undefined) {
        if (metadata.problem === undefined) continue
        return this.#giveBack('unknown', count)
      }
      if (!bucket.take(1)) return this.#giveBack(limit, count)
      this.#taken[count++] = bucket
    }
    const refused = this.#takeWhole(metadata)
    return refused === undefined ? undefined : this.#giveBack(refused, count)
  }

  #giveBack(refusal: Refusal, count: number): Refusal {
    for (let i = 0; i < count; i++) this.#taken[i]?.give(1)
    return refusal
  }
}

const NOTHING_TAKEN: TokenBucket = Object.freeze({ available: 0, take: () => false, give: () => {} })

function wholeOf(options: Omit<RateLimitRouteOptions, 'off'>, place: LimitPlace): Limit | undefined {
  const { tokens, every, burst } = options
  if (tokens === undefined) return undefined
  const limit: LimitOptions = { tokens, every, 'buckets-max': 1, ...(burst === undefined ? {} : { burst }) }
  return new Limit('all', limit, place, [])
}
