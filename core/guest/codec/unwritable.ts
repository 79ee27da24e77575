/** Unwritable: why an edit cannot be written, told without asking the guest, so that no mutation is lost silently. */

import { abi } from '../../../sdk/abi/abi.ts'
import { type EncodeProblem, hint, type Mutation } from '../../../sdk/index.ts'
import type { CodecDeclaration } from './codec-declaration.ts'

export function unwritable(
  protocol: string,
  { writes, flags }: CodecDeclaration,
  { edits }: Mutation,
): EncodeProblem | undefined {
  if ((flags & abi.codec.declares.encode) === 0) {
    const what = edits[0] === undefined ? 'the body' : `"${edits[0].key}"`
    return `${what} cannot be changed: a message of ${protocol} goes out as it came, its codec has no encode`
  }
  if (writes === undefined) return undefined
  for (const { key } of edits) {
    if (writes.has(key)) continue
    const able = writes.size === 0 ? 'writes no property' : `cannot write it${hint(key, [...writes])}`
    return `"${key}" cannot be changed: the codec of ${protocol} ${able}`
  }
  return undefined
}
