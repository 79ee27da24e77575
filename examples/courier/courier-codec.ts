/**
 * Courier by hand: the same protocol as `courier.codec.yaml`, for those who want to see what a codec does. Frames are read
 * in a straight line; whatever changes, all of the frame is written anew, with both lengths and the sum.
 */

import {
  type ByteWriter,
  type Codec,
  checksums,
  type Decoder,
  type Direction,
  type Edit,
  type EncodeProblem,
  type ErrorKind,
  type FrameLimits,
  type LocalError,
  type LocalReply,
  type Message,
  type MessageKind,
  type PropertyReader,
  PullDecoder,
  type PullReader,
  putU32,
  type Sniff,
} from '../../sdk/index.ts'

const MAGIC = Buffer.from('CR')
const FLAGS_AT = 3
const STATUS_AT = 7
const ID_AT = 8
const SUM_AT = 12
const HEAD_SIZE_AT = 16
const FIXED_SIZE = 19
const LENGTH_MAX = 0xff_ffff
const KIND_MASK = 0x07
const COMPRESSED = 0x08
const PRIORITY_SHIFT = 4
const KINDS: readonly MessageKind[] = [
  'request',
  'response',
  'oneway',
  'heartbeat',
  'heartbeat-reply',
  'drain',
]
const STATUS_FAILED = 5
const statuses: Partial<Record<ErrorKind, number>> = {
  ...{ over_limit: 9, overloaded: 9, request_timeout: 8, denied: 7, bad_request: 6 },
}

/** What a frame says, apart from what follows from it. */
interface Parcel {
  version: number
  flags: number
  status: number
  service: string
  method: string
  headers: (readonly [key: string, value: string])[]
  body: Buffer
}

export class CourierCodec implements Codec {
  readonly name = 'courier'
  readonly correlation = 'id'
  readonly idBits = 32
  readonly reader = new CourierReader()

  sniff(bytes: Buffer): Sniff {
    if (!MAGIC.subarray(0, bytes.length).equals(bytes.subarray(0, MAGIC.length))) return 'no'
    if (bytes.length < FLAGS_AT) return 'more'
    return bytes[2] === 1 || bytes[2] === 2 ? 'yes' : 'no'
  }

  createDecoder(direction: Direction, limits: FrameLimits): Decoder {
    return new PullDecoder(this.reader, limits, (frame) => readFrame(frame, direction))
  }

  encode(message: Message, _high: number, id: number, out: ByteWriter): EncodeProblem | undefined {
    const { mutation, bytes, start, end } = message
    if (mutation === undefined || mutation.empty) {
      // Nothing but the id changes; the sum is over it, too.
      putU32(bytes, start + ID_AT, id)
      putU32(bytes, start + SUM_AT, sumOf(bytes, start, end))
      out.run(bytes, start, end)
      return undefined
    }
    const parcel = parcelOf(message)
    if (mutation.newBody !== undefined) {
      parcel.body = mutation.newBody
      parcel.flags &= ~COMPRESSED
    }
    for (const edit of mutation.edits) {
      const problem = applied(parcel, edit)
      if (problem !== undefined) return problem
    }
    return write(parcel, id, out)
  }

  encodeError(request: Message, error: LocalError, out: ByteWriter): void {
    if (request.kind !== 'request') return
    const text = `weir: ${error.kind}: ${error.text}`.slice(0, 1_000).toWellFormed()
    write(
      {
        ...reply(request, 'response'),
        status: statuses[error.kind] ?? STATUS_FAILED,
        headers: [['error', error.kind]],
        body: Buffer.from(text),
      },
      request.idLow,
      out,
    )
  }

  encodeReply(
    request: Message,
    { properties, body }: LocalReply,
    out: ByteWriter,
  ): EncodeProblem | undefined {
    if (request.kind !== 'request') return undefined
    const parcel = reply(request, 'response')
    if (body !== undefined) parcel.body = body
    for (const [key, value] of properties) {
      const problem = applied(parcel, { op: OWN.includes(key) ? 'set' : 'add', key, value })
      if (problem !== undefined) return problem
    }
    return write(parcel, request.idLow, out)
  }

