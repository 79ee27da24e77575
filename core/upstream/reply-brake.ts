/**
 * ReplyBrake: stops an upstream connection while whoever takes a reply from it in pieces cannot take more. As long as
 * nobody else waits there or for it that harms nobody; else it lasts for a second at most, and what comes then waits with
 * the taker.
 */
import type { Deadline, TimingWheel } from '../base/timing-wheel.ts'
import type { FlowSource } from '../net/flow.ts'
import { HeldBytes, type HeldLimits } from '../net/held-bytes.ts'

/** How long others wait at most for somebody who does not read. */
const OTHERS_WAIT_MS = 1_000

/** The connection, as its brake sees it. */
export interface Braked extends FlowSource {
  /** Whether others than the taker wait for what it brings, or for a connection. */
  readonly wanted: boolean
  /** It is read again. */
  onReadOn(): void
}

export class ReplyBrake implements FlowSource, Deadline {
  /** What has come and waits for a filter or for its turn. */
  readonly held: HeldBytes
  wheelNext: Deadline | undefined = undefined
  wheelPrevious: Deadline | undefined = undefined
  readonly #connection: Braked
  readonly #wheel: TimingWheel
  #wishes = 0
  #stopped = false
  /** Others have waited for as long as they have to. */
  #spent = false

  constructor(connection: Braked, wheel: TimingWheel, limits: HeldLimits) {
    this.#connection = connection
    this.#wheel = wheel
    this.held = new HeldBytes(this, limits)
  }

  get stopped(): boolean {
    return this.#stopped
  }

  readDisable(): void {
    if (this.#wishes++ === 0) this.#stop()
  }

  readEnable(): void {
    if (--this.#wishes === 0) this.#readOn()
  }

  /** The next reply begins. */
  renew(): void {
    this.#spent = false
  }

  /** The connection has closed. */
  close(): void {
    this.#wheel.cancel(this)
    this.#stopped = false
  }

  onDeadline(): void {
    if (!this.#connection.wanted) {
      this.#wheel.arm(this, OTHERS_WAIT_MS)
      return
    }
    this.#spent = true
    this.#readOn()
  }

  #stop(): void {
    if (this.#spent && this.#connection.wanted) return
    this.#stopped = true
    this.#connection.readDisable()
    this.#wheel.arm(this, OTHERS_WAIT_MS)
  }

  #readOn(): void {
    if (!this.#stopped) return
    this.#wheel.cancel(this)
    this.#stopped = false
    this.#connection.readEnable()
    this.#connection.onReadOn()
  }
}
