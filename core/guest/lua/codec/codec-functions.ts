/**
 * CodecFunctions: what the prelude of a codec writes its answers with: frames as they are read, and bytes of a message
 * that is written. Numbers that the prelude has not looked at are cut to what their field holds; what makes no sense is
 * found by whoever checks the answer.
 */
import { abi } from '../../../../sdk/abi/abi.ts'
import { type ChecksumName, checksums } from '../../../../sdk/checksum.ts'
import type { AnswerWriter } from '../answer-writer.ts'
import type { HostFunction } from '../host-functions.ts'
import type { Interpreter } from '../interpreter.ts'
import { FrameTexts } from './frame-texts.ts'
import { setU32 } from './set-u32.ts'

const { op, frame, row } = abi.codec
const U32_MAX = 0xffff_ffff
const LUA_NIL = 0
/** Places of the arguments of `frame`; keys and values follow. */
const place = {
  kind: 1,
  size: 2,
  headerSize: 3,
  status: 4,
  idLow: 5,
  idHigh: 6,
  streamId: 7,
  idAt: 8,
  bodyAt: 9,
  bodySize: 10,
  operation: 11,
  idText: 12,
  refused: 13,
  pairs: 14,
} as const
/** Size, header size, status, the halves of the id, and the stream id: one after the other in both places. */
const NUMBERS = 6
/** What the host's sums cost the guest, in fuel, for each byte. */
const SUM_COST = 8

export class CodecFunctions {
  /** `frame`, `put`, `putBytes`, `keep`, `patch`, `written`. */
  readonly writing: readonly HostFunction[] = [
    (state) => this.#frame(state),
    (state) => this.#put(state),
    (state) => this.#putBytes(state),
    (state) => this.#keep(state),
    (state) => this.#patch(state),
    (state) => this.#tellWritten(state),
  ]
  /** `crc32`, `adler32`, `fnv1a`. */
  readonly sums: readonly HostFunction[] = (['crc32', 'adler32', 'fnv1a'] as const).map(
    (name) => (state: number) => this.#sum(state, name),
  )
  readonly #interpreter: Interpreter
  readonly #writer: AnswerWriter
  readonly #texts: FrameTexts

  constructor(interpreter: Interpreter, writer: AnswerWriter) {
    this.#interpreter = interpreter
    this.#writer = writer
    this.#texts = new FrameTexts(interpreter)
  }

  #frame(state: number): number {
    const interpreter = this.#interpreter
    const writer = this.#writer
    const { calls } = interpreter
    const refused = calls.lua_type(state, place.refused) !== LUA_NIL
    const pairs = Math.max(0, calls.lua_gettop(state) - place.pairs + 1) >>> 1
    const last = place.pairs + pairs * 2
    writer.begin(interpreter, refused ? op.refused : op.frame, calls.lua_tonumberx(state, place.kind, 0))
    this.#texts.begin(frame.bytes + pairs * row.bytes)
    const fixed = writer.take(interpreter, frame.bytes + pairs * row.bytes)
    const { bytes } = writer
    for (let i = 0; i < NUMBERS; i++)
      setU32(bytes, fixed + i * 4, calls.lua_tonumberx(state, place.size + i, 0))
    this.#texts.refer(state, place.idText, bytes, fixed + frame.idText)
    this.#texts.refer(state, place.operation, bytes, fixed + frame.operation)
    setU32(bytes, fixed + frame.body, calls.lua_tonumberx(state, place.bodyAt, 0))
    setU32(bytes, fixed + frame.body + 4, calls.lua_tonumberx(state, place.bodySize, 0))
    setU32(bytes, fixed + frame.idAt, calls.lua_tonumberx(state, place.idAt, 0))
    setU32(bytes, fixed + frame.properties, pairs)
    setU32(bytes, fixed + frame.text, 0)
    setU32(bytes, fixed + frame.text + 4, 0)
    if (refused) this.#texts.refer(state, place.refused, bytes, fixed + frame.text)
    let ref = fixed + frame.bytes
    for (let at = place.pairs; at < last; at++, ref += 8) this.#texts.refer(state, at, bytes, ref)
    this.#texts.write(writer)
    writer.end()
    return 0
  }

  /** `put(size, little, low, high)` */
  #put(state: number): number {
    const { calls } = this.#interpreter
    this.#writer.stream(this.#interpreter, op.bytes)
    this.#writer.number(
      this.#interpreter,
      calls.lua_tonumberx(state, 1, 0),
      calls.lua_tonumberx(state, 2, 0) === 1,
      calls.lua_tonumberx(state, 3, 0),
      calls.lua_tonumberx(state, 4, 0),
    )
    return 0
  }

  #putBytes(state: number): number {
    this.#writer.stream(this.#interpreter, op.bytes)
    const interpreter = this.#interpreter
    const text = interpreter.calls.lua_tolstring(state, 1, interpreter.sizeOut) >>> 0
    if (text !== 0) this.#writer.copy(interpreter, text, interpreter.words[interpreter.sizeWord] ?? 0)
    return 0
  }

  /** `keep(at, size)` */
  #keep(state: number): number {
    const interpreter = this.#interpreter
    const writer = this.#writer
    const size = this.#number(state, 2)
    writer.streamedElsewhere(size)
    writer.begin(interpreter, op.keep, 0)
    writer.u32(interpreter, this.#number(state, 1))
    writer.u32(interpreter, size)
    writer.end()
    return 0
  }

  /** `patch(size, little, at, value)` */
  #patch(state: number): number {
    const little = this.#number(state, 2) === 1
    const size = this.#number(state, 1)
    if (!this.#writer.patchStream(this.#number(state, 3), size, little, this.#number(state, 4)))
      this.#interpreter.raise(
        state,
        'what is written over was not written, or is a range of the frame that is kept',
      )
    return 0
  }

  #tellWritten(state: number): number {
    this.#interpreter.calls.lua_pushinteger(state, BigInt(this.#writer.streamed))
    return 1
  }

  #sum(state: number, name: ChecksumName): number {
    const interpreter = this.#interpreter
    const at = interpreter.calls.lua_tolstring(state, 1, interpreter.sizeOut) >>> 0
    const size = interpreter.words[interpreter.sizeWord] ?? 0
    interpreter.charge(size * SUM_COST)
    const { initial, update } = checksums[name]
    interpreter.calls.lua_pushinteger(state, BigInt(update(initial, interpreter.bytes, at, at + size)))
    return 1
  }

  /** What a field of 32 bits holds of it; −1 is all of its bits. */
  #number(state: number, index: number): number {
    const value = this.#interpreter.calls.lua_tonumberx(state, index, 0)
    return value < 0 ? value >>> 0 : Math.min(Math.trunc(value), U32_MAX)
  }
}
