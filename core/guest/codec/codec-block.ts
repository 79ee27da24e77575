/**
 * CodecBlock: writes the blocks that codecs are asked with (sdk/ABI.md §6.1). One is used again for every call. What is
 * handed over from another process is copied there; everything else lies here until the next block.
 */
import { abi } from '../../../sdk/abi/abi.ts'
import type { LocalError, LocalReply, Message, Mutation } from '../../../sdk/index.ts'
import type { BlockTimes } from '../block.ts'
import { BlockBytes } from '../block-bytes.ts'
import { framePairs } from './frame-pairs.ts'

const { header, codec } = abi
const { block, row, edit, editOp } = codec
/** A chunk of a socket fits in what is kept from one block to the next. */
const KEPT_BYTES_MAX = 262_144

/** The id that a message is written under. */
export interface WrittenId {
  readonly high: number
  readonly low: number
  readonly text: string | undefined
}

export class CodecBlock {
  readonly #out = new BlockBytes(KEPT_BYTES_MAX)

  get bytes(): Buffer {
    return this.#out.bytes
  }

  get size(): number {
    return this.#out.at
  }

  /** When it is: for codecs that were granted the clock. */
  stamp({ nowMs, wallMs }: BlockTimes): void {
    const { view } = this.#out
    view.setFloat64(header.nowMs, nowMs, true)
    view.setFloat64(header.wallMs, wallMs, true)
  }

  /** `given` is everything that was not taken yet. */
  decode(
    direction: number,
    given: { readonly bytes: Buffer; readonly start: number; readonly end: number },
    state: Buffer | undefined,
    frameSizeMax: number,
  ): void {
    this.#begin(codec.phase.decode)
    const { view } = this.#out
    view.setUint8(block.direction, direction)
    view.setUint32(block.frameSize, Math.min(frameSizeMax, abi.none), true)
    if (state !== undefined) this.#refer(block.state, state, 0, state.length)
    this.#refer(block.frame, given.bytes, given.start, given.end)
    this.#end()
  }

  sniff(first: Buffer, size: number): void {
    this.#begin(codec.phase.sniff)
    this.#refer(block.frame, first, 0, Math.min(size, first.length))
    this.#end()
  }

  /** The message under another id, with what filters recorded. */
  encode(direction: number, message: Message, id: WrittenId, body: { start: number; end: number }): void {
    this.#begin(codec.phase.encode)
    this.#message(direction, message, message.size)
    this.#id(id)
    this.#ownProperties(message)
    const { view } = this.#out
    // Behind what #message has written of the frame.
    const frameAt = view.getUint32(block.frame, true)
    view.setUint32(block.body, frameAt + body.start, true)
    view.setUint32(block.body + 4, body.end - body.start, true)
    if (message.mutation !== undefined) this.#mutation(message.mutation)
    this.#end()
  }

  error(request: Message, error: LocalError, shownBytes: number): void {
    this.#begin(codec.phase.encodeError)
    this.#message(codec.direction.request, request, shownBytes)
    this.#out.view.setUint8(block.error, abi.error[error.kind])
    this.#id({ high: request.idHigh, low: request.idLow, text: request.idText })
    this.#ownProperties(request)
    this.#out.refer(0, block.text, error.text)
    this.#end()
  }

  reply(request: Message, { properties, body }: LocalReply, shownBytes: number): void {
    this.#begin(codec.phase.encodeReply)
    this.#message(codec.direction.request, request, shownBytes)
    this.#id({ high: request.idHigh, low: request.idLow, text: request.idText })
    this.#properties(properties)
    if (body !== undefined) this.#refer(block.newBody, body, 0, body.length)
    this.#end()
  }

  heartbeat(id: WrittenId): void {
    this.#begin(codec.phase.encodeHeartbeat)
    this.#id(id)
    this.#end()
  }

  heartbeatReply(heartbeat: Message, shownBytes: number): void {
    this.#begin(codec.phase.encodeHeartbeatReply)
    this.#message(codec.direction.request, heartbeat, shownBytes)
    this.#id({ high: heartbeat.idHigh, low: heartbeat.idLow, text: heartbeat.idText })
    this.#ownProperties(heartbeat)
    this.#end()
  }

  drain(): void {
    this.#begin(codec.phase.encodeDrain)
    this.#end()
  }

  drainReply(drain: Message, shownBytes: number): void {
    this.#begin(codec.phase.encodeDrainReply)
    this.#message(codec.direction.request, drain, shownBytes)
    this.#id({ high: drain.idHigh, low: drain.idLow, text: drain.idText })
    this.#ownProperties(drain)
    this.#end()
  }

  preface(direction: number): void {
    this.#begin(codec.phase.encodePreface)
    this.#out.view.setUint8(block.direction, direction)
    this.#end()
  }

  #begin(phase: number): void {
    const out = this.#out
    out.reset()
    out.take(block.bytes)
    out.view.setUint8(header.version, abi.version)
    out.view.setUint8(header.phase, phase)
  }

  #end(): void {
    const out = this.#out
    out.align(4)
    out.view.setUint32(header.size, out.at, true)
  }

  #message(direction: number, message: Message, shownBytes: number): void {
    const { view } = this.#out
    view.setUint8(block.direction, direction)
    view.setUint8(block.kind, abi.kind[message.kind])
    view.setInt32(block.status, message.status, true)
    view.setUint32(block.headerSize, message.headerSize, true)
    view.setUint32(block.frameSize, message.size, true)
    view.setUint32(block.streamId, message.streamId, true)
    this.#out.refer(0, block.operation, message.operation)
    const end = Math.min(message.end, message.start + shownBytes)
    this.#refer(block.frame, message.bytes, message.start, end)
  }

  #id({ high, low, text }: WrittenId): void {
    const out = this.#out
    out.view.setUint32(block.idLow, low, true)
    out.view.setUint32(block.idHigh, high, true)
    if (text === undefined) return
    out.view.setUint8(block.flags, codec.blockFlag.idText)
    out.refer(0, block.idText, text)
  }

  /** As they are on the wire. */
  #ownProperties(message: Message): void {
    this.#properties(framePairs(message))
  }

  #properties(pairs: readonly (readonly [key: string, value: string])[]): void {
    const out = this.#out
    out.align(4)
    const table = out.take(pairs.length * row.bytes)
    out.view.setUint32(block.properties, pairs.length, true)
    out.view.setUint32(block.propertiesAt, table, true)
    for (const [index, [key, value]] of pairs.entries()) {
      const at = table + index * row.bytes
      out.refer(0, at + row.keyAt, key)
      out.refer(0, at + row.valueAt, value)
    }
  }

  #mutation({ edits, newBody }: Mutation): void {
    const out = this.#out
    out.align(4)
    const table = out.take(edits.length * edit.bytes)
    out.view.setUint32(block.edits, edits.length, true)
    out.view.setUint32(block.editsAt, table, true)
    for (const [index, { op, key, value }] of edits.entries()) {
      const at = table + index * edit.bytes
      out.view.setUint32(at + edit.op, editOp[op], true)
      out.refer(0, at + edit.keyAt, key)
      out.refer(0, at + edit.valueAt, value)
    }
    if (newBody !== undefined) this.#refer(block.newBody, newBody, 0, newBody.length)
  }

  #refer(field: number, bytes: Buffer, start: number, end: number): void {
    const out = this.#out
    out.room(end - start)
    bytes.copy(out.bytes, out.at, start, end)
    out.view.setUint32(field, out.at, true)
    out.view.setUint32(field + 4, end - start, true)
    out.at += end - start
  }
}
