/**
 * HandleWire: bytes past a socket's streams, straight to and from what Node keeps beneath them. Whatever is not the
 * common case goes through the socket: what does not fit in the system's buffer, stopping and going on, the end of either
 * side, errors.
 */
import type { Socket } from 'node:net'
import { getSystemErrorName } from 'node:util'
import { awaitWrite, type SocketHandle, takeSocketHandle } from '../base/socket-handle.ts'
import type { Intake } from './intake.ts'
import { StreamWire } from './stream-wire.ts'
import type { Wire, WireUser } from './wire.ts'

export class HandleWire implements Wire {
  readonly #socket: Socket
  readonly #handle: SocketHandle
  readonly #user: WireUser
  /** For writes behind one that has not left. */
  readonly #stream: StreamWire
  /** Bytes of our own write under way, until all of it has left. */
  #underWayBytes = 0
  /** Whether something was written by way of the streams and may not have left. */
  #behind = false

  private constructor(socket: Socket, handle: SocketHandle, user: WireUser) {
    this.#socket = socket
    this.#handle = handle
    this.#user = user
    this.#stream = new StreamWire(socket, user)
  }

  /** Begins to read a socket this way; `undefined`, and nothing done, where that is not possible. */
  static open(socket: Socket, intake: Intake, user: WireUser, node?: string): HandleWire | undefined {
    const onRead = (size: number): void => user.onChunk(intake.take(size))
    const handle = takeSocketHandle(socket, intake.buffer, onRead, node)
    if (handle === undefined) return undefined
    return new HandleWire(socket, handle, user)
  }

  get waitingBytes(): number {
    return this.#behind ? this.#underWayBytes + this.#behindBytes() : this.#underWayBytes
  }

  get queueBytes(): number {
    return this.#socket.destroyed ? 0 : this.#handle.writeQueueSize
  }

  write(pieces: readonly Buffer[]): void {
    const socket = this.#socket
    if (socket.destroyed) return
    if (this.waitingBytes > 0) {
      this.#behind = true
      this.#stream.write(pieces)
      return
    }
    const only = pieces.length === 1 ? pieces[0] : undefined
    const answer =
      only === undefined ? this.#handle.writev(null, pieces, true) : this.#handle.writeBuffer(null, only)
    if (answer === 0) return
    if (typeof answer === 'number') this.#failed(answer)
    else this.#await(answer, pieces)
  }

  /** Asking a stream is not free, so it is only asked while something may be there. */
  #behindBytes(): number {
    const bytes = this.#socket.writableLength
    this.#behind = bytes > 0
    return bytes
  }

  #await(answer: unknown, pieces: readonly Buffer[]): void {
    for (const piece of pieces) this.#underWayBytes += piece.length
    awaitWrite(answer, pieces, (status) => this.#completed(status))
  }

  #completed(status: number): void {
    this.#underWayBytes = 0
    if (status < 0) this.#failed(status)
    else this.#user.onWritten()
  }

  #failed(code: number): void {
    if (!this.#socket.destroyed) this.#socket.destroy(new Error(`write ${getSystemErrorName(code)}`))
  }
}
