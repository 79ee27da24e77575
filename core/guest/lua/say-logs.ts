/** SayLogs: what a guest logged in a call that failed is said all the same; nothing else of its answer is. */
import { readText } from '../../../sdk/abi/text.ts'
import type { GuestHost } from '../guest-host.ts'
import type { AnswerWriter } from './answer-writer.ts'

const logLevels = ['debug', 'info', 'warn', 'error'] as const

export function sayLogs(writer: AnswerWriter, host: GuestHost): void {
  writer.tellLogs((level, text) => {
    host.log(logLevels[level] ?? 'info', readText(text, 0, text.length))
  })
}
