/** The reference codec: a small right codec, of which one thing at a time can be made wrong. */
import type {
  ByteWriter,
  Codec,
  Decoder,
  Direction,
  EncodeProblem,
  FrameLimits,
  LocalError,
  LocalReply,
  Message,
  MessageKind,
  Mutation,
  Sniff,
} from '../../../../sdk/index.ts'
import type { Defect } from './defects.ts'
import { ReferenceDecoder, type Rest } from './reference-decoder.ts'
import {
  frame,
  HEADER_SIZE,
  ID_AT,
  KEY_SIZE_MAX,
  MAGIC,
  PROPERTIES_SIZE_MAX,
  type Property,
  propertyBytes,
  VERSION,
} from './reference-frame.ts'
import { ReferenceReader } from './reference-reader.ts'

const OPENING = [MAGIC >>> 8, MAGIC & 0xff, VERSION]

export class ReferenceCodec implements Codec {
  readonly name = 'reference'
  readonly correlation = 'id'
  readonly idBits = 32
  readonly reader: ReferenceReader
  readonly #defect: Defect | undefined
  readonly #rest: Rest = { bytes: Buffer.alloc(0) }
  #calls = 0

  constructor(defect?: Defect) {
    this.#defect = defect
    this.reader = new ReferenceReader(defect)
  }

