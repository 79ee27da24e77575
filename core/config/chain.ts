/**
 * Chain: creates the filters of one listener in order, each with its options validated and decoded, then hands
 * every route's configuration to the filter it is for. It reports everything that is wrong and makes what it can.
 */
import {
  type Clock,
  type ClusterHandle,
  type Filter,
  type FilterContext,
  type FilterFactory,
  hint,
  type Log,
  nearest,
  type Route,
  type SharedState,
} from '../../sdk/index.ts'
import { errorText } from '../base/error-text.ts'
import type { NamedFilter } from '../exchange/chain.ts'
import type { Registry } from '../plugin/registry.ts'
import { isShared } from '../plugin/shared-filter-factory.ts'
import { decode } from './decode.ts'
import { explain } from './explain.ts'
import { type Finding, finding } from './finding.ts'
import { type ConfigPath, pathText } from './path.ts'
import type { FilterPlan, ListenerPlan } from './plan.ts'
import { type Pruned, prune } from './prune.ts'
import { entry, isMapValue } from './shape.ts'

/** The filter that a listener's own `routes` belong to. */
const ROUTER = 'router'
/** The key of a route under which it configures other filters. */
const ROUTE_FILTERS = 'filters'

/** What filters are given beside their options. */
export interface FilterHost {
  readonly clock: Clock
  readonly log: Log
  readonly shared: SharedState
  random(): number
}

export interface ChainParts {
  readonly registry: Registry
  readonly host: FilterHost
  readonly clusters: ReadonlyMap<string, ClusterHandle>
  /** Where plugins are looked for; `undefined` when nowhere. */
  readonly pluginsDir: string | undefined
}

/** A filter that was made, and how parts of the options it was made with are found in the file. */
interface Placed {
  readonly plan: FilterPlan
  readonly factory: FilterFactory
  readonly filter: Filter
  place(path: ConfigPath): ConfigPath
}

export class ChainBuilder {
  readonly filters: NamedFilter[] = []
  readonly findings: Finding[] = []
  /** What is to be called when files are to be opened anew. */
  readonly reopeners: (() => void)[] = []
  readonly #plan: ListenerPlan
  readonly #parts: ChainParts
  readonly #placed: Placed[] = []
  #built = false

  constructor(plan: ListenerPlan, parts: ChainParts) {
    this.#plan = plan
    this.#parts = parts
  }

  /** Creates the chain; what was wrong is in {@link findings} afterwards. */
  build(): void {
    for (const filter of this.#plan.filters) this.#create(filter)
    this.#configureRoutes()
    this.#checkEnd()
    this.#built = true
  }

  /** Lets go of what was created, for a chain that does not go live. */
  destroy(): void {
    for (const { filter, release } of this.filters) {
      if (release === undefined) filter.onDestroy?.()
      else release()
    }
  }

  get #router(): FilterPlan | undefined {
    return this.#plan.filters.find(({ name }) => name === ROUTER)
  }

