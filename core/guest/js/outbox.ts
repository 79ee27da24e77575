/**
 * Outbox: frames on their way to a plugin's process. All frames of a turn of the event loop leave in one write; buffers
 * are used again when they have been written.
 */
import type { Writable } from 'node:stream'
import { childFrame } from './child/child-frame.ts'

const BUFFER_BYTES = 65_536
const BUFFERS_KEPT = 4

export class Outbox {
  readonly #pipe: Writable
  readonly #kept: Buffer[] = []
  #buffer: Buffer = Buffer.allocUnsafeSlow(BUFFER_BYTES)
  #size = 0
  #scheduled = false
  readonly #run = (): void => this.flush()

  constructor(pipe: Writable) {
    this.#pipe = pipe
  }

  /** Bytes that have not left yet. */
  get pendingBytes(): number {
    return this.#size + this.#pipe.writableLength
  }

  /** Appends a frame with `bytes[0, size)` behind its header. */
  add(kind: number, first: number, second: number, bytes: Buffer, size: number): void {
    const whole = childFrame.bytes + ((size + 7) & ~7)
    if (this.#size + whole > this.#buffer.length) this.#makeRoom(whole)
    const buffer = this.#buffer
    const at = this.#size
    buffer.writeUInt32LE(whole, at)
    buffer.writeUInt32LE(kind, at + childFrame.kind)
    buffer.writeUInt32LE(first, at + childFrame.first)
    buffer.writeUInt32LE(second, at + childFrame.second)
    // What the frame is filled up with says nothing.
    if (size > 0) {
      buffer.writeUInt32LE(0, at + whole - 8)
      buffer.writeUInt32LE(0, at + whole - 4)
    }
    bytes.copy(buffer, at + childFrame.bytes, 0, size)
    this.#size = at + whole
    if (this.#scheduled) return
    this.#scheduled = true
    setImmediate(this.#run)
  }

  /** Writes now what would be written when the turn ends. */
  flush(): void {
    this.#scheduled = false
    if (this.#size === 0) return
    const written = this.#buffer
    const bytes = written.subarray(0, this.#size)
    this.#buffer = this.#kept.pop() ?? Buffer.allocUnsafeSlow(BUFFER_BYTES)
    this.#size = 0
    if (!this.#pipe.destroyed) this.#pipe.write(bytes, () => this.#keep(written))
  }

  #keep(buffer: Buffer): void {
    if (buffer.length === BUFFER_BYTES && this.#kept.length < BUFFERS_KEPT) this.#kept.push(buffer)
  }

  #makeRoom(whole: number): void {
    const scheduled = this.#scheduled
    this.flush()
    this.#scheduled = scheduled
    if (whole > this.#buffer.length) this.#buffer = Buffer.allocUnsafeSlow(whole)
  }
}
