/**
 * FramedCodecs: the frames of the benches, for which Dubbo's header will do, read by codecs of plugins in every
 * language: the magic, the kind, the status, the id and the size of a body that nobody looks into, and one property.
 */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { buildFilter } from '../../sdk/guest/assemblyscript/build-filter.ts'

/** As it is called in the plugin folder. */
export const FRAMED = 'framed'

export const framedSchema = `
fields:
  - { name: magic, type: u16, is: magic, value: 0xdabb }
  - name: flag
    type: u8
    property: flag
    bits:
      - { name: request, at: 7, property: false }
      - { name: two-way, at: 6, property: false }
      - { name: event, at: 5, property: false }
  - { name: status, type: u8, is: status, ok: [20], property: false }
  - { name: id, type: u64, is: id, property: false }
  - { name: length, type: u32, is: length, counts: body }
  - { name: body, type: body }
kinds:
  heartbeat: { event: 1, request: 1 }
  heartbeat-reply: { event: 1, request: 0 }
  oneway: { request: 1, two-way: 0 }
  response: { request: 0 }
  request: { request: 1, two-way: 1 }
`

export const framedLua = `codec { correlation = 'id', idBits = 64, idAt = 4 }

function decode(r)
  r:magic('\\xda\\xbb')
  local flag, status, id, size = r:u8(), r:u8(), r:u64(), r:u32()
  r:body(size)
  local request = flag >= 0x80
  local kind
  if flag & 0x20 ~= 0 then kind = request and 'heartbeat' or 'heartbeat-reply'
  elseif request then kind = flag & 0x40 ~= 0 and 'request' or 'oneway'
  else kind = status == 20 and 'response' or 'error' end
  return message { kind = kind, id = id, status = request and -1 or status, properties = { flag = flag } }
end

function encodeError(request, error, w)
  w:u16(0xdabb):u8(2):u8(80):u64(request.id):u32(#error.text):bytes(error.text)
end
`

export const framedJavaScript = `export const codec = { correlation: 'id', idBits: 64, idAt: 4 }

export function decode(r) {
  r.magic([0xda, 0xbb])
  const flag = r.u8()
  const status = r.u8()
  const id = r.u64()
  r.body(r.u32())
  const request = flag >= 0x80
  let kind = status === 20 ? 'response' : 'error'
  if ((flag & 0x20) !== 0) kind = request ? 'heartbeat' : 'heartbeat-reply'
  else if (request) kind = (flag & 0x40) !== 0 ? 'request' : 'oneway'
  return message({ kind, id, status: request ? -1 : status, properties: { flag } })
}

export function encodeError(request, error, w) {
  const text = bytesOf(error.text)
  w.u16(0xdabb).u8(2).u8(80).u64(request.id).u32(text.length).bytes(text)
}
`

const ASSEMBLYSCRIPT = `import { Bytes, codec, Correlation, Frame, Kind, LocalError, Malformed, malformed } from 'weir/codec'
import { message, Outgoing, Reader, Writer } from 'weir/codec'

codec({ correlation: Correlation.Id, idBits: 64, idAt: 4, writes: [] })

export function decode(r: Reader): Frame {
  if (r.u16() != 0xdabb) return malformed(Malformed.Magic, 'a frame begins otherwise')
  const flag = r.u8()
  const status = r.u8()
  const id = r.u64()
  r.body(r.u32())
  const request = (flag & 0x80) != 0
  const frame = request
    ? message((flag & 0x20) != 0 ? Kind.Heartbeat : (flag & 0x40) != 0 ? Kind.Request : Kind.Oneway)
    : message((flag & 0x20) != 0 ? Kind.HeartbeatReply : status == 20 ? Kind.Response : Kind.Error).status(status)
  return frame.id(id).property('flag', flag)
}

export function encodeError(request: Outgoing, error: LocalError, w: Writer): void {
  w.u16(0xdabb).u8(2).u8(80).u64(request.id).u32(<u32>error.text.size).bytes(error.text)
}
`

/** The codec in AssemblyScript, compiled in a folder; a sentence when it cannot be. */
export async function framedWasm(dir: string): Promise<Uint8Array | string> {
  const file = join(dir, `${FRAMED}.ts`)
  writeFileSync(file, ASSEMBLYSCRIPT)
  const built = await buildFilter(file)
  return built.kind === 'built' ? built.wasm : `AssemblyScript is skipped: ${built.text}`
}
