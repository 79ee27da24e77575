/**
 * KeyValues: values under keys that all workers share and see exactly. Each owner has a part of its own, held to a
 * quota, and sees no other's. Everything happens under one lock, for microseconds; an entry is published and taken away
 * by a single store, so that a thread which dies leaves at most blocks behind that nobody uses, and they are found again.
 *
 * ```
 * memory  lock(4) left behind(4) blocks taken(4) free(4) hand(4) swept(4) seed(4) …64 | owners | chain(4) × 65,536 | blocks
 * ```
 */
import { hash as digestOf, randomInt } from 'node:crypto'
import { readInt } from './cells.ts'
import { EntryBlocks } from './entry-blocks.ts'
import { KeyValueOwners, OWNERS_INTS } from './key-value-owners.ts'
import { type Busy, KeyValuePart, type KeyValueQuota } from './key-value-part.ts'
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
const CHAINS_AT = OWNERS_AT + OWNERS_INTS
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
const NEVER = 0
const ALONE_BYTES = 1_048_576
const SEED_MAX = 0x7fff_ffff

interface Thread {
  readonly index: number
  readonly main: boolean
}

interface Given {
  readonly key: Buffer
  readonly value: Buffer
  readonly expiresMs: number
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
  readonly #owners: KeyValueOwners
  readonly #blocks: EntryBlocks
  readonly #lock: SharedLock
  readonly #now: () => number
  /** What hashes begin with: whoever knew it could have all keys in one chain, which everybody walks with the lock held. */
  readonly #seed: number

  constructor(memory: Pick<SharedMemory, 'keyValues'>, thread: Thread, now: () => number) {
    this.#ints = new Int32Array(memory.keyValues)
    this.#owners = new KeyValueOwners(this.#ints, OWNERS_AT)
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
      const owner = this.run(() => this.#owners.enter(digest))
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
  put(owner: number, quota: KeyValueQuota, given: Given): boolean {
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
    this.#owners.count(owner, 1, size)
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

  /** Whether an entry of so many bytes may take the place of the one that the key has; 0 when it has none. */
  #fits(owner: number, quota: KeyValueQuota, entry: number, size: number): boolean {
    const entries = entry === 0 ? 1 : 0
    const bytes = size - (entry === 0 ? 0 : this.#sizeOf(entry))
    return this.#owners.allows(owner, quota, entries, bytes) && this.#blocks.has(EntryBlocks.blocksFor(size))
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
    this.#owners.count(this.#blocks.owner(entry), -1, -this.#sizeOf(entry))
    this.#blocks.free(entry)
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
    this.#owners.clearCounts()
    for (const entry of entries) this.#owners.count(this.#blocks.owner(entry), 1, this.#sizeOf(entry))
    Atomics.store(this.#ints, LEFT_BEHIND_AT, 0)
  }
}
