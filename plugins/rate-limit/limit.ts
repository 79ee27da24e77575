/** Limit: one bucket, or one for each combination of values, for the requests that match. */
import {
  type Answer,
  type Counter,
  compileMatch,
  type Match,
  type Metadata,
  type ProblemReport,
  type TokenBucket,
  type TokenBucketOptions,
} from '../../sdk/index.ts'
import { BucketTable } from './bucket-table.ts'
import { Descriptor } from './descriptor.ts'
import type { LimitOptions, RateLimitOptions } from './options.ts'

/** What a limit needs of its surroundings. */
export interface LimitPlace {
  /** Unique within the listener; part of the buckets' shared names. */
  readonly name: string
  readonly onFull: RateLimitOptions['on-full']
  bucket(name: string, options: TokenBucketOptions): TokenBucket | undefined
  /** Counts what is refused, and what found no room for a bucket. */
  refused(limit: string): Counter
  full(limit: string): Counter
  readonly report: ProblemReport
}

type Path = readonly (string | number)[]

export class Limit {
  readonly name: string
  readonly about: string
  readonly refused: Counter
  /** The properties that it goes by. */
  readonly reads: readonly string[]
  readonly #match: Match
  readonly #place: LimitPlace
  readonly #size: TokenBucketOptions
  readonly #full: Counter
  /** Without `per`: the only one. With it: the one shared by those for whom there is no room. */
  readonly #bucket: TokenBucket
  readonly #descriptor: Descriptor | undefined
  readonly #table: BucketTable | undefined

  constructor(name: string, options: LimitOptions, place: LimitPlace, path: Path) {
    this.name = name
    this.about = `${options.tokens} ${options.tokens === 1 ? 'request' : 'requests'} every ${interval(options.every)}`
    this.#match = compileMatch(options.match, place.report, [...path, 'match'])
    this.#place = place
    this.#size = { capacity: options.burst ?? options.tokens, tokens: options.tokens, everyMs: options.every }
    this.refused = place.refused(name)
    this.#full = place.full(name)
    const { per } = options
    this.#bucket = this.#sharedBucket(per === undefined ? '' : ' others')
    this.reads = [...this.#match.keys, ...(per ?? [])]
    this.#descriptor = per === undefined ? undefined : new Descriptor(per)
    this.#table = per && new BucketTable(options['buckets-max'], (values) => this.#create(values))
  }

  appliesTo(metadata: Metadata): Answer {
    return this.#match.matches(metadata)
  }

  /** The bucket the request takes from; `undefined` when it lacks a value that the buckets are told apart by. */
  bucketFor(metadata: Metadata): TokenBucket | undefined {
    if (this.#descriptor === undefined || this.#table === undefined) return this.#bucket
    const values = this.#descriptor.of(metadata)
    return values === undefined ? undefined : this.#table.get(values)
  }

  #create(values: string): TokenBucket {
    const bucket = this.#place.bucket(`${this.#place.name} ${this.name} per ${values}`, this.#size)
    if (bucket !== undefined) return bucket
    this.#full.add(1)
    switch (this.#place.onFull) {
      case 'share':
        return this.#bucket
      case 'refuse':
        return NONE
      case 'allow':
        return ENDLESS
    }
  }

  #sharedBucket(suffix: string): TokenBucket {
    const bucket = this.#place.bucket(`${this.#place.name} ${this.name}${suffix}`, this.#size)
    if (bucket !== undefined) return bucket
    this.#full.add(1)
    return this.#place.onFull === 'allow' ? ENDLESS : NONE
  }
}

/** In the largest unit that keeps it whole, as it was most likely written. */
function interval(ms: number): string {
  if (ms % 3_600_000 === 0) return `${ms / 3_600_000}h`
  if (ms % 60_000 === 0) return `${ms / 60_000}m`
  return ms % 1_000 === 0 ? `${ms / 1_000}s` : `${ms}ms`
}

/** Stand-ins where the table of buckets has no room: one that always refuses, one that always grants. */
const NONE: TokenBucket = Object.freeze({ available: 0, take: () => false, give: () => {} })
const ENDLESS: TokenBucket = Object.freeze({
  available: Number.POSITIVE_INFINITY,
  take: () => true,
  give: () => {},
})
