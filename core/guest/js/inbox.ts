/** Inbox: cuts what a plugin's process says into frames. It is a hostile peer: a size that it may not say ends it. */
import { Carry } from '../../../sdk/carry.ts'
import { childFrame } from './child/child-frame.ts'

/** A frame lies in `bytes[at, end)`, header and all, until this returns. False ends the reading. */
export type TakeFrame = (bytes: Buffer, at: number, end: number) => boolean

export class Inbox {
  readonly #frameBytesMax: number
  readonly #take: TakeFrame
  readonly #carry = new Carry()

  constructor(frameBytesMax: number, take: TakeFrame) {
    this.#frameBytesMax = frameBytesMax
    this.#take = take
  }

  /** False when the process may not be listened to any more. What is kept of a chunk is a copy of it. */
  add(received: Buffer): boolean {
    const carry = this.#carry
    if (carry.size === 0) return this.#whole(received, 0)
    let at = 0
    while (carry.size > 0 && at < received.length) {
      at += carry.fill(Buffer.from(received.subarray(at, at + carry.wanted - carry.size)), 0)
      if (carry.size < carry.wanted) return true
      if (carry.wanted > childFrame.bytes) {
        const frame = carry.take()
        if (!this.#take(frame, 0, frame.length)) return false
      } else if (!this.#wanted(carry.buffer.readUInt32LE(0))) return false
    }
    return this.#whole(received, at)
  }

  /** The header is held: what is wanted now is the frame. A frame may be no more than its header. */
  #wanted(size: number): boolean {
    if (!this.#allowed(size)) return false
    if (size > childFrame.bytes) {
      this.#carry.wanted = size
      return true
    }
    const frame = this.#carry.take()
    return this.#take(frame, 0, size)
  }

  #whole(chunk: Buffer, from: number): boolean {
    let at = from
    while (chunk.length - at >= childFrame.bytes) {
      const size = chunk.readUInt32LE(at)
      if (!this.#allowed(size)) return false
      if (chunk.length - at < size) {
        this.#carry.start(Buffer.from(chunk.subarray(at)), 0, size)
        return true
      }
      if (!this.#take(chunk, at, at + size)) return false
      at += size
    }
    if (at < chunk.length) this.#carry.start(chunk, at, childFrame.bytes)
    return true
  }

  #allowed(size: number): boolean {
    return size >= childFrame.bytes && size <= this.#frameBytesMax
  }
}
