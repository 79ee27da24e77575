/** Tells the lines of log that a call said before it failed, which nobody will read from its list. */
import { abi } from '../../../sdk/abi/abi.ts'
import { readText } from '../../../sdk/abi/text.ts'
import type { LogLevelName } from '../ops.ts'

const { opHeader, opListHeaderBytes, op } = abi
/** One more than are ever said, so that dropping is seen. */
const LINES_MAX = 33
const LINE_BYTES_MAX = 4_096
const levels: readonly LogLevelName[] = ['debug', 'info', 'warn', 'error']

/** The list is a hostile peer's. */
export function failedLogs(list: Buffer, tell: (level: LogLevelName, text: string) => void): void {
  let lines = 0
  for (let at: number = opListHeaderBytes; at + opHeader.bytes <= list.length && lines < LINES_MAX; ) {
    const size = list.readUInt32LE(at + opHeader.size)
    if (size < opHeader.bytes || size > list.length - at) return
    if (list[at] === op.log) {
      const from = at + opHeader.bytes
      const end = Math.min(at + size, from + LINE_BYTES_MAX)
      tell(levels[list[at + opHeader.arg] ?? 1] ?? 'info', readText(list, from, end))
      lines++
    }
    at += (size + 3) & ~3
  }
}
