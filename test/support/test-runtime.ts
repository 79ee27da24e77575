/** TestRuntime: what a worker has one of, with a clock that the test moves and figures that it can read. */
import { ManualClock, type RefreshableClock } from '../../core/base/clock.ts'
import { Shared } from '../../core/base/shared/shared.ts'
import { TimingWheel } from '../../core/base/timing-wheel.ts'
import type { Runtime } from '../../core/net/runtime.ts'
import { Turn } from '../../core/net/turn.ts'
import type { Log } from '../../sdk/index.ts'
import { seededRandom } from '../seeded-random.ts'

export class TestRuntime implements Runtime {
  readonly clock: RefreshableClock
  readonly wheel: TimingWheel
  readonly turn = new Turn()
  readonly shared: Shared
  readonly lines: string[] = []
  readonly log: Log
  readonly #random = seededRandom(7)

  constructor(clock: RefreshableClock = new ManualClock(1_000), shared?: Shared) {
    this.clock = clock
    this.wheel = new TimingWheel(clock)
    this.shared = shared ?? Shared.alone(clock)
    const write = (text: string): void => {
      this.lines.push(text)
    }
    this.log = { debug: write, info: write, warn: write, error: write }
  }

  sampledLog(): Log {
    return this.log
  }

  random(): number {
    return this.#random()
  }

  /** A counter or gauge with these label values; 0 when nothing was counted. */
  figure(name: string, ...labels: readonly string[]): number {
    const family = this.shared.read().find((other) => other.name === name)
    const series = family?.series.find((other) => other.labels.join() === labels.join())
    return series?.cells[0] ?? 0
  }
}
