/** Edits: what a route changes on a message, flattened once so that recording them is one loop. */
import type { Edit, Mutation } from '../../sdk/index.ts'
import type { MutationOptions } from './options.ts'

const NOTHING: readonly Edit[] = Object.freeze([])

/** In the order in which they are recorded: remove, set, add. */
export function editsOf(options: MutationOptions | undefined): readonly Edit[] {
  if (options === undefined) return NOTHING
  const edits: Edit[] = []
  for (const key of options.remove ?? []) edits.push({ op: 'remove', key, value: '' })
  for (const [key, value] of Object.entries(options.set ?? {})) edits.push({ op: 'set', key, value })
  for (const [key, value] of Object.entries(options.add ?? {})) edits.push({ op: 'add', key, value })
  return edits
}

export function recordEdits(edits: readonly Edit[], mutation: Mutation): void {
  for (const edit of edits) mutation.repeat(edit)
}
