/**
 * LuaCodecProgram: a codec's chunk in an interpreter of its own, and the calls of what its prelude answered. These stay on
 * the main thread's stack, at the places below; arguments are read from the block where it lies in the interpreter's memory.
 */
import { abi } from '../../../../sdk/abi/abi.ts'
import { Trap } from '../../trap.ts'
import { AnswerFunctions } from '../answer-functions.ts'
import { AnswerWriter } from '../answer-writer.ts'
import { blamingFunction } from '../blaming-function.ts'
import { named, pushHostTable } from '../host-table.ts'
import { Interpreter } from '../interpreter.ts'
import { KnownTexts } from '../known-texts.ts'
import type { LuaHandlers } from '../lua-instance.ts'
import type { LuaParts } from '../lua-parts.ts'
import type { LuaSource } from '../lua-source.ts'
import { ProtectedCalls } from '../protected-calls.ts'
import { pushJson } from '../push-json.ts'
import { startProgram } from '../start-program.ts'
import { CodecFunctions } from './codec-functions.ts'
import { codecPrelude } from './codec-prelude.ts'

const { codec } = abi
const { block, phase, row, edit } = codec
/** Places on the stack: the handler of errors, what the prelude answered, the chunk. */
const at = {
  traceback: 1,
  begin: 2,
  configure: 3,
  decode: 4,
  encode: 5,
  encodeError: 6,
  encodeReply: 7,
  encodeHeartbeat: 8,
  encodeHeartbeatReply: 9,
  encodeDrain: 10,
  sniff: 11,
  encodePreface: 12,
  encodeDrainReply: 13,
  chunk: 14,
} as const
const PRELUDE_RESULTS = at.chunk - at.begin
/** Arguments beside properties and edits. */
const ARGUMENTS_MAX = 32
/** Lua's numbers (lua.h). */
const LUA_NIL = 0
const ERROR_BYTES_MAX = 2_048
const SEEDS = 2 ** 40
const TRACEBACK = 'stack traceback:'

export class LuaCodecProgram implements LuaHandlers {
  readonly inputBytesMin = 65_536
  readonly interpreter: Interpreter
  readonly writer: AnswerWriter
  readonly #source: LuaSource
  readonly #protected: ProtectedCalls
  readonly #answers: AnswerFunctions
  readonly #functions: CodecFunctions
  /** Where the block begins. */
  #block = 0

  private constructor({ module, source, limits, host }: LuaParts) {
    const { memoryBytesMax, lineBytesMax } = limits
    const interpreter = new Interpreter(module, { memoryBytesMax, seed: Math.floor(host.random() * SEEDS) })
    const keys = new KnownTexts(interpreter, 0)
    this.interpreter = interpreter
    this.writer = new AnswerWriter(limits)
    this.#source = source
    this.#protected = new ProtectedCalls(interpreter, { os: 'clock' })
    this.#answers = new AnswerFunctions({ interpreter, writer: this.writer, keys, lineBytesMax })
    this.#functions = new CodecFunctions(interpreter, this.writer)
  }

  /** The interpreter with the prelude run and the codec's source compiled; a trap when it is no Lua. */
  static create(parts: LuaParts): LuaCodecProgram | Trap {
    return startProgram(
      parts.limits.fuelToConfigure,
      () => new LuaCodecProgram(parts),
      (program) => program.#prepare(),
    )
  }

  /** Runs the chunk, then asks what it declares. */
  configure(config: unknown, grants: number): Trap | undefined {
    const { interpreter } = this
    const { calls, state } = interpreter
    calls.lua_settop(state, at.chunk)
    calls.lua_pushvalue(state, at.begin)
    calls.lua_pushinteger(state, BigInt(grants))
    const begun = this.#protected.call(1, 0)
    if (begun !== undefined) return begun
    calls.lua_pushvalue(state, at.chunk)
    const ran = this.#protected.call(0, 0)
    if (ran !== undefined) return ran
    calls.lua_pushvalue(state, at.configure)
    pushJson(interpreter, config)
    return this.#protected.call(1, 0)
  }

  /** Calls what answers this phase, with the block at this address. */
  handle(during: number, blockAt: number): Trap | undefined {
    this.#block = blockAt
    this.writer.handle = 0
    const trap = this.#handle(during)
    if (trap === undefined) this.interpreter.calls.lua_settop(this.interpreter.state, at.chunk)
    return trap
  }

