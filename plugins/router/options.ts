/** Options of the router: the route table as it is written. */
import { choice, duration, type Infer, matchOptions, options, Type } from '../../sdk/index.ts'

const ROUTES_MAX = 10_000
const CLUSTERS_MAX = 100
const WEIGHT_MAX = 1_000_000

const mutationOptions = (whose: string) =>
  options(
    {
      set: Type.Optional(
        Type.Record(Type.String(), Type.String(), { description: 'Replaces every value of a property.' }),
      ),
      add: Type.Optional(
        Type.Record(Type.String(), Type.String(), { description: 'Adds one more value to a property.' }),
      ),
      remove: Type.Optional(Type.Array(Type.String(), { description: 'Takes properties away.' })),
    },
    `What is changed on the ${whose} of this route: remove, then set, then add.`,
  )

const routeOptions = options({
  name: Type.Optional(
    Type.String({
      minLength: 1,
      description: 'The name in logs and for other filters; default: routes[n], its place.',
    }),
  ),
  match: Type.Optional(matchOptions),
  cluster: Type.Optional(Type.String({ description: 'Where matching requests go.' })),
  clusters: Type.Optional(
    Type.Array(
      options({
        name: Type.String({ description: 'A cluster.' }),
        weight: Type.Integer({
          minimum: 0,
          maximum: WEIGHT_MAX,
          default: 1,
          description: 'Its share of the requests, in proportion to the sum.',
        }),
      }),
      { minItems: 1, maxItems: CLUSTERS_MAX, description: 'Several clusters instead of one, by weight.' },
    ),
  ),
  refuse: Type.Optional(
    options(
      {
        error: choice(['denied', 'bad_request', 'route_not_found', 'overloaded', 'draining'], {
          about: 'The kind of error; each protocol says it its own way.',
          default: 'denied',
        }),
        text: Type.String({
          minLength: 1,
          default: 'refused by a route',
          description: 'What the caller is told.',
        }),
      },
      'Answers matching requests with an error instead of sending them anywhere.',
    ),
  ),
  timeout: Type.Optional(
    duration({ about: "How long the reply may take; default: the listener's request-timeout; 0s waits." }),
  ),
  request: Type.Optional(mutationOptions('requests')),
  response: Type.Optional(mutationOptions('responses')),
  filters: Type.Optional(
    Type.Record(Type.String(), Type.Unknown(), {
      description: 'What other filters of the chain do differently on this route, by their names.',
    }),
  ),
})

export const routerOptions = options({
  routes: Type.Array(routeOptions, {
    maxItems: ROUTES_MAX,
    default: [],
    description: 'The route table; the first route that matches wins.',
  }),
})

export type RouteOptions = Infer<typeof routeOptions>
export type RouterOptions = Infer<typeof routerOptions>
export type MutationOptions = Infer<ReturnType<typeof mutationOptions>>