  encodeHeartbeat(_high: number, id: number, out: ByteWriter): void {
    write({ ...EMPTY, flags: KINDS.indexOf('heartbeat') }, id, out)
  }

  encodeHeartbeatReply(heartbeat: Message, out: ByteWriter): void {
    write(reply(heartbeat, 'heartbeat-reply'), heartbeat.idLow, out)
  }
}

/** The properties of the frame's own, in wire order; every other key is a header. */
const OWN = ['compressed', 'priority', 'service', 'method']
const EMPTY: Parcel = {
  version: 1,
  flags: 0,
  status: 0,
  service: '',
  method: '',
  headers: [],
  body: Buffer.alloc(0),
}

class CourierReader implements PropertyReader {
  readonly protocol = 'courier'

  get(message: Message, key: string): string | readonly string[] | undefined {
    const { flags, service, method, headers } = parcelOf(message)
    if (key === 'compressed') return (flags & COMPRESSED) === 0 ? 'no' : 'yes'
    if (key === 'priority') return String((flags >>> PRIORITY_SHIFT) & 3)
    if (key === 'service') return service
    if (key === 'method') return method
    const values = headers.flatMap(([name, value]) => (name === key ? [value] : []))
    return values.length === 0 ? undefined : values
  }

  keys(message: Message): readonly string[] {
    return [...new Set([...OWN, ...parcelOf(message).headers.map(([key]) => key)])]
  }

  operation(message: Message): string {
    if (message.kind !== 'request' && message.kind !== 'oneway') return ''
    const { service, method } = parcelOf(message)
    return `${service}/${method}`
  }

  body(message: Message): Buffer {
    return message.bytes.subarray(message.start + message.headerSize, message.end)
  }
}

/** One frame, field by field, in the order in which they stand on the wire. */
function readFrame(frame: PullReader, direction: Direction): Message {
  const { start } = frame
  frame.magic(MAGIC)
  const version = frame.u8()
  if (version !== 1 && version !== 2) frame.fail('version', `there is no version ${version}`)
  const flags = frame.u8()
  frame.size(STATUS_AT + frame.u24(), FIXED_SIZE)
  const status = frame.u8()
  const id = frame.u32()
  const sum = frame.u32()
  const bodyAt = frame.u24() + frame.at
  if (bodyAt > frame.end) frame.fail('header', 'the head is longer than the frame')
  // Only looked at: what it says is read when somebody asks.
  const { bytes, end } = frame
  const headEnd = skipTexts(frame)
  if (headEnd > bodyAt) frame.fail('header', 'the head is longer than it says')
  if (sumOf(bytes, start, end) !== sum) frame.fail('checksum', 'the sum is wrong')
  const kind = KINDS[flags & KIND_MASK]
  if (kind === undefined || (kind === 'drain' && direction === 'request'))
    frame.fail('unexpected', 'a kind that is none')
  const message = frame.message(kind, bodyAt)
  message.idLow = id
  if (kind === 'response') message.status = status
  if (kind === 'response' && status > 1) message.kind = 'error'
  return message
}

/** Passes over service and method; answers where the headers begin. */
function skipTexts(frame: PullReader): number {
  frame.skip(frame.u8())
  frame.skip(frame.u8())
  return frame.at
}

/** What a message says; kept with it. */
function parcelOf(message: Message): Parcel {
  const known = parcels.get(message) ?? parse(message)
  parcels.set(message, known)
  return { ...known, headers: [...known.headers] }
}

const parcels = new WeakMap<Message, Parcel>()

function parse(message: Message): Parcel {
  const { bytes, start } = message
  let at = start + FIXED_SIZE
  const text = (size: number): string => {
    const from = at
    at += size
    return bytes.toString('utf8', from, at)
  }
  const byte = (): number => bytes.readUInt8(at++)
  const service = text(byte())
  const method = text(byte())
  const headers: Parcel['headers'] = []
  const bodyAt = start + message.headerSize
  while (at < bodyAt) {
    const keySize = byte()
    if (at + keySize + 2 > bodyAt) break
    const key = text(keySize)
    const valueSize = bytes.readUInt16BE(at)
    at += 2
    if (at + valueSize > bodyAt) break
    headers.push([key, text(valueSize)])
  }
  const [version, flags, status] = [
    bytes.readUInt8(start + 2),
    bytes.readUInt8(start + FLAGS_AT),
    bytes.readUInt8(start + STATUS_AT),
  ]
  return { version, flags, status, service, method, headers, body: bytes.subarray(bodyAt, message.end) }
}

