/**
 * FrameList: what a guest answered to the question what stands in some bytes: checked as a whole, before any of it is
 * believed, and copied, because the guest is called again before the last of its frames is through. Offsets, sizes and
 * codes are a hostile peer's claims.
 */
import { abi } from '../../../sdk/abi/abi.ts'
import { readText } from '../../../sdk/abi/text.ts'
import type { Affinity, MalformedCode, MessageKind } from '../../../sdk/index.ts'
import { OpList } from '../op-list.ts'
import { Trap } from '../trap.ts'
import type { CodecLimits } from './codec-limits.ts'
import { type CodecNotes, isNote } from './codec-notes.ts'
import { OpCursor } from './op-cursor.ts'

const { codec } = abi
const { frame, own, row, declares } = codec
const KINDS = Object.keys(abi.kind).filter((name): name is MessageKind => Object.hasOwn(abi.kind, name))
const CODES = Object.keys(codec.malformed).filter((name): name is MalformedCode =>
  Object.hasOwn(codec.malformed, name),
)
const AFFINITIES = ['shared', 'own', 'release'] as const satisfies readonly Affinity[]
/** Operations beside frames and what is said of each: notes, state, need. */
const OTHER_OPS_MAX = 128
/**
 * Of an answer, and more for each byte that it is about: it is kept while one of its messages is under way, so whoever
 * sends little may not have much kept.
 */
const LIST_BYTES = 131_072
const LIST_BYTES_PER_BYTE = 64
/** An id is what calls are told apart by, not what they carry. */
const ID_BYTES_MAX = 1_024
/** A byte of a frame may be part of so many of its properties: else a small frame is large when all of it is read. */
const SHARED_MAX = 4
/** A payload that is none: the bytes are no message. */
const PASSED = -1

/** A frame that begins where the one before ended. */
export interface SaidFrame {
  readonly kind: MessageKind
  /** Where its payload begins in {@link FrameList.said}; below 0: these bytes are passed over. */
  readonly payload: number
  readonly size: number
  /** Why it is not taken; `undefined` when it is. */
  readonly refusal: string | undefined
  affinity: Affinity
  /** As {@link Message.waitMs}. */
  waitMs: number
}

/** What an answer is held to; the same for all of a decoder's. */
export interface FrameRules {
  readonly limits: CodecLimits
  readonly notes: CodecNotes
  /** What the guest has declared: bits of `abi.codec.declares`. */
  readonly flags: number
}

export class FrameList {
  /** A copy of the guest's list. */
  readonly said: Buffer
  readonly frames: SaidFrame[] = []
  /** How many bytes must be there for the next question; 0 when the guest does not say. */
  need = 0
  /** The guest has looked at everything and takes more. */
  more = false
  malformed: { readonly code: MalformedCode; readonly text: string } | undefined = undefined
  /** What is to be kept for the connection; `undefined` when nothing else than before. */
  state: Buffer | undefined = undefined
  /** How far the frames reach, which may be beyond what was given. */
  reach = 0
  readonly #list: OpList
  readonly #given: number
  readonly #limits: CodecLimits
  readonly #flags: number

  private constructor(list: OpList, given: number, { limits, flags }: FrameRules) {
    this.said = Buffer.from(list.bytes.subarray(list.start, list.end))
    this.#list = new OpList(this.said)
    this.#given = given
    this.#limits = limits
    this.#flags = flags
  }

