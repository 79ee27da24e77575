/**
 * TokenBuckets: rate limits that are exact over all workers. A bucket is two numbers, the tokens it holds and when
 * it was last filled; whoever comes fills it, and the one whose exchange of the time succeeds adds the tokens. So
 * no more is ever granted than the capacity and what has come in since the bucket was made.
 *
 * ```
 * slot  generation(4) digest(16) tokens(4) filled(4) -(4) | born(8) touched(8) capacity(8) tokens per ms(8)
 * ```
 * Times are milliseconds since the bucket's birth. `filled` holds their low 32 bits, which come round every 50
 * days; `touched` holds them whole and tells a bucket left alone for so long from a clock that is a little behind.
 */
import type { TokenBucket, TokenBucketOptions } from '../../../sdk/index.ts'
import { readCell, readInt } from './cells.ts'
import { SharedLock } from './lock.ts'
import { type SharedMemory, SLOT_BYTES } from './memory.ts'
import { LOCK_AT, SLOT_USER_AT, SlotTable, type SlotUser } from './slot-table.ts'

const TOKENS_AT = SLOT_USER_AT
const FILLED_AT = SLOT_USER_AT + 1
/** In doubles from the start of the slot. */
const BORN_AT = 4
const TOUCHED_AT = 5
const CAPACITY_AT = 6
const RATE_AT = 7
const CAPACITY_MAX = 0x7fff_ffff
/** In `tokens` while a slot changes its name. */
const VACATED = -1
/** Further behind than any clock of a living thread; 12 days. */
const AGES_MS = 0x4000_0000
/** A bucket that is full again and was left alone for so long may lose its place to another. */
const IDLE_MS = 60_000

/** Milliseconds of one monotonic time that all threads share. */
export type SharedTime = () => number

export class TokenBuckets {
  readonly #table: SlotTable
  readonly #lock: SharedLock
  readonly #cells: Float64Array
  readonly #now: SharedTime
  readonly #alone: boolean

  constructor(
    memory: SharedMemory,
    thread: { readonly index: number; readonly main: boolean },
    now: SharedTime,
  ) {
    this.#lock = new SharedLock(new Int32Array(memory.buckets), LOCK_AT, thread)
    this.#table = new SlotTable(memory.buckets, SLOT_BYTES, this.#lock)
    this.#cells = new Float64Array(memory.buckets)
    this.#now = now
    this.#alone = memory.workersCount === 1
  }

  bucket(name: string, options: TokenBucketOptions): TokenBucket | undefined {
    const bucket = new SharedTokenBucket(
      { table: this.#table, cells: this.#cells, now: this.#now, alone: this.#alone },
      name,
      options,
    )
    return bucket.enter() ? bucket : undefined
  }

  /** The main thread says that a worker is gone. */
  release(threadIndex: number): void {
    this.#lock.freeOf(threadIndex)
  }
}

interface Place {
  readonly table: SlotTable
  readonly cells: Float64Array
  readonly now: SharedTime
  /** There is one worker, so that nobody else takes tokens. */
  readonly alone: boolean
}

class SharedTokenBucket implements TokenBucket, SlotUser {
  readonly #table: SlotTable
  readonly #ints: Int32Array
  readonly #cells: Float64Array
  readonly #now: SharedTime
  readonly #alone: boolean
  readonly #name: string
  readonly #capacity: number
  readonly #tokens: number
  readonly #everyMs: number
  #at = 0
  #generation = 0
  #bornMs = 0

  constructor(place: Place, name: string, options: TokenBucketOptions) {
    this.#table = place.table
    this.#ints = place.table.ints
    this.#cells = place.cells
    this.#now = place.now
    this.#alone = place.alone
    this.#name = `${options.capacity} ${options.tokens} ${options.everyMs} ${name}`
    this.#capacity = Math.min(CAPACITY_MAX, Math.floor(options.capacity))
    this.#tokens = options.tokens
    this.#everyMs = options.everyMs
  }

