/**
 * PassThrough: a small proxy that changes nothing and shows what passes: every connection to it becomes one to the
 * other address, each side read no faster than the other writes.
 */
import { createServer, type Server, type Socket } from 'node:net'
import type { Direction } from '../../../sdk/index.ts'
import { type Address, formatHostPort, parseAddress } from '../../net/address.ts'
import { dial } from '../../net/dial.ts'
import { WrongUsage } from '../wrong-usage.ts'

const CONNECTIONS_MAX = 64
const CONNECT_MS = 5_000

/** What a connection's bytes are told to. */
export interface PassThroughTap {
  bytes(direction: Direction, chunk: Buffer): void
  end(): void
}

export interface PassThroughParts {
  readonly listen: string
  readonly to: string
  /** A connection has come from this address. */
  onConnection(caller: string): PassThroughTap
  onProblem(text: string): void
}

export class PassThrough {
  readonly #parts: PassThroughParts
  readonly #target: Address
  readonly #server: Server
  readonly #sockets = new Set<Socket>()

  private constructor(parts: PassThroughParts, target: Address) {
    this.#parts = parts
    this.#target = target
    this.#server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => this.#accept(socket))
    this.#server.maxConnections = CONNECTIONS_MAX
  }

  /** Rejects with a sentence when the address cannot be had. */
  static async open(parts: PassThroughParts): Promise<PassThrough> {
    const target = parseAddress(parts.to)
    const listen = parseAddress(parts.listen)
    if (typeof target === 'string') throw new WrongUsage(`--to: ${target}`)
    if (typeof listen === 'string') throw new WrongUsage(`--listen: ${listen}`)
    const passThrough = new PassThrough(parts, target)
    await passThrough.#listen(listen)
    return passThrough
  }

  /** Where it listens, with the port that the system chose. */
  get address(): string {
    const bound = this.#server.address()
    return typeof bound === 'object' && bound !== null
      ? formatHostPort(bound.address, bound.port)
      : this.#parts.listen
  }

  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()))
    for (const socket of this.#sockets) socket.destroy()
    await closed
  }

  #listen(address: Address): Promise<void> {
    const where = address.kind === 'tcp' ? { host: address.host, port: address.port } : { path: address.path }
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject)
      this.#server.listen(where, () => {
        this.#server.off('error', reject)
        this.#server.on('error', (error) => this.#parts.onProblem(error.message))
        resolve()
      })
    })
  }

  #accept(caller: Socket): void {
    this.#hold(caller)
    caller.pause()
    const dialling = dial(this.#target, CONNECT_MS, {
      onConnect: (service) => {
        this.#hold(service)
        this.#join(caller, service)
      },
      onFailure: (reason) => {
        this.#parts.onProblem(`${this.#parts.to}: ${reason}`)
        caller.destroy()
      },
    })
    caller.once('close', () => dialling.cancel())
  }

  #join(caller: Socket, service: Socket): void {
    caller.removeAllListeners('close')
    this.#hold(caller)
    const tap = this.#parts.onConnection(formatHostPort(caller.remoteAddress ?? '', caller.remotePort ?? 0))
    pass(caller, service, (chunk) => tap.bytes('request', chunk))
    pass(service, caller, (chunk) => tap.bytes('response', chunk))
    let open = 2
    for (const socket of [caller, service])
      socket.once('close', () => {
        if (--open === 0) tap.end()
        for (const each of [caller, service]) each.destroy()
      })
  }

  #hold(socket: Socket): void {
    this.#sockets.add(socket)
    socket.on('error', () => undefined)
    socket.once('close', () => this.#sockets.delete(socket))
  }
}

function pass(from: Socket, to: Socket, onBytes: (chunk: Buffer) => void): void {
  from.on('data', (chunk: Buffer) => {
    // Decoders patch what they are given.
    onBytes(Buffer.from(chunk))
    if (!to.write(chunk)) from.pause()
  })
  to.on('drain', () => from.resume())
  from.on('end', () => to.end())
  from.resume()
}
