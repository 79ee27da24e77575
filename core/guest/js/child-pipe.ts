/**
 * ChildPipe: the pipe between the worker and a plugin's process. It is read and written past Node's streams where that is
 * possible, for they cost a batch of calls more than the system does; its end and its errors are told by the stream.
 */
import { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { awaitWrite, type SocketHandle, takeSocketHandle } from '../../base/socket-handle.ts'

const READ_BYTES = 65_536

export class ChildPipe {
  readonly #channel: Duplex
  /** `undefined` where only the streams can be used. */
  readonly #handle: SocketHandle | undefined
  /** Bytes of our own write under way, until all of it has left. */
  #underWayBytes = 0
  /** Whether something was written by way of the stream and may not have left: at first the program of the process. */
  #behind = true

  /** What is heard is only there until `heard` returns. */
  constructor(channel: Duplex, heard: (chunk: Buffer) => void) {
    this.#channel = channel
    this.#handle = channel instanceof Socket ? handleOf(channel, heard) : undefined
    if (this.#handle === undefined) channel.on('data', heard)
  }

  /** Bytes that were written and have not left. */
  get waitingBytes(): number {
    return this.#behind ? this.#underWayBytes + this.#behindBytes() : this.#underWayBytes
  }

  /** `done`: the bytes are the caller's again; not told any more when the process is gone. */
  write(bytes: Buffer, done: () => void): void {
    const channel = this.#channel
    if (channel.destroyed) return
    if (this.#handle === undefined || this.waitingBytes > 0 || this.#handle.writeQueueSize > 0) {
      this.#behind = true
      channel.write(bytes, done)
      return
    }
    const answer = this.#handle.writeBuffer(null, bytes)
    if (answer === 0) done()
    else if (typeof answer === 'number') this.#failed()
    else this.#await(answer, bytes, done)
  }

  /** Asking a stream is not free, so it is only asked while something may be there. */
  #behindBytes(): number {
    const bytes = this.#channel.writableLength
    this.#behind = bytes > 0
    return bytes
  }

  #await(answer: unknown, bytes: Buffer, done: () => void): void {
    this.#underWayBytes = bytes.length
    awaitWrite(answer, [bytes], (status) => {
      this.#underWayBytes = 0
      if (status < 0) this.#failed()
      else done()
    })
  }

  #failed(): void {
    if (!this.#channel.destroyed) this.#channel.destroy(new Error('the process does not read any more'))
  }
}

function handleOf(socket: Socket, heard: (chunk: Buffer) => void): SocketHandle | undefined {
  const buffer = Buffer.allocUnsafeSlow(READ_BYTES)
  return takeSocketHandle(socket, buffer, (size) => heard(buffer.subarray(0, size)))
}
