/**
 * LuaProgram: a plugin's chunk in an interpreter of its own, and the calls of its handlers. What is called again and
 * again stays on the main thread's stack, at the places below; handlers are pushed by place.
 */
import { abi } from '../../../sdk/abi/abi.ts'
import type { GuestHost } from '../guest-host.ts'
import { Trap } from '../trap.ts'
import { AnswerFunctions } from './answer-functions.ts'
import { AnswerWriter } from './answer-writer.ts'
import { blamingFunction } from './blaming-function.ts'
import { DetailView } from './detail-view.ts'
import { named, pushHostTable } from './host-table.ts'
import { Interpreter } from './interpreter.ts'
import { KnownTexts, REGISTRY } from './known-texts.ts'
import type { LuaParts } from './lua-parts.ts'
import type { LuaSource } from './lua-source.ts'
import { LuaStack } from './lua-stack.ts'
import { COMPANION_KEPT, CONFIGS_KEPT, MessageView, VALUES_KEPT } from './message-view.ts'
import { MutationFunctions } from './mutation-functions.ts'
import { preludeSource } from './prelude.ts'
import { ProtectedCalls } from './protected-calls.ts'
import { pushJson } from './push-json.ts'
import { startProgram } from './start-program.ts'
import { storeFunctionNames, storeFunctions } from './store-functions.ts'

const { phase, record, restore } = abi
/** Texts that are kept lie on the stack behind the handler of errors, at place 1: those of an edit, and values of two records. */
const kept = { edit: 2, values: 4, companion: 4 + VALUES_KEPT } as const
const KEPT = 3 + 2 * VALUES_KEPT
/** Places behind them: what the prelude answered, the chunk, and the plugin's handlers. */
const at = {
  begin: KEPT + 1,
  configure: KEPT + 2,
  settle: KEPT + 3,
  metadata: KEPT + 4,
  mutation: KEPT + 5,
  companion: KEPT + 6,
  outcome: KEPT + 7,
  resume: KEPT + 8,
  chunk: KEPT + 9,
  onRequest: KEPT + 10,
  onResponse: KEPT + 11,
  onEnd: KEPT + 12,
  onResume: KEPT + 13,
  onStreamData: KEPT + 14,
  snapshot: KEPT + 15,
  restore: KEPT + 16,
} as const
/** The handlers' places, in the order in which the prelude answers them, with the phases in which they are called. */
const handlers = [
  [phase.request, at.onRequest],
  [phase.response, at.onResponse],
  [phase.end, at.onEnd],
  [phase.resume, at.onResume],
  [phase.streamData, at.onStreamData],
  [phase.snapshot, at.snapshot],
  [phase.restore, at.restore],
] as const
const PRELUDE_RESULTS = at.chunk - at.begin
/** Lua's numbers (lua.h). */
const LUA_NIL = 0
const SEEDS = 2 ** 40

export class LuaProgram {
  readonly interpreter: Interpreter
  readonly writer: AnswerWriter
  readonly #source: LuaSource
  readonly #stack: LuaStack
  readonly #protected: ProtectedCalls
  readonly #answers: AnswerFunctions
  readonly #mutation: MutationFunctions
  readonly #metadata: MessageView
  readonly #companion: MessageView
  readonly #detail: DetailView
  #ran = false
  /** Places of the handlers by phase; 0 where the plugin has none. */
  readonly #handlers: number[] = new Array(phase.restore + 1).fill(0)

  private constructor({ module, source, limits, host }: LuaParts) {
    const { memoryBytesMax, lineBytesMax } = limits
    const interpreter = new Interpreter(module, { memoryBytesMax, seed: Math.floor(host.random() * SEEDS) })
    const keys = new KnownTexts(interpreter, 0)
    this.interpreter = interpreter
    this.writer = new AnswerWriter(limits)
    this.#source = source
    this.#protected = new ProtectedCalls(interpreter, { os: 'clock', store: 'key-value' })
    const stack = new LuaStack(interpreter)
    this.#stack = stack
    this.#answers = new AnswerFunctions({ interpreter, writer: this.writer, keys, lineBytesMax })
    this.#mutation = new MutationFunctions({ interpreter, stack, writer: this.writer, kept: kept.edit })
    const view = { interpreter, stack, keys }
    this.#companion = new MessageView({ ...view, kept: kept.companion, companion: undefined })
    this.#metadata = new MessageView({ ...view, kept: kept.values, companion: this.#companion })
    this.#detail = new DetailView(interpreter, this.#companion)
  }

  /** The interpreter with the prelude run and the plugin's source compiled; a trap when it is no Lua. */
  static create(parts: LuaParts): LuaProgram | Trap {
    return startProgram(
      parts.limits.fuelToConfigure,
      () => new LuaProgram(parts),
      (program) => program.#prepare(parts.host),
    )
  }

