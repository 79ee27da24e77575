/** StreamWire: bytes by way of a socket's streams, for every socket on every Node. */
import type { Socket } from 'node:net'
import type { Wire, WireUser } from './wire.ts'

/** Written behind the bytes whose departure is to be told. */
const NOTHING = Buffer.alloc(0)

export class StreamWire implements Wire {
  readonly #socket: Socket
  readonly #user: WireUser
  readonly #onWritten = (): void => this.#user.onWritten()

  constructor(socket: Socket, user: WireUser) {
    this.#socket = socket
    this.#user = user
  }

  get waitingBytes(): number {
    return this.#socket.writableLength
  }

  /** Bytes of the write under way that the system has not taken, as Node's own timeouts read them. */
  get queueBytes(): number {
    const handle: unknown = Reflect.get(this.#socket, '_handle')
    if (typeof handle !== 'object' || handle === null || !('writeQueueSize' in handle)) return 0
    return typeof handle.writeQueueSize === 'number' ? handle.writeQueueSize : 0
  }

  /** Begins to read. */
  read(): void {
    this.#socket.on('data', (chunk: Buffer) => this.#user.onChunk(chunk))
  }

  write(pieces: readonly Buffer[]): void {
    const socket = this.#socket
    const only = pieces.length === 1 ? pieces[0] : undefined
    if (only !== undefined) {
      socket.write(only)
    } else {
      socket.cork()
      for (const piece of pieces) socket.write(piece)
      socket.uncork()
    }
    // Behind each batch, for what told of the last one's departure may have seen this one already.
    if (socket.writableLength > 0) socket.write(NOTHING, this.#onWritten)
  }
}
