/** The reference protocol in JavaScript, as reference-frame.ts draws it. DEFECT is put in front of it: what is to be wrong. */
const kinds = ['', 'request', 'oneway', 'response', 'error', 'heartbeat', 'heartbeat-reply', 'drain']
const wrong = (defect) => globalThis.DEFECT === defect

export const codec = { correlation: 'id', idBits: 32, idAt: 4, magic: 'RF', writes: true }

function pairsIn(bytes) {
  const list = []
  for (const r = reader(bytes); r.left >= 3; ) {
    const keySize = r.u8()
    if (r.left < keySize + 2 && wrong('fails on large keys')) throw new Error('no key')
    if (r.left < keySize + 2) break
    const key = r.text(keySize)
    const size = r.u16()
    if (r.left < size) break
    const value = r.text(size)
    list.push([key, wrong('lower-cases values') ? value.toLowerCase() : value])
  }
  return list
}

export function decode(r) {
  r.magic('RF')
  const version = r.u8()
  if (version !== 1 && !wrong('accepts every version')) malformed('version', `no version ${version}`)
  let kind = kinds[r.u8()] || malformed('header', 'no such type')
  const id = wrong('reads the id with the other byte order') ? r.u32le() : r.u32()
  const area = r.u16()
  const size = r.u32()
  const properties = pairsIn(r.bytes(area))
  r.body(size)
  if (wrong('takes one-ways for requests') && kind === 'oneway') kind = 'request'
  const operation = properties.findLast(([key]) => key === 'operation')?.[1] ?? ''
  const status = kind === 'error' ? 1 : kind === 'response' ? 0 : -1
  return message({ kind, id, status, operation, properties, headerSize: 14 })
}

function write(w, kind, id, list = [], body = '') {
  const rows = list.map((pair) => pair.map(bytesOf))
  const area = rows.reduce((sum, [key, value]) => sum + 3 + key.length + value.length, 0)
  const held = typeof body === 'string' ? bytesOf(body) : body
  w.text('RF').u8(1).u8(kinds.indexOf(kind)).u32(id).u16(area).u32(held.length)
  for (const [key, value] of rows) w.u8(key.length).bytes(key).u16(value.length).bytes(value)
  w.bytes(held)
}

export function encode(message, mutation, w) {
  const before = pairsIn(message.bytes.subarray(14, 14 + reader(message.bytes.subarray(8)).u16()))
  const list = wrong('ignores removals') ? before : message.properties
  let area = 0
  for (const [key, value] of list) {
    area += 3 + bytesOf(key).length + bytesOf(value).length
    if (bytesOf(key).length > 255 || area > 65535)
      return wrong('refuses without a name') ? 'it is too long' : `"${key}" is too long`
  }
  const body = wrong('loses the body with a mutation') ? (mutation.body ?? '') : message.body
  write(w, message.kind, message.id, list, body)
}

export function encodeError(request, error, w) {
  const id = wrong('answers errors under another id') ? 1 : request.id
  write(w, 'error', id, [['error', error.kind]], error.text)
}

export function encodeReply(request, reply, w) {
  write(w, 'response', request.id, wrong('replies without properties') ? [] : reply.properties, reply.body)
}

export function encodeHeartbeat(id, w) {
  write(w, 'heartbeat', id)
}

export function encodeHeartbeatReply(heartbeat, w) {
  const kind = wrong('answers heartbeats with heartbeats') ? 'heartbeat' : 'heartbeat-reply'
  write(w, kind, heartbeat.id)
}

export function encodeDrain(w) {
  write(w, 'drain', 0)
}
