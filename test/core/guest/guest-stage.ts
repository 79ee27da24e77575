/** GuestStage: a plugin as a filter with everything around it on manual time, for tests to drive and to read. */
import { TimingWheel } from '../../../core/base/timing-wheel.ts'
import { createGuestFilter, type RouteConfig } from '../../../core/guest/create-guest-filter.ts'
import { bareGrants } from '../../../core/guest/grant.ts'
import { defaultGuestBudget, type GuestBudget } from '../../../core/guest/guest-budget.ts'
import type { FailurePolicy } from '../../../core/guest/guest-health.ts'
import type { GuestModule } from '../../../core/guest/guest-instance.ts'
import type { GuestServices } from '../../../core/guest/guest-services.ts'
import type { Filter, Route } from '../../../sdk/index.ts'
import { type FakeMessageOptions, fakeMessage } from '../../../sdk/testing/fake-message.ts'
import { ManualClock } from '../../../sdk/testing/manual-clock.ts'
import { TestContext } from '../../../sdk/testing/test-context.ts'
import { TestExchange } from '../../../sdk/testing/test-exchange.ts'

export interface GuestStageOptions {
  readonly config?: unknown
  readonly routeConfigs?: readonly RouteConfig[]
  readonly grants?: number
  readonly policy?: FailurePolicy
  readonly budget?: Partial<GuestBudget>
  readonly services?: Partial<GuestServices>
}

/** Time that the test moves, with the wheel on it. */
class WheelClock extends ManualClock {
  refresh(): void {}
}

export class GuestStage {
  readonly clock = new WheelClock()
  readonly wheel = new TimingWheel(this.clock)
  readonly context = new TestContext({ clock: this.clock })
  readonly filter: Filter
  readonly #deferred: (() => void)[] = []

  constructor(module: GuestModule, options: GuestStageOptions = {}) {
    this.filter = createGuestFilter({
      plugin: 'guest',
      module,
      config: options.config,
      routeConfigs: options.routeConfigs ?? [],
      grants: options.grants ?? bareGrants,
      policy: options.policy ?? 'closed',
      budget: { ...defaultGuestBudget, ...options.budget },
      context: this.context,
      services: {
        wheel: this.wheel,
        defer: (work) => this.#deferred.push(work),
        ...options.services,
      },
    })
    this.settle()
  }

  exchange(request: FakeMessageOptions = {}, route?: Route): TestExchange {
    const { filter, clock } = this
    const parts = { filter, clock, request: fakeMessage(request) }
    return new TestExchange(route === undefined ? parts : { ...parts, route })
  }

  /** What was left for later is done. */
  settle(): void {
    for (const work of this.#deferred.splice(0)) work()
  }

  advance(ms: number): void {
    this.clock.advance(ms)
    this.wheel.tick()
  }

  /** A counter or gauge of the plugin. */
  figure(name: string, labels: Readonly<Record<string, string>> = {}): number {
    return this.context.shared.read(`plugin_${name}`, { plugin: 'guest', ...labels })
  }

  get lines(): string[] {
    return this.context.log.lines.map(({ level, text }) => `${level} ${text}`)
  }
}
