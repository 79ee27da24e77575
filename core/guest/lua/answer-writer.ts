/**
 * AnswerWriter: writes the list of operations of one call (sdk/ABI.md §3) from texts that lie in the interpreter's
 * memory. It only bounds the whole; whoever reads the list holds each operation to its budget.
 */
import { abi } from '../../../sdk/abi/abi.ts'
import { OpList } from '../op-list.ts'
import { Trap } from '../trap.ts'
import type { Interpreter } from './interpreter.ts'
import type { LuaLimits } from './lua-limits.ts'

const { opHeader, opListHeaderBytes } = abi
const INITIAL_BYTES = 4_096
/** What one large answer made it grow to is given back after the next one. */
const KEPT_BYTES_MAX = 65_536
/** Up to here a loop is faster than a call of the engine's copy. */
const SHORT_BYTES = 40
const ARGUMENT_SHIFT = 8 * opHeader.arg

export class AnswerWriter {
  readonly #limits: LuaLimits
  readonly #list = new OpList()
  #bytes: Buffer = Buffer.allocUnsafeSlow(INITIAL_BYTES)
  /** The same as words of this machine, which are little-endian wherever Node runs Lua for us. */
  #words: Int32Array = wordsOf(this.#bytes)
  #view: DataView = viewOf(this.#bytes)
  #at: number = opListHeaderBytes
  /** Where the operation that is open begins. */
  #open = 0
  /** Where the operation ends that stands at the beginning and may be said again; 0 for none. */
  #standing = 0
  /** Where the last operation that is whole ends. */
  #whole: number = opListHeaderBytes
  #logs = 0
  #counts = 0
  #streaming = false
  #streamAt = 0
  #streamed = 0
  /** The message that operations name. */
  handle = 0

  constructor(limits: LuaLimits) {
    this.#limits = limits
  }

