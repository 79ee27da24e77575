/**
 * BlockWriter: writes what a guest is told (sdk/ABI.md §2) into bytes that it owns and uses again. It is written
 * straight from a {@link Message}, decodes only what the guest declared, and allocates nothing once it is warm.
 */

import { abi } from '../../sdk/abi/abi.ts'
import { type ErrorKind, type ExchangeFlag, Message, type Metadata, type Outcome } from '../../sdk/index.ts'
import { BlockBytes } from './block-bytes.ts'
import type { Reads } from './declaration.ts'
import { PropertyRows } from './property-rows.ts'

const { header, record, property, outcome: outcomeAt, resume: resumeAt } = abi
const RECORD_ALIGN_BYTES = 8
/** The property count is a u16; a message with more has the rest left out. */
export const PROPERTIES_MAX = 1_024
const KEY_BYTES_MAX = 0xffff
const U32_MAX = 0xffff_ffff

/** Times that the guest may know; zeros when it may not. */
export interface BlockTimes {
  readonly nowMs: number
  readonly wallMs: number
}

/** Why a paused message is handed to the guest again. */
export interface Resume {
  readonly reason: number
  /** The phase in which it paused. */
  readonly phase: number
  /** How often this message has paused. */
  readonly pauses: number
  /** Why the call out failed; empty otherwise. */
  readonly text: string
}

export class BlockWriter {
  readonly #out = new BlockBytes()
  readonly #rows = new PropertyRows()
  #record = 0

  /** The block is `bytes[0, size)`, until the next one is begun. */
  get bytes(): Buffer {
    return this.#out.bytes
  }

  get size(): number {
    return this.#out.at
  }

  /** The one block without messages: the configuration as JSON, and what was granted. */
  configure(config: Buffer, grants: number, times: BlockTimes): void {
    this.begin(abi.phase.configure, times)
    const out = this.#out
    out.take(abi.configure.config - abi.configure.configSize)
    out.view.setUint32(abi.configure.configSize, config.length, true)
    out.view.setUint32(abi.configure.grants, grants, true)
    out.append(config)
    this.finish()
  }

  begin(phase: number, times: BlockTimes): void {
    const out = this.#out
    this.#record = 0
    out.reset()
    out.room(header.bytes)
    out.at = header.bytes
    const { view } = out
    view.setUint8(header.version, abi.version)
    view.setUint8(header.phase, phase)
    view.setUint16(header.messages, 0, true)
    view.setFloat64(header.nowMs, times.nowMs, true)
    view.setFloat64(header.wallMs, times.wallMs, true)
  }

  /** Appends a message under a handle; 0 makes it read-only. */
  message(metadata: Metadata, handle: number, reads: Reads): void {
    const out = this.#out
    this.#rows.gather(metadata, reads, PROPERTIES_MAX)
    const at = this.#startRecord()
    const numeric = metadata instanceof Message && metadata.idText === undefined
    const { view } = out
    view.setUint32(at + record.handle, handle, true)
    view.setUint32(at + record.idLow, numeric ? metadata.idLow : 0, true)
    view.setUint32(at + record.idHigh, numeric ? metadata.idHigh : 0, true)
    view.setUint8(at + record.kind, abi.kind[metadata.kind])
    view.setUint8(at + record.flags, flagsOf(numeric, handle, reads))
    view.setInt32(at + record.status, metadata.status, true)
    view.setUint32(at + record.streamId, metadata.streamId, true)
    view.setUint32(at + record.headerSize, metadata.headerSize, true)
    view.setUint32(at + record.bodySize, metadata.bodySize, true)
    this.#properties(at)
    if (reads.operation) this.#text(at, record.operation, metadata.operation)
    this.#text(at, record.listener, metadata.listener)
    this.#text(at, record.peer, metadata.peer)
    this.#text(at, record.protocol, metadata.protocol)
    if (!numeric) this.#text(at, record.idText, metadata.requestId)
    if (metadata.problem !== undefined) this.#text(at, record.problem, metadata.problem)
    if (reads.body) this.#bytes(at, record.body, metadata.body)
  }

