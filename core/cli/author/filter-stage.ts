/**
 * FilterStage: one filter of a plugin with everything around it that a case may say: time that the case moves, a
 * store, answers to calls out, chance. What the filter says and does is kept.
 */
import { setTimeout as sleep, setImmediate as turnOver } from 'node:timers/promises'
import {
  type Exchange,
  type Filter,
  type Message,
  Mutation,
  Pause,
  type Route,
  type Settled,
} from '../../../sdk/index.ts'
import { ManualClock } from '../../../sdk/testing/manual-clock.ts'
import { MemorySharedState } from '../../../sdk/testing/memory-shared-state.ts'
import { TimingWheel } from '../../base/timing-wheel.ts'
import { inertHost } from '../../config/inert-host.ts'
import { type LoadedPlugin, makeGuest, prepare } from '../../config/plugin-loader.ts'
import { isMapValue } from '../../config/shape.ts'
import type { GuestServices } from '../../guest/guest-services.ts'
import type { CallAnswer } from '../../guest/held-messages.ts'
import type { CallOut } from '../../guest/ops.ts'
import { CaseStore } from './case-store.ts'

/** A pause is over by then, as the ABI has it. */
const PAUSE_MS_MAX = 60_000
const PAUSES_MAX = 16
const STEP_MS = 10
/** How long a plugin in another process may take for an answer. */
const REMOTE_MS_MAX = 10_000

export interface StageOptions {
  readonly config: Readonly<Record<string, unknown>>
  /** What the route of every exchange configures of the plugin. */
  readonly route?: unknown
  readonly random?: readonly number[]
  readonly store?: Readonly<Record<string, string>>
  readonly answers?: Readonly<Record<string, CallAnswer>>
}

/** What came of one phase. */
export interface Observed {
  readonly verdict: Settled
  readonly mutation: Mutation
  readonly logs: readonly string[]
  readonly counters: ReadonlyMap<string, number>
  /** Why calls failed, with file and line where they are known. */
  readonly failures: readonly string[]
}

class StageClock extends ManualClock {
  refresh(): void {}
}

export class FilterStage {
  readonly filter: Filter
  /** The route of the exchanges. */
  readonly route: Route | undefined
  readonly shared: MemorySharedState
  readonly #plugin: LoadedPlugin
  readonly #clock = new StageClock()
  readonly #wheel = new TimingWheel(this.#clock)
  readonly #answers: Readonly<Record<string, CallAnswer>>
  readonly #later: (() => void)[] = []
  #logs: string[] = []
  #failures: string[] = []
  #counted = new Map<string, number>()

