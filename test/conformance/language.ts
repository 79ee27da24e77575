/** Language: how a script becomes a filter. Another language is another entry in {@link ./languages.ts}. */
import type { TimingWheel } from '../../core/base/timing-wheel.ts'
import type { Filter, FilterContext } from '../../sdk/index.ts'
import type { Script } from './script.ts'

/** What a filter is put on: its context, its timers, and what is done when the turn is over. */
export interface ConformancePlace {
  readonly context: FilterContext
  readonly wheel: TimingWheel
  defer(work: () => void): void
}

export interface Language {
  readonly name: string
  create(script: Script, place: ConformancePlace): Promise<Filter>
}
