/**
 * SlotTable: a bounded table in shared memory that finds a slot by name, for whatever its users keep in slots.
 * Names are kept as digests of 128 bits. A slot stands within a short window behind the place its digest points
 * to; when the window is full, a slot whose user says that nobody would miss it is given to the new name.
 *
 * ```
 * table  lock(4) generation(4) …64 | slot | slot | …
 * slot   generation(4) digest(16) | the user's, from int 5 on
 * ```
 * A slot's generation is 0 or negative while it is free; it is written last, so that a thread which dies while it
 * enters a name leaves a free slot. Generations are never used twice, by which a holder sees that it lost its slot.
 */
import { hash } from 'node:crypto'
import { readInt } from './cells.ts'
import type { SharedLock } from './lock.ts'
import { TABLE_HEADER_BYTES } from './memory.ts'

const INT_BYTES = 4
const HEADER_INTS = TABLE_HEADER_BYTES / INT_BYTES
/** The cell of the table's lock. */
export const LOCK_AT = 0
const GENERATIONS_AT = 1
const DIGEST_AT = 1
const DIGEST_INTS = 4
/** The first of a slot's ints that belongs to the table's user. */
export const SLOT_USER_AT = DIGEST_AT + DIGEST_INTS
const WINDOW_COUNT = 64
const FREE = 0
const LOST = -1

/** Offsets are in ints from the start of the table's memory. */
export interface Slot {
  readonly at: number
  readonly generation: number
}

export interface SlotUser {
  /** Whether nobody would miss what the slot holds; when it answers true, nobody can come to need it any more. */
  vacate(at: number): boolean
  /** Writes the beginning of a new name's content. */
  begin(at: number): void
}

export class SlotTable {
  readonly ints: Int32Array
  readonly #lock: SharedLock
  readonly #slotInts: number
  readonly #count: number

  constructor(memory: SharedArrayBuffer, slotBytes: number, lock: SharedLock) {
    this.ints = new Int32Array(memory)
    this.#lock = lock
    this.#slotInts = slotBytes / INT_BYTES
    this.#count = (memory.byteLength - TABLE_HEADER_BYTES) / slotBytes
  }

  /** The name's slot, entered when it is new; `undefined` when there is no room for it. */
  enter(name: string, user: SlotUser): Slot | undefined {
    const digest = digestOf(name)
    return this.#lock.run(() => this.#find(digest) ?? this.#claim(digest, user))
  }

  /** Whether the slot still belongs to whom it was given; a slot that is in use or was just found does. */
  holds(at: number, generation: number): boolean {
    return readInt(this.ints, at) === generation
  }

  /** Every slot in use. */
  *slots(): Generator<number> {
    for (let index = 0; index < this.#count; index++) {
      const at = HEADER_INTS + index * this.#slotInts
      if (Atomics.load(this.ints, at) > FREE) yield at
    }
  }

  #find(digest: Int32Array): Slot | undefined {
    for (let step = 0; step < WINDOW_COUNT; step++) {
      const at = this.#place(digest, step)
      const generation = Atomics.load(this.ints, at)
      if (generation > FREE && this.#matches(at, digest)) return { at, generation }
    }
    return undefined
  }

  #claim(digest: Int32Array, user: SlotUser): Slot | undefined {
    const at = this.#freePlace(digest) ?? this.#vacatedPlace(digest, user)
    if (at === undefined) return undefined
    Atomics.store(this.ints, at, LOST)
    this.ints.set(digest, at + DIGEST_AT)
    user.begin(at)
    const generation = Atomics.add(this.ints, GENERATIONS_AT, 1) + 1
    Atomics.store(this.ints, at, generation)
    return { at, generation }
  }

  #freePlace(digest: Int32Array): number | undefined {
    for (let step = 0; step < WINDOW_COUNT; step++) {
      const at = this.#place(digest, step)
      if (Atomics.load(this.ints, at) <= FREE) return at
    }
    return undefined
  }

  #vacatedPlace(digest: Int32Array, user: SlotUser): number | undefined {
    for (let step = 0; step < WINDOW_COUNT; step++) {
      const at = this.#place(digest, step)
      if (user.vacate(at)) return at
    }
    return undefined
  }

  #place(digest: Int32Array, step: number): number {
    const index = ((readInt(digest, 0) >>> 0) + step) % this.#count
    return HEADER_INTS + index * this.#slotInts
  }

  #matches(at: number, digest: Int32Array): boolean {
    for (let i = 0; i < DIGEST_INTS; i++) {
      if (readInt(this.ints, at + DIGEST_AT + i) !== readInt(digest, i)) return false
    }
    return true
  }
}

function digestOf(name: string): Int32Array {
  const bytes = hash('sha256', name, 'buffer')
  return Int32Array.from({ length: DIGEST_INTS }, (_, i) => bytes.readInt32LE(i * INT_BYTES))
}