  get available(): number {
    if (!this.#present()) return 0
    this.#fill()
    return Math.max(0, this.#heldNow())
  }

  /**
   * Reads plainly and decides by the exchange alone, for an atomic read costs nearly as much as the exchange:
   * 8 against 13 ns measured. Only a refusal is founded on an atomic read.
   */
  take(count: number): boolean {
    if (!this.#present()) return false
    this.#fill()
    const wanted = count > 0 ? Math.ceil(count) : 0
    let held = readInt(this.#ints, this.#at + TOKENS_AT)
    if (this.#alone && held >= wanted) {
      this.#ints[this.#at + TOKENS_AT] = held - wanted
      return true
    }
    for (;;) {
      if (held < wanted) {
        held = this.#heldNow()
        if (held < wanted) return false
      }
      const seen = Atomics.compareExchange(this.#ints, this.#at + TOKENS_AT, held, held - wanted)
      if (seen === held) return true
      held = seen
    }
  }

  give(count: number): void {
    if (count > 0 && this.#present()) this.#put(Math.ceil(count))
  }

  /** Finds the slot, or takes one; false when the table has none to give, and then nothing is granted. */
  enter(): boolean {
    const slot = this.#table.enter(this.#name, this)
    if (slot === undefined) return false
    this.#at = slot.at
    this.#generation = slot.generation
    this.#bornMs = readCell(this.#cells, slot.at / 2 + BORN_AT)
    return true
  }

  /**
   * A bucket that is full and idle is as good as none: whoever asks for it again gets a full one. Whoever wakes it
   * at this very moment moves one of the two numbers, and then it stays.
   */
  vacate(at: number): boolean {
    const filled = Atomics.load(this.#ints, at + FILLED_AT)
    const held = Atomics.load(this.#ints, at + TOKENS_AT)
    const ageMs = Math.floor(this.#now() - readCell(this.#cells, at / 2 + BORN_AT))
    const idleMs = this.#idleMs(at, ageMs, filled)
    const due = Math.floor(idleMs * readCell(this.#cells, at / 2 + RATE_AT))
    if (idleMs < IDLE_MS || held + due < readCell(this.#cells, at / 2 + CAPACITY_AT)) return false
    if (Atomics.compareExchange(this.#ints, at + TOKENS_AT, held, VACATED) !== held) return false
    if (Atomics.compareExchange(this.#ints, at + FILLED_AT, filled, ageMs | 0) === filled) return true
    Atomics.store(this.#ints, at + TOKENS_AT, held)
    return false
  }

  begin(at: number): void {
    const cells = at / 2
    this.#cells[cells + BORN_AT] = this.#now()
    this.#cells[cells + TOUCHED_AT] = 0
    this.#cells[cells + CAPACITY_AT] = this.#capacity
    this.#cells[cells + RATE_AT] = this.#tokens / this.#everyMs
    Atomics.store(this.#ints, at + FILLED_AT, 0)
    Atomics.store(this.#ints, at + TOKENS_AT, this.#capacity)
  }

  /** Negative only when the slot was lost this very moment and no other is free. */
  #heldNow(): number {
    const held = Atomics.load(this.#ints, this.#at + TOKENS_AT)
    return held === VACATED && this.enter() ? Atomics.load(this.#ints, this.#at + TOKENS_AT) : held
  }

  #present(): boolean {
    return this.#table.holds(this.#at, this.#generation) || this.enter()
  }

  #fill(): void {
    const ms = Math.floor(this.#now() - this.#bornMs)
    const filled = readInt(this.#ints, this.#at + FILLED_AT)
    const passed = (ms - filled) | 0
    if (passed === 0) return
    if (passed > 0) this.#add(filled, ms, this.#cameBy(ms) - this.#cameBy(ms - passed))
    else if (this.#idleMs(this.#at, ms, filled) > AGES_MS) this.#add(filled, ms, CAPACITY_MAX)
  }

  #idleMs(at: number, ageMs: number, filled: number): number {
    const passed = (ageMs - filled) | 0
    if (passed >= 0) return passed
    const longMs = ageMs - readCell(this.#cells, at / 2 + TOUCHED_AT)
    return longMs > AGES_MS ? longMs : 0
  }

  /** Tokens that have come in since birth; differences of it add up without loss, whatever the rate. */
  #cameBy(ms: number): number {
    return Math.floor((ms * this.#tokens) / this.#everyMs)
  }

  #add(filled: number, ms: number, count: number): void {
    if (count <= 0) return
    const ints = this.#ints
    if (Atomics.compareExchange(ints, this.#at + FILLED_AT, filled, ms | 0) !== filled) return
    this.#cells[this.#at / 2 + TOUCHED_AT] = ms
    this.#put(count)
  }

  /** Never above the capacity, and nothing into a slot that is lost. */
  #put(count: number): void {
    const ints = this.#ints
    const at = this.#at + TOKENS_AT
    for (;;) {
      const held = Atomics.load(ints, at)
      const next = Math.min(this.#capacity, held + count)
      if (held === VACATED || next === held || Atomics.compareExchange(ints, at, held, next) === held) return
    }
  }
}
