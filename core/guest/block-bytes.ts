/**
 * BlockBytes: the bytes that a block is written into. It grows with what is written and is used again for the next
 * block; nothing here knows what a block means. Offsets stay valid when it grows, views do not: ask again.
 */
import { TEXT_BYTES_PER_UNIT, writeText } from '../../sdk/abi/text.ts'
import { copyBytes } from '../../sdk/index.ts'

const INITIAL_BYTES = 2_048
/** Blocks of up to so many bytes have views of their size, which are kept. */
const VIEWED_BYTES_MAX = 1_024
const VIEWED_UNIT_BYTES = 8
/** What one large message made it grow to is given back after the next block. */
const KEPT_BYTES_MAX = 65_536

export class BlockBytes {
  bytes: Buffer = Buffer.allocUnsafeSlow(INITIAL_BYTES)
  view: DataView = viewOf(this.bytes)
  /** The same as words of this machine, which are little-endian wherever Node runs Lua and WebAssembly for us. */
  words: Int32Array = wordsOf(this.bytes)
  /** Where the next string goes. */
  at = 0
  readonly #keptBytesMax: number
  /** By size. */
  #views: (Buffer | undefined)[] = []

  constructor(keptBytesMax = KEPT_BYTES_MAX) {
    this.#keptBytesMax = keptBytesMax
  }

  /** Begins a block anew; false when what was written before is no longer there. */
  reset(): boolean {
    this.at = 0
    if (this.bytes.length <= this.#keptBytesMax) return true
    this.#replace(Buffer.allocUnsafeSlow(INITIAL_BYTES))
    return false
  }

  /** What was written, as a view of just that size where sizes repeat: copying such a one takes half the time. */
  get written(): Buffer {
    const { at } = this
    if (at > VIEWED_BYTES_MAX || at % VIEWED_UNIT_BYTES !== 0) return this.bytes
    const place = at / VIEWED_UNIT_BYTES
    const known = this.#views[place]
    if (known !== undefined) return known
    const view = this.bytes.subarray(0, at)
    this.#views[place] = view
    return view
  }

  /** Makes room behind {@link at}. */
  room(count: number): void {
    if (this.at + count > this.bytes.length) this.#grow(count)
  }

  /** Takes bytes whose contents are written later, and zeroes them; answers where they are. */
  take(count: number): number {
    this.room(count)
    const at = this.at
    this.at = at + count
    this.bytes.fill(0, at, this.at)
    return at
  }

  /** Goes on at a multiple of `bytes`, which is 4 or 8; zeros lie between. */
  align(bytes: number): void {
    const { at } = this
    const next = (at + bytes - 1) & -bytes
    if (next === at) return
    this.room(bytes)
    const { words } = this
    const word = at >>> 2
    // What is behind the last byte of this word, and the word behind it.
    if ((at & 3) !== 0) words[word] = (words[word] ?? 0) & ((1 << ((at & 3) << 3)) - 1)
    if (((at + 3) & ~3) < next) words[(at + 3) >>> 2] = 0
    this.at = next
  }

  /** Appends a string and answers its size in bytes. */
  text(text: string): number {
    this.room(text.length * TEXT_BYTES_PER_UNIT)
    const at = this.at
    this.at = writeText(text, this.bytes, at)
    return this.at - at
  }

  /** Appends a string, with a reference to it in a field: where, counted from `base`, and how many bytes. */
  refer(base: number, field: number, text: string): void {
    const at = this.at
    const size = this.text(text)
    this.view.setUint32(base + field, at - base, true)
    this.view.setUint32(base + field + 4, size, true)
  }

  /** Appends a range of other bytes. */
  copy(source: Buffer, start: number, end: number): void {
    this.room(end - start)
    copyBytes(source, start, end, this.bytes, this.at)
    this.at += end - start
  }

  append(bytes: Buffer): void {
    this.room(bytes.length)
    bytes.copy(this.bytes, this.at)
    this.at += bytes.length
  }

  #grow(count: number): void {
    const larger = Buffer.allocUnsafeSlow(Math.max(this.bytes.length * 2, this.at + count))
    this.bytes.copy(larger, 0, 0, this.at)
    this.#replace(larger)
  }

  #replace(bytes: Buffer): void {
    this.bytes = bytes
    this.view = viewOf(bytes)
    this.words = wordsOf(bytes)
    this.#views = []
  }
}

function wordsOf(bytes: Buffer): Int32Array {
  return new Int32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength >>> 2)
}

function viewOf(bytes: Buffer): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
