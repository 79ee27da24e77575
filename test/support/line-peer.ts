/** LinePeer: one end of a real socket that speaks the test protocol by script: a client, or an upstream's side. */
import { connect, type Socket } from 'node:net'
import { parseAddress } from '../../core/net/address.ts'
import { eventually } from './eventually.ts'
import { formatLine, type Line, parseLine } from './line.ts'

export class LinePeer {
  readonly protocol: string
  readonly socket: Socket
  readonly lines: Line[] = []
  /** Whether the other side has ended its own; whether the connection is gone, and with which error. */
  ended = false
  closed = false
  error = ''
  bytesRead = 0
  onLine: ((line: Line) => void) | undefined = undefined
  #rest = ''

  constructor(protocol: string, socket: Socket) {
    this.protocol = protocol
    this.socket = socket
    socket.on('data', (chunk: Buffer) => this.#read(chunk))
    socket.on('end', () => {
      this.ended = true
    })
    socket.on('error', (error) => {
      this.error = error.message
    })
    socket.on('close', () => {
      this.closed = true
    })
  }

  /** Connects to `host:port` or `unix:/path`. */
  static async connect(protocol: string, where: string): Promise<LinePeer> {
    const address = parseAddress(where)
    if (typeof address === 'string') throw new Error(address)
    const socket = connect(
      address.kind === 'tcp'
        ? { host: address.host, port: address.port, allowHalfOpen: true }
        : { path: address.path, allowHalfOpen: true },
    )
    const peer = new LinePeer(protocol, socket)
    await eventually(() => !socket.connecting || peer.closed, `connecting to ${where}`)
    if (peer.closed) throw new Error(`${where}: ${peer.error}`)
    return peer
  }

  /** Writes one frame. */
  send(
    kind: string,
    id: string | number | bigint,
    properties: Readonly<Record<string, string>> = {},
    body = '',
  ): void {
    this.socket.write(this.frame(kind, id, properties, body), 'latin1')
  }

  frame(
    kind: string,
    id: string | number | bigint,
    properties: Readonly<Record<string, string>> = {},
    body = '',
  ): string {
    return `${this.protocol} ${formatLine(kind, id, properties, body)}\n`
  }

  /** The first so many frames, once they have come. */
  async received(count: number): Promise<readonly Line[]> {
    await eventually(
      () => this.lines.length >= count || this.closed,
      `${count} frames, of which ${this.lines.length} came`,
    )
    return this.lines
  }

  /** The reply to an id, once it has come. */
  async reply(id: string | number | bigint): Promise<Line> {
    const isReply = (line: Line): boolean => line.id === String(id) && line.kind !== 'ping'
    await eventually(() => this.closed || this.lines.some(isReply), `the reply to ${id}`)
    const line = this.lines.find(isReply)
    if (line === undefined) throw new Error(`the connection closed before the reply to ${id}`)
    return line
  }

  async untilEnded(): Promise<void> {
    await eventually(() => this.ended || this.closed, 'the other side ends')
  }

  async untilClosed(): Promise<void> {
    await eventually(() => this.closed, 'the connection closes')
  }

  reset(): void {
    this.socket.resetAndDestroy()
  }

  stopReading(): void {
    this.socket.pause()
  }

  readOn(): void {
    this.socket.resume()
  }

  #read(chunk: Buffer): void {
    this.bytesRead += chunk.length
    const lines = (this.#rest + chunk.toString('latin1')).split('\n')
    this.#rest = lines.pop() ?? ''
    for (const text of lines) {
      const line = parseLine(text)
      this.lines.push(line)
      this.onLine?.(line)
    }
  }
}
