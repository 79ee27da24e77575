/** HeaderMutationFilter: changes the properties of the requests it matches, and of their responses. */
import {
  compileMatch,
  type Exchange,
  type Filter,
  type FilterContext,
  type Match,
  type Metadata,
  type Mutation,
  type Route,
  replyError,
  type Verdict,
} from '../../sdk/index.ts'
import { EditList } from './edit-list.ts'
import type { HeaderMutationOptions } from './options.ts'

class HeaderMutationFilter implements Filter {
  /** Only where a reply may be changed: else replies pass by. */
  onResponse?: NonNullable<Filter['onResponse']>
  readonly #context: FilterContext
  readonly #own: Rule
  readonly #routes = new Map<Route, Rule>()

  constructor(options: HeaderMutationOptions, context: FilterContext) {
    this.#context = context
    this.#own = this.#ruleWith(options)
  }

  get reads(): readonly string[] {
    return [this.#own, ...this.#routes.values()].flatMap(({ match }) => match.keys)
  }

  onRoute(route: Route, config: HeaderMutationOptions): void {
    this.#routes.set(route, this.#ruleWith(config))
  }

  onRequest(metadata: Metadata, mutation: Mutation, exchange: Exchange): Verdict {
    const rule = this.#ruleOf(exchange)
    if (rule.request.empty && rule.response.empty) return undefined
    const answer = rule.match.matches(metadata)
    if (answer === 'unknown') return refuse(metadata)
    if (answer === 'no') return undefined
    if (!rule.response.empty) exchange.set(this, rule)
    if (rule.request.empty) return undefined
    rule.request.record(mutation, {
      exchange,
      response: undefined,
      outcome: undefined,
      clock: this.#context.clock,
    })
    exchange.clearRoute()
    return undefined
  }

  /** Goes by what the request was before its own edits: it keeps the rule that matched then. */
  #answer(metadata: Metadata, mutation: Mutation, exchange: Exchange): Verdict {
    const rule = exchange.get(this)
    if (!(rule instanceof Rule)) return undefined
    rule.response.record(mutation, {
      exchange,
      response: metadata,
      outcome: undefined,
      clock: this.#context.clock,
    })
    return undefined
  }

  #ruleWith(options: HeaderMutationOptions): Rule {
    const rule = new Rule(options, this.#context)
    if (!rule.response.empty)
      this.onResponse = (metadata, mutation, exchange) => this.#answer(metadata, mutation, exchange)
    return rule
  }

  /** A route's rule takes the place of the filter's own. */
  #ruleOf(exchange: Exchange): Rule {
    if (this.#routes.size === 0) return this.#own
    const { route } = exchange
    return (route && this.#routes.get(route)) ?? this.#own
  }
}

class Rule {
  readonly match: Match
  readonly request: EditList
  readonly response: EditList

  constructor(options: HeaderMutationOptions, context: FilterContext) {
    const report = (path: readonly (string | number)[], text: string) => context.problem(path, text)
    this.match = compileMatch(options.match, report)
    this.request = new EditList(options.request, 'request', report)
    this.response = new EditList(options.response, 'response', report)
  }
}

function refuse(metadata: Metadata): Verdict {
  return replyError(
    'bad_request',
    `whether to change the request is not known: ${metadata.problem ?? 'unreadable'}`,
  )
}

export function createHeaderMutation(options: HeaderMutationOptions, context: FilterContext): Filter {
  return new HeaderMutationFilter(options, context)
}
