/**
 * Interpreter: one running Lua interpreter of one plugin, with its memory, and the few things it may ask of the host.
 * Of all of weir this file and those that are handed an Interpreter touch its memory; what they read there may be
 * anything, so every index is bounded by where it is used.
 */

import { Trap } from '../trap.ts'
import { meterExports } from '../wasm/meter/module-writer.ts'
import { calendar } from './calendar.ts'
import { type HostFunction, installHostFunctions } from './host-functions.ts'
import { type InterpreterExports, interpreterExports } from './interpreter-exports.ts'
import { interpreterImports } from './interpreter-imports.ts'
import { Jumps } from './jumps.ts'

const PAGE_BYTES = 65_536
const GROWTH_BYTES = 262_144
const SCRATCH_BYTES = 512
/** What is enough for the interpreter to start, and for it to say where it was when it was stopped. */
const FUEL_TO_START = 20_000_000
const FUEL_TO_EXPLAIN = 4_000_000
/** A host that stops a guest leaves it less than nothing. */
const NO_FUEL = -1

export interface InterpreterOptions {
  readonly memoryBytesMax: number
  /** Makes hashes and `math.random` differ between instances. */
  readonly seed: number
}

export class Interpreter {
  readonly calls: InterpreterExports
  /** The main thread of Lua. */
  readonly state: number
  /** Where functions of Lua write the size of a text: an address, and the index of its word. */
  readonly sizeOut: number
  readonly sizeWord: number
  /** Views of the whole memory, other ones whenever it has grown. */
  bytes: Buffer = Buffer.alloc(0)
  words: Uint32Array = new Uint32Array(0)
  /** Words for what is an address or a size, of which none comes near to 2³¹. */
  ints: Int32Array = new Int32Array(0)
  view: DataView = new DataView(new ArrayBuffer(0))
  /** Where in memory the time is that the guest is told, an f64 of milliseconds since 1970; 0 before it is asked anything. */
  timeAt = 0
  readonly #memoryBytesMax: number
  readonly #seed: number
  readonly #jumps = new Jumps(this)
  readonly #scratch: number
  readonly #stackBase: number
  #memoryRefused = false
  #stopped: Trap | undefined = undefined