  sniff(bytes: Buffer): Sniff {
    if (this.#is('takes everything for its own')) return 'yes'
    if (this.#is('knows itself by one letter') && bytes.length > 0)
      return bytes[0] === 0x52 || bytes[0] === 0x50 ? 'yes' : 'no'
    if (this.#is('sniffs beyond the bytes')) bytes.readUInt16BE(0)
    if (this.#is('denies itself while bytes are few') && bytes.length < OPENING.length) return 'no'
    for (const [at, byte] of OPENING.entries()) {
      if (at >= bytes.length) return 'more'
      if (bytes[at] !== byte) return 'no'
    }
    return this.#is('never decides') ? 'more' : 'yes'
  }

  createDecoder(_direction: Direction, limits: FrameLimits): Decoder {
    const rest = this.#is('keeps the rest in the codec') ? this.#rest : { bytes: Buffer.alloc(0) }
    return new ReferenceDecoder(this.reader, limits, this.#defect, rest)
  }

  encode(message: Message, _idHigh: number, idLow: number, out: ByteWriter): EncodeProblem | undefined {
    const { bytes, start, end, mutation } = message
    const fixed = this.#is('changes replies never') && message.kind === 'response'
    if (mutation !== undefined && !mutation.empty && !fixed)
      return this.#encodeMutated(message, mutation, idLow, out)
    if (this.#is('writes half of the id')) bytes.writeUInt16BE(idLow & 0xffff, start + ID_AT + 2)
    else bytes.writeUInt32BE(idLow >>> 0, start + ID_AT)
    if (this.#is('cuts the batch short') && out.size > 0) return undefined
    if (this.#is('rewrites unmutated frames')) {
      const properties = propertyBytes([...this.reader.properties(message)].reverse())
      out.utf8('')
      const whole = frame(message.kind, idLow, properties, this.reader.body(message))
      out.copy(whole, 0, whole.length)
    } else out.run(bytes, start, end)
    return undefined
  }

  encodeError(request: Message, error: LocalError, out: ByteWriter): void {
    if (request.kind !== 'request' && !this.#is('answers one-ways')) return
    if (this.#is('answers nothing while draining') && error.kind === 'draining') return
    const id = this.#is('answers errors under another id') ? 1 : request.idLow
    const kind = this.#is('answers errors as requests') ? 'request' : 'error'
    const text = Buffer.from(error.text)
    const sizes = this.#is('wraps the text of errors') ? { body: text.length & 0xff } : {}
    this.#write(out, frame(kind, id, propertyBytes([['error', error.kind]]), text, sizes))
  }

  encodeReply(request: Message, reply: LocalReply, out: ByteWriter): EncodeProblem | undefined {
    if (request.kind !== 'request') return undefined
    const properties = this.#is('replies without properties') ? [] : reply.properties
    const body = reply.body ?? Buffer.alloc(0)
    this.#write(out, frame('response', request.idLow, propertyBytes(properties), body))
    return undefined
  }

  encodeHeartbeat(_idHigh: number, idLow: number, out: ByteWriter): void {
    this.#event(out, 'heartbeat', this.#is('asks for heartbeats under id 0') ? 0 : idLow)
  }

  encodeHeartbeatReply(heartbeat: Message, out: ByteWriter): void {
    if (this.#is('answers no heartbeats')) return
    const kind = this.#is('answers heartbeats with heartbeats') ? 'heartbeat' : 'heartbeat-reply'
    this.#event(out, kind, this.#is('answers heartbeats under another id') ? 0 : heartbeat.idLow)
  }

  encodeDrain(out: ByteWriter): void {
    this.#event(out, this.#is('drains with a heartbeat') ? 'heartbeat' : 'drain', 0)
  }

  #encodeMutated(
    message: Message,
    mutation: Mutation,
    id: number,
    out: ByteWriter,
  ): EncodeProblem | undefined {
    const properties = this.#edited(this.reader.properties(message), mutation)
    const encoded = propertyBytes(properties)
    const tooLong = properties.find(([key, value]) => !fits(key, value)) ?? properties[0]
    const over = encoded.length > PROPERTIES_SIZE_MAX || properties.some(([key, value]) => !fits(key, value))
    if (over && !this.#is('wraps values that are too long')) return this.#problem(tooLong?.[0] ?? '', out)
    const body = this.#body(message, mutation)
    const before = {
      properties: message.bytes.readUInt16BE(message.start + 8),
      body: this.reader.body(message).length,
    }
    const sizes = {
      properties: this.#is('forgets the length of properties') ? before.properties : encoded.length & 0xffff,
      body: this.#is('forgets the length of the body') ? before.body : body.length,
    }
    const shown = this.#is('wraps values that are too long')
      ? encoded.subarray(0, encoded.length & 0xffff)
      : encoded
    this.#write(out, frame(message.kind, id, shown, body, sizes))
    return undefined
  }

  #problem(key: string, out: ByteWriter): EncodeProblem {
    if (this.#is('throws when a value is too long')) throw new RangeError('too long')
    if (this.#is('writes before it refuses')) out.u8(MAGIC >>> 8)
    return this.#is('refuses without a name') ? 'it is too long' : `"${key}" is too long`
  }

  #body(message: Message, mutation: Mutation): Buffer {
    if (this.#is('loses the body with a mutation') && mutation.newBody === undefined) return Buffer.alloc(0)
    if (this.#is('ignores a new body')) return this.reader.body(message)
    return mutation.newBody ?? this.reader.body(message)
  }

  #edited(before: readonly Property[], { edits }: Mutation): readonly Property[] {
    let properties = [...before]
    const chosen = this.#is('applies only the first edit') ? edits.slice(0, 1) : edits
    for (const { op, key, value } of chosen) {
      if (op === 'remove' && this.#is('ignores remove')) continue
      const at = properties.findIndex(([name]) => name === key)
      if (op !== 'add')
        properties = properties.filter(([name], index) => name !== key || (op === 'set' && index === at))
      if (op === 'set' && at >= 0) properties[properties.findIndex(([name]) => name === key)] = [key, value]
      else if (op !== 'remove') properties.push([key, value])
      if (op === 'add' && this.#is('duplicates add')) properties.push([key, value])
      if (op === 'set' && at >= 0 && this.#is('drops the last property when one is set')) properties.pop()
    }
    if (this.#is('writes added keys in any order') && this.#calls++ % 2 === 1) properties.reverse()
    return properties
  }

  #event(out: ByteWriter, kind: MessageKind, id: number): void {
    this.#write(out, frame(kind, id, Buffer.alloc(0), Buffer.alloc(0)))
  }

  #write(out: ByteWriter, bytes: Buffer): void {
    out.copy(bytes, 0, bytes.length)
  }

  #is(defect: Defect): boolean {
    return this.#defect === defect
  }
}

function fits(key: string, value: string): boolean {
  return (
    Buffer.byteLength(key) <= KEY_SIZE_MAX && Buffer.byteLength(value) + HEADER_SIZE <= PROPERTIES_SIZE_MAX
  )
}
