/** SniffAnswer: what a guest says about the first bytes of a connection; saying nothing means that it takes more. */
import { abi } from '../../../sdk/abi/abi.ts'
import type { Sniff } from '../../../sdk/index.ts'
import type { OpList } from '../op-list.ts'
import type { Trap } from '../trap.ts'
import { type CodecNotes, isNote } from './codec-notes.ts'
import { OpCursor } from './op-cursor.ts'

const { codec } = abi
const OPS_MAX = 64

export function sniffAnswer(list: OpList | undefined, notes: CodecNotes): Sniff | Trap {
  if (list === undefined) return 'more'
  const cursor = new OpCursor(list, OPS_MAX)
  let found: Sniff = 'more'
  while (cursor.next()) {
    const wrong = isNote(cursor) ? notes.take(list, cursor) : undefined
    if (wrong !== undefined) return cursor.fail(wrong)
    if (isNote(cursor)) continue
    const word = cursor.code === codec.op.sniff ? wordOf(cursor.argument) : undefined
    if (word === undefined) return cursor.fail('this is no answer to first bytes')
    found = word
  }
  return cursor.trap ?? found
}

function wordOf(argument: number): Sniff | undefined {
  if (argument === codec.sniff.yes) return 'yes'
  if (argument === codec.sniff.no) return 'no'
  return argument === codec.sniff.more ? 'more' : undefined
}