  /** How the exchange ended, behind the message appended last. */
  outcome(outcome: Outcome): void {
    const at = this.#extra(outcomeAt.bytes)
    const base = this.#record
    const { view } = this.#out
    view.setUint8(at + outcomeAt.result, abi.result[outcome.result])
    view.setUint8(at + outcomeAt.error, errorNumber(outcome.error))
    view.setUint16(at + outcomeAt.flags, flagBits(outcome.flags), true)
    view.setInt32(at + outcomeAt.responseStatus, outcome.response?.status ?? -1, true)
    view.setFloat64(at + outcomeAt.durationMs, outcome.durationMs, true)
    view.setFloat64(at + outcomeAt.upstreamMs, outcome.upstreamMs, true)
    view.setUint32(at + outcomeAt.requestBytes, Math.min(outcome.requestBytes, U32_MAX), true)
    view.setUint32(at + outcomeAt.responseBytes, Math.min(outcome.responseBytes, U32_MAX), true)
    view.setUint32(at + outcomeAt.attempts, outcome.attempts, true)
    this.#text(base, at - base + outcomeAt.cluster, outcome.cluster)
    this.#text(base, at - base + outcomeAt.endpoint, outcome.endpoint)
    this.#text(base, at - base + outcomeAt.errorText, outcome.errorText)
  }

  /** Why the message appended last is here again. */
  resume(resume: Resume): void {
    const at = this.#extra(resumeAt.bytes)
    const { view } = this.#out
    view.setUint8(at + resumeAt.reason, resume.reason)
    view.setUint8(at + resumeAt.phase, resume.phase)
    view.setUint16(at + resumeAt.pauses, Math.min(resume.pauses, 0xffff), true)
    if (resume.text !== '') this.#text(this.#record, at - this.#record + resumeAt.text, resume.text)
  }

  finish(): void {
    this.#endRecord()
    this.#out.view.setUint32(header.size, this.#out.at, true)
  }

  #startRecord(): number {
    this.#endRecord()
    const at = this.#out.take(record.bytes)
    const { view } = this.#out
    view.setUint16(header.messages, view.getUint16(header.messages, true) + 1, true)
    this.#record = at
    return at
  }

  /** Closes the record that is open, if one is. */
  #endRecord(): void {
    const at = this.#record
    if (at === 0) return
    this.#out.align(RECORD_ALIGN_BYTES)
    this.#out.view.setUint32(at + record.size, this.#out.at - at, true)
    this.#record = 0
  }

  #extra(size: number): number {
    this.#out.align(RECORD_ALIGN_BYTES)
    const at = this.#out.take(size)
    this.#refer(this.#record, record.extra, at, size)
    return at
  }

  #properties(base: number): void {
    const out = this.#out
    const { count, slots, keys, values } = this.#rows
    const table = out.take(count * property.bytes)
    out.view.setUint16(base + record.properties, count, true)
    out.view.setUint32(base + record.propertiesAt, table - base, true)
    let keyAt = 0
    let keySize = 0
    for (let row = 0; row < count; row++) {
      const at = table + row * property.bytes
      if (row === 0 || keys[row] !== keys[row - 1]) {
        keyAt = out.at - base
        keySize = Math.min(out.text(keys[row] ?? ''), KEY_BYTES_MAX)
      }
      const valueAt = out.at - base
      const valueSize = out.text(values[row] ?? '')
      const { view } = out
      view.setUint32(at + property.keyAt, keyAt, true)
      view.setUint16(at + property.keySize, keySize, true)
      view.setUint16(at + property.slot, slots[row] ?? property.noSlot, true)
      view.setUint32(at + property.valueAt, valueAt, true)
      view.setUint32(at + property.valueSize, valueSize, true)
    }
  }

  #text(base: number, field: number, text: string): void {
    const at = this.#out.at
    this.#refer(base, field, at, this.#out.text(text))
  }

  #bytes(base: number, field: number, bytes: Buffer): void {
    const at = this.#out.at
    this.#out.append(bytes)
    this.#refer(base, field, at, bytes.length)
  }

  /** A reference: where, counted from the record, and how many bytes. */
  #refer(base: number, field: number, at: number, size: number): void {
    const { view } = this.#out
    view.setUint32(base + field, at - base, true)
    view.setUint32(base + field + 4, size, true)
  }
}

function flagsOf(numericId: boolean, handle: number, reads: Reads): number {
  const { idText, body, allKeys, readOnly } = abi.recordFlag
  return (
    (numericId ? 0 : idText) |
    (reads.body ? body : 0) |
    (reads.allKeys ? allKeys : 0) |
    (handle === 0 ? readOnly : 0)
  )
}

function errorNumber(kind: ErrorKind | undefined): number {
  return kind === undefined ? 0 : abi.error[kind]
}

function flagBits(flags: readonly ExchangeFlag[]): number {
  let bits = 0
  for (const flag of flags) bits |= abi.outcomeFlag[flag]
  return bits
}
