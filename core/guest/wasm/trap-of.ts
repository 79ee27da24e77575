/** What ended a WebAssembly guest, told from what the engine threw and the fuel that was left. */
import { Trap, type TrapKind } from '../trap.ts'

const FRAME_LENGTH_MAX = 200

export function trapOf(error: unknown, fuelLeft: number): Trap {
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

/** Where in the guest, with the function's name when the module names it. */
function placeOf(error: unknown): string {
  const frame = error instanceof Error ? /^\s*at (.*wasm.*)$/m.exec(error.stack ?? '')?.[1] : undefined
  const inside = frame?.replace(/wasm:\/\/wasm\/[^:]*:/, '').slice(0, FRAME_LENGTH_MAX)
  return inside === undefined ? '' : `, in ${inside}`
}
