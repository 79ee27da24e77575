/** NewsService: a service of newswire: it greets, answers lines in their order, and tells those that follow a topic its news. */
import { once } from 'node:events'
import { createServer, type Server, type Socket } from 'node:net'

const GREETING = /^NEWS\/1 [^\n]*\n/

interface Connection {
  readonly socket: Socket
  readonly topics: Set<string>
  greeted: boolean
  rest: string
}

export class NewsService {
  readonly #server: Server
  readonly #connections = new Set<Connection>()
  /** Lines as they came, each behind the number of its connection. */
  readonly lines: string[] = []
  /** The greetings that came. */
  readonly greetings: string[] = []
  #opened = 0

  private constructor() {
    this.#server = createServer((socket) => this.#serve(socket))
  }

  static async start(): Promise<NewsService> {
    const service = new NewsService()
    service.#server.listen(0, '127.0.0.1')
    await once(service.#server, 'listening')
    return service
  }

  get port(): number {
    const address = this.#server.address()
    return typeof address === 'object' && address !== null ? address.port : 0
  }

  /** Tells everybody who follows the topic. */
  tell(topic: string, text: string): void {
    for (const { socket, topics } of this.#connections)
      if (topics.has(topic)) socket.write(`NEWS ${topic} ${text}\n`)
  }

  async close(): Promise<void> {
    for (const { socket } of this.#connections) socket.destroy()
    this.#server.close()
    await once(this.#server, 'close')
  }

  #serve(socket: Socket): void {
    const connection: Connection = { socket, topics: new Set(), greeted: false, rest: '' }
    const number = ++this.#opened
    this.#connections.add(connection)
    socket.on('error', () => socket.destroy())
    socket.on('close', () => this.#connections.delete(connection))
    socket.write('WIRE/1 agnes\n')
    socket.on('data', (chunk: Buffer) => {
      connection.rest += chunk.toString()
      if (!connection.greeted && !this.#greet(connection)) return
      const lines = connection.rest.split('\n')
      connection.rest = lines.pop() ?? ''
      for (const line of lines) this.#answer(connection, number, line)
    })
  }

  #greet(connection: Connection): boolean {
    const [greeting] = GREETING.exec(connection.rest) ?? []
    if (greeting === undefined) return false
    this.greetings.push(greeting.trim())
    connection.rest = connection.rest.slice(greeting.length)
    connection.greeted = true
    return true
  }

  #answer({ socket, topics }: Connection, number: number, line: string): void {
    this.lines.push(`${number} ${line}`)
    const [verb, topic = '', ...words] = line.split(' ')
    if (verb === 'FOLLOW') topics.add(topic)
    if (verb === 'LEAVE') topics.delete(topic)
    socket.write(
      topic === 'secret' ? `FAIL ${topic} it is one\n` : `ITEM ${topic} ${verb} ${words.join(' ')}\n`,
    )
  }
}
