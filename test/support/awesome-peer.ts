/**
 * AwesomePeer: a caller and a service of the tutorial's protocol, written for themselves: version i8, id u32, size of the
 * packet u32, cmd i16, code i16, body.
 */
import { once } from 'node:events'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { PATIENCE_MS } from './eventually.ts'

const HEADER_SIZE = 13

export interface AwesomePacket {
  readonly version: number
  readonly id: number
  readonly cmd: number
  readonly code: number
  readonly body: string
}

export function awesomePacket({ id, cmd, code = 0, body = '', version = 1 }: Partial<AwesomePacket>): Buffer {
  const bytes = Buffer.alloc(HEADER_SIZE + Buffer.byteLength(body))
  bytes.writeInt8(version, 0)
  bytes.writeUInt32BE(id ?? 0, 1)
  bytes.writeUInt32BE(bytes.length, 5)
  bytes.writeInt16BE(cmd ?? 0, 9)
  bytes.writeInt16BE(code, 11)
  bytes.write(body, HEADER_SIZE)
  return bytes
}

/** Cuts what comes into packets. */
export class AwesomeReader {
  #held: Buffer = Buffer.alloc(0)

  add(chunk: Buffer): AwesomePacket[] {
    this.#held = Buffer.concat([this.#held, chunk])
    const packets: AwesomePacket[] = []
    while (this.#held.length >= HEADER_SIZE && this.#held.length >= this.#held.readUInt32BE(5)) {
      const size = this.#held.readUInt32BE(5)
      packets.push({
        version: this.#held.readInt8(0),
        id: this.#held.readUInt32BE(1),
        cmd: this.#held.readInt16BE(9),
        code: this.#held.readInt16BE(11),
        body: this.#held.toString('utf8', HEADER_SIZE, size),
      })
      this.#held = this.#held.subarray(size)
    }
    return packets
  }
}

export class AwesomeService {
  readonly server: Server
  readonly name: string
  /** Everything that came. */
  readonly packets: AwesomePacket[] = []
  connections = 0
  readonly #sockets = new Set<Socket>()
  readonly #held: (() => void)[] = []

  private constructor(name: string) {
    this.name = name
    this.server = createServer((socket) => this.#serve(socket))
  }

  /** Answers every packet with its name, the command and the body; command 99 when it is told to. */
  static async start(name: string): Promise<AwesomeService> {
    const service = new AwesomeService(name)
    service.server.listen(0, '127.0.0.1')
    await once(service.server, 'listening')
    return service
  }

  get connectionsOpen(): number {
    return this.#sockets.size
  }

  get port(): number {
    const address = this.server.address()
    return typeof address === 'object' && address !== null ? address.port : 0
  }

  /** Answers every command 99 that came. */
  release(): void {
    for (const answer of this.#held.splice(0)) answer()
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy()
    this.server.close()
    await once(this.server, 'close')
  }

  #serve(socket: Socket): void {
    const reader = new AwesomeReader()
    this.connections++
    this.#sockets.add(socket)
    socket.on('error', () => socket.destroy())
    socket.on('close', () => this.#sockets.delete(socket))
    socket.on('data', (chunk: Buffer) => {
      for (const packet of reader.add(chunk)) {
        this.packets.push(packet)
        const { id, cmd, body } = packet
        if (cmd === 0) socket.write(awesomePacket({ id, cmd }))
        else if (cmd === 99) this.#held.push(() => socket.write(awesomePacket({ id, cmd, body: 'at last' })))
        else socket.write(awesomePacket({ id, cmd, body: `${this.name}:${cmd}:${body}` }))
      }
    })
  }
}

export class AwesomeCaller {
  readonly socket: Socket
  readonly #waiting = new Map<number, (packet: AwesomePacket | undefined) => void>()
  #nextId = 100
  closed = false

  private constructor(socket: Socket) {
    const reader = new AwesomeReader()
    this.socket = socket
    socket.on('error', () => undefined)
    socket.on('close', () => {
      this.closed = true
      for (const answer of this.#waiting.values()) answer(undefined)
    })
    socket.on('data', (chunk: Buffer) => {
      for (const packet of reader.add(chunk)) {
        this.#waiting.get(packet.id)?.(packet)
        this.#waiting.delete(packet.id)
      }
    })
  }

  static async open(port: number): Promise<AwesomeCaller> {
    const socket = connect(port, '127.0.0.1')
    await once(socket, 'connect')
    return new AwesomeCaller(socket)
  }

  /** The reply; `undefined` when the connection ended before it. */
  async call(cmd: number, body = ''): Promise<AwesomePacket | undefined> {
    const id = this.#nextId++
    if (this.closed) return undefined
    const { promise, resolve, reject } = Promise.withResolvers<AwesomePacket | undefined>()
    const late = setTimeout(() => reject(new Error(`no answer to command ${cmd}`)), PATIENCE_MS)
    this.#waiting.set(id, resolve)
    this.socket.write(awesomePacket({ id, cmd, body }))
    try {
      return await promise
    } finally {
      clearTimeout(late)
    }
  }

  close(): void {
    this.socket.destroy()
  }
}
