/** What ended a WebAssembly guest, told from what the engine threw and the fuel that was left. */
import { Trap, type TrapKind } from '../trap.ts'
import type { SourcePlace, SourcePlaces } from './source/source-places.ts'
import { type StackFrame, stackFrames } from './stack-frames.ts'

/** Up to the column. */
const PLACE_AT_END = / at (\S+:\d+:)\d+$/

/** What is known beside the error: why the host stopped the guest, if it did, and where its code comes from. */
export interface TrapContext {
  readonly stopped?: Trap | undefined
  readonly places?: Pick<SourcePlaces, 'find' | 'owns'> | undefined
}

export function trapOf(error: unknown, fuelLeft: number, context: TrapContext = {}): Trap {
  const { stopped, places } = context
  if (stopped !== undefined) return new Trap(stopped.kind, placed(stopped.text, error, places))
  if (fuelLeft < 0) return new Trap('fuel', placed('the call has spent its fuel', error, places))
  if (error instanceof RangeError)
    return new Trap('stack', placed('the guest called itself too deeply', error, places))
  if (!(error instanceof WebAssembly.RuntimeError))
    return new Trap('unreachable', `the guest failed: ${String(error)}`)
  return new Trap(kindOf(error), placed(error.message, error, places))
}

/** The engine tells these apart in its words alone; a new wording costs a label, nothing else. */
function kindOf(error: Error): TrapKind {
  return /out of bounds/.test(error.message) ? 'memory' : 'unreachable'
}

/** With where in the guest: the function that failed and those that called it, in its sources where those are known. */
function placed(text: string, error: unknown, places: TrapContext['places']): string {
  const frames = stackFrames(error).filter(({ index }) => places?.owns(index) !== false)
  const found = places?.find(frames) ?? frames.map(inModuleThatRuns)
  const [first, ...callers] = frames
  if (first === undefined) return text
  const rest = callers.map((caller, index) => ` < ${callerText(caller, found[index + 1])}`)
  return [text, beginning(text, first, found[0]), ...rest].join('')
}

function beginning(text: string, frame: StackFrame, found: SourcePlace | undefined): string {
  const told = PLACE_AT_END.exec(text)?.[1]
  // A language that tells the place itself when it gives up; that may be one in its library.
  if (told !== undefined && (found?.source === undefined || found.text.startsWith(told))) {
    return frame.name === undefined ? '' : ` (${frame.name})`
  }
  if (found?.source !== undefined) {
    const at = found.source === 'at' ? ' at' : ''
    return `${told === undefined ? at : ' <'} ${inSource(frame, found)}`
  }
  const place = inModule(frame, found)
  return `, in ${frame.name === undefined ? place : `${frame.name} (${place})`}`
}

function callerText(frame: StackFrame, found: SourcePlace | undefined): string {
  return found?.source === undefined ? (frame.name ?? inModule(frame, found)) : inSource(frame, found)
}

function inSource({ name }: StackFrame, { text, source }: SourcePlace): string {
  const place = source === 'near' ? `near ${text}` : text
  return name === undefined ? place : `${place} (${name})`
}

function inModule({ index }: StackFrame, found: SourcePlace | undefined): string {
  return `wasm-function[${index}]${found === undefined ? '' : `:${found.text}`}`
}

/** Where nobody knows of another module. */
function inModuleThatRuns({ offset }: StackFrame): SourcePlace {
  return { text: `0x${offset.toString(16)}`, source: undefined }
}
