/** What a codec imports from 'weir/codec': its declaration, and what the host calls as far as it is the same for all. */
import { answer } from './answer'
import { Bytes, forgetViews, view } from './bytes'
import { blockAt, used } from './filter'
import { Frame } from './frame'
import { Malformed } from './malformed'
import { LocalError, Outgoing } from './outgoing'
import { Reader, reader } from './reader'
import { Writer, writer } from './writer'

export { Bytes } from './bytes'
export { adler32, crc32, fnv1a } from './checksum'
export { Config } from './config'
export { Affinity, FOR_EVER, Frame, malformed, message, passed, refused } from './frame'
export { counter, log } from './host'
export { Malformed } from './malformed'
export { Kind } from './metadata'
export { LocalError, Outgoing, Property } from './outgoing'
export { Reader } from './reader'
export { Fault } from './verdict'
export { Writer } from './writer'

const FRAMES_MAX = 256
const OP_NEED = 65
const OP_MALFORMED = 67
const OP_STATE = 68
const OP_PROBLEM = 71
const OP_SNIFF = 72
const OP_CODEC = 80
const OP_WRITES = 81
const OP_WRITES_ALL = 82
const OP_MAGIC = 83
const OP_PASS = 73
const AFFINITY: u32 = 128
const PUSHES: u32 = 512

export enum Correlation {
  /** Replies carry the id of their request: many exchanges share a connection. */
  Id = 1,
  /** Replies come in the order of the requests. */
  InOrder,
  /** One exchange at a time has a connection. */
  Exclusive,
}

export enum Sniff {
  Yes = 1,
  No,
  More,
}

/** What a codec declares; what is left out is as it stands here. */
export class Declaration {
  correlation: Correlation = Correlation.Id
  /** How many bits the id has; of a text, how large a number it may hold. 0 without ids. */
  idBits: i32 = 0
  idText: bool = false
  /** Where the id stands in every frame, and how many bytes it takes there. */
  idAt: i32 = -1
  idSize: i32 = 0
  littleEndian: bool = false
  /** Keys that `encode` can change. */
  writes: string[] = []
  writesAll: bool = false
  /** Bytes that every connection begins with. */
  magic: string = ''
  frameSizeMax: i32 = 0
  sniffBytes: i32 = 0
  /** Messages may say that they need a connection of their client's own. */
  affinity: bool = false
  /** What an upstream sends there while nobody waits goes to that client; affinity is then meant, too. */
  pushes: bool = false
}

let declared = new Declaration()

/** Declares the codec; once, at the top. */
export function codec(declaration: Declaration): void {
  declared = declaration
}

/** What `setState` said about the frame that is read, and what is known since the one before. */
let next: ArrayBuffer | null = null
const nothing = new ArrayBuffer(0)
let state = nothing

/** What is known about this connection and direction from the next frame on; in `decode`. */
export function setState(value: Bytes): void {
  next = bufferOf(value)
}

function bufferOf(bytes: Bytes): ArrayBuffer {
  if (bytes.size == 0) return nothing
  const copied = new ArrayBuffer(bytes.size)
  memory.copy(changetype<usize>(copied), bytes.at, <usize>bytes.size)
  return copied
}

/** The frame was understood: what it made known holds. */
function keepState(): void {
  const said = next
  if (said == null) return
  state = said
  answer.begin(OP_STATE, 0, 0)
  answer.bytes(changetype<usize>(said), said.byteLength)
  answer.end()
}

/** For the kit, as everything below: says what was declared; the bits tell which handlers there are. */
export function declareCodec(handlers: u32): void {
  const bits = handlers | (declared.affinity || declared.pushes ? AFFINITY : 0) | (declared.pushes ? PUSHES : 0)
  const id: u32 = declared.idText ? 2 : declared.idBits > 0 ? 1 : 0
  answer.begin(OP_CODEC, declared.correlation, 0)
  answer.u32(id | (<u32>declared.idBits << 8) | (bits << 16))
  answer.u32(<u32>declared.idAt)
  const size = declared.idAt < 0 ? 0 : declared.idSize > 0 ? declared.idSize : (declared.idBits + 7) >> 3
  answer.u32(<u32>size | (declared.littleEndian ? 0x100 : 0))
  answer.u32(declared.frameSizeMax)
  answer.u32(declared.sniffBytes)
  answer.u32(0)
  answer.end()
  for (let i = 0; i < declared.writes.length; i++) say(OP_WRITES, 0, declared.writes[i])
  if (declared.writesAll) say(OP_WRITES_ALL, 0, '')
  if (declared.magic != '') {
    answer.begin(OP_MAGIC, 0, 0)
    for (let i = 0; i < declared.magic.length; i++) store<u8>(answer.room(1), declared.magic.charCodeAt(i))
    answer.end()
  }
}

