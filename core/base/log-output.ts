/**
 * LogOutput: where the main thread writes the lines of all threads. On a terminal they are made readable; anywhere
 * else they leave as JSON, written in the background, and when nobody takes them the newest are dropped and counted.
 */
import { isatty } from 'node:tty'
import { pino } from 'pino'
import type { LogSink } from './log.ts'

const STDERR = 2
/** Lines that wait for a reader that does not read. */
const WAITING_BYTES_MAX = 4_194_304

export interface LogOutput extends LogSink {
  /** Writes what waits, before the process ends. */
  flush(): void
  /** Lines that were dropped because nobody took them. */
  readonly droppedCount: number
}

/** Lines go to `fd`, standard error unless said otherwise. */
export async function openLogOutput(fd: number = STDERR): Promise<LogOutput> {
  return isatty(fd) ? await prettyOutput(fd) : plainOutput(fd)
}

async function prettyOutput(fd: number): Promise<LogOutput> {
  // Loaded here only, because a service without a terminal does not need it.
  const { default: pretty } = await import('pino-pretty')
  const stream = pretty({
    destination: fd,
    sync: true,
    translateTime: 'SYS:HH:MM:ss.l',
    ignore: 'pid,hostname',
  })
  return { write: (line) => void stream.write(line), flush: () => {}, droppedCount: 0 }
}

function plainOutput(fd: number): LogOutput {
  const destination = pino.destination({ dest: fd, sync: false, maxLength: WAITING_BYTES_MAX })
  let droppedCount = 0
  destination.on('drop', () => droppedCount++)
  // A reader that went away must not end the proxy.
  destination.on('error', () => droppedCount++)
  return {
    write: (line) => void destination.write(line),
    flush: () => flushNow(destination),
    get droppedCount() {
      return droppedCount
    },
  }
}

function flushNow(destination: { flushSync(): void }): void {
  try {
    destination.flushSync()
  } catch {
    // The reader is gone or the stream never opened: nobody is left to tell.
  }
}
