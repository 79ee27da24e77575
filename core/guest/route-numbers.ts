/** RouteNumbers: which of a plugin's configurations holds for an exchange: 0 is the listener's, the others are routes'. */
import type { Exchange, Route } from '../../sdk/index.ts'

export class RouteNumbers {
  /** Whether any route configures the plugin. */
  readonly any: boolean
  readonly #plugin: string
  /** What routes configure, in JSON: the first is configuration 1. */
  readonly #configs: readonly string[]
  readonly #ofRoutes = new WeakMap<Route, number>()
  /** It stays with an exchange, whatever is changed that routes match on. */
  readonly #ofExchanges = new WeakMap<Exchange, number>()

  constructor(plugin: string, configs: readonly string[]) {
    this.#plugin = plugin
    this.#configs = configs
    this.any = configs.length > 0
  }

  learn(route: Route): void {
    const place = this.#configs.indexOf(JSON.stringify(route.filterConfigs[this.#plugin]))
    this.#ofRoutes.set(route, place + 1)
  }

  /** The route is only asked for where routes configure the plugin. */
  of(exchange: Exchange): number {
    if (!this.any) return 0
    const known = this.#ofExchanges.get(exchange)
    if (known !== undefined) return known
    const { route } = exchange
    const number = route === undefined ? 0 : (this.#ofRoutes.get(route) ?? 0)
    this.#ofExchanges.set(exchange, number)
    return number
  }
}
