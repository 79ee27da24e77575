/** ChildSource: the program of a plugin's process as text: its own and that of each part. */
import { childParts } from './child-parts.ts'
import { childProgram } from './child-program.ts'

/** A function of what it is told and of what it can do. */
export function childSource(): string {
  const parts = Object.entries(childParts).map(([name, part]) => `${name}: (${part.toString()})`)
  return `((spec, system) => (${childProgram.toString()})({ ${parts.join(',\n')} }, spec, system))`
}
