/**
 * Makes a filter of a plugin that is ready: instantiates it, hands it its configuration, and reads what it declares.
 * A configuration that the guest refuses, or cannot take, is a problem of the configuration and never goes live.
 */

import { abi } from '../../sdk/abi/abi.ts'
import type { Counter, Filter, FilterContext } from '../../sdk/index.ts'
import { BlockWriter } from './block.ts'
import type { CallSink } from './call-sink.ts'
import { CountedStore } from './counted-store.ts'
import { createCallSink } from './create-call-sink.ts'
import type { Declaration } from './declaration.ts'
import { DeclarationSink } from './declaration-sink.ts'
import type { GuestBudget } from './guest-budget.ts'
import { GuestFilter } from './guest-filter.ts'
import type { FailurePolicy } from './guest-health.ts'
import type { GuestHost } from './guest-host.ts'
import type { GuestInstance, GuestModule } from './guest-instance.ts'
import { plainText } from './guest-log.ts'
import type { GuestServices } from './guest-services.ts'
import { GuestStats } from './guest-stats.ts'
import { Instances } from './instances.ts'
import { LaterAnswer } from './later-answer.ts'
import { OpCheck } from './op-check.ts'
import { OpReader } from './ops.ts'
import { Trap } from './trap.ts'

export interface RouteConfig {
  readonly given: unknown
  readonly config: unknown
}

export interface GuestUse {
  /** The plugin's name in logs, figures and errors. */
  readonly plugin: string
  readonly module: GuestModule
  readonly config: unknown
  /** What routes configure: as they have it, and what holds then. */
  readonly routeConfigs?: readonly RouteConfig[]
  /** Bits of `abi.grant`. */
  readonly grants: number
  readonly policy: FailurePolicy
  readonly budget: GuestBudget
  readonly context: FilterContext
  readonly services: GuestServices
}

/** A filter that does nothing takes the place of one that could not be made; the problem keeps it from going live. */
export function createGuestFilter(use: GuestUse): Filter {
  const { plugin, module, grants, policy, budget, context, services } = use
  const stats = new GuestStats(context.shared, plugin)
  const sink = createCallSink({ plugin, grants, budget, stats, host: context, services })
  const configurator = new Configurator(use, sink, stats.storeRefused)
  const first = configurator.create()
  const { declaration } = configurator
  if (first instanceof Trap || declaration === undefined) {
    const text = first instanceof Trap ? first.text : 'it declared nothing'
    context.problem([], `the plugin ${plugin} cannot be used: ${plainText(text, budget.ops.textBytesMax)}`)
    return {}
  }
  const routeConfigs = use.routeConfigs ?? []
  if (routeConfigs.length > 0 && !declaration.routeConfig) {
    context.problem(
      [],
      `the plugin ${plugin} takes no configuration from routes: it does not read metadata.config`,
    )
  }
  const instances = new Instances(first, {
    create: () => configurator.create(),
    defer: (work) => services.defer(work),
    spare: !module.remote,
  })
  const { remote, fuelPerTurn } = module
  const share = services.turns === undefined ? undefined : fuelPerTurn
  return new GuestFilter({
    plugin,
    declaration,
    instances,
    grants,
    policy,
    budget,
    stats,
    sink,
    remote,
    fuelPerTurn: share ?? Number.POSITIVE_INFINITY,
    routeConfigs: routeConfigs.map(({ given }) => JSON.stringify(given)),
    context,
    services,
  })
}

/** Makes instances and configures each; the first one's declaration holds for all of them. */
class Configurator {
  declaration: Declaration | undefined = undefined
  readonly #use: GuestUse
  readonly #sink: CallSink
  readonly #writer = new BlockWriter()
  readonly #check: OpCheck
  readonly #reader = new OpReader()

  readonly #host: GuestHost

  constructor(use: GuestUse, sink: CallSink, storeRefused: Counter) {
    const { context, services, grants } = use
    const keyValue =
      (grants & abi.grant.keyValue) === 0 ? undefined : services.keyValue?.(use.plugin, use.budget.store)
    this.#use = use
    this.#host = {
      grants,
      clock: context.clock,
      random: () => context.random(),
      log: (level, text) => sink.log(level, text),
      count: (name, count) => sink.count(name, count),
      ...(keyValue === undefined ? {} : { keyValue: new CountedStore(keyValue, storeRefused) }),
      ...(services.together === undefined ? {} : { together: services.together }),
    }
    this.#sink = sink
    this.#check = new OpCheck(use.budget.ops, use.grants)
  }

  create(): GuestInstance | Trap {
    const { module, config, routeConfigs = [] } = this.#use
    const instance = module.instantiate(this.#host)
    if (instance instanceof Trap) return instance
    const sink = new DeclarationSink(this.#sink)
    const configs = [config, ...routeConfigs.map((each) => each.config)]
    for (const [number, each] of configs.entries()) {
      const trap = this.#configure(instance, sink, each, number)
      if (trap === undefined) continue
      instance.close()
      return trap
    }
    this.declaration ??= sink.declaration()
    return instance
  }

  #configure(
    instance: GuestInstance,
    sink: DeclarationSink,
    config: unknown,
    number: number,
  ): Trap | undefined {
    const { grants, context } = this.#use
    const times = (grants & abi.grant.clock) === 0 ? { nowMs: 0, wallMs: 0 } : context.clock
    this.#writer.configure(Buffer.from(JSON.stringify(config ?? {})), grants, times, number)
    const answer = instance.call(abi.phase.configure, this.#writer.bytes, this.#writer.size)
    if (answer instanceof Promise || answer instanceof LaterAnswer)
      return new Trap('abi', 'it has to declare at once')
    if (answer instanceof Trap) return answer
    this.#sink.begin(0, undefined)
    if (number > 0) sink.next()
    if (answer !== undefined) {
      const trap = this.#check.check(answer, abi.phase.configure, this.#sink)
      if (trap !== undefined) return trap
      this.#reader.apply(answer, sink)
    }
    return sink.refused === undefined ? undefined : new Trap('unreachable', sink.refused)
  }
}
