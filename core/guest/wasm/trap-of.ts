/** What ended a WebAssembly guest, told from what the engine threw and the fuel that was left. */
import { Trap, type TrapKind } from '../trap.ts'

const FRAME_LENGTH_MAX = 120
const FRAMES_MAX = 4
/** A name may be as long as the module. */
const STACK_LENGTH_MAX = 16_384
/** What a frame begins with, and what the place in a module. */
const FRAME = '    at '
const MODULE = 'wasm://wasm/'
/** What a language calls on its way to giving up says nothing of where that was. */
const OF_PANICS = /panic|short_backtrace/

/** `stopped` is why the host stopped the guest, if it did. */
export function trapOf(error: unknown, fuelLeft: number, stopped?: Trap): Trap {
  if (stopped !== undefined) return new Trap(stopped.kind, `${stopped.text}${placeOf(error)}`)
  if (fuelLeft < 0) return new Trap('fuel', `the call has spent its fuel${placeOf(error)}`)
  if (error instanceof RangeError) return new Trap('stack', 'the guest called itself too deeply')
  if (!(error instanceof WebAssembly.RuntimeError))
    return new Trap('unreachable', `the guest failed: ${String(error)}`)
  return new Trap(kindOf(error), `${error.message}${placeOf(error)}`)
}

/** The engine tells these apart in its words alone; a new wording costs a label, nothing else. */
function kindOf(error: Error): TrapKind {
  return /out of bounds/.test(error.message) ? 'memory' : 'unreachable'
}

/** Where in the guest: the function that failed and those that called it, by name when the module names them. */
function placeOf(error: unknown): string {
  const stack = error instanceof Error ? (error.stack ?? '').slice(0, STACK_LENGTH_MAX) : ''
  const [first, ...callers] = stack
    .split('\n')
    .map(frameOf)
    .filter((frame) => frame !== undefined)
    .filter(({ name }) => name === undefined || !OF_PANICS.test(name))
    .slice(0, FRAMES_MAX)
  if (first === undefined) return ''
  const inside = first.name === undefined ? first.place : `${first.name} (${first.place})`
  return [`, in ${inside}`, ...callers.map(({ name, place }) => name ?? place)].join(' < ')
}

/** `    at NAME (wasm://wasm/MODULE:PLACE)`, or without the name. A guest names its functions as it likes: line breaks and all. */
function frameOf(line: string): { readonly name: string | undefined; readonly place: string } | undefined {
  const at = line.lastIndexOf(MODULE)
  if (at < 0 || !line.startsWith(FRAME)) return undefined
  const place = line.slice(line.indexOf(':', at + MODULE.length) + 1).replace(/\)$/, '')
  const name = line.slice(FRAME.length, Math.max(FRAME.length, at - ' ('.length))
  return {
    name: name === '' ? undefined : name.slice(0, FRAME_LENGTH_MAX),
    place: place.slice(0, FRAME_LENGTH_MAX),
  }
}
