/** ScriptedUpstream: a server on a free port that answers the test protocol as a test's script says. */
import { createServer, type Server } from 'node:net'
import { eventually } from './eventually.ts'
import type { Line } from './line.ts'
import type { LineProtocol } from './line-codec.ts'
import { LinePeer } from './line-peer.ts'

/** What it does with a request or one-way. Heartbeats are answered without it. */
export type Script = (line: Line, peer: LinePeer) => void

export const echo: Script = (line, peer) => {
  if (line.kind === 'req') peer.send('ok', line.id, line.properties, line.body)
}

export const silence: Script = () => {}

export class ScriptedUpstream {
  readonly address: string
  readonly port: number
  /** Connections in the order in which they came. */
  readonly peers: LinePeer[] = []
  /** Requests and one-ways over all connections. */
  readonly requests: Line[] = []
  script: Script
  answersHeartbeats = true
  readonly #server: Server

  private constructor(server: Server, port: number, protocol: LineProtocol, script: Script) {
    this.#server = server
    this.port = port
    this.address = `127.0.0.1:${port}`
    this.script = script
    server.on('connection', (socket) => {
      const peer = new LinePeer(protocol, socket)
      peer.onLine = (line) => this.#take(line, peer)
      socket.on('end', () => socket.end())
      this.peers.push(peer)
    })
  }

  static async listen(
    script: Script = echo,
    protocol: LineProtocol = 'ids',
    port = 0,
  ): Promise<ScriptedUpstream> {
    const server = createServer({ allowHalfOpen: true, noDelay: true })
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen(port, '127.0.0.1', resolve)
    })
    const bound = server.address()
    if (bound === null || typeof bound === 'string') throw new Error('the server has no port')
    return new ScriptedUpstream(server, bound.port, protocol, script)
  }

  async received(count: number): Promise<readonly Line[]> {
    await eventually(
      () => this.requests.length >= count,
      `${count} requests, of which ${this.requests.length} came`,
    )
    return this.requests
  }

  /** The connection with this index, once it has come. */
  async peer(index: number): Promise<LinePeer> {
    await eventually(() => this.peers.length > index, `connection ${index} of the upstream`)
    const peer = this.peers[index]
    if (peer === undefined) throw new Error('no such connection')
    return peer
  }

  /** Connections that are open now. */
  get open(): readonly LinePeer[] {
    return this.peers.filter((peer) => !peer.closed)
  }

  /** Dies: connections are reset and nobody listens. */
  async stop(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()))
    for (const peer of this.peers) peer.socket.destroy()
    await closed
  }

  #take(line: Line, peer: LinePeer): void {
    if (line.kind === 'ping') {
      if (this.answersHeartbeats) peer.send('pong', line.id)
      return
    }
    if (line.kind !== 'req' && line.kind !== 'oneway') return
    this.requests.push(line)
    this.script(line, peer)
  }
}
