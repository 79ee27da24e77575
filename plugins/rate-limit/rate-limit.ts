/** RateLimitFilter: lets requests pass while their buckets hold tokens, and does with the rest what is configured. */
import {
  type Exchange,
  type Filter,
  type FilterContext,
  type Metadata,
  type Mutation,
  type Route,
  replyError,
  type Verdict,
} from '../../sdk/index.ts'
import type { Limit, LimitPlace } from './limit.ts'
import { LimitSet } from './limit-set.ts'
import type { RateLimitOptions, RateLimitRouteOptions } from './options.ts'

export class RateLimitFilter implements Filter {
  readonly #options: RateLimitOptions
  readonly #context: FilterContext
  readonly #limits: LimitSet
  /** Routes with limits of their own; `undefined` for those that are not limited. */
  readonly #routes = new Map<Route, LimitSet | undefined>()
  /** Made once for each limit, so that refusing costs no more than passing. */
  readonly #refusals = new Map<Limit, Verdict>()

  constructor(options: RateLimitOptions, context: FilterContext) {
    this.#options = options
    this.#context = context
    this.#limits = new LimitSet(options, this.#place(placeOf(context)))
    if (options.tokens === undefined && options.burst !== undefined) {
      context.problem(['burst'], 'burst needs tokens: what comes in, and how often')
    }
  }

  get reads(): readonly string[] {
    return [this.#limits, ...this.#routes.values()].flatMap((limits) => limits?.reads ?? [])
  }

  onRoute(route: Route, config: RateLimitRouteOptions): void {
    const place = this.#place(`${placeOf(this.#context)} route ${route.name}`)
    this.#routes.set(route, config.off ? undefined : new LimitSet(config, place))
  }

  onRequest(metadata: Metadata, _mutation: Mutation, exchange: Exchange): Verdict {
    const limits = this.#routes.size === 0 ? this.#limits : this.#limitsOf(exchange.route)
    if (limits === undefined) return undefined
    const refusal = limits.take(metadata)
    return refusal === undefined ? undefined : this.#refuse(refusal, metadata)
  }

  #limitsOf(route: Route | undefined): LimitSet | undefined {
    if (route === undefined || !this.#routes.has(route)) return this.#limits
    return this.#routes.get(route)
  }

  #refuse(refusal: Limit | 'unknown', metadata: Metadata): Verdict {
    const dryRun = this.#options['dry-run']
    if (refusal === 'unknown') {
      if (dryRun) return undefined
      return replyError('bad_request', `no rate limit can be chosen: ${metadata.problem ?? 'unreadable'}`)
    }
    refusal.refused.add(1)
    if (dryRun) return undefined
    const known = this.#refusals.get(refusal)
    if (known !== undefined) return known
    const verdict = this.#verdictOf(refusal)
    this.#refusals.set(refusal, verdict)
    return verdict
  }

  #verdictOf(limit: Limit): Verdict {
    const options = this.#options
    if (options['on-limit'] !== 'error') return options['on-limit']
    return replyError(options.error, options.text ?? `rate limit "${limit.name}" exceeded: ${limit.about}`)
  }

  #place(name: string): LimitPlace {
    const { listener, shared } = this.#context
    const dryRun = this.#options['dry-run']
    const refused = shared.counter({
      name: 'rate_limit_refused_total',
      about: 'Requests above a rate limit; with mode dry_run they passed.',
      labels: ['listener', 'limit', 'mode'],
    })
    const full = shared.counter({
      name: 'rate_limit_buckets_full_total',
      about: 'Buckets of a rate limit for which there was no room.',
      labels: ['listener', 'limit'],
    })
    return {
      name,
      onFull: this.#options['on-full'],
      bucket: (bucketName, size) => shared.tokenBucket(bucketName, size),
      refused: (limit) => refused.with([listener, limit, dryRun ? 'dry_run' : 'enforced']),
      full: (limit) => full.with([listener, limit]),
      report: (path, text) => this.#context.problem(path, text),
    }
  }
}

/** Names this filter's buckets: by the listener's name, which outlives its place in the configuration. */
function placeOf({ listener, path }: FilterContext): string {
  return `rate-limit ${listener} ${path.slice(path.lastIndexOf('.') + 1)}`
}