  /**
   * Runs the chunk, the first time, and `onConfigure`; the declarations are among the operations. There may be several
   * configurations, each with its number.
   */
  configure(config: unknown, number: number, grants: number): Trap | undefined {
    const { interpreter } = this
    const { calls, state } = interpreter
    this.#showNothing()
    if (!this.#ran) {
      this.#ran = true
      const trap = this.#run(grants)
      if (trap !== undefined) return trap
    }
    calls.lua_settop(state, at.chunk)
    calls.lua_pushvalue(state, at.configure)
    pushJson(interpreter, config)
    calls.lua_pushvalue(state, -1)
    calls.lua_rawseti(state, REGISTRY, CONFIGS_KEPT + BigInt(number))
    calls.lua_pushinteger(state, BigInt(this.#source.reads.wants))
    const trap = this.#protected.call(2, handlers.length)
    if (trap !== undefined) return trap
    for (const [each, place] of handlers)
      this.#handlers[each] = calls.lua_type(state, place) === LUA_NIL ? 0 : place
    return undefined
  }

  /** Asks for the plugin's state, or gives it that of another version, which is in the block at this address. */
  state(during: number, block: number): Trap | undefined {
    const handler = this.#handlers[during] ?? 0
    if (handler === 0) return undefined
    const { calls, state, words } = this.interpreter
    this.#showNothing()
    calls.lua_pushvalue(state, handler)
    const given = during === phase.restore ? [restore.state, restore.version] : []
    for (const field of given) {
      const size = words[(block + field + 4) >>> 2] ?? 0
      calls.lua_pushlstring(state, block + (words[(block + field) >>> 2] ?? 0), size)
    }
    return this.#protected.call(given.length, 0)
  }

  #showNothing(): void {
    this.#metadata.show(0)
    this.#companion.show(0)
    this.#detail.show(0)
    this.#mutation.editable = false
  }

  /** Calls the handler of a phase with the record at this address, and the one beside it when there is one. */
  handle(during: number, message: number, companion: number): Trap | undefined {
    const handler = this.#handlers[during] ?? 0
    if (handler === 0) return undefined
    const { interpreter } = this
    const stack = this.#stack
    const ends = during === phase.end
    this.#metadata.show(message)
    this.#companion.show(companion)
    this.#detail.show(ends || during === phase.resume ? message : 0)
    this.#mutation.editable = !ends
    this.writer.handle = interpreter.words[(message + record.handle) >>> 2] ?? 0
    stack.pushCall(handler, at.metadata, ends ? at.outcome : at.mutation)
    if (during === phase.resume) interpreter.calls.lua_pushvalue(interpreter.state, at.resume)
    const trap = this.#protected.call(during === phase.resume ? 3 : 2, 1)
    if (trap !== undefined) return trap
    // What the handler returned: nearly always nothing.
    return stack.popNil() ? undefined : this.#settle(ends)
  }

  /** What the handler returned is on top of the stack. */
  #settle(ends: boolean): Trap | undefined {
    const { calls, state } = this.interpreter
    if (!ends) {
      calls.lua_pushvalue(state, at.settle)
      calls.lua_pushvalue(state, -2)
      const trap = this.#protected.call(1, 0)
      // The handler has returned, and no line is left that could be named.
      if (trap !== undefined) return new Trap(trap.kind, `${this.#source.name}: ${trap.text}`)
    }
    calls.lua_settop(state, at.restore)
    return undefined
  }

  #run(grants: number): Trap | undefined {
    const { calls, state } = this.interpreter
    for (const key of this.#source.reads.keys) this.#answers.declare(Buffer.from(key, 'latin1'))
    calls.lua_pushvalue(state, at.begin)
    calls.lua_pushinteger(state, BigInt(grants))
    const trap = this.#protected.call(1, 0)
    if (trap !== undefined) return trap
    calls.lua_pushvalue(state, at.chunk)
    return this.#protected.call(0, 0)
  }

  #prepare(host: GuestHost): Trap | undefined {
    const { interpreter } = this
    const { calls, state } = interpreter
    calls.lua_pushcclosure(state, interpreter.install([(caller) => this.#traceback(caller)]), 0)
    this.#stack.reserve(KEPT)
    calls.luaL_openlibs(state)
    const prelude = this.#protected.load('=weir', Buffer.from(preludeSource))
    if (prelude !== undefined) return prelude
    this.#pushHost(host)
    const trap = this.#protected.call(1, PRELUDE_RESULTS)
    if (trap !== undefined) return trap
    calls.lua_pushvalue(state, at.companion)
    calls.lua_rawseti(state, REGISTRY, COMPANION_KEPT)
    return this.#protected.load(`=${this.#source.name}`, this.#source.bytes)
  }

  #pushHost(host: GuestHost): void {
    const { interpreter } = this
    const views = ['get', 'getAll', 'has', 'keys']
    const { keyValue } = host
    pushHostTable(interpreter, {
      functions: {
        blaming: blamingFunction(interpreter),
        ...named(['operation', 'log', 'count', 'reads'], this.#answers.prelude),
        ...named(['field'], this.#metadata.functions.slice(views.length)),
        ...named(['companionField'], this.#companion.functions.slice(views.length)),
        ...named(['outcomeField', 'resumeField'], this.#detail.functions),
      },
      tables: {
        metadata: named(views, this.#metadata.functions),
        companion: named(views, this.#companion.functions),
        mutation: named(['set', 'add', 'remove', 'body'], this.#mutation.functions),
        ...(keyValue === undefined
          ? {}
          : { store: named(storeFunctionNames, storeFunctions(interpreter, keyValue)) }),
      },
    })
  }

  /** Turns an error into a text with the line and the calls that led there; what `pcall`'s handler does in `lua`. */
  #traceback(state: number): number {
    const { calls } = this.interpreter
    const text = calls.luaL_tolstring(state, 1, 0)
    calls.luaL_traceback(state, state, text, 1)
    return 1
  }
}