  /** `given` is how many bytes the guest was shown. */
  static read(list: OpList, given: number, rules: FrameRules): FrameList | Trap {
    const bytesMax = LIST_BYTES + given * LIST_BYTES_PER_BYTE
    if (list.size > bytesMax)
      return new Trap('budget', `it answered with ${list.size} bytes, ${bytesMax} allowed`)
    const answer = new FrameList(list, given, rules)
    const cursor = new OpCursor(answer.#list, rules.limits.framesMax * 2 + OTHER_OPS_MAX, bytesMax)
    while (cursor.next()) {
      const text = isNote(cursor) ? rules.notes.take(answer.#list, cursor) : answer.#take(cursor)
      if (text !== undefined) return cursor.fail(text)
    }
    return cursor.trap ?? answer
  }

  #take(cursor: OpCursor): string | undefined {
    const { code, from, to } = cursor
    if (this.malformed !== undefined) return 'something behind the end of the connection'
    switch (code) {
      case codec.op.frame:
      case codec.op.refused:
        return this.#frame(cursor)
      case codec.op.need:
        return this.#needed(from, to)
      case codec.op.malformed:
        return this.#broken(cursor)
      case codec.op.state:
        if (to - from > this.#limits.stateBytesMax) return `a state of ${to - from} bytes`
        this.state = this.said.subarray(from, to)
        return undefined
      case codec.op.pass:
        return this.#passed(from, to)
      case codec.op.affinity:
        return this.#bound(cursor)
      default:
        return `operation code ${code} is no answer to bytes`
    }
  }

  #frame({ code, argument, from, to }: OpCursor): string | undefined {
    const list = this.#list
    const kind = KINDS[argument - 1]
    if (kind === undefined) return `kind ${argument} does not exist`
    if (to - from < frame.bytes) return 'a frame that is cut off'
    const misplaced = this.#misplaced()
    if (misplaced !== undefined) return misplaced
    const size = list.u32(from + frame.size)
    const headerSize = list.u32(from + frame.headerSize)
    if (size === 0) return 'a frame without bytes'
    if (headerSize > size) return `a header of ${headerSize} bytes in a frame of ${size}`
    const wrong = this.#refs(from, to, size)
    if (wrong !== undefined) return wrong
    const refusal = code === codec.op.refused ? this.#own(from, from + frame.text) : undefined
    this.frames.push({ kind, payload: from, size, refusal, affinity: 'shared', waitMs: 0 })
    this.reach += size
    return undefined
  }

  #misplaced(): string | undefined {
    if (this.reach >= this.#given) return 'a frame that begins behind what was given'
    if (this.more) return 'a frame behind the bytes that are needed for it'
    return this.frames.length >= this.#limits.framesMax
      ? `more than ${this.#limits.framesMax} frames`
      : undefined
  }

  #passed(from: number, to: number): string | undefined {
    if ((this.#flags & declares.preface) === 0) return 'bytes passed over, and it declares no preface'
    const size = to - from === 4 ? this.#list.u32(from) : 0
    if (size === 0) return 'bytes passed over without their number'
    const misplaced = this.#misplaced()
    if (misplaced !== undefined) return misplaced
    this.frames.push({
      kind: 'oneway',
      payload: PASSED,
      size,
      refusal: undefined,
      affinity: 'shared',
      waitMs: 0,
    })
    this.reach += size
    return undefined
  }

  /** What is said of the frame before it. */
  #bound({ argument, from, to }: OpCursor): string | undefined {
    const affinity = AFFINITIES[argument]
    const last = this.frames.at(-1)
    if ((this.#flags & declares.affinity) === 0) return 'an affinity, and it declares none'
    if (affinity === undefined) return `affinity ${argument} does not exist`
    if (to - from !== 4) return 'an affinity without its milliseconds'
    if (last === undefined || last.payload < 0) return 'an affinity without a frame before it'
    const waitMs = this.#list.u32(from)
    last.affinity = affinity
    last.waitMs = waitMs === abi.none ? Number.POSITIVE_INFINITY : waitMs
    return undefined
  }

  #refs(from: number, to: number, size: number): string | undefined {
    const list = this.#list
    const { propertiesMax, ownBytesMax, keyBytesMax } = this.#limits
    const count = list.u32(from + frame.properties)
    if (count > propertiesMax) return `${count} properties, ${propertiesMax} allowed`
    const table = from + frame.bytes
    if (count * row.bytes > to - table) return 'a property table longer than its operation'
    const ownBytes = to - table - count * row.bytes
    if (ownBytes > ownBytesMax) return `more than ${ownBytesMax} bytes about one frame`
    for (const field of [frame.idText, frame.operation, frame.body, frame.text])
      if (!this.#fits(from, to, from + field, size)) return 'a ref that leads out of its frame'
    if (list.u32(from + frame.body) >= own) return 'a body that is no part of its frame'
    if (list.u32(from + frame.idText + 4) > ID_BYTES_MAX) return `an id of over ${ID_BYTES_MAX} bytes`
    let texts = 0
    for (let at = table; at < table + count * row.bytes; at += row.bytes) {
      if (!this.#fits(from, to, at + row.keyAt, size) || !this.#fits(from, to, at + row.valueAt, size))
        return 'a property that leads out of its frame'
      const keySize = list.u32(at + row.keySize)
      if (keySize === 0 || keySize > keyBytesMax) return 'a key that is empty or too long'
      texts += keySize + list.u32(at + row.valueSize)
    }
    return texts > (size + ownBytes) * SHARED_MAX
      ? 'properties that are the same bytes again and again'
      : undefined
  }

  #fits(from: number, to: number, ref: number, frameSize: number): boolean {
    const where = this.#list.u32(ref)
    const size = this.#list.u32(ref + 4)
    return where >= own ? from + (where - own) + size <= to : where + size <= frameSize
  }

  /** A text among the guest's own bytes. */
  #own(from: number, ref: number): string {
    const where = this.#list.u32(ref)
    const size = Math.min(this.#list.u32(ref + 4), this.#limits.textBytesMax)
    if (where < own) return ''
    return readText(this.said, from + (where - own), from + (where - own) + size)
  }

  #needed(from: number, to: number): string | undefined {
    if (to - from !== 4) return 'a need without its number'
    const need = this.#list.u32(from)
    this.more = true
    if (need === 0) return undefined
    if (need <= this.#given - this.reach)
      return `${need} bytes are needed, and ${this.#given - this.reach} are there`
    this.need = need
    return undefined
  }

  #broken({ argument, from, to }: OpCursor): string | undefined {
    const code = CODES[argument - 1]
    if (code === undefined) return `there is no reason ${argument} to end a connection`
    const end = Math.min(to, from + this.#limits.textBytesMax)
    this.malformed = { code, text: readText(this.said, from, end) }
    return undefined
  }
}
