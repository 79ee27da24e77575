/**
 * KeyValues: values under keys that all workers share and see exactly. Each owner has a part of its own, held to a
 * quota, and sees no other's. Everything happens under one lock, for microseconds; an entry is published and taken away
 * by a single store, so that a thread which dies leaves at most blocks behind that nobody uses, and they are found again.
 *
 * ```
 * memory  lock(4) left behind(4) blocks taken(4) free(4) hand(4) swept(4) seed(4) …64 | owner × 256 | chain(4) × 65,536 | blocks
 * owner   digest(16) entries(4) bytes(4) in use(4) -(4)
 * ```
 */
import { hash as digestOf, randomInt } from 'node:crypto'
import { readInt } from './cells.ts'
import { EntryBlocks } from './entry-blocks.ts'
import { SharedLock } from './lock.ts'
import { type SharedMemory, TABLE_HEADER_BYTES } from './memory.ts'

const LOCK_AT = 0
const LEFT_BEHIND_AT = 1
const TAKEN_AT = 2
const FREE_AT = 3
const HAND_AT = 4
const SWEPT_AT = 5
const SEED_AT = 6
const OWNERS_AT = TABLE_HEADER_BYTES / 4
const OWNERS_MAX = 256
const OWNER_INTS = 8
const DIGEST_INTS = 4
const ENTRIES_AT = 4
const BYTES_AT = 5
const IN_USE_AT = 6
const CHAINS_AT = OWNERS_AT + OWNERS_MAX * OWNER_INTS
const CHAINS_COUNT = 65_536
const BLOCKS_AT_BYTES = (CHAINS_AT + CHAINS_COUNT) * 4
/**
 * A guest's call waits no longer for the others. They hold the lock for microseconds, and a dead thread's is freed within
 * milliseconds; only a machine with far too much to do lets a thread that holds it wait for its turn for longer.
 */
const WAIT_MAX_MS = 200
/** Whoever asks for a part is making a plugin, and has more time. */
const PART_TRIES_MAX = 5
/** Chains that each write looks through for what has expired. */
const SWEPT_PER_WRITE = 4
/** All chains are looked through for the sake of one write no more often than that: it takes a tenth of a millisecond. */
const SWEEP_EVERY_MS = 100
const NUMBER_BYTES_MAX = 32
const NEVER = 0
const ALONE_BYTES = 1_048_576
const SEED_MAX = 0x7fff_ffff

/** The longest keys and values there are. */
export const KEY_BYTES_MAX = 256
export const VALUE_BYTES_MAX = 65_536

/** What one owner may keep: keys and values together, and how many. */
export interface KeyValueQuota {
  readonly bytesMax: number
  readonly entriesMax: number
}

/** The lock was not to be had: nothing was read and nothing changed. */
export type Busy = 'busy'

/** What comes of a value that is only stored in place of another. */
export type Exchanged = 'stored' | 'different' | 'full' | Busy

interface Thread {
  readonly index: number
  readonly main: boolean
}

interface Found {
  /** 0 when the key has no entry. */
  readonly entry: number
  /** The entry before it in the chain; 0 when it is the first. */
  readonly before: number
  readonly chain: number
}

export class KeyValues {
  readonly #ints: Int32Array
  readonly #blocks: EntryBlocks
  readonly #lock: SharedLock
  readonly #now: () => number
  /** What hashes begin with: whoever knew it could have all keys in one chain, which everybody walks with the lock held. */
  readonly #seed: number

