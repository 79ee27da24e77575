/**
 * plugin-name: messages with a name, headers and a body. Write your own protocol in its place.
 *
 *     ca 11 | type u8 | status u8 | id u32 | length u32 | op: size u8, text
 *           | headers: count u8, each: size u8, key, size u16, value | body
 *
 * All numbers big endian; length counts what follows it.
 */
import { Bytes, codec, Correlation, Fault, Frame, Kind, LocalError, Malformed, malformed } from 'weir/codec'
import { message, Outgoing, Property, Reader, Writer } from 'weir/codec'

const HEADER: u32 = 12
const MAGIC = '\xca\x11'
const NOTHING: Property[] = []

enum Type {
  Request = 1,
  Response,
  Oneway,
  Heartbeat,
  HeartbeatReply,
}

codec({ correlation: Correlation.Id, idBits: 32, idAt: 4, magic: MAGIC, writesAll: true })

export function decode(r: Reader): Frame {
  r.magic(MAGIC)
  const type = r.u8()
  const status = r.u8()
  const id = r.u32()
  const end = HEADER + r.u32()
  const kind = kindOf(type, status)
  r.until(end)
  if (<u32>kind == 0) return malformed(Malformed.Header, `there is no type ${type}`)
  const op = r.bytes(r.u8())
  const frame = message(kind).id(id).property('op', op)
  for (let left = r.u8(); left > 0; left--) {
    const key = r.bytes(r.u8())
    frame.property(key, r.bytes(r.u16()))
  }
  r.body(end - r.at)
  const answers = kind == Kind.Response || kind == Kind.Error
  return answers ? frame.status(status) : frame.operation(op)
}

function kindOf(type: u32, status: u32): Kind {
  if (type == Type.Request) return Kind.Request
  if (type == Type.Response) return status == 0 ? Kind.Response : Kind.Error
  if (type == Type.Oneway) return Kind.Oneway
  if (type == Type.Heartbeat) return Kind.Heartbeat
  return type == Type.HeartbeatReply ? Kind.HeartbeatReply : <Kind>0
}

function typeOf(kind: Kind): Type {
  if (kind == Kind.Request) return Type.Request
  if (kind == Kind.Oneway) return Type.Oneway
  if (kind == Kind.Heartbeat) return Type.Heartbeat
  return kind == Kind.HeartbeatReply ? Type.HeartbeatReply : Type.Response
}

function write(w: Writer, type: Type, status: i32, id: u64, op: Bytes, headers: Property[], body: Bytes): void {
  w.u16(0xca11).u8(type).u8(status).u32(<u32>id).u32(0).u8(op.size).bytes(op).u8(headers.length)
  for (let i = 0; i < headers.length; i++) {
    w.u8(headers[i].key.size).bytes(headers[i].key).u16(headers[i].value.size).bytes(headers[i].value)
  }
  w.bytes(body)
  w.u32At(HEADER - 4, w.at - HEADER)
}

/** What is written in place of a message that filters have changed. */
export function encode(message: Outgoing, w: Writer): string | null {
  const headers: Property[] = []
  const all = message.properties()
  let op: Bytes | null = null
  for (let i = 0; i < all.length; i++) {
    const key = all[i].key
    if (key.size > 255) return 'a key has more than 255 bytes'
    if (all[i].value.size > 65535) return `"${key}" has more than 65535 bytes`
    if (!key.is('op')) headers.push(all[i])
    else if (op != null) return '"op" stands once in a message'
    else op = all[i].value
  }
  if (op == null) return '"op" cannot be taken away'
  if (op.size > 255) return '"op" has more than 255 bytes'
  if (headers.length > 255) return `a message has at most 255 headers, and "${headers[255].key}" is one more`
  write(w, typeOf(message.kind), max(message.status, 0), message.id, op, headers, message.body)
  return null
}

/** What the protocol says to a caller about the errors of the proxy. */
function statusOf(error: Fault): i32 {
  if (error == Fault.OverLimit || error == Fault.Overloaded) return 2
  if (error == Fault.Denied) return 3
  if (error == Fault.BadRequest) return 4
  return error == Fault.RequestTimeout ? 5 : 1
}

export function encodeError(request: Outgoing, error: LocalError, w: Writer): void {
  write(w, Type.Response, statusOf(error.kind), request.id, new Bytes(), NOTHING, error.text)
}

export function encodeHeartbeat(id: u64, w: Writer): void {
  write(w, Type.Heartbeat, 0, id, new Bytes(), NOTHING, new Bytes())
}

export function encodeHeartbeatReply(heartbeat: Outgoing, w: Writer): void {
  write(w, Type.HeartbeatReply, 0, heartbeat.id, new Bytes(), NOTHING, new Bytes())
}
