/** Frames: plugin-name as its services and clients write and read it; weir has its own codec. */

const MAGIC = 0xca11
const HEADER_BYTES = 12
const FRAME_BYTES_MAX = 8 * 1_048_576

export const type = { request: 1, reply: 2, oneway: 3, ping: 4, pong: 5 }

export function frame({ kind, id, status = 0, op = '', headers = [], body = '' }) {
  const parts = [sized(1, op), Buffer.of(headers.length)]
  for (const [key, value] of headers) parts.push(sized(1, key), sized(2, value))
  const rest = Buffer.concat([...parts, Buffer.from(body)])
  const header = Buffer.alloc(HEADER_BYTES)
  header.writeUInt16BE(MAGIC, 0)
  header.writeUInt8(kind, 2)
  header.writeUInt8(status, 3)
  header.writeUInt32BE(id, 4)
  header.writeUInt32BE(rest.length, 8)
  return Buffer.concat([header, rest])
}

/** Calls `take` with every whole frame that a socket brings. */
export function readFrames(socket, take) {
  let held = Buffer.alloc(0)
  socket.on('data', (chunk) => {
    held = Buffer.concat([held, chunk])
    while (held.length >= HEADER_BYTES) {
      const size = HEADER_BYTES + held.readUInt32BE(8)
      if (held.readUInt16BE(0) !== MAGIC || size > FRAME_BYTES_MAX) {
        socket.destroy()
        return
      }
      if (held.length < size) return
      take(parsed(held.subarray(0, size)))
      held = held.subarray(size)
    }
  })
}

function parsed(bytes) {
  let at = HEADER_BYTES
  const text = (size) => {
    const length = bytes.readUIntBE(at, size)
    at += size + length
    return bytes.toString('utf8', at - length, at)
  }
  const op = text(1)
  const count = bytes.readUInt8(at++)
  const headers = []
  for (let i = 0; i < count; i++) headers.push([text(1), text(2)])
  const body = bytes.subarray(at)
  return {
    kind: bytes.readUInt8(2),
    status: bytes.readUInt8(3),
    id: bytes.readUInt32BE(4),
    op,
    headers,
    body,
  }
}

function sized(size, text) {
  const bytes = Buffer.from(text)
  const length = Buffer.alloc(size)
  length.writeUIntBE(bytes.length, 0, size)
  return Buffer.concat([length, bytes])
}
