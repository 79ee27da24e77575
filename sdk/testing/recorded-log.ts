/** RecordedLog: keeps what was logged, for the test to read. */
import type { Log } from '../filter.ts'

export interface LogLine {
  readonly level: 'debug' | 'info' | 'warn' | 'error'
  readonly text: string
  readonly fields: Readonly<Record<string, unknown>>
}

export class RecordedLog implements Log {
  readonly lines: LogLine[] = []

  debug(text: string, fields: Readonly<Record<string, unknown>> = {}): void {
    this.lines.push({ level: 'debug', text, fields })
  }

  info(text: string, fields: Readonly<Record<string, unknown>> = {}): void {
    this.lines.push({ level: 'info', text, fields })
  }

  warn(text: string, fields: Readonly<Record<string, unknown>> = {}): void {
    this.lines.push({ level: 'warn', text, fields })
  }

  error(text: string, fields: Readonly<Record<string, unknown>> = {}): void {
    this.lines.push({ level: 'error', text, fields })
  }
}
