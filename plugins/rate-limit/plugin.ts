/** The rate limit: token buckets, exact over all workers. */
import { defineFilter, definePlugin } from '../../sdk/index.ts'
import { rateLimitOptions, rateLimitRouteOptions } from './options.ts'
import { RateLimitFilter } from './rate-limit.ts'

export const plugin = definePlugin({
  name: 'rate-limit',
  filters: [
    defineFilter({
      name: 'rate-limit',
      about: 'Lets so many requests through in each interval, for a listener, a matcher or each caller.',
      options: rateLimitOptions,
      routeOptions: rateLimitRouteOptions,
      create: (options, context) => new RateLimitFilter(options, context),
    }),
  ],
})
