/**
 * LogWriter: collects whole lines and appends them in batches, one write at a time. It never waits and never
 * grows: what does not fit is dropped and counted, and so is what a full disk refuses. After an error it tries
 * again with the next batch.
 */
import { type Counter, errorMessage, type Log } from '../../sdk/index.ts'
import type { LogTarget } from './log-target.ts'

/** So much makes a batch that does not wait any longer. */
const BATCH_BYTES = 65_536
/** A pipe whose reader is slow says EAGAIN; it is asked again after so long. */
const RETRY_MS = 20

/**
 * idle => waiting => writing => idle | waiting. Any state goes to closed, but writing ends first.
 */
type State = 'idle' | 'waiting' | 'writing' | 'closed'

export interface LogWriterOptions {
  readonly target: LogTarget
  readonly bufferBytesMax: number
  readonly flushMs: number
  readonly log: Log
  /** Lines that found no room, and lines that could not be written. */
  readonly dropped: Counter
  readonly failed: Counter
}

export class LogWriter {
  readonly #options: LogWriterOptions
  #state: State = 'idle'
  #lines: string[] = []
  #linesBytes = 0
  /** Bytes that the write under way holds. */
  #writingBytes = 0
  #timer: NodeJS.Timeout | undefined = undefined
  #reopen = false
  /** The last write ended within a line, so the next begins with the end of one. */
  #torn = false
  #failing = false
  #done: Promise<void> = Promise.resolve()

  constructor(options: LogWriterOptions) {
    this.#options = options
  }

  /** Takes a line without its end; never waits. */
  write(line: string): void {
    if (this.#state === 'closed') return
    const size = Buffer.byteLength(line) + 1
    if (this.#linesBytes + this.#writingBytes + size > this.#options.bufferBytesMax) {
      this.#options.dropped.add(1)
      return
    }
    this.#lines.push(line)
    this.#linesBytes += size
    if (this.#state === 'idle') this.#wait()
    if (this.#state === 'waiting' && this.#linesBytes >= BATCH_BYTES) this.#flush()
  }

  /** The file was moved away: what is written from now on goes to a new one under the same path. */
  reopen(): void {
    this.#reopen = true
    if (this.#state === 'idle' || this.#state === 'waiting') this.#flush()
  }

  /** Writes what waits and closes the file. Resolves when that is done; nothing is taken from now on. */
  close(): Promise<void> {
    const state = this.#state
    if (state === 'closed') return this.#done
    this.#state = 'closed'
    clearTimeout(this.#timer)
    if (state === 'writing') {
      this.#done = this.#done.then(() => this.#writeLast())
    } else {
      this.#done = this.#writeLast()
    }
    return this.#done
  }

  #wait(): void {
    this.#state = 'waiting'
    this.#timer = setTimeout(() => this.#flush(), this.#options.flushMs)
    this.#timer.unref()
  }

  #flush(): void {
    clearTimeout(this.#timer)
    this.#state = 'writing'
    this.#done = this.#writeBatch().then(() => {
      if (this.#state === 'closed') return
      this.#state = 'idle'
      if (this.#reopen || this.#linesBytes >= BATCH_BYTES) this.#flush()
      else if (this.#lines.length > 0) this.#wait()
    })
  }

  async #writeBatch(): Promise<void> {
    const { target } = this.#options
    if (this.#reopen) {
      this.#reopen = false
      await target.release()
    }
    if (this.#lines.length === 0) return
    const lines = this.#takeLines()
    let bytes = Buffer.from(lines.text)
    for (;;) {
      const written = await target.append(bytes)
      if (written.error === undefined) return this.#wrote()
      bytes = bytes.subarray(written.bytes)
      if (errorCode(written.error) !== 'EAGAIN') return this.#lost(lines, bytes, written.error)
      await new Promise<void>((resolve) => setTimeout(resolve, RETRY_MS).unref())
    }
  }

  async #writeLast(): Promise<void> {
    const { target } = this.#options
    if (this.#lines.length > 0) {
      const lines = this.#takeLines()
      const bytes = Buffer.from(lines.text)
      const rest = bytes.subarray(target.appendNow(bytes))
      const { bytes: written, error } = await target.append(rest)
      if (error !== undefined) this.#lost(lines, rest.subarray(written), error)
    }
    await target.release()
  }

  #takeLines(): { readonly text: string; readonly count: number } {
    const text = `${this.#torn ? '\n' : ''}${this.#lines.join('\n')}\n`
    const count = this.#lines.length
    this.#writingBytes = this.#linesBytes
    this.#lines = []
    this.#linesBytes = 0
    return { text, count }
  }

  #wrote(): void {
    this.#writingBytes = 0
    this.#torn = false
    if (!this.#failing) return
    this.#failing = false
    this.#options.log.info('the access log is written again', { path: this.#options.target.path })
  }

  #lost(lines: { readonly text: string; readonly count: number }, rest: Buffer, error: unknown): void {
    this.#writingBytes = 0
    const size = Buffer.byteLength(lines.text)
    const begun = rest.length < size
    const lost = newlinesIn(rest)
    this.#torn = begun ? !endsLine(lines.text, size - rest.length) : this.#torn
    this.#options.failed.add(Math.min(lost, lines.count))
    if (this.#failing) return
    this.#failing = true
    const text = errorMessage(error)
    this.#options.log.error(`the access log cannot be written: ${text}`, { path: this.#options.target.path })
  }
}

/** Whether so many bytes of a text end with the end of a line. */
function endsLine(text: string, bytes: number): boolean {
  return Buffer.from(text)[bytes - 1] === 0x0a
}

function newlinesIn(bytes: Buffer): number {
  let count = 0
  for (let at = bytes.indexOf(0x0a); at >= 0; at = bytes.indexOf(0x0a, at + 1)) count++
  return count
}

function errorCode(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : ''
}
