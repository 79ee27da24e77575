/** Silence: since when a peer has said nothing, and what that asks for: a heartbeat first, then giving it up. */
const NONE = -1

export class Silence {
  /** A number from the first, which the engine then keeps as one. */
  #sinceMs = 0
  /** When the heartbeat went out that nothing has come after yet. */
  #askedMs = NONE

  constructor(nowMs: number) {
    this.#sinceMs = nowMs
  }

  /** When something last came. */
  get sinceMs(): number {
    return this.#sinceMs
  }

  /** Something has come. */
  end(nowMs: number): void {
    this.#sinceMs = nowMs
    this.#askedMs = NONE
  }

  /** It was not the peer's fault so far. */
  excuse(nowMs: number): void {
    this.#sinceMs = nowMs
  }

  /** `heartbeat` is said once for each silence: who is told so sends one. An interval of 0 asks for nothing. */
  judge(nowMs: number, intervalMs: number): 'fine' | 'heartbeat' | 'dead' {
    if (intervalMs <= 0 || nowMs - this.#sinceMs < intervalMs) return 'fine'
    if (this.#askedMs !== NONE) return nowMs - this.#askedMs > intervalMs ? 'dead' : 'fine'
    this.#askedMs = nowMs
    return 'heartbeat'
  }
}