  /** Where its file would have to be, unless it is another one that is meant. */
  #unknownFilter(name: string): string {
    const { registry, pluginsDir } = this.#parts
    const text = `unknown filter "${name}"${hint(name, registry.filterNames)}`
    if (pluginsDir === undefined || nearest(name, registry.filterNames) !== undefined) return text
    return `${text}; there is no ${name}.lua, .wasm or .js in ${pluginsDir}`
  }

  #create(plan: FilterPlan): void {
    const factory = this.#parts.registry.filter(plan.name)
    if (factory === undefined) {
      this.findings.push(finding(plan.path, this.#unknownFilter(plan.name)))
      return
    }
    const options = this.#optionsOf(plan)
    const wrong = explain(factory.options, options)
    for (const each of wrong) this.findings.push({ ...each, path: this.#place(plan, each.path) })
    // With a finding the chain will not live, but what is right is tried, so that its problems are known too.
    const sound = prune(options, (left) => explain(factory.options, left))
    if (sound === undefined) return
    const place = (path: ConfigPath) => this.#place(plan, sound.origin(path))
    try {
      const filter = factory.create(decode(factory.options, sound.options), this.#context(plan, sound))
      const { name } = plan
      if (isShared(factory)) this.filters.push({ name, filter, release: () => factory.release(filter) })
      else this.filters.push({ name, filter })
      this.#placed.push({ plan, factory, filter, place })
    } catch (error) {
      this.findings.push(finding(plan.path, `the filter could not be made: ${errorText(error)}`))
    }
  }

  /** The options as written, and for the router the listener's routes among them. */
  #optionsOf(plan: FilterPlan): unknown {
    if (!this.#takesRoutes(plan)) return plan.options
    if (!isMapValue(plan.options)) return plan.options
    if (entry(plan.options, 'routes') === undefined) return { ...plan.options, routes: this.#plan.routes }
    this.findings.push(
      finding([...this.#plan.path, 'routes'], 'the router has routes of its own: keep one of both'),
    )
    return plan.options
  }

  #takesRoutes(plan: FilterPlan): boolean {
    return this.#plan.routes !== undefined && plan === this.#router
  }

  /** Where a part of a filter's options stands in the file. */
  #place(plan: FilterPlan, path: ConfigPath): ConfigPath {
    const moved =
      path[0] === 'routes' && this.#takesRoutes(plan) && entry(plan.options, 'routes') === undefined
    return moved ? [...this.#plan.path, ...path] : [...plan.optionsPath, ...path]
  }

  #context(plan: FilterPlan, sound: Pruned): FilterContext {
    const { host, clusters } = this.#parts
    const path = pathText(plan.path)
    return {
      listener: this.#plan.name,
      protocol: this.#plan.protocol ?? '',
      path,
      clock: host.clock,
      log: host.log,
      shared: host.shared,
      random: () => host.random(),
      cluster: (name) => clusters.get(name),
      clusterNames: [...clusters.keys()],
      problem: (at, text) => {
        if (this.#built) host.log.warn(text, { path })
        else if (!sound.robbed(at)) this.findings.push(finding(this.#place(plan, sound.origin(at)), text))
      },
      onReopen: (listener) => {
        this.reopeners.push(listener)
      },
    }
  }

  #configureRoutes(): void {
    for (const { filter, place } of this.#placed) {
      for (const { route, path } of filter.routes ?? []) {
        for (const name of Object.keys(route.filterConfigs)) {
          this.#configureRoute(route, name, place([...path, ROUTE_FILTERS, name]))
        }
      }
    }
  }

  /** Gives what a route configures under a filter's name to every filter of that name in the chain. */
  #configureRoute(route: Route, name: string, at: ConfigPath): void {
    const targets = this.#placed.filter(({ plan }) => plan.name === name)
    const [target] = targets
    const schema = target?.factory.routeOptions
    if (target === undefined || schema === undefined) {
      const fault = this.#routeFault(name)
      if (fault !== undefined) this.findings.push({ ...finding(at, fault), anchor: 'key' })
      return
    }
    const config = route.filterConfigs[name] ?? {}
    const wrong = explain(schema, config)
    for (const each of wrong) this.findings.push({ ...each, path: [...at, ...each.path] })
    if (wrong.length > 0) return
    for (const { filter } of targets) filter.onRoute?.(route, decode(schema, config))
  }

  /** Why a route cannot configure the filter of this name; `undefined` when that filter has its own problem. */
  #routeFault(name: string): string | undefined {
    const chain = this.#plan.filters.map((filter) => filter.name)
    const { registry } = this.#parts
    if (chain.includes(name)) {
      const takesNone =
        registry.filter(name)?.routeOptions === undefined && registry.filter(name) !== undefined
      return takesNone ? `the filter "${name}" takes no configuration from routes` : undefined
    }
    if (registry.filter(name) === undefined) return `unknown filter "${name}"${hint(name, chain)}`
    return `the filter "${name}" is not in the chain of this listener: ${chain.join(', ')}`
  }

  /** The chain has to end with the filter that forwards: nothing behind it would see a request. */
  #checkEnd(): void {
    const plans = this.#plan.filters
    const end = plans.findIndex((plan) => this.#forwards(plan))
    for (const plan of end === -1 ? [] : plans.slice(end + 1)) {
      const text = `no request reaches the filter "${plan.name}": it stands after ${plans[end]?.name}`
      this.findings.push(finding(plan.path, text))
    }
    // A filter that could not be read or made may be the one that is missed.
    if (this.#plan.filtersUnread || this.#placed.length < plans.length) return
    const { path, routes } = this.#plan
    if (routes !== undefined && this.#router === undefined) {
      this.findings.push(finding([...path, 'routes'], `routes need the filter ${ROUTER} in the chain`))
    } else if (end === -1) {
      this.findings.push(finding([...path, 'filters'], `no filter forwards: end the chain with ${ROUTER}`))
    }
  }

  #forwards(plan: FilterPlan): boolean {
    if (plan.name === ROUTER) return true
    const placed = this.#placed.find((each) => each.plan === plan)
    return placed !== undefined && (placed.factory.terminal === true || placed.filter.route !== undefined)
  }
}