const outgoing = new Outgoing()
const error = new LocalError()

export function openCodec(size: u32): Outgoing {
  used(size)
  answer.reset()
  forgetViews()
  return outgoing.of(blockAt())
}

export function errorOf(): LocalError {
  return error.of(blockAt())
}

export function writing(): Writer {
  return writer.begin()
}

export function wrote(): void {
  answer.end()
}

/** A side that begins with nothing says nothing. */
export function wrotePreface(): void {
  if (writer.at == 0) answer.reset()
  else answer.end()
}

/** What was written is forgotten when a sentence says why it cannot be. */
export function wroteUnless(why: string | null): void {
  if (why == null) {
    answer.end()
    return
  }
  answer.reset()
  say(OP_PROBLEM, 0, why)
}

export function sniffed(verdict: Sniff): void {
  say(OP_SNIFF, verdict, '')
}

export function firstBytes(): Bytes {
  return outgoing.of(blockAt()).bytes
}

/** What was not taken yet. */
function beginDecoding(): Bytes {
  const block = blockAt()
  reader.request = load<u8>(block, 24) == 1
  reader.limit = load<u32>(block, 60)
  state = bufferOf(view(block + load<u32>(block, 80), load<u32>(block, 84)))
  return view(block + load<u32>(block, 48), load<u32>(block, 52))
}

/** What `decodeChunk` tells: frame after frame, each beginning where the one before ended. */
@final
export class Sink {
  /** Whether a caller sent this, and no upstream. */
  request: bool = false
  /** The largest frame that is taken. */
  limit: u32 = 0
  /** What is known about this connection and direction. */
  state: Bytes = new Bytes()
  private at: usize = 0
  private left: i32 = 0

  /** For the kit. */
  begin(bytes: Bytes): Sink {
    this.request = reader.request
    this.limit = reader.limit
    return this.goOn(bytes.at, bytes.size).know()
  }

  /** A frame that says its `size` and `headerSize`, and where its body is when that is not all behind the header. */
  message(frame: Frame, bodyAt: i32 = -1, bodySize: u32 = 0): void {
    reader.bodyAt = bodyAt
    reader.bodySize = bodySize
    this.take(frame.write())
  }

  /** So many bytes are no message, a greeting for example. */
  passed(size: u32): void {
    answer.begin(OP_PASS, 0, 0)
    answer.u32(size)
    answer.end()
    this.take(size)
  }

  /** So many bytes from here on have to be there; 0: more. */
  need(size: u32): void {
    answer.begin(OP_NEED, 0, 0)
    answer.u32(size)
    answer.end()
  }

  malformed(code: Malformed, why: string): void {
    say(OP_MALFORMED, code, why)
  }

  setState(value: Bytes): void {
    next = bufferOf(value)
    keepState()
    this.know()
  }

  private take(size: i32): void {
    const taken = min(size, this.left)
    this.goOn(this.at + <usize>taken, this.left - taken)
  }

  private know(): Sink {
    this.state.at = changetype<usize>(state)
    this.state.size = state.byteLength
    return this
  }

  private goOn(at: usize, left: i32): Sink {
    this.at = at
    this.left = left
    reader.begin(at, left)
    return this
  }
}

const sink = new Sink()

/** Shows everything that is there. */
export function decodeChunks(decodeChunk: (bytes: Bytes, sink: Sink) => void): void {
  const all = beginDecoding()
  decodeChunk(all, sink.begin(all))
}

/** Decodes frame after frame, until a byte is missing or nothing is left. */
export function decodeAll(decode: (r: Reader) => Frame): void {
  const all = beginDecoding()
  const start = all.at
  const total = all.size
  let at = 0
  for (let frames = 0; at < total && frames < FRAMES_MAX; frames++) {
    forgetViews()
    next = null
    reader.state.at = changetype<usize>(state)
    reader.state.size = state.byteLength
    reader.begin(start + <usize>at, total - at)
    const before = answer.size
    const frame = decode(reader)
    if (reader.wrong != 0) {
      answer.cut(before)
      say(OP_MALFORMED, reader.wrong, whyOf(reader.wrong))
      return
    }
    if (reader.missing != 0) {
      answer.cut(before)
      answer.begin(OP_NEED, 0, 0)
      answer.u32(reader.missing)
      answer.end()
      return
    }
    const size = frame.write()
    if (size <= 0) return
    keepState()
    at += size
  }
}

function whyOf(wrong: u32): string {
  return wrong == Malformed.Magic ? 'these are not the bytes of this protocol' : 'a part reaches beyond its frame'
}

function say(code: u32, arg: u32, text: string): void {
  answer.begin(code, arg, 0)
  answer.text(text)
  answer.end()
}
