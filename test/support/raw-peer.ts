/** RawPeer: a service and a caller of bytes: a script answers what comes, and what came back is waited for. */
import { once } from 'node:events'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { eventually } from './eventually.ts'

/** Answers a chunk with bytes; `undefined`: with nothing. */
export type Answer = (chunk: Buffer) => Buffer | undefined

export class RawService {
  readonly #server: Server
  readonly #sockets = new Set<Socket>()
  /** Everything that came, over all connections. */
  received: Buffer = Buffer.alloc(0)

  private constructor(answer: Answer) {
    this.#server = createServer((socket) => {
      this.#sockets.add(socket)
      socket.on('error', () => socket.destroy())
      socket.on('close', () => this.#sockets.delete(socket))
      socket.on('data', (chunk: Buffer) => {
        this.received = Buffer.concat([this.received, chunk])
        const bytes = answer(chunk)
        if (bytes !== undefined) socket.write(bytes)
      })
    })
  }

  static async start(answer: Answer): Promise<RawService> {
    const service = new RawService(answer)
    service.#server.listen(0, '127.0.0.1')
    await once(service.#server, 'listening')
    return service
  }

  get port(): number {
    const address = this.#server.address()
    return typeof address === 'object' && address !== null ? address.port : 0
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy()
    this.#server.close()
    await once(this.#server, 'close')
  }
}

export class RawCaller {
  readonly socket: Socket
  received: Buffer = Buffer.alloc(0)

  private constructor(socket: Socket) {
    this.socket = socket
    socket.on('error', () => undefined)
    socket.on('data', (chunk: Buffer) => {
      this.received = Buffer.concat([this.received, chunk])
    })
  }

  static async open(port: number): Promise<RawCaller> {
    const socket = connect(port, '127.0.0.1')
    await once(socket, 'connect')
    return new RawCaller(socket)
  }

  /** Sends, and answers what had come back once it holds the text or bytes. */
  async ask(bytes: Buffer | string, until: Buffer | string): Promise<Buffer> {
    this.received = Buffer.alloc(0)
    this.socket.write(bytes)
    await eventually(() => this.received.includes(until), `an answer with ${until.toString('latin1')}`)
    return this.received
  }

  close(): void {
    this.socket.destroy()
  }
}