  #handle(during: number): Trap | undefined {
    switch (during) {
      case phase.decode:
        return this.#decode()
      case phase.encode:
        return this.#encode()
      case phase.encodeError:
        return this.#encodeError()
      case phase.encodeReply:
        return this.#encodeReply()
      case phase.encodeHeartbeat:
        this.#push(at.encodeHeartbeat, 0)
        this.#pushId()
        return this.#protected.call(3, 0)
      case phase.encodeHeartbeatReply:
        return this.#protected.call(this.#push(at.encodeHeartbeatReply, this.#rows) + this.#pushRequest(), 0)
      case phase.encodeDrain:
        this.#push(at.encodeDrain, 0)
        return this.#protected.call(0, 0)
      case phase.encodeDrainReply:
        return this.#protected.call(this.#push(at.encodeDrainReply, this.#rows) + this.#pushRequest(), 0)
      case phase.encodePreface:
        this.#push(at.encodePreface, 0)
        this.#pushDirection()
        return this.#protected.call(1, 0)
      case phase.sniff:
        this.#push(at.sniff, 0)
        this.#text(block.frame)
        return this.#protected.call(1, 0)
      default:
        return new Trap('abi', `phase ${during} is none of a codec`)
    }
  }

  #decode(): Trap | undefined {
    const { interpreter } = this
    const { calls, state } = interpreter
    calls.lua_pushvalue(state, at.decode)
    this.#text(block.frame)
    this.#pushDirection()
    this.#textOrNil(block.state)
    this.#integer(this.#word(block.frameSize))
    const trap = this.#protected.call(4, 1)
    if (trap !== undefined || calls.lua_type(state, -1) === LUA_NIL) return trap
    // The loop over the frames has caught it, with where it happened.
    return this.#protected.trap(0)
  }

  #encode(): Trap | undefined {
    const edits = this.#word(block.edits)
    let count = this.#push(at.encode, this.#rows + edits * 2) + this.#pushMessage()
    this.#text(block.body)
    this.#textOrNil(block.newBody)
    this.#integer(edits)
    count += 3 + this.#pushRows()
    const table = this.#block + this.#word(block.editsAt)
    for (let index = 0; index < edits; index++) {
      const place = table + index * edit.bytes - this.#block
      this.#integer(this.#word(place + edit.op))
      this.#text(place + edit.keyAt)
      this.#text(place + edit.valueAt)
    }
    return this.#protected.call(count + edits * 3, 0)
  }

  #encodeError(): Trap | undefined {
    const pushed = this.#push(at.encodeError, this.#rows)
    this.#integer(this.#byte(block.error))
    this.#text(block.text)
    return this.#protected.call(pushed + 2 + this.#pushRequest(), 0)
  }

  #encodeReply(): Trap | undefined {
    const pushed = this.#push(at.encodeReply, this.#rows)
    this.#textOrNil(block.newBody)
    return this.#protected.call(pushed + 1 + this.#pushRequest(), 0)
  }

  #pushRequest(): number {
    return this.#pushMessage() + this.#pushRows()
  }

  /** Kind, direction, status, id, stream id, sizes, operation, bytes. */
  #pushMessage(): number {
    this.#integer(this.#byte(block.kind))
    this.#pushDirection()
    this.#integer(this.#word(block.status) | 0)
    this.#pushId()
    this.#integer(this.#word(block.streamId))
    this.#integer(this.#word(block.headerSize))
    this.#integer(this.#word(block.frameSize))
    this.#text(block.operation)
    this.#text(block.frame)
    return 11
  }

  #pushDirection(): void {
    const request = this.#byte(block.direction) === codec.direction.request
    this.interpreter.pushText(this.interpreter.state, request ? 'request' : 'response')
  }

  #pushId(): void {
    this.#integer(this.#word(block.idLow))
    this.#integer(this.#word(block.idHigh))
    this.#textOrNil(block.idText)
  }

  get #rows(): number {
    return this.#word(block.properties)
  }

  /** The number of properties, then keys and values. */
  #pushRows(): number {
    const count = this.#rows
    const table = this.#word(block.propertiesAt)
    this.#integer(count)
    for (let index = 0; index < count; index++) {
      this.#text(table + index * row.bytes + row.keyAt)
      this.#text(table + index * row.bytes + row.valueAt)
    }
    return 1 + count * 2
  }

  /** A function of the prelude, with room for its arguments; answers 0, how many there are so far. */
  #push(place: number, pairs: number): number {
    const { calls, state } = this.interpreter
    if (calls.lua_checkstack(state, ARGUMENTS_MAX + pairs * 2) === 0)
      this.interpreter.stop(new Trap('memory', 'the message has more properties than Lua can be told'))
    calls.lua_pushvalue(state, place)
    return 0
  }

  #word(field: number): number {
    return this.interpreter.words[(this.#block + field) >>> 2] ?? 0
  }

  #byte(field: number): number {
    return this.interpreter.bytes[this.#block + field] ?? 0
  }

  #integer(value: number): void {
    this.interpreter.calls.lua_pushinteger(this.interpreter.state, BigInt(value))
  }

  #text(ref: number): void {
    const { calls, state } = this.interpreter
    calls.lua_pushlstring(state, this.#block + this.#word(ref), this.#word(ref + 4))
  }

  #textOrNil(ref: number): void {
    const { calls, state } = this.interpreter
    if (this.#word(ref) === 0) calls.lua_pushnil(state)
    else this.#text(ref)
  }

  #prepare(): Trap | undefined {
    const { interpreter } = this
    const { calls, state } = interpreter
    calls.lua_pushcclosure(state, interpreter.install([(caller) => this.#traceback(caller)]), 0)
    calls.luaL_openlibs(state)
    const prelude = this.#protected.load('=weir', Buffer.from(codecPrelude))
    if (prelude !== undefined) return prelude
    this.#pushHost()
    return (
      this.#protected.call(1, PRELUDE_RESULTS) ??
      this.#protected.load(`=${this.#source.name}`, this.#source.bytes)
    )
  }

  #pushHost(): void {
    const { interpreter } = this
    pushHostTable(interpreter, {
      functions: {
        blaming: blamingFunction(interpreter),
        traceback: (state) => this.#traceback(state),
        ...named(['operation', 'log', 'count'], this.#answers.prelude),
        ...named(['frame', 'put', 'putBytes', 'keep', 'patch', 'written'], this.#functions.writing),
        ...named(['crc32', 'adler32', 'fnv1a'], this.#functions.sums),
      },
      tables: {},
    })
  }

  /** Turns an error into a text with the line and the calls that led there. */
  #traceback(state: number): number {
    const { calls } = this.interpreter
    const known = this.interpreter.copyText(state, 1, ERROR_BYTES_MAX)
    // What was caught and is thrown on has its calls already.
    if (known?.includes(TRACEBACK) === true) {
      calls.lua_pushvalue(state, 1)
      return 1
    }
    const text = calls.luaL_tolstring(state, 1, 0)
    calls.luaL_traceback(state, state, text, 1)
    return 1
  }
}
