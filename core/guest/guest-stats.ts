/** GuestStats: what a plugin did, counted over all workers; the labels are bounded by the plugins and the words here. */
import type { Counter, Gauge, Histogram, SharedState } from '../../sdk/index.ts'
import { type TrapKind, trapKinds } from './trap.ts'

/** What came of a call: the guest had nothing to say, said something, failed, or was not called at all. */
export type CallResult = 'nothing' | 'answered' | 'failed' | 'skipped'

export class GuestStats {
  readonly nothing: Counter
  readonly answered: Counter
  readonly failed: Counter
  readonly skipped: Counter
  readonly fuel: Counter
  readonly fuelPerCall: Histogram
  readonly memory: Gauge
  readonly opsBytes: Counter
  readonly logDropped: Counter
  readonly storeRefused: Counter
  /** Calls out, by whether there was an answer. */
  readonly callsAnswered: Counter
  readonly callsFailed: Counter
  readonly held: Gauge
  readonly breakerOpen: Gauge
  readonly #traps: ReadonlyMap<TrapKind, Counter>

  constructor(shared: SharedState, plugin: string) {
    const calls = shared.counter({
      name: 'plugin_calls_total',
      about: 'Calls of a plugin by what came of them.',
      labels: ['plugin', 'result'],
    })
    this.nothing = calls.with([plugin, 'nothing'])
    this.answered = calls.with([plugin, 'answered'])
    this.failed = calls.with([plugin, 'failed'])
    this.skipped = calls.with([plugin, 'skipped'])
    const one = (name: string, about: string): Counter =>
      shared.counter({ name, about, labels: ['plugin'] }).with([plugin])
    this.fuel = one('plugin_fuel_total', 'Fuel that a plugin spent.')
    this.fuelPerCall = shared
      .histogram({
        name: 'plugin_call_fuel',
        about: 'Fuel that single calls of a plugin spent.',
        labels: ['plugin'],
        of: 'amounts',
      })
      .with([plugin])
    this.opsBytes = one('plugin_answer_bytes_total', 'Size of what a plugin answered.')
    this.logDropped = one('plugin_log_dropped_total', 'Lines of log that a plugin said beyond its limits.')
    this.storeRefused = one('plugin_store_refused_total', 'Values that a plugin had no room to store.')
    const callsOut = shared.counter({
      name: 'plugin_calls_out_total',
      about: 'Calls out of a plugin by whether there was an answer.',
      labels: ['plugin', 'result'],
    })
    this.callsAnswered = callsOut.with([plugin, 'answered'])
    this.callsFailed = callsOut.with([plugin, 'failed'])
    const gauge = (name: string, about: string): Gauge =>
      shared.gauge({ name, about, labels: ['plugin'] }).with([plugin])
    this.held = gauge('plugin_held', 'Messages that a plugin holds.')
    this.memory = gauge(
      'plugin_memory_bytes',
      'Memory that instances of a plugin take, those in reserve included.',
    )
    this.breakerOpen = gauge('plugin_breaker_open', 'Uses of a plugin that are left alone after failures.')
    const traps = shared.counter({
      name: 'plugin_traps_total',
      about: 'Failed calls of a plugin by kind.',
      labels: ['plugin', 'kind'],
    })
    this.#traps = new Map(trapKinds.map((kind) => [kind, traps.with([plugin, kind])]))
  }

  trap(kind: TrapKind): void {
    this.failed.add(1)
    this.#traps.get(kind)?.add(1)
  }
}
