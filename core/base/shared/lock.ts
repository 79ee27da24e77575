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

export class SharedLock {
  readonly #ints: Int32Array
  readonly #at: number
  readonly #owner: number
  readonly #waitsMax: number

  /** The lock is the cell `ints[at]`, 0 at the beginning; `thread` is this thread's index. */
  constructor(ints: Int32Array, at: number, thread: { readonly index: number; readonly main: boolean }) {
    this.#ints = ints
    this.#at = at
    this.#owner = thread.index + 1
    this.#waitsMax = (thread.main ? WAIT_MAX_MAIN_MS : WAIT_MAX_MS) / WAIT_MS
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
    for (let waits = 0; waits < this.#waitsMax; waits++) {
      const holder = Atomics.compareExchange(this.#ints, this.#at, FREE, this.#owner)
      if (holder === FREE) return true
      Atomics.wait(this.#ints, this.#at, holder, WAIT_MS)
    }
    return false
  }
}