  /** Begins the list of another call. */
  reset(): void {
    this.#at = opListHeaderBytes
    this.#whole = opListHeaderBytes
    this.#logs = 0
    this.#counts = 0
    this.#streaming = false
    this.#streamed = 0
    if (this.#bytes.length > KEPT_BYTES_MAX) this.#replace(Buffer.allocUnsafeSlow(INITIAL_BYTES))
  }

  /** The list, until the next call; nothing when nothing was said. */
  finish(): OpList | undefined {
    this.#endStream()
    if (this.#at === opListHeaderBytes) return undefined
    this.#words[0] = this.#at
    const list = this.#list
    list.bytes = this.#bytes
    list.start = 0
    list.end = this.#at
    return list
  }

  /** Whether the call may say another line of log; beyond, lines are dropped where they are made. */
  admitsLog(): boolean {
    return ++this.#logs <= this.#limits.linesMax
  }

  admitsCount(): boolean {
    return ++this.#counts <= this.#limits.linesMax
  }

  /** Opens an operation that goes on until another one begins; nothing when it is open already. */
  stream(interpreter: Interpreter, code: number): void {
    if (this.#streaming) return
    this.begin(interpreter, code, 0)
    this.#streaming = true
    this.#streamAt = this.#at
  }

  /** Bytes that were streamed since the call began, and those that {@link streamedElsewhere} counted. */
  get streamed(): number {
    return this.#streamed + (this.#streaming ? this.#at - this.#streamAt : 0)
  }

  /** Counts bytes that belong to the stream and are no part of this list. */
  streamedElsewhere(count: number): void {
    this.#endStream()
    this.#streamed += count
  }

  /** Writes a number over bytes of the open operation; false when they are not there. */
  patchStream(at: number, size: number, little: boolean, value: number): boolean {
    const place = this.#streamAt + at - this.#streamed
    if (!this.#streaming || place < this.#streamAt || place + size > this.#at) return false
    this.#putNumber(place, size, little, value, 0)
    return true
  }

  begin(interpreter: Interpreter, code: number, argument: number): void {
    this.#endStream()
    // The padding of the operation before, and this one's header, are always written together.
    const at = (this.#at + 3) & ~3
    this.#room(interpreter, at + opHeader.bytes - this.#at)
    for (let i = this.#at; i < at; i++) this.#bytes[i] = 0
    this.#open = at
    this.#at = at + opHeader.bytes
    const words = this.#words
    words[at >>> 2] = (code & 0xff) | ((argument & 0xff) << ARGUMENT_SHIFT)
    words[(at + opHeader.message) >>> 2] = this.handle
    if (at === opListHeaderBytes) this.#standing = 0
  }

  end(): void {
    this.#words[(this.#open + opHeader.size) >>> 2] = this.#at - this.#open
    this.#whole = this.#at
  }

  /** The operation that ended last may be said again, if it is the first of the list. */
  stand(): void {
    this.#standing = this.#open === opListHeaderBytes ? this.#whole : 0
  }

  /** Says the operation that stands at the beginning, of this message; false when something was said, or another stands there. */
  repeat(): boolean {
    if (this.#at !== opListHeaderBytes || this.#standing === 0) return false
    this.#words[(opListHeaderBytes + opHeader.message) >>> 2] = this.handle
    this.#at = this.#standing
    this.#whole = this.#standing
    return true
  }

  /** Hands on the lines of log of a call that failed, which nobody will read from its list. */
  tellLogs(tell: (level: number, text: Buffer) => void): void {
    const bytes = this.#bytes
    for (let at: number = opListHeaderBytes; at < this.#whole; ) {
      const size = bytes.readUInt32LE(at + opHeader.size)
      if (bytes[at] === abi.op.log) tell(bytes[at + 1] ?? 0, bytes.subarray(at + opHeader.bytes, at + size))
      at += (size + 3) & ~3
    }
  }

  u32(interpreter: Interpreter, value: number): void {
    this.#room(interpreter, 4)
    if ((this.#at & 3) === 0) this.#words[this.#at >>> 2] = value
    else this.#setU32(this.#at, value)
    this.#at += 4
  }

  /** Appends a number of one to eight bytes, given as its two halves. */
  number(interpreter: Interpreter, size: number, little: boolean, low: number, high: number): void {
    this.#room(interpreter, size)
    this.#putNumber(this.#at, size, little, low, high)
    this.#at += size
  }

  /** Takes so many bytes, which are written at once into {@link bytes}; answers where they begin. */
  take(interpreter: Interpreter, size: number): number {
    this.#room(interpreter, size)
    const at = this.#at
    this.#at = at + size
    return at
  }

  /** What is written into: another one whenever it has grown. */
  get bytes(): Buffer {
    return this.#bytes
  }

  /** Appends bytes of the interpreter's memory. */
  copy(interpreter: Interpreter, from: number, size: number): void {
    this.#room(interpreter, size)
    const at = this.#at
    this.#at = at + size
    if (size > SHORT_BYTES) interpreter.bytes.copy(this.#bytes, at, from, from + size)
    else if (size >= 4) this.#copyFours(interpreter.view, from, at, size - 4)
    else for (let i = 0; i < size; i++) this.#bytes[at + i] = interpreter.bytes[from + i] ?? 0
  }

  /** The last four bytes may begin within those before them. */
  #copyFours(source: DataView, from: number, at: number, last: number): void {
    const view = this.#view
    for (let i = 0; i < last; i += 4) view.setInt32(at + i, source.getInt32(from + i, true), true)
    view.setInt32(at + last, source.getInt32(from + last, true), true)
  }

  /** Appends bytes of the host's. */
  append(interpreter: Interpreter, from: Buffer): void {
    this.#room(interpreter, from.length)
    from.copy(this.#bytes, this.#at)
    this.#at += from.length
  }

  #endStream(): void {
    if (!this.#streaming) return
    this.#streaming = false
    this.#streamed += this.#at - this.#streamAt
    this.end()
  }

  #putNumber(at: number, size: number, little: boolean, low: number, high: number): void {
    const bytes = this.#bytes
    for (let i = 0; i < size; i++) {
      const byte = i < 4 ? low >>> (i * 8) : high >>> ((i - 4) * 8)
      bytes[little ? at + i : at + size - 1 - i] = byte
    }
  }

  #room(interpreter: Interpreter, size: number): void {
    const needed = this.#at + size
    if (needed <= this.#bytes.length) return
    const { answerBytesMax } = this.#limits
    if (needed > answerBytesMax) {
      interpreter.stop(new Trap('budget', `the plugin's answer is longer than ${answerBytesMax} bytes`))
    }
    const larger = Buffer.allocUnsafeSlow(Math.min(Math.max(needed, this.#bytes.length * 2), answerBytesMax))
    this.#bytes.copy(larger, 0, 0, this.#at)
    this.#replace(larger)
  }

  #replace(bytes: Buffer): void {
    this.#bytes = bytes
    this.#words = wordsOf(bytes)
    this.#view = viewOf(bytes)
    this.#standing = 0
  }

  #setU32(at: number, value: number): void {
    const bytes = this.#bytes
    bytes[at] = value
    bytes[at + 1] = value >>> 8
    bytes[at + 2] = value >>> 16
    bytes[at + 3] = value >>> 24
  }
}

function wordsOf(bytes: Buffer): Int32Array {
  return new Int32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength >>> 2)
}

function viewOf(bytes: Buffer): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