/** Applies one edit, or says why it cannot be. */
function applied(parcel: Parcel, { op, key, value }: Edit): EncodeProblem | undefined {
  if (!OWN.includes(key)) {
    const others = parcel.headers.filter(([name]) => name !== key)
    if (op === 'remove') parcel.headers = others
    else if (op === 'add') parcel.headers.push([key, value])
    else {
      const at = parcel.headers.findIndex(([name]) => name === key)
      const before = at < 0 ? others.length : parcel.headers.slice(0, at).length
      parcel.headers = [...others.slice(0, before), [key, value], ...others.slice(before)]
    }
    return undefined
  }
  if (op !== 'set') return `"${key}" cannot be ${op === 'add' ? 'added' : 'removed'}: every message has one`
  if (key === 'service' || key === 'method') parcel[key] = value
  else if (key === 'priority' && /^[0-3]$/.test(value))
    parcel.flags = (parcel.flags & ~(3 << PRIORITY_SHIFT)) | (Number(value) << PRIORITY_SHIFT)
  else return `"${key}" cannot be set to ${JSON.stringify(value.slice(0, 40))}`
  return undefined
}

/** A reply says what its request said of itself: version and priority, and nothing of its body. */
function reply(request: Message, kind: MessageKind): Parcel {
  const flags = request.bytes.readUInt8(request.start + FLAGS_AT) & ~KIND_MASK & ~COMPRESSED
  const version = request.bytes.readUInt8(request.start + 2)
  return { ...EMPTY, headers: [], version, flags: flags | KINDS.indexOf(kind) }
}

/** Writes a frame: the texts with their sizes, then the lengths that count them, and last the sum over all of it. */
function write(parcel: Parcel, id: number, out: ByteWriter): EncodeProblem | undefined {
  const head: Buffer[] = []
  for (const [name, text] of [
    ['service', parcel.service],
    ['method', parcel.method],
  ] as const) {
    const bytes = Buffer.from(text)
    if (bytes.length > 0xff)
      return `"${name}" cannot be set: it has ${bytes.length} bytes, and 255 are the most`
    head.push(Buffer.from([bytes.length]), bytes)
  }
  for (const [key, value] of parcel.headers) {
    const [keyBytes, bytes] = [Buffer.from(key), Buffer.from(value)]
    if (keyBytes.length > 0xff || bytes.length > 0xffff) return `"${key}" cannot be set: it is too long`
    head.push(
      Buffer.from([keyBytes.length]),
      keyBytes,
      Buffer.from([bytes.length >>> 8, bytes.length & 0xff]),
      bytes,
    )
  }
  const headSize = head.reduce((size, bytes) => size + bytes.length, 0)
  const size = FIXED_SIZE + headSize + parcel.body.length
  if (size - STATUS_AT > LENGTH_MAX) return `"body" cannot be set: a frame of ${size} bytes is too long`
  const start = out.reserve(size)
  const frame = out.buffer
  MAGIC.copy(frame, start)
  frame[start + 2] = parcel.version
  frame[start + FLAGS_AT] = parcel.flags
  frame.writeUIntBE(size - STATUS_AT, start + 4, 3)
  frame[start + STATUS_AT] = parcel.status
  putU32(frame, start + ID_AT, id)
  frame.writeUIntBE(headSize, start + HEAD_SIZE_AT, 3)
  let at = start + FIXED_SIZE
  for (const bytes of [...head, parcel.body]) at += bytes.copy(frame, at)
  putU32(frame, start + SUM_AT, sumOf(frame, start, start + size))
  return undefined
}

/** The sum over everything but itself. */
function sumOf(bytes: Buffer, start: number, end: number): number {
  const before = checksums.crc32c.update(0, bytes, start, start + SUM_AT)
  return checksums.crc32c.update(before, bytes, start + HEAD_SIZE_AT, end)
}
