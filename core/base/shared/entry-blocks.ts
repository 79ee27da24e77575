/**
 * EntryBlocks: where the key-value store keeps its entries: chains of small blocks in shared memory, so that nothing
 * ever has to be moved to make room. It knows neither locks nor quotas; whoever calls it is alone in the memory.
 *
 * ```
 * first block  next(4) chained entry(4) expires(8) owner(2) key size(2) value size(4) hash(4) | 100 bytes
 * next blocks  next(4) | 124 bytes
 * ```
 * The bytes are the key's and then the value's. Blocks are named by their number and 1; 0 is none.
 */
import { readCell, readInt } from './cells.ts'

export const BLOCK_BYTES = 128
const BLOCK_INTS = BLOCK_BYTES / 4
const NEXT_AT = 0
const CHAIN_AT = 1
/** In doubles. */
const EXPIRES_AT = 1
const OWNER_AT = 4
const VALUE_SIZE_AT = 5
const HASH_AT = 6
const FIRST_BYTES_AT = 28
const NEXT_BYTES_AT = 4

/** What an entry is written from. */
export interface NewEntry {
  readonly owner: number
  readonly hash: number
  readonly key: Buffer
  readonly value: Buffer
  /** In shared time; 0 is never. */
  readonly expiresMs: number
}

/** Two cells of the memory: how many blocks were ever taken, and the first of those given back. */
interface BlockCells {
  readonly takenAt: number
  readonly freeAt: number
}

export class EntryBlocks {
  readonly #ints: Int32Array
  readonly #cells: Float64Array
  readonly #bytes: Buffer
  /** In ints. */
  readonly #base: number
  readonly #count: number
  readonly #at: BlockCells

  /** Blocks lie from `baseBytes` on to the end of the memory. */
  constructor(memory: SharedArrayBuffer, baseBytes: number, at: BlockCells) {
    this.#ints = new Int32Array(memory)
    this.#cells = new Float64Array(memory)
    this.#bytes = Buffer.from(memory)
    this.#base = baseBytes / 4
    this.#count = Math.floor((memory.byteLength - baseBytes) / BLOCK_BYTES)
    this.#at = at
  }

  /** Blocks that an entry of such a key and value takes. */
  static blocksFor(bytesCount: number): number {
    const behind = bytesCount - (BLOCK_BYTES - FIRST_BYTES_AT)
    return 1 + (behind <= 0 ? 0 : Math.ceil(behind / (BLOCK_BYTES - NEXT_BYTES_AT)))
  }

