/** ByteServer: a server on a free port whose connections a test writes and reads by hand. */
import { createServer, type Server } from 'node:net'
import { BytePeer } from './byte-peer.ts'
import { eventually } from './eventually.ts'

export class ByteServer {
  readonly address: string
  /** Connections in the order in which they came. */
  readonly peers: BytePeer[] = []
  readonly #server: Server

  private constructor(server: Server, port: number) {
    this.#server = server
    this.address = `127.0.0.1:${port}`
    server.on('connection', (socket) => {
      this.peers.push(new BytePeer(socket))
      socket.on('end', () => socket.end())
    })
  }

  static async listen(): Promise<ByteServer> {
    const server = createServer({ allowHalfOpen: true, noDelay: true })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const bound = server.address()
    if (bound === null || typeof bound === 'string') throw new Error('the server has no port')
    return new ByteServer(server, bound.port)
  }

  /** The connection with this index, once it has come. */
  async peer(index: number): Promise<BytePeer> {
    await eventually(() => this.peers.length > index, `connection ${index} of the upstream`)
    const peer = this.peers[index]
    if (peer === undefined) throw new Error('no such connection')
    return peer
  }

  /** Connections that are open now. */
  get open(): readonly BytePeer[] {
    return this.peers.filter((peer) => !peer.closed)
  }

  async stop(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()))
    for (const peer of this.peers) peer.socket.destroy()
    await closed
  }
}
