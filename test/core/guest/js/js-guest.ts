/** JsGuest: a plugin in JavaScript with its own process, as a filter on a stage that the test drives. */
import { bareGrants } from '../../../../core/guest/grant.ts'
import { createJsModule, type JsModule } from '../../../../core/guest/js/create-js-module.ts'
import { defaultJsLimits, type JsLimits } from '../../../../core/guest/js/js-limits.ts'
import { prepareGuest } from '../../../../core/guest/prepare-guest.ts'
import { Trap } from '../../../../core/guest/trap.ts'
import type { Route, Settled } from '../../../../sdk/index.ts'
import type { FakeMessageOptions } from '../../../../sdk/testing/fake-message.ts'
import { ManualClock } from '../../../../sdk/testing/manual-clock.ts'
import { settled } from '../../../../sdk/testing/test-exchange.ts'
import { GuestStage, type GuestStageOptions } from '../guest-stage.ts'

/** The time of a call passes as well while the machine is busy with something else: four seconds, the most there is. */
const PATIENT_FUEL = 0xffff_ffff

export interface JsGuestOptions extends GuestStageOptions {
  readonly limits?: Partial<JsLimits>
}

export interface Asked {
  readonly verdict: Settled
  readonly edits: readonly (readonly string[])[]
  readonly body: Buffer | undefined
}

export class JsGuest {
  readonly module: JsModule
  readonly stage: GuestStage

  private constructor(module: JsModule, stage: GuestStage) {
    this.module = module
    this.stage = stage
  }

  /** Throws what the plugin is refused for. */
  static async create(source: string, options: JsGuestOptions = {}): Promise<JsGuest> {
    const limits = { ...defaultJsLimits, fuelPerCall: PATIENT_FUEL, ...options.limits }
    const module = createJsModule({ name: 'tag.js', file: Buffer.from(source), limits })
    if (module instanceof Trap) throw new Error(module.text)
    const given = { grants: options.grants ?? bareGrants, clock: new ManualClock() }
    const configs = [options.config, ...(options.routeConfigs ?? []).map(({ config }) => config)]
    const fault = await prepareGuest(module, configs, given)
    if (fault === undefined) return new JsGuest(module, new GuestStage(module, options))
    module.close()
    throw new Error(`${fault.kind}: ${fault.text}`)
  }

  /** What the plugin does to a request. */
  async ask(request: FakeMessageOptions = {}, route?: Route): Promise<Asked> {
    const exchange = this.stage.exchange(request, route)
    const phase = exchange.onRequest()
    const verdict = await settled(phase)
    const mutation = exchange.request.mutation
    return {
      verdict,
      edits: (mutation?.edits ?? phase.edits).map(({ op, key, value }) => [op, key, value]),
      body: mutation?.newBody ?? phase.newBody,
    }
  }

  /** What it logs as it fails. */
  get failure(): string | undefined {
    return this.stage.lines.find((line) => line.includes('failed'))
  }

  stop(): void {
    this.stage.filter.onDestroy?.()
    this.module.close()
  }
}
