/**
 * IsolateSource: the program of the isolates as text, for they share no function with anybody: the text of each part, and
 * around them a function of what only the process knows. A part that used more than its arguments would fail in every test.
 */
import { isolateCodec } from './isolate-codec.ts'
import { isolateParts } from './isolate-parts.ts'
import { isolateProgram } from './isolate-program.ts'

/** `codec`: whether the plugin is one; a filter is not given what only they use. */
export function isolateSource(codec: boolean): string {
  const parts = Object.entries(isolateParts).map(([name, part]) => `${name}: (${part.toString()})`)
  const ofCodec = codec ? `(${isolateCodec.toString()})` : 'undefined'
  return `((given) => (${isolateProgram.toString()})({ ...given, codec: ${ofCodec}, parts: { ${parts.join(',\n')} } }))`
}
