/** RedisClient: a client that keeps one connection open and shows every reply as the bytes it came in. */
import { connect, type Socket } from 'node:net'
import { RedisPropertyReader } from '../../plugins/redis/property-reader.ts'
import { ReplyDecoder } from '../../plugins/redis/reply-decoder.ts'
import { eventually } from './peers.ts'

export class RedisClient {
  readonly socket: Socket
  /** Replies and pushes in the order in which they came. */
  readonly replies: string[] = []
  closed = false

  private constructor(socket: Socket) {
    this.socket = socket
    const decoder = new ReplyDecoder(new RedisPropertyReader(), { bodyBytesMax: 64 * 1_048_576 })
    const sink = {
      message: ({ bytes, start, end }: { bytes: Buffer; start: number; end: number }) => {
        this.replies.push(bytes.toString('latin1', start, end))
      },
      need: () => {},
      refused: () => {},
      malformed: (_code: string, text: string) => this.replies.push(`malformed: ${text}`),
    }
    socket.on('data', (chunk: Buffer) => decoder.decode(chunk, sink))
    socket.on('error', () => {})
    socket.on('close', () => {
      this.closed = true
    })
  }

  static async connect(port: number): Promise<RedisClient> {
    const socket = connect(port, '127.0.0.1')
    await new Promise((resolve, reject) => socket.once('connect', resolve).once('error', reject))
    return new RedisClient(socket)
  }

  /** Sends commands, each a text of words, and does not wait. */
  send(...commands: readonly (string | readonly string[])[]): void {
    for (const command of commands) {
      const words = typeof command === 'string' ? command.split(' ') : command
      const parts = words.map((word) => `$${Buffer.byteLength(word, 'latin1')}\r\n${word}\r\n`)
      this.socket.write(`*${words.length}\r\n${parts.join('')}`, 'latin1')
    }
  }

  /** Sends commands and waits for as many replies. */
  async ask(...commands: readonly (string | readonly string[])[]): Promise<readonly string[]> {
    const before = this.replies.length
    this.send(...commands)
    return this.more(before, commands.length)
  }

  /** So many replies behind those that were there before. */
  async more(before: number, count: number): Promise<readonly string[]> {
    await eventually(
      () => Promise.resolve(this.replies.length >= before + count || this.closed),
      (come) => come,
    )
    return this.replies.slice(before, before + count)
  }

  async untilClosed(): Promise<void> {
    await eventually(
      () => Promise.resolve(this.closed),
      (closed) => closed,
    )
  }

  close(): void {
    this.socket.destroy()
  }
}
