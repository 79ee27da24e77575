/**
 * parley: messages with a name, headers and a body. Write your own protocol in its place.
 *
 *     ca 11 | type u8 | status u8 | id u32 | length u32 | op: size u8, text
 *           | headers: count u8, each: size u8, key, size u16, value | body
 *
 * All numbers big endian; length counts what follows it.
 */
const MAGIC = [0xca, 0x11]
const HEADER = 12
/** @type {(weir.MessageKind | undefined)[]} */
const kinds = [undefined, 'request', 'response', 'oneway', 'heartbeat', 'heartbeat-reply']
const types = { request: 1, response: 2, error: 2, oneway: 3, heartbeat: 4, 'heartbeat-reply': 5 }
// What the protocol says to a caller about the errors of the proxy.
const statuses = { over_limit: 2, overloaded: 2, denied: 3, bad_request: 4, request_timeout: 5 }

export const codec = { correlation: 'id', idBits: 32, idAt: 4, magic: MAGIC, writes: true }

// A part of the frame; what claims to reach beyond it is no frame.
function part(r, size, frame) {
  if (r.at + size > frame) malformed('header', `a part of ${size} bytes reaches beyond its frame`)
  return size
}

/** @type {weir.Decode} */
export function decode(r) {
  r.magic(MAGIC)
  const type = r.u8()
  const status = r.u8()
  const id = r.u32()
  const frame = HEADER + r.u32()
  let kind = kinds[type] ?? malformed('header', `there is no type ${type}`)
  if (kind === 'response' && status !== 0) kind = 'error'
  part(r, 2, frame)
  const op = r.text(part(r, r.u8(), frame))
  part(r, 1, frame)
  /** @type {[key: string, value: string][]} */
  const properties = [['op', op]]
  for (let left = r.u8(); left > 0; left--) {
    part(r, 1, frame)
    const key = r.text(part(r, r.u8(), frame))
    part(r, 2, frame)
    properties.push([key, r.text(part(r, r.u16(), frame))])
  }
  r.body(frame - r.at)
  const answers = kind === 'response' || kind === 'error'
  return message({ kind, id, status: answers ? status : -1, operation: answers ? '' : op, properties })
}

/**
 * @param {weir.Writer} w
 * @param {{ type: number, status?: number, id: any, op?: string, headers?: (readonly [string, string])[],
 *   body?: string | Uint8Array }} frame
 */
function write(w, { type, status = 0, id, op = '', headers = [], body = '' }) {
  const name = bytesOf(op)
  w.bytes(MAGIC).u8(type).u8(status).u32(id).u32(0).u8(name.length).bytes(name).u8(headers.length)
  for (const header of headers) {
    const [key, value] = header.map(bytesOf)
    w.u8(key.length).bytes(key).u16(value.length).bytes(value)
  }
  w.bytes(body)
  w.u32At(HEADER - 4, w.at - HEADER)
}

// Why a header cannot be written; nothing when it can.
function fault([key, value]) {
  if (bytesOf(key).length > 255) return 'the key has more than 255 bytes'
  return bytesOf(value).length > 65535 ? `${key} has more than 65535 bytes` : undefined
}

/**
 * What is written in place of a message that filters have changed.
 * @type {weir.Encode}
 */
export function encode(message, _mutation, w) {
  const wrong = message.properties.map(fault).find((each) => each !== undefined)
  if (wrong !== undefined) return wrong
  const ops = message.getAll('op')
  const headers = message.properties.filter(([key]) => key !== 'op')
  if (ops.length > 1) return 'op stands once in a message'
  const [op] = ops
  if (op === undefined) return 'op cannot be taken away'
  if (bytesOf(op).length > 255) return 'op has more than 255 bytes'
  if (headers.length > 255) return 'a message has at most 255 headers'
  const { kind, id, body } = message
  write(w, { type: types[kind], status: Math.max(message.status, 0), id, op, headers, body })
}

/** @type {weir.EncodeError} */
export function encodeError(request, error, w) {
  const body = `weir: ${error.kind}: ${error.text}`
  write(w, { type: types.error, status: statuses[error.kind] ?? 1, id: request.id, body })
}

/** @type {weir.EncodeHeartbeat} */
export function encodeHeartbeat(id, w) {
  write(w, { type: types.heartbeat, id })
}

/** @type {weir.EncodeHeartbeatReply} */
export function encodeHeartbeatReply(heartbeat, w) {
  write(w, { type: types['heartbeat-reply'], id: heartbeat.id })
}
