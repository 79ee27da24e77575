/**
 * SharedLock: mutual exclusion between threads for the rare moments at which a name is entered into a table. It
 * knows its owner, so that the lock of a thread that died is freed; what it guards is written so that work left
 * half done is never seen.
 */

const FREE = 0
/** One wait; a free lock is noticed at once, a freed owner after this. */
const WAIT_MS = 5
/** A thread that dies in a guarded section is noticed by the main thread, which therefore never waits for long. */
const WAIT_MAX_MS = 2_000
const WAIT_MAX_MAIN_MS = 100
/** What is guarded takes microseconds, and a wait at least ten of them: so it is tried a few times more first. */
const SPINS_COUNT = 64
/** Others may be quicker this often. */
const TRIES_MAX = 10_000

export class SharedLock {
  readonly #ints: Int32Array
  readonly #at: number
  readonly #owner: number
  readonly #waitsMax: number

  /** The lock is the cell `ints[at]`, 0 at the beginning; `thread` is this thread's index. Nobody waits for longer. */
  constructor(
    ints: Int32Array,
    at: number,
    thread: { readonly index: number; readonly main: boolean },
    waitMaxMs: number = thread.main ? WAIT_MAX_MAIN_MS : WAIT_MAX_MS,
  ) {
    this.#ints = ints
    this.#at = at
    this.#owner = thread.index + 1
    this.#waitsMax = waitMaxMs / WAIT_MS
  }

  /** Runs `guarded` alone; `undefined` when the lock was not to be had. */
  run<Result>(guarded: () => Result): Result | undefined {
    if (!this.#acquire()) return undefined
    try {
      return guarded()
    } finally {
      Atomics.store(this.#ints, this.#at, FREE)
      Atomics.notify(this.#ints, this.#at, 1)
    }
  }

  /** Frees the lock if this thread, which is dead, held it. */
  freeOf(threadIndex: number): void {
    const owner = threadIndex + 1
    if (Atomics.compareExchange(this.#ints, this.#at, owner, FREE) !== owner) return
    Atomics.notify(this.#ints, this.#at, 1)
  }

  #acquire(): boolean {
    let waits = 0
    for (let tries = 0; tries < TRIES_MAX && waits < this.#waitsMax; tries++) {
      const holder = Atomics.compareExchange(this.#ints, this.#at, FREE, this.#owner)
      if (holder === FREE) return true
      if (tries % SPINS_COUNT !== SPINS_COUNT - 1) continue
      if (Atomics.wait(this.#ints, this.#at, holder, WAIT_MS) === 'timed-out') waits++
    }
    return false
  }
}
