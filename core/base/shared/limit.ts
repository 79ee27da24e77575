/**
 * Limits: how many of something may be held at once over all workers, such as connections of a listener. The
 * total is one number; beside it every thread notes what it holds itself, which is given back when it dies.
 *
 * ```
 * slot  generation(4) digest(16) used(4) …64 | held by thread 0(4) | held by thread 1(4) | …
 * ```
 */
import { readInt } from './cells.ts'
import { SharedLock } from './lock.ts'
import { limitSlotBytes, type SharedMemory, SLOT_BYTES } from './memory.ts'
import { LOCK_AT, SLOT_USER_AT, SlotTable } from './slot-table.ts'

const USED_AT = SLOT_USER_AT
const HELD_AT = SLOT_BYTES / Int32Array.BYTES_PER_ELEMENT
/** In `used` while a slot changes its name. */
const VACATED = -1

/** A share in a limit. One handle may be used by everything in its thread. */
export interface Limit {
  /** Takes one; false, and nothing taken, when all are taken. */
  acquire(): boolean
  /** Gives one back. Giving back what this thread does not hold does nothing. */
  release(): void
  /** Taken now, over all workers. */
  readonly used: number
}

interface Thread {
  readonly index: number
  readonly main: boolean
}

export class Limits {
  readonly #table: SlotTable
  readonly #lock: SharedLock
  readonly #thread: number
  readonly #alone: boolean

  constructor(memory: SharedMemory, thread: Thread) {
    this.#lock = new SharedLock(new Int32Array(memory.limits), LOCK_AT, thread)
    this.#table = new SlotTable(memory.limits, limitSlotBytes(memory.workersCount), this.#lock)
    this.#thread = thread.index
    this.#alone = memory.workersCount === 1
  }

  /**
   * The limit of this name. Handles with different maxima may share a name: each refuses above its own. Throws
   * when the table is full, which is a matter of configuration.
   */
  limit(name: string, max: number): Limit {
    return new SharedLimit(this.#table, { name, max, thread: this.#thread, alone: this.#alone })
  }

  /** The main thread says that a worker is gone: what it held is free. */
  release(threadIndex: number): void {
    this.#lock.freeOf(threadIndex)
    const ints = this.#table.ints
    for (const at of this.#table.slots()) {
      const held = readInt(ints, at + HELD_AT + threadIndex)
      ints[at + HELD_AT + threadIndex] = 0
      Atomics.sub(ints, at + USED_AT, held)
    }
  }
}

class SharedLimit implements Limit {
  readonly #table: SlotTable
  readonly #ints: Int32Array
  readonly #name: string
  readonly #max: number
  readonly #thread: number
  /** With one worker nobody else counts, and plain additions do: 4 ns instead of 30. */
  readonly #alone: boolean
  #at = 0
  #generation = 0

  constructor(
    table: SlotTable,
    of: { readonly name: string; readonly max: number; readonly thread: number; readonly alone: boolean },
  ) {
    this.#table = table
    this.#ints = table.ints
    this.#name = of.name
    this.#max = of.max
    this.#thread = of.thread
    this.#alone = of.alone
    if (!this.#enter()) throw new Error(`the table of limits has no room for ${of.name}`)
  }

  get used(): number {
    if (!this.#table.holds(this.#at, this.#generation)) return 0
    return Math.max(0, Atomics.load(this.#ints, this.#at + USED_AT))
  }

  acquire(): boolean {
    if (!this.#table.holds(this.#at, this.#generation) && !this.#enter()) return false
    const ints = this.#ints
    const at = this.#at + USED_AT
    const heldAt = this.#at + HELD_AT + this.#thread
    let used = readInt(ints, at)
    const held = readInt(ints, heldAt)
    if (this.#alone && used !== VACATED && used < this.#max) {
      ints[at] = used + 1
      ints[heldAt] = held + 1
      return true
    }
    for (;;) {
      if (used >= this.#max || used === VACATED) {
        used = Atomics.load(ints, at)
        if (used === VACATED) return this.#enter() && this.acquire()
        if (used >= this.#max) return false
      }
      const seen = Atomics.compareExchange(ints, at, used, used + 1)
      if (seen === used) break
      used = seen
    }
    // A thread is only ever ended where a function begins or a loop goes round, so not before the note that follows.
    ints[heldAt] = held + 1
    return true
  }

  release(): void {
    const ints = this.#ints
    const at = this.#at + USED_AT
    const heldAt = this.#at + HELD_AT + this.#thread
    const held = readInt(ints, heldAt)
    if (held <= 0) return
    const used = readInt(ints, at)
    // The call comes first, for where it begins the thread may be ended.
    if (this.#alone) ints[at] = used - 1
    else Atomics.sub(ints, at, 1)
    ints[heldAt] = held - 1
  }

  /** A slot of which anything is held keeps its name, so only a handle that holds nothing comes here again. */
  #enter(): boolean {
    const slot = this.#table.enter(this.#name, {
      vacate: (at) => Atomics.compareExchange(this.#ints, at + USED_AT, 0, VACATED) === 0,
      begin: (at) => Atomics.store(this.#ints, at + USED_AT, 0),
    })
    if (slot === undefined) return false
    this.#at = slot.at
    this.#generation = slot.generation
    return true
  }
}