  constructor(memory: Pick<SharedMemory, 'keyValues'>, thread: Thread, now: () => number) {
    this.#ints = new Int32Array(memory.keyValues)
    this.#blocks = new EntryBlocks(memory.keyValues, BLOCKS_AT_BYTES, { takenAt: TAKEN_AT, freeAt: FREE_AT })
    this.#lock = new SharedLock(this.#ints, LOCK_AT, thread, WAIT_MAX_MS)
    this.#now = now
    Atomics.compareExchange(this.#ints, SEED_AT, 0, randomInt(1, SEED_MAX))
    this.#seed = Atomics.load(this.#ints, SEED_AT)
  }

  /** A small store that is shared with nobody, for what is only tried. */
  static alone(now: () => number = () => 0): KeyValues {
    return new KeyValues({ keyValues: new SharedArrayBuffer(ALONE_BYTES) }, { index: 0, main: true }, now)
  }

  /** An owner's part; `undefined` when there are too many owners. What it held before is there again. */
  part(name: string, quota: KeyValueQuota): KeyValuePart | undefined {
    const digest = digestOf('sha256', name, 'buffer')
    for (let tries = 0; tries < PART_TRIES_MAX; tries++) {
      const owner = this.run(() => this.#owner(digest))
      if (owner !== 'busy') return owner === undefined ? undefined : new KeyValuePart(this, owner, quota)
    }
    return undefined
  }

  /** The main thread says that a worker is gone. */
  release(threadIndex: number): void {
    if (Atomics.load(this.#ints, LOCK_AT) === threadIndex + 1) Atomics.store(this.#ints, LEFT_BEHIND_AT, 1)
    this.#lock.freeOf(threadIndex)
  }

  /** Does something alone. */
  run<Result>(work: () => Result): Result | Busy {
    let result: Result | Busy = 'busy'
    this.#lock.run(() => {
      if (Atomics.load(this.#ints, LEFT_BEHIND_AT) !== 0) this.#recover()
      try {
        result = work()
      } catch (error) {
        // Who asks at the very end of its stack makes it fail half way: what it leaves is found as a dead thread's is.
        Atomics.store(this.#ints, LEFT_BEHIND_AT, 1)
        throw error
      }
    })
    return result
  }

  // What follows is for the parts, while they are alone.

  /** `null` when the value has more than so many bytes: nobody has it copied for the price of a look. */
  get(owner: number, key: Buffer, bytesMax: number): Buffer | undefined | null {
    const { entry } = this.#find(owner, key)
    if (entry === 0) return undefined
    return this.#blocks.valueSize(entry) > bytesMax ? null : this.#blocks.value(entry)
  }

  /** When the entry of the key expires; 0 is never, and when there is none. */
  expiresMs(owner: number, key: Buffer): number {
    const { entry } = this.#find(owner, key)
    return entry === 0 ? NEVER : this.#blocks.expiresMs(entry)
  }

  expiryOf(ttlMs: number): number {
    return ttlMs > 0 ? this.#now() + ttlMs : NEVER
  }

  /** False when there is no room, and nothing has changed then. */
  put(owner: number, quota: KeyValueQuota, given: Pick<Given, 'key' | 'value' | 'expiresMs'>): boolean {
    this.#sweep(SWEPT_PER_WRITE)
    const { key, value, expiresMs } = given
    const size = key.length + value.length
    let found = this.#find(owner, key)
    if (!this.#fits(owner, quota, found.entry, size)) {
      this.#sweepAll()
      found = this.#find(owner, key)
      if (!this.#fits(owner, quota, found.entry, size)) return false
    }
    const behind = found.entry === 0 ? this.#head(found.chain) : this.#blocks.chained(found.entry)
    const entry = this.#blocks.write({ owner, hash: this.#hashOf(owner, key), key, value, expiresMs }, behind)
    this.#count(owner, 1, size)
    this.#link(found.entry === 0 ? { ...found, before: 0 } : found, entry)
    if (found.entry !== 0) this.#letGo(found.entry)
    return true
  }

  delete(owner: number, key: Buffer): boolean {
    const found = this.#find(owner, key)
    if (found.entry === 0) return false
    this.#remove(found)
    return true
  }

  #owner(digest: Buffer): number | undefined {
    for (let owner = 0; owner < OWNERS_MAX; owner++) {
      const at = OWNERS_AT + owner * OWNER_INTS
      if (readInt(this.#ints, at + IN_USE_AT) === 0) {
        for (let i = 0; i < DIGEST_INTS; i++) this.#ints[at + i] = digest.readInt32LE(i * 4)
        Atomics.store(this.#ints, at + IN_USE_AT, 1)
        return owner
      }
      if (this.#isOwner(at, digest)) return owner
    }
    return undefined
  }

  #isOwner(at: number, digest: Buffer): boolean {
    for (let i = 0; i < DIGEST_INTS; i++)
      if (readInt(this.#ints, at + i) !== digest.readInt32LE(i * 4)) return false
    return true
  }

  /** Whether an entry of so many bytes may take the place of the one that the key has; 0 when it has none. */
  #fits(owner: number, quota: KeyValueQuota, entry: number, size: number): boolean {
    const at = OWNERS_AT + owner * OWNER_INTS
    const entries = readInt(this.#ints, at + ENTRIES_AT) + (entry === 0 ? 1 : 0)
    const bytes = readInt(this.#ints, at + BYTES_AT) + size - (entry === 0 ? 0 : this.#sizeOf(entry))
    if (entries > quota.entriesMax || bytes > quota.bytesMax) return false
    return this.#blocks.has(EntryBlocks.blocksFor(size))
  }

  /** The entry of a key; one that has expired is taken away and is none. */
  #find(owner: number, key: Buffer): Found {
    const hash = this.#hashOf(owner, key)
    const chain = (hash >>> 0) % CHAINS_COUNT
    let before = 0
    for (let entry = this.#head(chain); entry !== 0; entry = this.#blocks.chained(entry)) {
      if (this.#blocks.is(entry, owner, hash, key)) {
        if (!this.#expired(entry)) return { entry, before, chain }
        this.#remove({ entry, before, chain })
        break
      }
      before = entry
    }
    return { entry: 0, before: 0, chain }
  }

  /** 32 bits. */
  #hashOf(owner: number, key: Buffer): number {
    let hash = this.#seed ^ owner
    for (let i = 0; i < key.length; i++) {
      hash = Math.imul(hash ^ (key[i] ?? 0), 0x01000193)
      hash ^= hash >>> 15
    }
    return hash
  }

  #expired(entry: number): boolean {
    const expiresMs = this.#blocks.expiresMs(entry)
    return expiresMs !== NEVER && expiresMs <= this.#now()
  }

  #head(chain: number): number {
    return readInt(this.#ints, CHAINS_AT + chain)
  }

  #link({ before, chain }: Pick<Found, 'before' | 'chain'>, entry: number): void {
    if (before === 0) Atomics.store(this.#ints, CHAINS_AT + chain, entry)
    else this.#blocks.chain(before, entry)
  }

  #remove(found: Found): void {
    this.#link(found, this.#blocks.chained(found.entry))
    this.#letGo(found.entry)
  }

  #letGo(entry: number): void {
    this.#count(this.#blocks.owner(entry), -1, -this.#sizeOf(entry))
    this.#blocks.free(entry)
  }

  #count(owner: number, entries: number, bytes: number): void {
    const at = OWNERS_AT + owner * OWNER_INTS
    this.#ints[at + ENTRIES_AT] = readInt(this.#ints, at + ENTRIES_AT) + entries
    this.#ints[at + BYTES_AT] = readInt(this.#ints, at + BYTES_AT) + bytes
  }

  #sizeOf(entry: number): number {
    return this.#blocks.keySize(entry) + this.#blocks.valueSize(entry)
  }

  #sweepAll(): void {
    const nowMs = Math.floor(this.#now()) | 0
    const passedMs = (nowMs - readInt(this.#ints, SWEPT_AT)) | 0
    if (passedMs >= 0 && passedMs < SWEEP_EVERY_MS) return
    this.#ints[SWEPT_AT] = nowMs
    this.#sweep(CHAINS_COUNT)
  }

  /** What has expired goes even where nobody asks for it: each write looks at the next few chains. */
  #sweep(chainsCount: number): void {
    const first = readInt(this.#ints, HAND_AT)
    for (let i = 0; i < chainsCount; i++) this.#sweepChain((first + i) % CHAINS_COUNT)
    this.#ints[HAND_AT] = (first + chainsCount) % CHAINS_COUNT
  }

  #sweepChain(chain: number): void {
    let before = 0
    for (let entry = this.#head(chain); entry !== 0; ) {
      const next = this.#blocks.chained(entry)
      if (this.#expired(entry)) this.#remove({ entry, before, chain })
      else before = entry
      entry = next
    }
  }

  /** A thread died in the middle of something: what is linked counts, all else is free. */
  #recover(): void {
    const entries: number[] = []
    for (let chain = 0; chain < CHAINS_COUNT; chain++)
      for (let entry = this.#head(chain); entry !== 0; entry = this.#blocks.chained(entry))
        entries.push(entry)
    this.#blocks.recover(entries)
    for (let owner = 0; owner < OWNERS_MAX; owner++) {
      this.#ints[OWNERS_AT + owner * OWNER_INTS + ENTRIES_AT] = 0
      this.#ints[OWNERS_AT + owner * OWNER_INTS + BYTES_AT] = 0
    }
    for (const entry of entries) this.#count(this.#blocks.owner(entry), 1, this.#sizeOf(entry))
    Atomics.store(this.#ints, LEFT_BEHIND_AT, 0)
  }
}

interface Given {
  readonly key: Buffer
  readonly value: Buffer
  readonly expiresMs: number
}

/** What one owner sees of the store. Keys and values beyond the longest there are find no room. */
export class KeyValuePart {
  readonly #store: KeyValues
  readonly #owner: number
  readonly #quota: KeyValueQuota

  constructor(store: KeyValues, owner: number, quota: KeyValueQuota) {
    this.#store = store
    this.#owner = owner
    this.#quota = quota
  }

  get(key: Buffer): Buffer | undefined | Busy {
    return this.#store.run(() => this.#store.get(this.#owner, key, VALUE_BYTES_MAX) ?? undefined)
  }

  /** False when there is no room. A time to live of 0 keeps the value. */
  set(key: Buffer, value: Buffer, ttlMs: number): boolean | Busy {
    return this.#store.run(() => this.#put(key, value, this.#store.expiryOf(ttlMs)))
  }

  /** Whether there was anything. */
  delete(key: Buffer): boolean | Busy {
    return this.#store.run(() => this.#store.delete(this.#owner, key))
  }

  /**
   * Adds to the number that is there as a decimal text, or to 0, and answers the sum; NaN when what is there is no number
   * or there is no room. The time to live counts from when the number was made.
   */
  add(key: Buffer, difference: number, ttlMs: number): number | Busy {
    return this.#store.run(() => {
      const known = this.#store.get(this.#owner, key, NUMBER_BYTES_MAX)
      if (known === null) return Number.NaN
      const sum = (known === undefined ? 0 : numberOf(known)) + difference
      if (!Number.isFinite(sum)) return Number.NaN
      const expiresMs =
        known === undefined ? this.#store.expiryOf(ttlMs) : this.#store.expiresMs(this.#owner, key)
      return this.#put(key, Buffer.from(String(sum)), expiresMs) ? sum : Number.NaN
    })
  }

  /** Stores the value if what is there is what was expected; `undefined` expects nothing. */
  exchange(key: Buffer, expected: Buffer | undefined, value: Buffer, ttlMs: number): Exchanged {
    return this.#store.run((): Exchanged => {
      const known = this.#store.get(this.#owner, key, expected?.length ?? 0)
      if (known === null) return 'different'
      const same = known === undefined || expected === undefined ? known === expected : known.equals(expected)
      if (!same) return 'different'
      return this.#put(key, value, this.#store.expiryOf(ttlMs)) ? 'stored' : 'full'
    })
  }

  #put(key: Buffer, value: Buffer, expiresMs: number): boolean {
    if (key.length > KEY_BYTES_MAX || value.length > VALUE_BYTES_MAX) return false
    return this.#store.put(this.#owner, this.#quota, { key, value, expiresMs })
  }
}

function numberOf(value: Buffer): number {
  return value.length === 0 ? Number.NaN : Number(value.toString('latin1'))
}
