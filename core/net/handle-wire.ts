/**
 * HandleWire: bytes past a socket's streams, straight to and from what Node keeps beneath them. Reading makes no stream
 * event and no memory of Node's; a write that the system takes at once makes nothing at all. It leans on insides of
 * Node, so it is only taken on versions that it was tried on, and whatever is not this common case goes through the
 * socket: what does not fit in the system's buffer, stopping and going on, the end of either side, errors.
 */
import type { Socket } from 'node:net'
import { getSystemErrorName } from 'node:util'
import type { Intake } from './intake.ts'
import { StreamWire } from './stream-wire.ts'
import type { Wire, WireUser } from './wire.ts'

/** Elsewhere `writeBuffer` without a request may end the process, so there is nothing to be tried out. */
const KNOWN_NODES: readonly string[] = ['26.10.0']

/** What lies beneath a socket, as far as it is used here. */
interface Handle {
  readonly writeQueueSize: number
  /** 0 when the system took everything, below 0 an error's number; else the request that is under way. */
  writeBuffer(request: null, bytes: Buffer): unknown
  writev(request: null, pieces: readonly Buffer[], buffersOnly: true): unknown
  useUserBuffer(buffer: Buffer): void
}

/** A write that the system has not taken whole. */
interface WriteRequest {
  oncomplete: (status: number) => void
  /** Keeps the bytes alive. */
  buffer: readonly Buffer[] | undefined
  /** Set when it was over before anybody could be told. */
  readonly writeStatus?: unknown
}

export class HandleWire implements Wire {
  readonly #socket: Socket
  readonly #handle: Handle
  readonly #user: WireUser
  /** For writes behind one that has not left. */
  readonly #stream: StreamWire
  /** Bytes of our own write under way, until all of it has left. */
  #underWayBytes = 0
  /** Whether something was written by way of the streams and may not have left. */
  #behind = false

  private constructor(socket: Socket, handle: Handle, user: WireUser) {
    this.#socket = socket
    this.#handle = handle
    this.#user = user
    this.#stream = new StreamWire(socket, user)
  }

  /**
   * Begins to read a socket this way; `undefined`, and nothing done, where that is not possible. The version is not
   * imported: with `node:process` come the streams of a thread, 3 MB of them.
   */
  static open(
    socket: Socket,
    intake: Intake,
    user: WireUser,
    node = process.versions.node,
  ): HandleWire | undefined {
    const handle: unknown = Reflect.get(socket, '_handle')
    if (!KNOWN_NODES.includes(node) || !fits(handle) || socket.readableLength > 0) return undefined
    const buffer = symbolOf(socket, 'kBuffer')
    const callback = symbolOf(socket, 'kBufferCb')
    if (buffer === undefined || callback === undefined) return undefined
    Reflect.set(socket, buffer, intake.buffer)
    Reflect.set(socket, callback, (size: number) => user.onChunk(intake.take(size)))
    handle.useUserBuffer(intake.buffer)
    socket.resume()
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
    else if (underWay(answer)) this.#await(answer, pieces)
  }

  /** Asking a stream is not free, so it is only asked while something may be there. */
  #behindBytes(): number {
    const bytes = this.#socket.writableLength
    this.#behind = bytes > 0
    return bytes
  }

  #await(request: WriteRequest, pieces: readonly Buffer[]): void {
    for (const piece of pieces) this.#underWayBytes += piece.length
    request.buffer = pieces
    request.oncomplete = (status) => this.#completed(status)
    if (typeof request.writeStatus === 'number') this.#completed(request.writeStatus)
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

function fits(handle: unknown): handle is Handle {
  if (typeof handle !== 'object' || handle === null) return false
  const named = (name: string): boolean => typeof Reflect.get(handle, name) === 'function'
  return named('writeBuffer') && named('writev') && named('useUserBuffer') && 'writeQueueSize' in handle
}

function underWay(answer: unknown): answer is WriteRequest {
  return typeof answer === 'object' && answer !== null
}

/** Node keeps what a socket is read into under symbols of its own. */
function symbolOf(socket: Socket, description: string): symbol | undefined {
  return Object.getOwnPropertySymbols(socket).find((symbol) => symbol.description === description)
}
