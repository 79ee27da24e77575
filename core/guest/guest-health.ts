/**
 * GuestHealth: whom a filter calls, and what becomes of it when that fails: the instance is replaced, the failure is
 * counted and said, the breaker is told, and the policy answers.
 */
import { type Log, replyError, type Settled } from '../../sdk/index.ts'
import type { Breaker } from './breaker.ts'
import type { CallSink } from './call-sink.ts'
import type { GuestAnswer, GuestInstance } from './guest-instance.ts'
import type { GuestServices } from './guest-services.ts'
import type { GuestStats } from './guest-stats.ts'
import type { Instances } from './instances.ts'
import { Trap } from './trap.ts'
import type { TurnShare } from './turn-share.ts'

/** Memory is looked at once in so many calls. */
const WEIGHED_EVERY = 1_024

/** What happens to a message when the plugin has failed: it is refused, or goes on as if nothing had been there. */
export type FailurePolicy = 'closed' | 'open'

export interface GuestHealthParts {
  readonly plugin: string
  readonly policy: FailurePolicy
  readonly instances: Instances
  readonly breaker: Breaker
  readonly stats: GuestStats
  readonly sink: CallSink
  readonly log: Log
  readonly services: Pick<GuestServices, 'failed'>
  readonly share: TurnShare
}

export class GuestHealth {
  readonly #parts: GuestHealthParts
  readonly #breaker: Breaker
  readonly #stats: GuestStats
  /** Whom to call while the plugin is well: then nothing else has to be asked. */
  #well: GuestInstance | undefined = undefined
  #calls = 0
  #closed = false
  /** What the memory gauge holds for this filter. */
  #weight = 0

  constructor(parts: GuestHealthParts) {
    this.#parts = parts
    this.#breaker = parts.breaker
    this.#stats = parts.stats
    this.#weigh(parts.instances.memoryBytes)
  }

  /** Whom to call; nobody while the plugin is left alone or cannot be made. */
  instance(): GuestInstance | undefined {
    return this.#well ?? this.#found()
  }

  succeeded(instance: GuestInstance, nothing: boolean): void {
    const stats = this.#stats
    if (nothing) stats.nothing.add(1)
    else stats.answered.add(1)
    this.#spent(instance.fuelUsed)
    if (this.#well !== undefined || this.#closed || this.#breaker.state === 'closed') return
    this.#breaker.succeeded()
    stats.breakerOpen.add(-1)
  }

  /** The instance is not called again; answers what becomes of the message. */
  failed(instance: GuestInstance, trap: Trap): Settled {
    this.#spent(instance.fuelUsed)
    return this.#failed(trap, this.#parts.instances.discard(instance))
  }

  /** An answer that nobody waits for any more. */
  unheard(instance: GuestInstance, answer: GuestAnswer): void {
    if (answer instanceof Trap) this.failed(instance, answer)
    else this.succeeded(instance, answer === undefined)
  }

  /** What becomes of a message when the plugin cannot be asked. */
  refusal(): Settled {
    const { policy, plugin } = this.#parts
    return policy === 'open' ? 'continue' : replyError('plugin_failed', `the plugin ${plugin} failed`)
  }

  /** What still waits, or is answered later, is no failure of the plugin any more. */
  close(): void {
    this.#closed = true
    this.#well = undefined
    this.#parts.instances.close()
    this.#weigh(0)
    if (this.#breaker.state !== 'closed') this.#stats.breakerOpen.add(-1)
  }

  #found(): GuestInstance | undefined {
    if (this.#closed || !this.#breaker.admits()) {
      this.#stats.skipped.add(1)
      return undefined
    }
    const instance = this.#parts.instances.get()
    if (instance instanceof Trap) {
      this.#failed(instance, true)
      return undefined
    }
    if (this.#breaker.state === 'closed') this.#well = instance
    return instance
  }

  #spent(fuel: number): void {
    this.#parts.share.spend(fuel)
    this.#stats.fuel.add(fuel)
    this.#stats.fuelPerCall.observe(fuel)
    if (this.#calls++ % WEIGHED_EVERY === 0) this.#weigh(this.#parts.instances.memoryBytes)
  }

  #weigh(bytes: number): void {
    this.#stats.memory.add(bytes - this.#weight)
    this.#weight = bytes
  }

  /** `anew`: it is not just another call that went down with an instance. */
  #failed(trap: Trap, anew: boolean): Settled {
    const { plugin, log, sink, services } = this.#parts
    const wasClosed = this.#breaker.state === 'closed'
    this.#well = undefined
    this.#stats.trap(trap.kind)
    sink.sayFailure(trap)
    services.failed?.(plugin, trap)
    if (anew && !this.#closed && this.#breaker.failed() && wasClosed) {
      this.#stats.breakerOpen.add(1)
      log.error('a plugin keeps failing and is left alone for a while', { plugin })
    }
    return this.refusal()
  }
}
