/**
 * FilterHarness: runs a filter without a proxy. It decodes the configuration as the host does, gives the filter a
 * context on manual time, and drives exchanges through it.
 *
 * ```ts
 * const harness = new FilterHarness(plugin, { tokens: 1 })
 * const { verdict, edits } = harness.exchange({ properties: { method: 'sayHello' } }).onRequest()
 * ```
 */
import type { TSchema } from 'typebox'
import Value from 'typebox/value'
import type { Filter, Route } from '../filter.ts'
import type { Plugin } from '../plugin.ts'
import { type FakeMessageOptions, fakeMessage } from './fake-message.ts'
import { TestContext, type TestContextOptions } from './test-context.ts'
import { TestExchange } from './test-exchange.ts'

export class FilterHarness {
  readonly context: TestContext
  readonly filter: Filter
  readonly #routeOptions: TSchema | undefined

  /** Runs the first filter of the plugin. Throws when the configuration does not fit its declaration. */
  constructor(plugin: Plugin, config: unknown = {}, options: TestContextOptions = {}) {
    const factory = plugin.filters?.[0]
    if (factory === undefined) throw new Error(`the plugin ${plugin.name} offers no filter`)
    this.context = new TestContext(options)
    this.#routeOptions = factory.routeOptions
    this.filter = factory.create(decodeOptions(factory.options, config), this.context)
  }

  /** A route that configures the filter, as another filter's route table would have it. */
  addRoute(name: string, config: unknown): Route {
    if (this.#routeOptions === undefined) throw new Error('routes cannot configure this filter')
    const route = { name, filterConfigs: {} }
    this.filter.onRoute?.(route, decodeOptions(this.#routeOptions, config))
    return route
  }

  /** An exchange that begins with this request. */
  exchange(request: FakeMessageOptions = {}, route?: Route): TestExchange {
    const { listener, protocol, clock } = this.context
    return new TestExchange({
      filter: this.filter,
      clock,
      request: fakeMessage({ listener, protocol, ...request }),
      ...(route === undefined ? {} : { route }),
    })
  }
}

/** The configuration with its defaults filled in, durations and sizes as numbers; throws what is wrong with it. */
export function decodeOptions(schema: TSchema, config: unknown): unknown {
  const filled = Value.Default(schema, Value.Clone(config))
  const problems = Value.Errors(schema, filled).map(
    ({ instancePath, message }) => `${instancePath} ${message}`,
  )
  if (problems.length > 0) throw new Error(`the configuration does not fit: ${problems.join('; ')}`)
  return Value.Decode(schema, filled)
}
