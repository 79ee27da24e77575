/** TestContext: what a host gives a filter, with everything it says and does kept for the test to read. */
import type { FilterContext } from '../filter.ts'
import type { ClusterHandle } from '../verdict.ts'
import { ManualClock } from './manual-clock.ts'
import { MemorySharedState } from './memory-shared-state.ts'
import { RecordedLog } from './recorded-log.ts'

export interface TestContextOptions {
  readonly listener?: string
  readonly protocol?: string
  readonly path?: string
  /** The clusters that exist. */
  readonly clusters?: readonly string[]
  /** What `random` answers, over and over; default: 0. */
  readonly random?: readonly number[]
  readonly clock?: ManualClock
  /** Give the same to several contexts to test what workers share. */
  readonly shared?: MemorySharedState
}

export class TestContext implements FilterContext {
  readonly listener: string
  readonly protocol: string
  readonly path: string
  readonly clock: ManualClock
  readonly log = new RecordedLog()
  readonly shared: MemorySharedState
  readonly clusterNames: readonly string[]
  /** Problems that the filter reported, as `path: text`. */
  readonly problems: string[] = []
  readonly #clusters: ReadonlyMap<string, ClusterHandle>
  readonly #random: readonly number[]
  readonly #reopenListeners: (() => void)[] = []
  #drawn = 0

  constructor(options: TestContextOptions = {}) {
    this.listener = options.listener ?? 'in'
    this.protocol = options.protocol ?? 'fake'
    this.path = options.path ?? 'listeners[0].filters[0]'
    this.clock = options.clock ?? new ManualClock()
    this.shared = options.shared ?? new MemorySharedState(this.clock)
    this.clusterNames = options.clusters ?? []
    this.#clusters = new Map(this.clusterNames.map((name) => [name, { name }]))
    this.#random = options.random ?? [0]
  }

  random(): number {
    const drawn = this.#random[this.#drawn % this.#random.length]
    this.#drawn++
    return drawn ?? 0
  }

  cluster(name: string): ClusterHandle | undefined {
    return this.#clusters.get(name)
  }

  problem(path: readonly (string | number)[], text: string): void {
    this.problems.push(`${path.join('.')}: ${text}`)
  }

  onReopen(listener: () => void): void {
    this.#reopenListeners.push(listener)
  }

  /** What the operator's SIGUSR1 does. */
  reopen(): void {
    for (const listener of this.#reopenListeners) listener()
  }
}
