/**
 * CommonClock: a thread's clock, moved to the moment from which all threads measure. Each thread's own clock begins
 * when the thread does; the system's monotonic clock is the same for all.
 */
import type { Clock } from '../../sdk/index.ts'

const SECOND_MS = 1_000
const NANOSECONDS_PER_MS = 1_000_000

export class CommonClock {
  readonly #clock: Pick<Clock, 'nowMs'>
  readonly #offsetMs: number

  /** The clock has just been refreshed: the two readings are taken to be of the same moment. */
  constructor(clock: Pick<Clock, 'nowMs'>, epochMs: number) {
    this.#clock = clock
    this.#offsetMs = systemMs() - epochMs - clock.nowMs
  }

  /** The moment at which shared time begins; taken once, by the main thread. */
  static epochMs(): number {
    return systemMs()
  }

  get nowMs(): number {
    return this.#clock.nowMs + this.#offsetMs
  }
}

function systemMs(): number {
  const [seconds, nanoseconds] = process.hrtime()
  return seconds * SECOND_MS + nanoseconds / NANOSECONDS_PER_MS
}
