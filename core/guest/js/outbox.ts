/**
 * Outbox: frames on their way to a plugin's process. All frames of a turn of the event loop leave in one write; buffers
 * are used again when they have been written.
 */
import { childFrame } from './child/child-frame.ts'
import type { ChildPipe } from './child-pipe.ts'
import { SentBlocks } from './sent-blocks.ts'

const BUFFER_BYTES = 65_536
const BUFFERS_KEPT = 4
/** Places of a frame's header by its words. */
const KIND = childFrame.kind >>> 2
const FIRST = childFrame.first >>> 2
const SECOND = childFrame.second >>> 2

/** What is filled, and the same as words: those of this machine, which the process reads as well. */
class Batch {
  readonly bytes: Buffer
  readonly words: Int32Array

  constructor(size: number) {
    this.bytes = Buffer.allocUnsafeSlow(size)
    this.words = new Int32Array(this.bytes.buffer, this.bytes.byteOffset, size >>> 2)
  }
}

export class Outbox {
  readonly #pipe: ChildPipe
  readonly #kept: Batch[] = []
  #batch = new Batch(BUFFER_BYTES)
  #size = 0
  #scheduled = false
  readonly #sent = new SentBlocks()
  readonly #run = (): void => this.flush()

  constructor(pipe: ChildPipe) {
    this.#pipe = pipe
  }

  /** Bytes that have not left yet. */
  get pendingBytes(): number {
    return this.#size + this.#pipe.waitingBytes
  }

  /** Appends a call with the block `bytes[0, size)`, or with what of it is new. */
  addCall(instance: number, fuel: number, bytes: Buffer, size: number): void {
    const sent = this.#sent
    const how = sent.look(bytes, size)
    if (how === 'again') this.#addAgain(instance, fuel, sent)
    else if (how === 'kept') this.add(childFrame.kept | (sent.place << 8), instance, fuel, bytes, size)
    else this.add(childFrame.call, instance, fuel, bytes, size)
  }

  /** Appends a call whose block is remembered but for some words. */
  #addAgain(instance: number, fuel: number, { place, changes, changesCount }: SentBlocks): void {
    const at = this.#begin(childFrame.again | (place << 8), instance, fuel, changesCount << 2)
    const { words } = this.#batch
    for (let i = 0; i < changesCount; i++) words[at + i] = changes[i] ?? 0
  }

  /** Appends a frame with `bytes[0, size)` behind its header. */
  add(kind: number, first: number, second: number, bytes: Buffer, size: number): void {
    const from = this.#begin(kind, first, second, size)
    const { bytes: filled, words } = this.#batch
    const at = (from << 2) - childFrame.bytes
    const end = this.#size >>> 2
    // What the frame is filled up with says nothing.
    if ((size & 7) !== 0) {
      words[end - 2] = 0
      words[end - 1] = 0
    }
    if (bytes.length === size) filled.set(bytes, at + childFrame.bytes)
    else bytes.copy(filled, at + childFrame.bytes, 0, size)
  }

  /** Begins a frame with room for so many bytes behind its header; answers by words where they go. */
  #begin(kind: number, first: number, second: number, size: number): number {
    const whole = childFrame.bytes + ((size + 7) & ~7)
    if (this.#size + whole > this.#batch.bytes.length) this.#makeRoom(whole)
    const { words } = this.#batch
    const word = this.#size >>> 2
    words[word] = whole
    words[word + KIND] = kind
    words[word + FIRST] = first
    words[word + SECOND] = second
    this.#size += whole
    if (!this.#scheduled) {
      this.#scheduled = true
      setImmediate(this.#run)
    }
    return word + (childFrame.bytes >>> 2)
  }

  /** Writes now what would be written when the turn ends. */
  flush(): void {
    this.#scheduled = false
    if (this.#size === 0) return
    const written = this.#batch
    const bytes = written.bytes.subarray(0, this.#size)
    this.#batch = this.#kept.pop() ?? new Batch(BUFFER_BYTES)
    this.#size = 0
    this.#pipe.write(bytes, () => this.#keep(written))
  }

  #keep(batch: Batch): void {
    if (batch.bytes.length === BUFFER_BYTES && this.#kept.length < BUFFERS_KEPT) this.#kept.push(batch)
  }

  #makeRoom(whole: number): void {
    const scheduled = this.#scheduled
    this.flush()
    this.#scheduled = scheduled
    if (whole > this.#batch.bytes.length) this.#batch = new Batch(whole)
  }
}