  private constructor(plugin: LoadedPlugin, options: StageOptions) {
    this.#plugin = plugin
    this.#answers = options.answers ?? {}
    this.shared = new MemorySharedState(this.#clock)
    const random = options.random ?? [0]
    let drawn = 0
    const host = {
      ...inertHost,
      clock: this.#clock,
      shared: this.shared,
      random: () => random[drawn++ % random.length] ?? 0,
    }
    const routeConfigs = routeConfigsOf(options)
    const services = this.#services(options)
    const made = makeGuest(plugin, options.config, { host, services, routeConfigs })
    if (typeof made === 'string') throw new Error(made)
    this.filter = made
    this.route = routeOf(plugin.name, options)
    if (this.route !== undefined) made.onRoute?.(this.route, options.route)
    this.#settleLater()
  }

  /** Throws a sentence when the plugin does not take the configuration. */
  static async create(plugin: LoadedPlugin, options: StageOptions): Promise<FilterStage> {
    const routeConfigs = routeConfigsOf(options)
    await prepare(plugin, options.config, { host: inertHost, routeConfigs })
    return new FilterStage(plugin, options)
  }

  /** So much time passes. */
  advance(ms: number): void {
    for (let left = ms; left > 0; left -= STEP_MS) {
      this.#clock.advance(Math.min(STEP_MS, left))
      this.#wheel.tick()
    }
    this.#settleLater()
  }

  /** The first failure since it was last looked at. */
  get failure(): string | undefined {
    return this.#failures[0]
  }

  get nowMs(): number {
    return this.#clock.nowMs
  }

  async request(message: Message, exchange: Exchange): Promise<Observed> {
    const mutation = mutationOf(message)
    return await this.#observe(mutation, () => this.filter.onRequest?.(message, mutation, exchange))
  }

  async response(message: Message, exchange: Exchange): Promise<Observed> {
    const mutation = mutationOf(message)
    return await this.#observe(mutation, () => this.filter.onResponse?.(message, mutation, exchange))
  }

  async end(exchange: Exchange, outcome: Parameters<NonNullable<Filter['onEnd']>>[1]): Promise<Observed> {
    const observed = await this.#observe(new Mutation(), () => {
      this.filter.onEnd?.(exchange, outcome)
      return undefined
    })
    if (!this.#plugin.module.remote || this.filter.onEnd === undefined) return observed
    // Nobody waits for what a plugin in another process says about an end.
    await sleep(STEP_MS)
    return { ...observed, ...this.#taken() }
  }

  close(): void {
    this.filter.onDestroy?.()
  }

  async #observe(
    mutation: Mutation,
    ask: () => ReturnType<NonNullable<Filter['onRequest']>>,
  ): Promise<Observed> {
    this.#logs = []
    this.#failures = []
    this.#counted = this.#counters()
    const answered = await ask()
    const verdict = answered instanceof Pause ? await this.#wait(answered) : (answered ?? 'continue')
    this.#settleLater()
    return { verdict, mutation, ...this.#taken() }
  }

  #taken(): Omit<Observed, 'verdict' | 'mutation'> {
    const before = this.#counted
    const counters = [...this.#counters()]
      .map(([name, value]): [string, number] => [name, value - (before.get(name) ?? 0)])
      .filter(([, value]) => value !== 0)
    return {
      logs: this.#logs,
      counters: new Map(counters),
      failures: this.#failures,
    }
  }

  /** Timers are waited for in time that costs nothing; another process in time that passes. */
  async #wait(pause: Pause): Promise<Settled> {
    let settled: Settled | undefined
    pause.wait((verdict) => {
      settled = verdict
    })
    const { remote } = this.#plugin.module
    const stepsMax = (remote ? REMOTE_MS_MAX : PAUSE_MS_MAX * PAUSES_MAX) / STEP_MS
    for (let step = 0; settled === undefined && step < stepsMax; step++) {
      this.#settleLater()
      if (settled !== undefined) break
      await (remote ? sleep(1) : turnOver())
      if (settled === undefined) this.advance(STEP_MS)
    }
    if (settled === undefined) throw new Error('the plugin pauses for ever')
    return settled
  }

  #counters(): Map<string, number> {
    const family = 'plugin_counted_total'
    return new Map(
      this.shared
        .series(family)
        .map(([plugin = '', name = '']) => [name, this.shared.read(family, { plugin, name })]),
    )
  }

  #services({ store }: StageOptions): GuestServices {
    const kept = new CaseStore(this.#clock, store ?? {})
    return {
      wheel: this.#wheel,
      defer: (work) => void this.#later.push(work),
      keyValue: () => kept,
      callOut: (call, answered) => void this.#later.push(() => answered(this.#answerTo(call))),
      logged: (_plugin, level, text) => void this.#logs.push(`${level} ${text}`),
      failed: (_plugin, { reason }) => void this.#failures.push(reason),
    }
  }

  #answerTo({ cluster }: CallOut): CallAnswer {
    return this.#answers[cluster] ?? `the case has no answer of the cluster "${cluster}"`
  }

  #settleLater(): void {
    for (const work of this.#later.splice(0)) work()
  }
}

function routeConfigsOf({ config, route }: StageOptions) {
  return isMapValue(route) ? [{ given: route, config: { ...config, ...route } }] : []
}

function routeOf(plugin: string, { route }: StageOptions): Route | undefined {
  return route === undefined ? undefined : { name: 'test', filterConfigs: { [plugin]: route } }
}

function mutationOf(message: Message): Mutation {
  message.mutation ??= new Mutation()
  return message.mutation
}
