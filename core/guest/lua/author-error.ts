/**
 * AuthorError: what Lua says of an error, as an author understands it: without the calls of the prelude, which is not the
 * author's, and with the grant that gives a global which is not there.
 */
import { type Grant, missingGrant } from '../grant.ts'

const TRACE = '\nstack traceback:\n'
/** Frames of the prelude, whose chunk is called so. */
const OF_PRELUDE = /^\tweir:\d/
const OF_HOST = /^\t\[C\]: /
const NO_GLOBAL = /attempt to index a nil value \(global '(\w+)'\)$/

/** Globals that a grant gives. */
export type GrantedGlobals = Readonly<Record<string, Grant>>

export function authorError(text: string, granted: GrantedGlobals): string {
  const at = text.indexOf(TRACE)
  const head = at === -1 ? text : text.slice(0, at)
  const global = NO_GLOBAL.exec(head)?.[1] ?? ''
  const grant = Object.hasOwn(granted, global) ? granted[global] : undefined
  const said = grant === undefined ? head : `${head}: ${missingGrant('it', grant)}`
  return said + (at === -1 ? '' : traceOf(text.slice(at + TRACE.length)))
}

/** Nothing where only the prelude and the host were called. */
function traceOf(text: string): string {
  const frames = text.split('\n').filter((frame) => !OF_PRELUDE.test(frame))
  return frames.every((frame) => OF_HOST.test(frame)) ? '' : `${TRACE}${frames.join('\n')}`
}
