/** What tells the values that a guest reads of a message, where nobody has changed one of them and its codec knows such a thing. */
import type { Message, Mutation } from '../../sdk/index.ts'
import type { Reads } from './declaration.ts'

export function knownValues(message: Message, reads: Reads): object | undefined {
  const { reader, mutation } = message
  if (reads.allKeys || reader.knownBy === undefined) return undefined
  if (mutation !== undefined && touched(mutation, reads.keys)) return undefined
  return reader.knownBy(message, reads.keys)
}

function touched(mutation: Mutation, keys: readonly string[]): boolean {
  if (mutation.edits.length === 0) return false
  // Counted, for lists are gone through by calls where this is compiled for itself.
  for (let i = 0; i < keys.length; i++) if (mutation.touches(keys[i] ?? '')) return true
  return false
}
