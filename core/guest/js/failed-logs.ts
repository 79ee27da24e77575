/** Tells the lines of log that a call said before it failed, which nobody will read from its list. */
import { abi } from '../../../sdk/abi/abi.ts'
import { readText } from '../../../sdk/abi/text.ts'
import type { LogLevelName } from '../ops.ts'

const { opHeader, opListHeaderBytes, op } = abi
const levels: readonly LogLevelName[] = ['debug', 'info', 'warn', 'error']

/** The list is a hostile peer's. */
export function failedLogs(list: Buffer, tell: (level: LogLevelName, text: string) => void): void {
  for (let at: number = opListHeaderBytes; at + opHeader.bytes <= list.length; ) {
    const size = list.readUInt32LE(at + opHeader.size)
    if (size < opHeader.bytes || size > list.length - at) return
    if (list[at] === op.log) {
      tell(levels[list[at + opHeader.arg] ?? 1] ?? 'info', readText(list, at + opHeader.bytes, at + size))
    }
    at += (size + 3) & ~3
  }
}
