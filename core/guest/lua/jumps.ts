/**
 * Jumps: how Lua's errors unwind. They do by `longjmp`, which the interpreter leaves to its host: `invoke_vii` calls a function
 * of the table, and a jump is a token thrown through it, one of this instance alone. Everything else that passes there, such as
 * the trap of exhausted fuel, is thrown on untouched: no `pcall` ever sees it.
 *
 * A call of the host's from the bottom of the main thread is protected without that detour, which is a third of an empty one:
 * what `lua_pcallk` writes down in the thread is written here, and a jump ends in the call. Offsets are those of Lua 5.4
 * compiled for 32 bits (lstate.h, ldo.c), which an interpreter is held against when it starts.
 *
 *     thread   6 its status (a byte)   20 its call   48 where errors jump to   52 the call that is always there
 *              92 the place of the handler of errors, in bytes   96 how deep calls are
 *     target   160 the error's status
 */
import type { Interpreter } from './interpreter.ts'

const VALUE_BYTES = 16
const STATUS = 6
const CALL = 20
const TARGET = 48
const FIRST_CALL = 52
const HANDLER = 92
const DEPTH = 96
const TARGET_BYTES = 168
const TARGET_STATUS = 160
/** No call yet, and none that may yield (lstate.h). */
const DEPTH_AT_BOTTOM = 0x1_0000
/** Lua's number for an error that was raised (lua.h). */
const LUA_ERRRUN = 2
/** An exception of the engine takes 2 to 5 µs, which no instruction of the guest pays for. */
const JUMP_COST = 50_000
/** And more for each byte of stack that it unwinds. */
const JUMP_COST_PER_BYTE = 50
/** What the first call of all is tried with. */
const HANDLER_AT = 1
const RAISED = 'raised'
const HANDLED = 'handled'

type TableFunction = (first: number, second: number) => void

export class Jumps {
  readonly #interpreter: Interpreter
  readonly #token = { unwinds: 'lua' }
  readonly #called: (TableFunction | undefined)[] = []
  /** Where the stack was when the last jump began. */
  #from = 0
  /** Where jumps of protected calls go to, and what the thread and the stack are like at its bottom. */
  #target = 0
  #depth = 0
  #bottom = 0

  constructor(interpreter: Interpreter) {
    this.#interpreter = interpreter
  }

  /** Throws when the interpreter, which has just been made, is not the one that this was written for. */
  attach(): void {
    const { calls, state, words } = this.#interpreter
    this.#bottom = calls.stackSave()
    this.#target = this.#interpreter.allocate(TARGET_BYTES)
    this.#depth = words[(state + DEPTH) >>> 2] ?? 0
    this.#verify()
  }

  /** `_emscripten_throw_longjmp` */
  begin(): never {
    this.#from = this.#interpreter.calls.stackSave()
    throw this.#token
  }

  /** `invoke_vii` */
  invoke(index: number, first: number, second: number): void {
    const { calls } = this.#interpreter
    const stack = calls.stackSave()
    try {
      this.#tableFunction(index)(first, second)
    } catch (error) {
      if (error !== this.#token) throw error
      calls.stackRestore(stack)
      calls.setThrew(1, 0)
      this.#charge(stack)
    }
  }

  /**
   * Calls what lies below its arguments on the main thread's stack, with nothing running there, and answers Lua's status. After
   * an error that lies on top, nothing else is left of the stack.
   */
  protect(values: number, results: number, handler: number): number {
    const { calls, state } = this.#interpreter
    this.#expect(this.#target, handler * VALUE_BYTES)
    try {
      calls.lua_callk(state, values, results, 0, 0)
    } catch (error) {
      return this.#caught(error)
    }
    this.#expect(0, 0)
    return 0
  }

  /** What the thread does with errors. */
  #expect(target: number, handler: number): void {
    const { state, words } = this.#interpreter
    words[(state + TARGET) >>> 2] = target
    words[(state + HANDLER) >>> 2] = handler
  }

  /** Closes what is open on the stack, with the error that ended the call. */
  #caught(error: unknown): number {
    if (error !== this.#token) throw error
    const interpreter = this.#interpreter
    const { calls, state, words, bytes } = interpreter
    calls.stackRestore(this.#bottom)
    this.#charge(this.#bottom)
    words[(state + TARGET) >>> 2] = 0
    words[(state + DEPTH) >>> 2] = this.#depth
    bytes[state + STATUS] = words[(this.#target + TARGET_STATUS) >>> 2] ?? 0
    const status = calls.lua_resetthread(state, state)
    interpreter.words[(state + DEPTH) >>> 2] = this.#depth
    this.#expect(0, 0)
    return status
  }

  #charge(stack: number): void {
    this.#interpreter.charge(JUMP_COST + (stack - this.#from) * JUMP_COST_PER_BYTE)
  }

  #tableFunction(index: number): TableFunction {
    const known = this.#called[index]
    if (known !== undefined) return known
    const found = this.#interpreter.calls.__indirect_function_table.get(index)
    if (!isTableFunction(found)) throw new RangeError(`the interpreter has no function ${index}`)
    this.#called[index] = found
    return found
  }

  /** Has an error raised and handled, and looks whether all is where it should be. */
  #verify(): void {
    const interpreter = this.#interpreter
    const { calls, state } = interpreter
    const raisesOrHandles = interpreter.install([
      (caller) => {
        const handles = calls.lua_gettop(caller) === 1
        interpreter.pushText(caller, handles ? HANDLED : RAISED)
        return handles ? 1 : calls.lua_error(caller)
      },
    ])
    calls.lua_pushcclosure(state, raisesOrHandles, 0)
    calls.lua_pushvalue(state, HANDLER_AT)
    const found =
      this.#depth === DEPTH_AT_BOTTOM &&
      interpreter.words[(state + CALL) >>> 2] === state + FIRST_CALL &&
      this.protect(0, 0, HANDLER_AT) === LUA_ERRRUN &&
      calls.lua_gettop(state) === 1 &&
      interpreter.copyText(state, 1, HANDLED.length)?.equals(Buffer.from(HANDLED)) === true
    calls.lua_settop(state, 0)
    if (!found) throw new Error('the Lua interpreter has other calls than expected')
  }
}

function isTableFunction(value: unknown): value is TableFunction {
  return typeof value === 'function'
}