  /** Whether so many blocks are free. */
  has(blocksCount: number): boolean {
    let missing = blocksCount - (this.#count - readInt(this.#ints, this.#at.takenAt))
    for (let free = readInt(this.#ints, this.#at.freeAt); free !== 0 && missing > 0; free = this.#next(free))
      missing--
    return missing <= 0
  }

  /** Writes an entry into free blocks, which the caller has seen to; nobody finds it until it is linked. */
  write(entry: NewEntry, chained: number): number {
    const first = this.#take()
    const at = this.#intOf(first)
    this.#ints[at + CHAIN_AT] = chained
    this.#cells[at / 2 + EXPIRES_AT] = entry.expiresMs
    this.#ints[at + OWNER_AT] = (entry.owner << 16) | entry.key.length
    this.#ints[at + VALUE_SIZE_AT] = entry.value.length
    this.#ints[at + HASH_AT] = entry.hash
    this.#fill(first, Buffer.concat([entry.key, entry.value]))
    return first
  }

  /** The entry behind this one in its chain. */
  chained(entry: number): number {
    return readInt(this.#ints, this.#intOf(entry) + CHAIN_AT)
  }

  /** One store, so that whoever dies around it leaves a whole chain. */
  chain(entry: number, behind: number): void {
    Atomics.store(this.#ints, this.#intOf(entry) + CHAIN_AT, behind)
  }

  expiresMs(entry: number): number {
    return readCell(this.#cells, this.#intOf(entry) / 2 + EXPIRES_AT)
  }

  owner(entry: number): number {
    return readInt(this.#ints, this.#intOf(entry) + OWNER_AT) >>> 16
  }

  keySize(entry: number): number {
    return readInt(this.#ints, this.#intOf(entry) + OWNER_AT) & 0xffff
  }

  valueSize(entry: number): number {
    return readInt(this.#ints, this.#intOf(entry) + VALUE_SIZE_AT)
  }

  is(entry: number, owner: number, hash: number, key: Buffer): boolean {
    const at = this.#intOf(entry)
    if (readInt(this.#ints, at + HASH_AT) !== hash) return false
    if (readInt(this.#ints, at + OWNER_AT) !== ((owner << 16) | key.length)) return false
    if (key.length > BLOCK_BYTES - FIRST_BYTES_AT) return this.#copy(entry, 0, key.length).equals(key)
    const from = at * 4 + FIRST_BYTES_AT
    for (let i = 0; i < key.length; i++) if (this.#bytes[from + i] !== key[i]) return false
    return true
  }

  /** A copy. */
  value(entry: number): Buffer {
    return this.#copy(entry, this.keySize(entry), this.valueSize(entry))
  }

  /** Gives the blocks of an entry back that nothing links to any more. */
  free(entry: number): void {
    let last = entry
    for (let next = this.#next(last); next !== 0; next = this.#next(last)) last = next
    this.#ints[this.#intOf(last) + NEXT_AT] = readInt(this.#ints, this.#at.freeAt)
    this.#ints[this.#at.freeAt] = entry
  }

  /** Finds the free blocks anew, after a thread that left some behind: all but those of these entries. */
  recover(entries: Iterable<number>): void {
    const used = new Uint8Array(this.#count + 1)
    for (const entry of entries)
      for (let block = entry; block !== 0; block = this.#next(block)) used[block] = 1
    const taken = readInt(this.#ints, this.#at.takenAt)
    let free = 0
    for (let block = 1; block <= taken; block++) {
      if (used[block] === 1) continue
      this.#ints[this.#intOf(block) + NEXT_AT] = free
      free = block
    }
    this.#ints[this.#at.freeAt] = free
  }

  #take(): number {
    const free = readInt(this.#ints, this.#at.freeAt)
    if (free !== 0) {
      this.#ints[this.#at.freeAt] = this.#next(free)
      return free
    }
    const taken = readInt(this.#ints, this.#at.takenAt) + 1
    this.#ints[this.#at.takenAt] = taken
    return taken
  }

  #fill(first: number, content: Buffer): void {
    let block = first
    let from = 0
    let room = FIRST_BYTES_AT
    for (;;) {
      const end = Math.min(content.length, from + BLOCK_BYTES - room)
      content.copy(this.#bytes, this.#intOf(block) * 4 + room, from, end)
      from = end
      const next = from < content.length ? this.#take() : 0
      this.#ints[this.#intOf(block) + NEXT_AT] = next
      if (next === 0) return
      block = next
      room = NEXT_BYTES_AT
    }
  }

  /** So many bytes of an entry's content, from an offset on. */
  #copy(entry: number, start: number, size: number): Buffer {
    const copy = Buffer.allocUnsafe(size)
    let skip = start
    let done = 0
    let begin = FIRST_BYTES_AT
    for (let block = entry; block !== 0 && done < size; block = this.#next(block)) {
      const here = BLOCK_BYTES - begin
      if (skip < here) {
        const from = this.#intOf(block) * 4 + begin + skip
        const count = Math.min(here - skip, size - done)
        this.#bytes.copy(copy, done, from, from + count)
        done += count
      }
      skip = Math.max(0, skip - here)
      begin = NEXT_BYTES_AT
    }
    return copy
  }

  #next(block: number): number {
    return readInt(this.#ints, this.#intOf(block) + NEXT_AT)
  }

  #intOf(block: number): number {
    return this.#base + (block - 1) * BLOCK_INTS
  }
}
