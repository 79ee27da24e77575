/**
 * WorkerPlace: one worker's place, which a thread fills and, when that dies, its replacement. It cleans up behind
 * the dead one, starts the next at once or, when threads keep dying young, after a wait that doubles.
 */
import { errorText } from '../base/error-text.ts'
import type { Logger } from '../base/log.ts'
import type { PlaneReport } from './protocol.ts'
import type { WorkerLink } from './worker-link.ts'

const BACKOFF_BASE_MS = 100
const BACKOFF_MAX_MS = 10_000
/** A worker that lived for so long did not die of its start. */
const LIVED_MS = 10_000

/**
 * starting => serving; starting, serving => replacing (the thread is dead; the next one starts, loads and gets the
 * configuration) => serving; every state => stopped.
 */
export type WorkerState = 'starting' | 'serving' | 'replacing' | 'stopped'

export interface WorkerReport {
  readonly worker: number
  readonly state: WorkerState
  /** `undefined` when the worker does not answer in time or is being replaced; `problem` says which. */
  readonly report: PlaneReport | undefined
  readonly problem: string | undefined
}

export interface PlaceOwner {
  readonly log: Logger
  nowMs(): number
  /** Starts a thread for this place; `onExit` is called once, when it has ended. */
  openLink(index: number, onExit: (reason: string) => void): WorkerLink
  /** Gives a replacement the live configuration. */
  bringUp(link: WorkerLink): Promise<void>
  /** A thread of this place is dead: what it held is given back. */
  onDeath(index: number): void
  onState(): void
}

export class WorkerPlace {
  readonly index: number
  readonly #owner: PlaceOwner
  #link: WorkerLink
  #state: WorkerState = 'starting'
  #startedMs: number
  /** Deaths in a row, each soon after its start. */
  #deathsCount = 0
  #timer: NodeJS.Timeout | undefined = undefined

  constructor(index: number, owner: PlaceOwner) {
    this.index = index
    this.#owner = owner
    this.#startedMs = owner.nowMs()
    this.#link = owner.openLink(index, (reason) => this.#died(reason))
  }

  get link(): WorkerLink {
    return this.#link
  }

  get state(): WorkerState {
    return this.#state
  }

  /** Its thread has the live configuration and carries traffic. */
  serves(): void {
    if (this.#state === 'starting' || this.#state === 'replacing') this.#to('serving')
  }

  /** From now on a thread that ends is not replaced. */
  stop(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#to('stopped')
  }

  async report(timeoutMs: number, plugin?: string): Promise<WorkerReport> {
    const { index: worker, state } = this
    if (this.#link.gone) return { worker, state, report: undefined, problem: 'the worker is being replaced' }
    try {
      return { worker, state, report: await this.#link.report(timeoutMs, plugin), problem: undefined }
    } catch (error) {
      return {
        worker,
        state,
        report: undefined,
        problem: errorText(error),
      }
    }
  }

  #died(reason: string): void {
    this.#owner.onDeath(this.index)
    if (this.#state === 'stopped') return
    const starting = this.#state === 'starting'
    this.#to(starting ? 'starting' : 'replacing')
    // The one who starts the first threads hears of it, and does not want another attempt.
    if (starting) return
    const lived = this.#owner.nowMs() - this.#startedMs >= LIVED_MS
    this.#deathsCount = lived ? 0 : this.#deathsCount + 1
    const waitMs = lived ? 0 : Math.min(BACKOFF_MAX_MS, BACKOFF_BASE_MS * 2 ** (this.#deathsCount - 1))
    this.#owner.log.error('worker died and is replaced', { worker: this.index, reason, waitMs })
    this.#timer = setTimeout(() => this.#replace(), waitMs)
  }

  #replace(): void {
    this.#timer = undefined
    this.#startedMs = this.#owner.nowMs()
    const link = this.#owner.openLink(this.index, (reason) => this.#died(reason))
    this.#link = link
    this.#owner.bringUp(link).then(
      () => this.#owner.log.info('worker was replaced', { worker: this.index }),
      (error: unknown) => link.terminate(errorText(error)),
    )
  }

  #to(state: WorkerState): void {
    this.#state = state
    this.#owner.onState()
  }
}
