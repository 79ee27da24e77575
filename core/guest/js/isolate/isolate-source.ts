/**
 * IsolateSource: the program of the isolates as text, for they share no function with anybody: the text of each part, and
 * around them a function of what only the process knows. A part that used more than its arguments would fail in every test.
 */
import { isolateCodec } from './isolate-codec.ts'
import { isolateCodecParts } from './isolate-codec-parts.ts'
import { isolateParts } from './isolate-parts.ts'
import { isolateProgram } from './isolate-program.ts'

/** `codec`: whether the plugin is one; a filter is not given what only they use. */
export function isolateSource(codec: boolean): string {
  const ofCodec = codec
    ? `((given) => (${isolateCodec.toString()})(given, ${textOf(isolateCodecParts)}))`
    : 'undefined'
  return `((given) => (${isolateProgram.toString()})({ ...given, codec: ${ofCodec}, parts: ${textOf(isolateParts)} }))`
}

function textOf(parts: Readonly<Record<string, (...given: never[]) => unknown>>): string {
  return `{ ${Object.entries(parts).map(([name, part]) => `${name}: (${part.toString()})`)} }`
}