  constructor(module: WebAssembly.Module, options: InterpreterOptions) {
    this.#memoryBytesMax = options.memoryBytesMax
    this.#seed = options.seed
    const exports = interpreterExports(new WebAssembly.Instance(module, this.#imports()).exports)
    if (exports === undefined) throw new Error('the Lua interpreter lacks functions that weir calls')
    this.calls = exports
    this.#renewViews()
    this.setFuel(FUEL_TO_START)
    exports.__wasm_call_ctors()
    this.#stackBase = exports.stackSave()
    this.#scratch = exports.malloc(SCRATCH_BYTES)
    this.sizeOut = exports.malloc(8)
    this.sizeWord = this.sizeOut >>> 2
    this.state = exports.luaL_newstate()
    if (this.state === 0) throw new RangeError('the memory quota is too small for the Lua interpreter')
    this.#jumps.attach()
  }

  /** Makes functions of the host callable by Lua, and answers the first one's place; the others follow. */
  install(functions: readonly HostFunction[]): number {
    return installHostFunctions(this.calls.__indirect_function_table, functions)
  }

  /** Calls what lies below its arguments on the main thread's stack, under the handler of errors at a place; answers Lua's status. */
  protect(values: number, results: number, handler: number): number {
    return this.#jumps.protect(values, results, handler)
  }

  get memoryBytes(): number {
    return this.bytes.length
  }

  /** Sets the fuel and answers what was left of it. */
  setFuel(units: number): number {
    return this.calls[meterExports.refuel](units)
  }

  /** Ends the call for good: nothing of the guest runs any more. Called by host functions; never returns. */
  stop(trap: Trap): never {
    this.#stopped = trap
    this.setFuel(NO_FUEL)
    throw trap
  }

  /** Takes units of fuel for what the host does; a call that has none left ends at its next step. */
  charge(units: number): void {
    this.setFuel(Math.max(this.setFuel(NO_FUEL) - units, NO_FUEL))
  }

  /** Raises an error of Lua where the guest called a host function. Never returns. */
  raise(state: number, text: string): never {
    this.calls.luaL_where(state, 1)
    this.pushText(state, text)
    this.calls.lua_concat(state, 2)
    this.calls.lua_error(state)
    throw new Error('unreachable: lua_error returned')
  }

  pushText(state: number, text: string): void {
    this.pushBytes(state, Buffer.from(text))
  }

  pushBytes(state: number, bytes: Buffer): void {
    const { calls } = this
    const size = bytes.length
    const at = size <= SCRATCH_BYTES ? this.#scratch : this.allocate(size)
    bytes.copy(this.bytes, at)
    calls.lua_pushlstring(state, at, size)
    if (at !== this.#scratch) calls.free(at)
  }

  /** Memory for the host's own use, or the end of the call. */
  allocate(size: number): number {
    const at = this.calls.malloc(size) >>> 0
    return at === 0 ? this.stop(this.#memoryTrap()) : at
  }

  /** Copies a text of at most so many bytes from the stack; `undefined` when it is none. Turns a number into a text. */
  copyText(state: number, index: number, bytesMax: number): Buffer | undefined {
    const at = this.calls.lua_tolstring(state, index, this.sizeOut) >>> 0
    if (at === 0) return undefined
    const size = Math.min(this.words[this.sizeWord] ?? 0, bytesMax)
    return Buffer.from(this.bytes.subarray(at, at + size))
  }

  /** What an exception that came out of the interpreter means. */
  trapOf(error: unknown): Trap {
    if (this.#stopped !== undefined) return this.#stopped
    const left = this.setFuel(NO_FUEL)
    if (error instanceof WebAssembly.RuntimeError && left < 0) {
      return new Trap('fuel', `the plugin spent its fuel${this.#place()}`)
    }
    if (error instanceof RangeError)
      return new Trap('stack', `the plugin calls itself too deeply${this.#place()}`)
    if (this.#memoryRefused) return this.#memoryTrap()
    const text = error instanceof Error ? error.message : 'a jump without a target'
    return new Trap('unreachable', `the Lua interpreter failed: ${text}`)
  }

  #memoryTrap(): Trap {
    return new Trap('memory', `the plugin needs more memory than its ${this.#memoryBytesMax} bytes`)
  }

  /** Where the guest was when it was stopped, as well as a stopped interpreter can tell. */
  #place(): string {
    const { calls, state } = this
    try {
      this.setFuel(FUEL_TO_EXPLAIN)
      calls.stackRestore(this.#stackBase)
      calls.luaL_traceback(state, state, 0, 0)
      const text = this.copyText(state, -1, 1_024)
      return text === undefined ? '' : `; ${text.toString('utf8')}`
    } catch {
      return ''
    } finally {
      this.setFuel(NO_FUEL)
    }
  }

  #renewViews(): void {
    const { buffer } = this.calls.memory
    this.bytes = Buffer.from(buffer)
    this.words = new Uint32Array(buffer)
    this.ints = new Int32Array(buffer)
    this.view = new DataView(buffer)
  }

  /** emscripten's `malloc` asks for a memory of so many bytes; 1 when it has them. */
  #grow(requested: number): number {
    const wanted = requested >>> 0
    if (wanted > this.#memoryBytesMax) {
      this.#memoryRefused = true
      return 0
    }
    const size = Math.min(Math.max(wanted, this.bytes.length + GROWTH_BYTES), this.#memoryBytesMax)
    try {
      this.calls.memory.grow(Math.ceil((size - this.bytes.length) / PAGE_BYTES))
    } catch {
      // Above the module's own maximum, or the machine has no more.
      this.#memoryRefused = true
      return 0
    }
    this.#renewViews()
    return 1
  }

  #imports(): WebAssembly.Imports {
    const ended = (): never => this.stop(this.#endTrap())
    const fulfilled: Readonly<Record<string, unknown>> = {
      abort: ended,
      exit: ended,
      invoke_vii: (index: number, first: number, second: number) => this.#jumps.invoke(index, first, second),
      _emscripten_throw_longjmp: () => this.#jumps.begin(),
      emscripten_resize_heap: (requested: number) => this.#grow(requested),
      // Lua takes its seed from the time at which it starts.
      emscripten_date_now: () => (this.timeAt === 0 ? this.#seed : this.bytes.readDoubleLE(this.timeAt)),
      ...calendar({ memory: () => this.bytes, charge: (units) => this.charge(units) }),
    }
    const modules: Record<string, Record<string, unknown>> = {}
    for (const [module, name, refusal] of interpreterImports) {
      modules[module] ??= {}
      modules[module][name] = refusal === undefined ? fulfilled[name] : () => refusal
    }
    return modules
  }

  /** Lua gives up outside of any protected call: nearly always because there is no memory. */
  #endTrap(): Trap {
    return this.#memoryRefused ? this.#memoryTrap() : new Trap('unreachable', 'the Lua interpreter gave up')
  }
}
