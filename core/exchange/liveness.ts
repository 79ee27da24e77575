/**
 * Liveness: when a client's connection was last read and used, and what that asks for. It keeps times and decides;
 * the connection acts.
 */
import { Silence } from '../net/silence.ts'
import type { ListenerOptions } from './options.ts'

/** A draining connection is closed when nothing was in flight on it for so long: a caller between two calls has moved. */
const QUIET_MS = 100

/** `late`: a frame that began has not ended in time; `idle`: nothing was asked for; `dead`: a heartbeat was not answered. */
export type LivenessFinding = 'fine' | 'heartbeat' | 'late' | 'idle' | 'dead' | 'drained'

export interface Circumstances {
  readonly nowMs: number
  readonly options: ListenerOptions
  readonly draining: boolean
  /** Something is in flight. */
  readonly busy: boolean
  /** The protocol has heartbeats that can be sent. */
  readonly heartbeats: boolean
}

export class Liveness {
  readonly openedMs: number
  readonly #silence: Silence
  // A number of its own from the first: a field that was `undefined` for a moment gets a new object with each time.
  #usedMs = 0
  #partialSinceMs = -1
  /** Whether a frame has ended since the last frame began. */
  #framed = false

  constructor(nowMs: number) {
    this.openedMs = nowMs
    this.#silence = new Silence(nowMs)
    this.#usedMs = nowMs
  }

  /** When bytes last came. */
  get readMs(): number {
    return this.#silence.sinceMs
  }

  read(nowMs: number): void {
    this.#silence.end(nowMs)
  }

  /** The client asked for something, or was answered. */
  used(nowMs: number): void {
    this.#usedMs = nowMs
  }

  framed(): void {
    this.#framed = true
  }

  /** So many bytes are missing before the next frame is whole; 0 when none is begun. */
  need(bytes: number): void {
    if (bytes === 0) this.#partialSinceMs = -1
    else if (this.#framed || this.#partialSinceMs < 0) this.#partialSinceMs = this.readMs
    this.#framed = false
  }

  /** We have stopped reading: what does not come is not the client's fault. */
  excuse(nowMs: number): void {
    if (this.#partialSinceMs >= 0) this.#partialSinceMs = nowMs
    this.#silence.excuse(nowMs)
  }

  judge({ nowMs, options, draining, busy, heartbeats }: Circumstances): LivenessFinding {
    if (this.#partialSinceMs >= 0 && nowMs - this.#partialSinceMs > options['frame-timeout']) return 'late'
    if (busy) return 'fine'
    const quietMs = nowMs - Math.max(this.#usedMs, this.#partialSinceMs)
    if (draining && quietMs > QUIET_MS) return 'drained'
    if (quietMs > options['idle-timeout']) return 'idle'
    return heartbeats ? this.#silence.judge(nowMs, options['heartbeat-interval']) : 'fine'
  }
}
