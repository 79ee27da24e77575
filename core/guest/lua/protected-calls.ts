/**
 * ProtectedCalls: calls of what lies on an interpreter's stack, under the handler of errors that lies at its bottom.
 * Whatever Lua raises becomes a trap with its text.
 */
import { Trap } from '../trap.ts'
import { authorError, type GrantedGlobals } from './author-error.ts'
import type { Interpreter } from './interpreter.ts'
import { loadChunk } from './load-chunk.ts'

/** Where the handler of errors lies. */
const HANDLER_AT = 1
/** Lua's numbers (lua.h). */
const LUA_ERRMEM = 4
const ERROR_BYTES_MAX = 2_048

export class ProtectedCalls {
  readonly #interpreter: Interpreter
  readonly #granted: GrantedGlobals

  /** With the globals that are there where they are granted. */
  constructor(interpreter: Interpreter, granted: GrantedGlobals) {
    this.#interpreter = interpreter
    this.#granted = granted
  }

  /** Calls what lies below its arguments on the stack. */
  call(values: number, results: number): Trap | undefined {
    const status = this.#interpreter.protect(values, results, HANDLER_AT)
    return status === 0 ? undefined : this.trap(status)
  }

  /** Compiles a source and leaves its function on the stack. */
  load(name: string, source: Buffer): Trap | undefined {
    const status = loadChunk(this.#interpreter, name, source)
    return status === 0 ? undefined : this.trap(status)
  }

  /** The error that lies on top of the stack. */
  trap(status: number): Trap {
    const interpreter = this.#interpreter
    const text = interpreter.copyText(interpreter.state, -1, ERROR_BYTES_MAX)?.toString('utf8')
    if (status === LUA_ERRMEM) return new Trap('memory', text ?? '')
    return new Trap('unreachable', authorError(text ?? 'an error that is no text', this.#granted))
  }
}
