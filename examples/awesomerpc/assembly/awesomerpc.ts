/**
 * The protocol of the tutorial, byte by byte, all numbers big endian:
 *
 *     version i8 | id u32 | size of the whole packet u32 | cmd i16 | code i16 | body
 *
 * A caller's code is 0; a reply's is 0 when all is well. Command 0 is a sign of life.
 */
import { Bytes, codec, Correlation, Fault, Frame, Kind, LocalError, Malformed, malformed } from 'weir/codec'
import { message, Outgoing, Reader, Sniff, Writer } from 'weir/codec'

const HEADER: u32 = 13
const VERSION = 1
const HEARTBEAT = 0

codec({ correlation: Correlation.Id, idBits: 32, idAt: 1, writes: ['cmd', 'code', 'version'] })

export function decode(r: Reader): Frame {
  const version = r.i8()
  if (version < 1) return malformed(Malformed.Version, `there is no version ${version}`)
  const id = r.u32()
  const size = r.u32()
  const cmd = r.i16()
  const code = r.i16()
  if (size < HEADER) return malformed(Malformed.FrameSize, `a packet of ${size} bytes`)
  r.body(size - HEADER)
  const frame = r.request ? message(asked(cmd)) : message(answered(cmd, code)).status(code)
  return frame
    .id(id)
    .operation(cmd)
    .property('version', version)
    .property('cmd', cmd)
    .property('code', code)
}

function asked(cmd: i32): Kind {
  return cmd == HEARTBEAT ? Kind.Heartbeat : Kind.Request
}

function answered(cmd: i32, code: i32): Kind {
  if (cmd == HEARTBEAT) return Kind.HeartbeatReply
  return code == 0 ? Kind.Response : Kind.Error
}

function write(w: Writer, version: i64, id: u64, cmd: i64, code: i64, body: Bytes): void {
  w.i8(<i32>version).u32(<u32>id).u32(HEADER + <u32>body.size).i16(<i32>cmd).i16(<i32>code).bytes(body)
}

export function encode(message: Outgoing, w: Writer): string | null {
  if (!message.isInteger('version', 1, 127)) return '"version" has to be one number from 1 to 127'
  if (!message.isInteger('cmd', -32768, 32767)) return '"cmd" has to be one number of 16 bits'
  if (!message.isInteger('code', -32768, 32767)) return '"code" has to be one number of 16 bits'
  const version = message.integer('version')
  write(w, version, message.id, message.integer('cmd'), message.integer('code'), message.body)
  return null
}

/** What the protocol says to a caller about the errors of the proxy. */
function codeOf(error: Fault): i64 {
  if (error == Fault.RouteNotFound) return 404
  if (error == Fault.OverLimit) return 429
  if (error == Fault.Denied) return 403
  if (error == Fault.BadRequest) return 400
  return error == Fault.RequestTimeout ? 504 : 500
}

export function encodeError(request: Outgoing, error: LocalError, w: Writer): void {
  write(w, VERSION, request.id, request.integer('cmd'), codeOf(error.kind), error.text)
}

/** The properties are the reply's, so that the command is looked up in the request's bytes. */
export function encodeReply(request: Outgoing, reply: Outgoing, w: Writer): string | null {
  const said = reply.properties()
  if (said.length > 0) return `"${said[0].key}" cannot be said in a reply of our own`
  write(w, VERSION, request.id, new Reader().over(request.bytes.slice(9)).i16(), 0, reply.body)
  return null
}

export function encodeHeartbeat(id: u64, w: Writer): void {
  write(w, VERSION, id, HEARTBEAT, 0, new Bytes())
}

export function encodeHeartbeatReply(heartbeat: Outgoing, w: Writer): void {
  write(w, VERSION, heartbeat.id, HEARTBEAT, 0, new Bytes())
}

export function sniff(bytes: Bytes): Sniff {
  if (bytes.size < <i32>HEADER) return Sniff.More
  const r = new Reader().over(bytes)
  return r.i8() == VERSION && r.u32() >= 0 && r.u32() >= HEADER ? Sniff.Yes : Sniff.No
}
