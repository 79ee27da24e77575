/**
 * NonceService: an endpoint of the soak. It answers each request with its nonce, out of order where many wait, notes
 * every nonce it has ever seen, and can be killed, which resets its connections, and started again on its port.
 */
import { once } from 'node:events'
import { createServer, type Server, type Socket } from 'node:net'
import { eventually } from '../support/eventually.ts'
import { FrameSplitter, nonceOfRequest, replyFrame } from './soak-frames.ts'

export class NonceService {
  port = 0
  readonly #seen: Set<number>
  readonly #repeated: number[]
  readonly #sockets = new Set<Socket>()
  #server: Server | undefined = undefined

  /** `seen` and `repeated` belong to all endpoints together: a nonce must reach only one of them, once. */
  constructor(seen: Set<number>, repeated: number[]) {
    this.#seen = seen
    this.#repeated = repeated
  }

  /** Again on the port it had; somebody else on the machine may have been given that for a moment. */
  async start(): Promise<void> {
    await eventually(() => this.#listen(), 'its port is free')
  }

  async #listen(): Promise<boolean> {
    const server = createServer({ noDelay: true }, (socket) => this.#serve(socket))
    server.listen({ port: this.port, host: '127.0.0.1' })
    const taken = await once(server, 'listening').catch((error: unknown) => error)
    if (taken instanceof Error) return false
    this.#server = server
    const address = server.address()
    if (typeof address === 'object' && address !== null) this.port = address.port
    return true
  }

  /** Dies as a process does: connections are reset and the port refuses. */
  async kill(): Promise<void> {
    const server = this.#server
    this.#server = undefined
    for (const socket of this.#sockets) socket.resetAndDestroy()
    await new Promise<void>((resolve) => (server === undefined ? resolve() : server.close(() => resolve())))
  }

  #serve(socket: Socket): void {
    this.#sockets.add(socket)
    const splitter = new FrameSplitter()
    socket.on('error', () => undefined)
    socket.on('close', () => this.#sockets.delete(socket))
    socket.on('data', (chunk: Buffer) => {
      const replies: Buffer[] = []
      splitter.add(chunk, (bytes) => {
        const reply = this.#answer(bytes)
        if (reply !== undefined) replies.push(reply)
      })
      if (replies.length > 0) socket.write(Buffer.concat(replies.reverse()))
    })
  }

  #answer(bytes: Buffer): Buffer | undefined {
    const heartbeat = (bytes.readUInt8(2) & 0x20) !== 0
    if (heartbeat) return undefined
    const nonce = nonceOfRequest(bytes)
    if (this.#seen.has(nonce)) this.#repeated.push(nonce)
    this.#seen.add(nonce)
    return replyFrame(bytes.readBigUInt64BE(4), nonce)
  }
}
