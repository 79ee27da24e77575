/**
 * BlockWriter: writes what a guest is told (sdk/ABI.md §2) into bytes that it owns and uses again. It is written
 * straight from a {@link Message}, decodes only what the guest declared, and allocates nothing once it is warm. What
 * is the same for every message is left standing, so a writer serves one phase of one filter.
 */

import { abi } from '../../sdk/abi/abi.ts'
import { Message, type MessageKind, type Metadata, type Outcome } from '../../sdk/index.ts'
import { BlockBytes } from './block-bytes.ts'
import type { Reads } from './declaration.ts'
import { knownValues } from './known-values.ts'
import { PropertyRows } from './property-rows.ts'
import { RecordPrefix } from './record-prefix.ts'
import { ShownMessage, type Stamps } from './shown-message.ts'
import { StandingBlock } from './standing-block.ts'
import { writeOutcome } from './write-outcome.ts'

const { header, record, recordFlag, resume: resumeAt, restore: restoreAt } = abi
const RECORD_ALIGN_BYTES = 8
/** What is written beyond these is more than usual. */
const USUAL_ROWS = 16
const USUAL_BYTES = 4_096
/** What a row takes whose key and value become texts first, 0.4 µs alone and 0.8 on a busy machine, and a byte of long ones, 1 to 16 ns. */
const NS_PER_ROW = 600
const NS_PER_BYTE = 2
/** The property count is a u16; a message with more has the rest left out. */
export const PROPERTIES_MAX = 1_024
const NO_BYTES = Buffer.alloc(0)
/** Fields of a record by their words, and the references among them that may be absent. */
const HANDLE = record.handle >>> 2
const HANDLE_OF_FIRST = (header.bytes + record.handle) >>> 2
const ID_LOW = record.idLow >>> 2
const ID_HIGH = record.idHigh >>> 2
const STATUS = record.status >>> 2
const STREAM_ID = record.streamId >>> 2
const HEADER_SIZE = record.headerSize >>> 2
const BODY_SIZE = record.bodySize >>> 2
const OPTIONAL = [record.operation, record.idText, record.problem, record.body, record.extra].map(
  (field) => field >>> 2,
)

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
  /** The block that was finished is `bytes[0, size)`, until the next one is begun; often there is nothing behind it. */
  bytes: Buffer = NO_BYTES
  size = 0
  readonly #out = new BlockBytes()
  readonly #rows = new PropertyRows()
  readonly #numbered: boolean
  /** Of the first record, which is nearly always the only one. */
  readonly #firstPrefix: RecordPrefix
  readonly #furtherPrefix: RecordPrefix
  #record = 0
  #messages = 0
  /** Whether the first record, where it stands, lacks everything that a record may lack. */
  #bare = false
  /** What the values of the first record, where they stand, are known by; how many they are, and where they end. */
  #knownBy: object | undefined = undefined
  #valuesCount = 0
  #valuesEnd = 0
  /** Rows of all records of the block. */
  #rowsWritten = 0
  readonly #standing = new StandingBlock()
  readonly #shown: ShownMessage
  /** Whether several filters are told of a message by this. */
  #several = false

  /** `numbered`: records say which configuration holds, for a guest that has several. `stamps`: several filters may use it. */
  constructor(numbered = false, stamps?: Stamps) {
    this.#shown = new ShownMessage(stamps)
    const fixedBytes = numbered ? record.bytesWithConfig : record.bytes
    this.#numbered = numbered
    this.#firstPrefix = new RecordPrefix(fixedBytes)
    this.#furtherPrefix = new RecordPrefix(fixedBytes)
  }

  /** Whether several filters use it: which message a block shows is only looked at then. */
  share(several: boolean): void {
    this.#several = several
    this.#shown.forget()
  }

  /** How many nanoseconds it took to write it, about; 0 where that is no more than usual. */
  get effortNs(): number {
    const rows = this.#rowsWritten
    const bytes = this.#out.at
    return rows <= USUAL_ROWS && bytes <= USUAL_BYTES ? 0 : rows * NS_PER_ROW + bytes * NS_PER_BYTE
  }

  /** A block without messages: the configuration as JSON, its number, and what was granted. */
  configure(config: Buffer, grants: number, times: BlockTimes, number = 0): void {
    this.begin(abi.phase.configure, times)
    this.#firstPrefix.forget()
    const out = this.#out
    out.take(abi.configure.config - abi.configure.configSize)
    out.view.setUint32(abi.configure.configSize, config.length, true)
    out.view.setUint32(abi.configure.grants, grants, true)
    out.append(config)
    this.#messages = number
    this.finish()
  }

  /** A block that asks for the guest's state. */
  snapshot(times: BlockTimes): void {
    this.begin(abi.phase.snapshot, times)
    this.#firstPrefix.forget()
    this.finish()
  }

  /** The state of another version, for the guest to go on from. */
  restore(state: Buffer, version: string, times: BlockTimes): void {
    this.begin(abi.phase.restore, times)
    this.#firstPrefix.forget()
    const out = this.#out
    out.take(restoreAt.bytes - header.bytes)
    out.refer(0, restoreAt.version, version)
    this.#bytes(0, restoreAt.state, state)
    this.finish()
  }

  begin(phase: number, times: BlockTimes): void {
    const out = this.#out
    this.#record = 0
    this.#messages = 0
    this.#rowsWritten = 0
    this.#standing.forget()
    this.#shown.forget()
    if (!out.reset()) this.#firstPrefix.forget()
    out.at = header.bytes
    out.words[header.version >>> 2] = abi.version | (phase << 8)
    this.#times(times)
  }

  /**
   * Whether the block that was written last shows this message as it is now: because another filter of the chain was told
   * the same and nobody has changed that since, or because the message before differs from this one in nothing but
   * numbers. Then it shows it under this handle.
   */
  again(metadata: Metadata, handle: number, reads: Reads, config: number, times: BlockTimes): boolean {
    if (!(metadata instanceof Message)) return false
    if (this.#several && this.#shown.is(metadata, config)) this.#out.words[HANDLE_OF_FIRST] = handle
    else if (this.#standing.holds(metadata, reads)) this.#renew(metadata, handle, reads, config)
    else return false
    this.#times(times)
    return true
  }

  /** Appends a message under a handle; 0 makes it read-only. `config` is the number of the configuration that holds. */
  message(metadata: Metadata, handle: number, reads: Reads, config = 0): void {
    const out = this.#out
    const message = metadata instanceof Message ? metadata : undefined
    const first = this.#messages === 0
    const knownBy = first && message !== undefined ? knownValues(message, reads) : undefined
    const stood = this.#startRecord(metadata, reads)
    const at = this.#record
    if (stood && knownBy !== undefined && knownBy === this.#knownBy) out.at = this.#valuesEnd
    else this.#values(metadata, reads, knownBy)
    const numeric = message !== undefined && message.idText === undefined
    this.#numbers(at, metadata, handle, numeric ? message : undefined)
    this.#lackAll(at)
    const flags = flagsOf(numeric, handle, reads) | (this.#numbered ? recordFlag.config : 0)
    const count = first ? this.#valuesCount : this.#rows.count
    out.words[(at + record.kind) >>> 2] = kindOf(metadata.kind) | (flags << 8) | (count << 16)
    if (this.#numbered) out.view.setUint32(at + record.config, config, true)
    this.#optional(at, metadata, reads, numeric)
    if (message === undefined || !first || handle === 0) {
      this.#standing.forget()
      this.#shown.forget()
      return
    }
    if (this.#bare && knownBy === this.#knownBy) this.#standing.stand(message, reads, knownBy)
    if (this.#several && !reads.body) this.#shown.show(message, reads, config)
  }

  /** How the exchange ended, behind the message appended last. */
  outcome(outcome: Outcome): void {
    const at = this.#extra(abi.outcome.bytes)
    writeOutcome(this.#out, at, this.#record, outcome)
  }

  /** Why the message appended last is here again. */
  resume(resume: Resume): void {
    const at = this.#extra(resumeAt.bytes)
    const { view } = this.#out
    view.setUint8(at + resumeAt.reason, resume.reason)
    view.setUint8(at + resumeAt.phase, resume.phase)
    view.setUint16(at + resumeAt.pauses, Math.min(resume.pauses, 0xffff), true)
    if (resume.text !== '') this.#out.refer(this.#record, at - this.#record + resumeAt.text, resume.text)
  }

  finish(): void {
    this.#endRecord()
    const { words, at } = this.#out
    words[header.version >>> 2] = ((words[header.version >>> 2] ?? 0) & 0xffff) | (this.#messages << 16)
    words[header.size >>> 2] = at
    this.size = at
    const { written } = this.#out
    if (this.bytes !== written) this.bytes = written
  }

  /** Puts in the numbers of a message of which all the rest holds. */
  #renew(message: Message, handle: number, reads: Reads, config: number): void {
    const at = header.bytes
    this.#numbers(at, message, handle, message)
    if (this.#numbered) this.#out.view.setUint32(at + record.config, config, true)
    if (this.#several) this.#shown.show(message, reads, config)
  }

  /** The fields of a record that are numbers; `identified` is the message when its id is one. */
  #numbers(at: number, metadata: Metadata, handle: number, identified: Message | undefined): void {
    const { words } = this.#out
    const first = at >>> 2
    words[first + HANDLE] = handle
    words[first + ID_LOW] = identified === undefined ? 0 : identified.idLow
    words[first + ID_HIGH] = identified === undefined ? 0 : identified.idHigh
    words[first + STATUS] = metadata.status
    words[first + STREAM_ID] = metadata.streamId
    words[first + HEADER_SIZE] = metadata.headerSize
    words[first + BODY_SIZE] = metadata.bodySize
  }

  /** Nothing of what a record may lack is there. */
  #lackAll(at: number): void {
    // The fixed part of a further record was zeroed when it was begun.
    if (this.#bare || this.#messages > 1) return
    this.#bare = true
    const { words } = this.#out
    const first = at >>> 2
    for (const field of OPTIONAL) {
      words[first + field] = 0
      words[first + field + 1] = 0
    }
  }

  /** What a record may lack. */
  #optional(at: number, metadata: Metadata, reads: Reads, numeric: boolean): void {
    const out = this.#out
    if (numeric && !reads.operation && !reads.body && metadata.problem === undefined) return
    this.#bare = false
    if (reads.operation) out.refer(at, record.operation, metadata.operation)
    if (!numeric) out.refer(at, record.idText, metadata.requestId)
    if (metadata.problem !== undefined) out.refer(at, record.problem, metadata.problem)
    if (reads.body) this.#bytes(at, record.body, metadata.body)
  }

  #times(times: BlockTimes): void {
    const { view } = this.#out
    view.setFloat64(header.nowMs, times.nowMs, true)
    view.setFloat64(header.wallMs, times.wallMs, true)
  }

  /** Answers whether what stands in front of its values was there before. */
  #startRecord(metadata: Metadata, reads: Reads): boolean {
    this.#endRecord()
    const out = this.#out
    const first = this.#messages++ === 0
    this.#record = out.at
    if (!first) this.#furtherPrefix.forget()
    return this.#prefix(first).write(out, out.at, metadata, reads)
  }

  /** Writes the values; `knownBy` is what they are known by where another message may have them, too. */
  #values(metadata: Metadata, reads: Reads, knownBy: object | undefined): void {
    const rows = this.#rows
    rows.gather(metadata, reads, PROPERTIES_MAX)
    this.#rowsWritten += rows.count
    const bytes = metadata instanceof Message ? metadata.bytes : NO_BYTES
    rows.write(this.#out, this.#record, this.#prefix(this.#messages === 1), bytes)
    if (this.#messages > 1) return
    // What is wrong with one may be said of the next in other words.
    this.#knownBy = metadata.problem === undefined ? knownBy : undefined
    this.#valuesCount = rows.count
    this.#valuesEnd = this.#out.at
  }

  #prefix(first: boolean): RecordPrefix {
    return first ? this.#firstPrefix : this.#furtherPrefix
  }

  /** Closes the record that is open, if one is. */
  #endRecord(): void {
    const at = this.#record
    if (at === 0) return
    this.#out.align(RECORD_ALIGN_BYTES)
    this.#out.words[(at + record.size) >>> 2] = this.#out.at - at
    this.#record = 0
  }

  #extra(size: number): number {
    this.#bare = false
    this.#standing.forget()
    this.#out.align(RECORD_ALIGN_BYTES)
    const at = this.#out.take(size)
    const { view } = this.#out
    view.setUint32(this.#record + record.extra, at - this.#record, true)
    view.setUint32(this.#record + record.extra + 4, size, true)
    return at
  }

  #bytes(base: number, field: number, bytes: Buffer): void {
    const at = this.#out.at
    this.#out.append(bytes)
    const { view } = this.#out
    view.setUint32(base + field, at - base, true)
    view.setUint32(base + field + 4, bytes.length, true)
  }
}

/** Nearly all are requests. */
function kindOf(kind: MessageKind): number {
  return kind === 'request' ? abi.kind.request : abi.kind[kind]
}

function flagsOf(numericId: boolean, handle: number, reads: Reads): number {
  const { idText, body, allKeys, readOnly } = recordFlag
  return (
    (numericId ? 0 : idText) |
    (reads.body ? body : 0) |
    (reads.allKeys ? allKeys : 0) |
    (handle === 0 ? readOnly : 0)
  )
}
