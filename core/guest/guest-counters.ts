/** GuestCounters: the counters that a guest names itself; few, and with names that every reader of metrics takes. */
import type { Counter, MetricFamily, SharedState } from '../../sdk/index.ts'

const NAME = /^[a-z][a-z0-9_]{0,62}$/

export class GuestCounters {
  readonly #family: MetricFamily<Counter>
  readonly #plugin: string
  readonly #known = new Map<string, Counter>()
  readonly #namesMax: number
  readonly #perCallMax: number
  #ofCall = 0

  constructor(parts: {
    readonly shared: SharedState
    readonly plugin: string
    readonly countersMax: number
    readonly perCallMax: number
  }) {
    this.#family = parts.shared.counter({
      name: 'plugin_counted_total',
      about: 'What plugins count themselves.',
      labels: ['plugin', 'name'],
    })
    this.#plugin = parts.plugin
    this.#namesMax = parts.countersMax
    this.#perCallMax = parts.perCallMax
  }

  /** Another call begins. */
  beginCall(): void {
    this.#ofCall = 0
  }

  /** Counts under a name; names that are not allowed, or one too many, are counted as `other`. */
  add(name: string, count: number): void {
    if (this.#ofCall++ >= this.#perCallMax) return
    const counter = this.#known.get(name) ?? this.#enter(name)
    counter.add(count)
  }

  #enter(name: string): Counter {
    const allowed = NAME.test(name) && this.#known.size < this.#namesMax
    const entered = this.#family.with([this.#plugin, allowed ? name : 'other'])
    if (allowed) this.#known.set(name, entered)
    return entered
  }
}
