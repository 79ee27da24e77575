/** BytePeer: one end of a real socket that sends and receives bytes by script, however many: they are kept as they came. */
import { connect, type Socket } from 'node:net'
import { parseAddress } from '../../core/net/address.ts'
import { eventually } from './eventually.ts'

export class BytePeer {
  readonly socket: Socket
  /** How many bytes have come. */
  size = 0
  ended = false
  closed = false
  #parts: Buffer[] = []

  constructor(socket: Socket) {
    this.socket = socket
    socket.on('data', (part: Buffer) => {
      this.size += part.length
      this.#parts.push(part)
    })
    socket.on('end', () => {
      this.ended = true
    })
    socket.on('error', () => undefined)
    socket.on('close', () => {
      this.closed = true
    })
  }

  static async connect(where: string): Promise<BytePeer> {
    const address = parseAddress(where)
    if (typeof address === 'string' || address.kind === 'unix') throw new Error(`${where} is no port`)
    const peer = new BytePeer(connect({ host: address.host, port: address.port, allowHalfOpen: true }))
    await eventually(() => !peer.socket.connecting || peer.closed, `connecting to ${where}`)
    return peer
  }

  /** Everything that has come. */
  get bytes(): Buffer {
    const all = this.#parts.length === 1 ? this.#parts[0] : Buffer.concat(this.#parts)
    this.#parts = all === undefined ? [] : [all]
    return all ?? Buffer.alloc(0)
  }

  get text(): string {
    return this.bytes.toString('latin1')
  }

  send(bytes: Buffer | string): void {
    this.socket.write(bytes, 'latin1')
  }

  async received(size: number): Promise<Buffer> {
    await eventually(() => this.size >= size, `${size} bytes, of which ${this.size} came`)
    return this.bytes
  }

  /** Once the last bytes are these. */
  async until(end: string): Promise<string> {
    await eventually(() => this.size >= end.length && this.#endsWith(end), `bytes that end with ${end}`)
    return this.text
  }

  async untilClosed(): Promise<void> {
    await eventually(() => this.closed || this.ended, 'the connection closes')
  }

  #endsWith(end: string): boolean {
    const last = this.#parts.at(-1)
    const bytes = last !== undefined && last.length >= end.length ? last : this.bytes
    return bytes.subarray(-end.length).toString('latin1') === end
  }
}
