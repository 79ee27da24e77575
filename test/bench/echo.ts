/**
 * Echo: the upstream of the benches, a process of its own. It answers every request frame with a prebuilt reply
 * under the request's id, all frames of a chunk in one write, and looks at nothing but headers.
 */
import { createServer, type Socket } from 'node:net'
import { HEADER_BYTES, replyToSize } from './frames.ts'

/** Larger replies are written as header and shared body instead of being copied. */
const SHARE_MIN_BYTES = 4096

const replies = new Map<number, Buffer>()

const server = createServer({ noDelay: true }, (socket) => {
  const connection = new EchoConnection(socket)
  socket.on('data', (chunk: Buffer) => connection.receive(chunk))
  socket.on('error', () => socket.destroy())
})
server.listen({ port: 0, host: '127.0.0.1', backlog: 4096 }, () => {
  const address = server.address()
  if (typeof address === 'object' && address !== null) process.send?.({ port: address.port })
})
process.on('disconnect', () => process.exit(0))

class EchoConnection {
  readonly #socket: Socket
  readonly #header = Buffer.alloc(HEADER_BYTES)
  /** Bytes of a header that came in part. */
  #held = 0
  /** Bytes of the current body still to come. */
  #skip = 0
  /** Ids (as two halves) and frame sizes of the requests in the current chunk. */
  #ids: number[] = []

  constructor(socket: Socket) {
    this.#socket = socket
  }

  receive(chunk: Buffer): void {
    let at = 0
    while (at < chunk.length) {
      if (this.#skip > 0) {
        const taken = Math.min(this.#skip, chunk.length - at)
        this.#skip -= taken
        at += taken
        if (this.#skip === 0) this.#whole(this.#header, 0)
      } else if (this.#held === 0 && chunk.length - at >= HEADER_BYTES) {
        const end = at + HEADER_BYTES + chunk.readUInt32BE(at + 12)
        if (end <= chunk.length) {
          this.#whole(chunk, at)
          at = end
          continue
        }
        chunk.copy(this.#header, 0, at, at + HEADER_BYTES)
        this.#skip = end - at - HEADER_BYTES
        at += HEADER_BYTES
      } else {
        const taken = Math.min(HEADER_BYTES - this.#held, chunk.length - at)
        chunk.copy(this.#header, this.#held, at, at + taken)
        this.#held += taken
        at += taken
        if (this.#held < HEADER_BYTES) break
        this.#held = 0
        this.#skip = this.#header.readUInt32BE(12)
        if (this.#skip === 0) this.#whole(this.#header, 0)
      }
    }
    if (this.#ids.length > 0) this.#reply()
  }

  #whole(header: Buffer, at: number): void {
    // Events, such as a proxy's heartbeats, are answered like requests but without a value.
    const event = (header.readUInt8(at + 2) & 0x20) !== 0
    const size = event ? -1 : HEADER_BYTES + header.readUInt32BE(at + 12)
    this.#ids.push(header.readUInt32BE(at + 4), header.readUInt32BE(at + 8), size)
  }

  #reply(): void {
    const ids = this.#ids
    this.#ids = []
    const pieces: Buffer[] = []
    for (let i = 0; i < ids.length; i += 3) {
      const reply = replyFor(ids[i + 2] ?? 0)
      const header =
        reply.length < SHARE_MIN_BYTES ? Buffer.from(reply) : Buffer.from(reply.subarray(0, HEADER_BYTES))
      header.writeUInt32BE(ids[i] ?? 0, 4)
      header.writeUInt32BE(ids[i + 1] ?? 0, 8)
      pieces.push(header)
      if (header.length < reply.length) pieces.push(reply.subarray(HEADER_BYTES))
    }
    const small = pieces.length === ids.length / 3
    if (small) this.#socket.write(pieces.length === 1 ? (pieces[0] ?? '') : Buffer.concat(pieces))
    else {
      this.#socket.cork()
      for (const piece of pieces) this.#socket.write(piece)
      this.#socket.uncork()
    }
  }
}

function replyFor(requestBytes: number): Buffer {
  const known = replies.get(requestBytes)
  if (known !== undefined) return known
  const reply = requestBytes < 0 ? heartbeatReply() : replyToSize(requestBytes)
  replies.set(requestBytes, reply)
  return reply
}

function heartbeatReply(): Buffer {
  return Buffer.from('dabb22140000000000000000000000014e', 'hex')
}
