/** Options of the rate limit: what is limited, to how much, and what happens to the rest. */
import { choice, duration, type Infer, matchOptions, options, Type } from '../../sdk/index.ts'

const TOKENS_MAX = 1_000_000_000
const LIMITS_MAX = 1_000
const KEYS_MAX = 8
const BUCKETS_MAX = 1_000_000

const every = duration({
  about: 'How often so many tokens come in; they come evenly, not all at once.',
  default: '1s',
})
const burst = Type.Optional(
  Type.Integer({
    minimum: 1,
    maximum: TOKENS_MAX,
    description: 'The most requests at once: what a bucket holds, and starts with; default: tokens.',
  }),
)

const limitOptions = options({
  name: Type.Optional(
    Type.String({ minLength: 1, description: 'The name in metrics, errors and logs; default: limits[n].' }),
  ),
  match: Type.Optional(matchOptions),
  tokens: Type.Integer({
    minimum: 1,
    maximum: TOKENS_MAX,
    description: 'Requests allowed in each interval.',
  }),
  every,
  burst,
  per: Type.Optional(
    Type.Array(Type.String({ minLength: 1 }), {
      minItems: 1,
      maxItems: KEYS_MAX,
      description:
        'A bucket for each combination of the values of these properties (or peer-ip, peer, operation, listener, protocol); requests without one of them are not limited.',
      examples: [['remote.application'], ['peer-ip', 'operation']],
    }),
  ),
  'buckets-max': Type.Integer({
    minimum: 1,
    maximum: BUCKETS_MAX,
    default: 10_000,
    description: 'With per: buckets that a worker remembers; those unused for longest are forgotten first.',
  }),
})

const limits = Type.Array(limitOptions, {
  maxItems: LIMITS_MAX,
  default: [],
  description: 'Further limits, each for the requests it matches.',
})

const tokens = Type.Optional(
  Type.Integer({
    minimum: 1,
    maximum: TOKENS_MAX,
    description:
      'Requests of the listener allowed in each interval, over all workers; default: no such limit.',
  }),
)

const applies = choice(['all', 'first'], {
  about:
    'Which limits a request must pass: all that match and the one of the listener, or only the first that matches and the one of the listener when none does.',
  default: 'all',
})

export const rateLimitOptions = options({
  tokens,
  every,
  burst,
  limits,
  applies,
  'on-limit': choice(['error', 'drop', 'close'], {
    about: 'What a request above a limit gets: an error, silence, or its connection closed.',
    default: 'error',
  }),
  error: choice(['over_limit', 'denied', 'overloaded'], {
    about: 'The kind of error with on-limit: error; each protocol says it its own way.',
    default: 'over_limit',
  }),
  text: Type.Optional(
    Type.String({
      minLength: 1,
      description: 'What the caller is told; default: a sentence naming the limit.',
    }),
  ),
  'on-full': choice(['share', 'refuse', 'allow'], {
    about:
      'When there is no room for one more bucket: the values without one share one, are refused, or are not limited.',
    default: 'share',
  }),
  'dry-run': Type.Boolean({ default: false, description: 'Count what would be refused, and let it pass.' }),
})

/** What a route may say: limits of its own instead of the filter's. */
export const rateLimitRouteOptions = options({
  off: Type.Boolean({ default: false, description: 'Requests of this route are not limited.' }),
  tokens: Type.Optional(
    Type.Integer({
      minimum: 1,
      maximum: TOKENS_MAX,
      description: 'Requests of the route allowed in each interval.',
    }),
  ),
  every,
  burst,
  limits,
  applies,
})

export type LimitOptions = Infer<typeof limitOptions>
export type RateLimitOptions = Infer<typeof rateLimitOptions>
export type RateLimitRouteOptions = Infer<typeof rateLimitRouteOptions>
