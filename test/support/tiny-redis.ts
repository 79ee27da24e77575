/** TinyRedis: a server of a few commands on a free port, for tests that are not about the server: PING, GET, SET, MGET, MSET, ECHO. */
import { createServer, type Server, type Socket } from 'node:net'
import { RedisCodec } from '../../plugins/redis/codec.ts'
import type { DecoderSink, Message } from '../../sdk/index.ts'

const codec = new RedisCodec()

export class TinyRedis {
  readonly port: number
  readonly values = new Map<string, string>()
  /** Every command that came, as its operation. */
  readonly commands: string[] = []
  readonly #server: Server
  readonly #sockets = new Set<Socket>()

  private constructor(server: Server, port: number) {
    this.#server = server
    this.port = port
    server.on('connection', (socket) => this.#serve(socket))
  }

  static async listen(): Promise<TinyRedis> {
    const server = createServer({ noDelay: true })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const bound = server.address()
    if (bound === null || typeof bound === 'string') throw new Error('the server has no port')
    return new TinyRedis(server, bound.port)
  }

  async stop(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()))
    for (const socket of this.#sockets) socket.destroy()
    await closed
  }

  #serve(socket: Socket): void {
    this.#sockets.add(socket)
    const decoder = codec.createDecoder('request', { bodyBytesMax: 8_388_608 })
    const sink: DecoderSink = {
      message: (message) => socket.write(this.#answer(message)),
      need: () => {},
      refused: () => socket.destroy(),
      malformed: () => socket.destroy(),
    }
    socket.on('data', (chunk: Buffer) => decoder.decode(chunk, sink))
    socket.on('error', () => {})
    socket.on('close', () => this.#sockets.delete(socket))
  }

  #answer(message: Message): string {
    this.commands.push(message.operation)
    const [first = '', second = ''] = [message.get('arg.1'), message.get('arg.2')]
    switch (message.operation) {
      case 'PING':
        return '+PONG\r\n'
      case 'SET':
        this.values.set(first, second)
        return '+OK\r\n'
      case 'GET':
        return bulk(this.values.get(first))
      case 'MGET': {
        const keys = message.getAll('keys')
        return `*${keys.length}\r\n${keys.map((key) => bulk(this.values.get(key))).join('')}`
      }
      case 'MSET':
        for (let at = 1; at < Number(message.get('args-count')); at += 2)
          this.values.set(message.get(`arg.${at}`) ?? '', message.get(`arg.${at + 1}`) ?? '')
        return '+OK\r\n'
      case 'ECHO':
        return bulk(first)
      default:
        return '-ERR unknown command\r\n'
    }
  }
}

function bulk(value: string | undefined): string {
  return value === undefined ? '$-1\r\n' : `$${Buffer.byteLength(value)}\r\n${value}\r\n`
}
