/**
 * StackFrames: where a WebAssembly guest was, read from the stack of what the engine threw. A guest names its functions
 * as it likes, line breaks and all, so that nothing is looked for but in lines of a known form.
 */
const NAME_LENGTH_MAX = 120
const FRAMES_MAX = 4
/** A name may be as long as the module. */
const STACK_LENGTH_MAX = 16_384
/** What a frame begins with, and what the place in a module. */
const FRAME = '    at '
const MODULE = 'wasm://wasm/'
/** `wasm-function[INDEX]:0xOFFSET`. */
const PLACE = /^wasm-function\[(\d{1,9})\]:0x([0-9a-f]{1,8})\)?$/
/** What a language calls on its way to giving up says nothing of where that was. */
const OF_PANICS = /panic|begin_unwind|short_backtrace|^runtime\.abort$/i
/** What linkers call the module, its file, which the engine puts before each name. */
const OF_MODULE = /^[\w.@+-]*\.wasm\./

export interface StackFrame {
  /** What the module calls the function, if it says so. */
  readonly name: string | undefined
  readonly index: number
  /** From the beginning of the module that runs. */
  readonly offset: number
}

/** The innermost first. */
export function stackFrames(error: unknown): readonly StackFrame[] {
  const stack = error instanceof Error ? (error.stack ?? '').slice(0, STACK_LENGTH_MAX) : ''
  return stack
    .split('\n')
    .map(frameOf)
    .filter((frame) => frame !== undefined)
    .filter(({ name }) => name === undefined || !OF_PANICS.test(name))
    .slice(0, FRAMES_MAX)
}

/** `    at NAME (wasm://wasm/MODULE:PLACE)`, or without the name. */
function frameOf(line: string): StackFrame | undefined {
  const at = line.lastIndexOf(MODULE)
  if (at < 0 || !line.startsWith(FRAME)) return undefined
  const found = PLACE.exec(line.slice(line.indexOf(':', at + MODULE.length) + 1))
  if (found === null) return undefined
  const name = line.slice(FRAME.length, Math.max(FRAME.length, at - ' ('.length)).replace(OF_MODULE, '')
  return {
    name: name === '' ? undefined : name.slice(0, NAME_LENGTH_MAX),
    index: Number(found[1]),
    offset: Number.parseInt(found[2] ?? '', 16),
  }
}
