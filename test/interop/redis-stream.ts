/** RedisStream: a client that sends and receives more than it keeps: what comes is counted and hashed, slowly if told so. */
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { eventually } from './peers.ts'

const PATIENCE_MS = 60_000
const TAIL_BYTES = 256
/** A slow reader stops behind so many bytes. */
const STEP_BYTES = 4_194_304

export class RedisStream {
  readonly socket: Socket
  /** Bytes that have come since the last {@link expect}. */
  size = 0
  closed = false
  #hash = createHash('sha1')
  #tail = Buffer.alloc(0)
  #slow = false
  #readBytes = 0

  private constructor(socket: Socket) {
    this.socket = socket
    socket.on('data', (part: Buffer) => this.#take(part))
    socket.on('error', () => {})
    socket.on('close', () => {
      this.closed = true
    })
  }

  static async connect(port: number): Promise<RedisStream> {
    const socket = connect(port, '127.0.0.1')
    await once(socket, 'connect')
    return new RedisStream(socket)
  }

  /** Sends a command, one argument after the other, as fast as it is taken. */
  async send(...args: readonly (string | Buffer)[]): Promise<void> {
    await this.#write(`*${args.length}\r\n`)
    for (const argument of args) {
      await this.#write(`$${argument.length}\r\n`)
      await this.#write(argument)
      await this.#write('\r\n')
    }
  }

  /** From now on it stops again and again, as a reader does that has something else to do. */
  readSlowly(): void {
    this.#slow = true
  }

  /** Waits for exactly these parts; true when they are what has come. */
  async expect(...parts: readonly (string | Buffer)[]): Promise<boolean> {
    const wanted = createHash('sha1')
    let size = 0
    for (const part of parts) {
      wanted.update(part)
      size += part.length
    }
    await eventually(
      () => Promise.resolve(this.size >= size || this.closed),
      (come) => come,
      PATIENCE_MS,
    )
    const same = this.size === size && this.#hash.digest('hex') === wanted.digest('hex')
    if (!same)
      throw new Error(
        `${this.size} bytes instead of ${size}, the last of them ${this.#tail.toString('latin1')}`,
      )
    this.#forget()
    return same
  }

  /** Waits until the last bytes that have come are these, whatever came before. */
  async skip(end: string): Promise<void> {
    await eventually(
      () => Promise.resolve(this.#tail.toString('latin1').endsWith(end) || this.closed),
      (come) => come,
      PATIENCE_MS,
    )
    this.#forget()
  }

  close(): void {
    this.socket.destroy()
  }

  #forget(): void {
    this.size = 0
    this.#hash = createHash('sha1')
  }

  async #write(part: string | Buffer): Promise<void> {
    if (!this.socket.write(part)) await once(this.socket, 'drain')
  }

  #take(part: Buffer): void {
    this.size += part.length
    this.#readBytes += part.length
    this.#hash.update(part)
    this.#tail = Buffer.from(part.subarray(-TAIL_BYTES))
    if (!this.#slow || this.#readBytes < STEP_BYTES) return
    this.#readBytes = 0
    this.socket.pause()
    setTimeout(() => this.socket.resume(), 10)
  }
}
