/**
 * awesomerpc, the protocol of the tutorial, byte by byte, all numbers big endian:
 *
 *     version i8 | id u32 | size of the whole packet u32 | cmd i16 | code i16 | body
 *
 * A caller's code is 0; a reply's is 0 when all is well. Command 0 is a sign of life.
 */
export const codec = { correlation: 'id', idBits: 32, idAt: 1, writes: ['cmd', 'code', 'version'] }

const HEADER = 13
const VERSION = 1
const HEARTBEAT = 0

// What the protocol says to a caller about the errors of the proxy.
const codes = { route_not_found: 404, over_limit: 429, denied: 403, bad_request: 400, request_timeout: 504 }

export function decode(r) {
  const version = r.i8()
  if (version < 1) return malformed('version', `there is no version ${version}`)
  const id = r.u32()
  const size = r.u32()
  const cmd = r.i16()
  const code = r.i16()
  if (size < HEADER) return malformed('frame_size', `a packet of ${size} bytes`)
  r.body(size - HEADER)
  const reply = r.direction === 'response'
  const kind = reply ? (code === 0 ? 'response' : 'error') : 'request'
  const sign = reply ? 'heartbeat-reply' : 'heartbeat'
  return message({
    kind: cmd === HEARTBEAT ? sign : kind,
    id,
    status: reply ? code : undefined,
    operation: cmd,
    properties: { version, cmd, code },
  })
}

function write(w, { version = VERSION, id, cmd, code = 0, body = bytesOf('') }) {
  w.i8(version)
    .u32(id)
    .u32(HEADER + body.length)
    .i16(cmd)
    .i16(code)
    .bytes(body)
}

export function encode(message, _mutation, w) {
  const version = message.number('version', 1, 127)
  const cmd = message.number('cmd', -32768, 32767)
  const code = message.number('code', -32768, 32767)
  write(w, { version, id: message.id, cmd, code, body: message.body })
}

export function encodeError(request, error, w) {
  const code = codes[error.kind] ?? 500
  write(w, { id: request.id, cmd: request.number('cmd'), code, body: bytesOf(error.text) })
}

export function encodeReply(request, reply, w) {
  const [property] = reply.properties
  if (property !== undefined) return `"${property[0]}" cannot be said in a reply of our own`
  write(w, { id: request.id, cmd: Number(request.operation), body: reply.body })
}

export function encodeHeartbeat(id, w) {
  write(w, { id, cmd: HEARTBEAT })
}

export function encodeHeartbeatReply(heartbeat, w) {
  write(w, { id: heartbeat.id, cmd: HEARTBEAT })
}
