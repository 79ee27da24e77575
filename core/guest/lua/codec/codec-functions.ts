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

const { op, frame, own, row } = abi.codec
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

  constructor(interpreter: Interpreter, writer: AnswerWriter) {
    this.#interpreter = interpreter
    this.#writer = writer
  }

  #frame(state: number): number {
    const interpreter = this.#interpreter
    const writer = this.#writer
    const { calls } = interpreter
    const refused = calls.lua_type(state, place.refused) !== LUA_NIL
    const pairs = Math.max(0, calls.lua_gettop(state) - place.pairs + 1) >>> 1
    writer.begin(interpreter, refused ? op.refused : op.frame, this.#number(state, place.kind))
    for (const at of [place.size, place.headerSize, place.status, place.idLow, place.idHigh, place.streamId])
      writer.u32(interpreter, this.#number(state, at))
    let next = frame.bytes + pairs * row.bytes
    next = this.#refer(state, place.idText, next)
    next = this.#refer(state, place.operation, next)
    writer.u32(interpreter, this.#number(state, place.bodyAt))
    writer.u32(interpreter, this.#number(state, place.bodySize))
    writer.u32(interpreter, this.#number(state, place.idAt))
    writer.u32(interpreter, pairs)
    next = refused ? this.#refer(state, place.refused, next) : this.#absent(next)
    const last = place.pairs + pairs * 2
    for (let at = place.pairs; at < last; at++) next = this.#refer(state, at, next)
    for (const at of [place.idText, place.operation]) this.#text(state, at)
    if (refused) this.#text(state, place.refused)
    for (let at = place.pairs; at < last; at++) this.#text(state, at)
    writer.end()
    return 0
  }

  /** A ref to the text at this place of the stack, which is written later; answers where the one behind it will be. */
  #refer(state: number, at: number, where: number): number {
    const interpreter = this.#interpreter
    interpreter.calls.lua_tolstring(state, at, interpreter.sizeOut)
    const size = interpreter.words[interpreter.sizeWord] ?? 0
    this.#writer.u32(interpreter, (own | where) >>> 0)
    this.#writer.u32(interpreter, size)
    return where + size
  }

  #absent(where: number): number {
    this.#writer.u32(this.#interpreter, 0)
    this.#writer.u32(this.#interpreter, 0)
    return where
  }

  #text(state: number, at: number): void {
    const interpreter = this.#interpreter
    const text = interpreter.calls.lua_tolstring(state, at, interpreter.sizeOut) >>> 0
    if (text !== 0) this.#writer.copy(interpreter, text, interpreter.words[interpreter.sizeWord] ?? 0)
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
    this.#text(state, 1)
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
