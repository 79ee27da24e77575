/** WrittenAnswer: what a guest writes for a message: checked as a whole, then appended; a sentence when it cannot be written. */
import { abi } from '../../../sdk/abi/abi.ts'
import { readText } from '../../../sdk/abi/text.ts'
import type { ByteWriter, Message } from '../../../sdk/index.ts'
import type { OpList } from '../op-list.ts'
import { Trap } from '../trap.ts'
import type { CodecNotes } from './codec-notes.ts'
import { isNote } from './codec-notes.ts'
import { OpCursor } from './op-cursor.ts'

const { codec } = abi
const OPS_MAX = 4_096
const TEXT_BYTES_MAX = 1_024
/** What an answer may have beside the bytes that it writes. */
const OTHER_BYTES_MAX = 131_072

export interface WrittenParts {
  /** `undefined` when it had nothing to say. */
  readonly list: OpList | undefined
  /** The frame that `keep` takes ranges of; `undefined` where there is none. */
  readonly source: Message | undefined
  readonly out: ByteWriter
  readonly bytesMax: number
  /** Whether nothing is an answer, too. */
  readonly optional?: boolean
  readonly notes: CodecNotes
}

/** The problem, `undefined` when it was appended, or why the answer is wrong; nothing is appended but in the second case. */
export function writeAnswer(parts: WrittenParts): string | undefined | Trap {
  const { list, source, out } = parts
  if (list === undefined) return parts.optional === true ? undefined : new Trap('abi', 'it wrote nothing')
  const found = checkAnswer(list, parts)
  if (found !== undefined) return found
  const cursor = new OpCursor(list, OPS_MAX, Number.POSITIVE_INFINITY)
  while (cursor.next()) {
    const { code, from, to } = cursor
    if (code === codec.op.bytes) out.copy(list.bytes, from, to)
    else if (code === codec.op.keep && source !== undefined) {
      const start = source.start + list.u32(from)
      out.run(source.bytes, start, start + list.u32(from + 4))
    }
  }
  return undefined
}

function checkAnswer(
  list: OpList,
  { source, bytesMax, notes, optional }: WrittenParts,
): string | undefined | Trap {
  const cursor = new OpCursor(list, OPS_MAX, bytesMax + OTHER_BYTES_MAX)
  let bytes = 0
  let problem: string | undefined
  while (cursor.next()) {
    const { code, from, to } = cursor
    if (isNote(cursor)) {
      const wrong = notes.take(list, cursor)
      if (wrong !== undefined) return cursor.fail(wrong)
    } else if (code === codec.op.bytes) {
      bytes += to - from
    } else if (code === codec.op.problem) {
      problem ??= readText(list.bytes, from, Math.min(to, from + TEXT_BYTES_MAX))
    } else if (code === codec.op.keep) {
      if (source === undefined || to - from !== 8) return cursor.fail('a range of a frame that is not there')
      if (list.u32(from) + list.u32(from + 4) > source.size)
        return cursor.fail('a range outside of its frame')
      bytes += list.u32(from + 4)
    } else {
      return cursor.fail(`operation code ${code} writes nothing`)
    }
    if (bytes > bytesMax) return new Trap('budget', `it wrote more than ${bytesMax} bytes`)
  }
  if (cursor.trap !== undefined) return cursor.trap
  if (problem !== undefined) return problem === '' ? 'the codec cannot write it' : problem
  return bytes === 0 && optional !== true ? cursor.fail('it wrote nothing') : undefined
}
