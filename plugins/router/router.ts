/**
 * RouterFilter: the last filter of a chain. It finds the route of a request, records what the route changes, and
 * forwards. It allocates nothing unless it refuses.
 */
import {
  type Exchange,
  type Filter,
  type FilterContext,
  type Metadata,
  type Mutation,
  replyError,
  type Verdict,
} from '../../sdk/index.ts'
import { CompiledRoute } from './compiled-route.ts'
import { recordEdits } from './edits.ts'
import type { RouterOptions } from './options.ts'
import { RouteTable } from './route-table.ts'

class RouterFilter implements Filter {
  readonly routes: NonNullable<Filter['routes']>
  readonly reads: readonly string[]
  readonly #table: RouteTable

  constructor(table: RouteTable) {
    this.#table = table
    this.routes = table.routes.map((route, index) => ({ route, path: ['routes', index] }))
    this.reads = [...new Set(table.routes.flatMap(({ match }) => match.keys))]
  }

  route(metadata: Metadata): CompiledRoute | undefined {
    return this.#table.find(metadata)
  }

  onRequest(metadata: Metadata, mutation: Mutation, exchange: Exchange): Verdict {
    const route = exchange.route
    if (!(route instanceof CompiledRoute)) return refuse(metadata)
    if (route.requestEdits.length > 0) recordEdits(route.requestEdits, mutation)
    return route.verdict()
  }
}

/** Responses are looked at only where a route changes some. */
class ResponseEditingRouterFilter extends RouterFilter {
  onResponse(_metadata: Metadata, mutation: Mutation, exchange: Exchange): Verdict {
    const route = exchange.route
    if (route instanceof CompiledRoute && route.responseEdits.length > 0) {
      recordEdits(route.responseEdits, mutation)
    }
    return undefined
  }
}

export function createRouter(options: RouterOptions, context: FilterContext): Filter {
  const routes = options.routes.map((route, index) => new CompiledRoute(route, index, context))
  const table = new RouteTable(routes)
  const edits = routes.some((route) => route.responseEdits.length > 0)
  return edits ? new ResponseEditingRouterFilter(table) : new RouterFilter(table)
}

function refuse(metadata: Metadata): Verdict {
  if (metadata.problem !== undefined) {
    return replyError('bad_request', `no route can be chosen: ${metadata.problem}`)
  }
  const operation = metadata.operation === '' ? 'the request' : metadata.operation
  return replyError('route_not_found', `no route matches ${operation}`)
}
