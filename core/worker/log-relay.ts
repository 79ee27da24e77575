/**
 * LogRelay: sends a worker's log lines to the main thread, all lines of a moment in one message. When the main
 * thread does not keep up, further lines are dropped and counted, and the next batch says how many.
 */
import type { LogSink } from '../base/log.ts'
import type { FromWorker } from './protocol.ts'

/** Lines of one worker that may be on their way. */
const PENDING_BYTES_MAX = 1_048_576
/** Lines wait no longer than this for others to go with them. */
const BATCH_MS = 20
const BATCH_BYTES_MAX = 65_536

export class LogRelay implements LogSink {
  readonly #post: (message: FromWorker) => void
  readonly #pending: Int32Array
  #lines: string[] = []
  #size = 0
  #droppedCount = 0
  #timer: NodeJS.Timeout | undefined = undefined

  /** `pending` is one int in memory that the main thread counts down as it writes. */
  constructor(post: (message: FromWorker) => void, pending: SharedArrayBuffer) {
    this.#post = post
    this.#pending = new Int32Array(pending)
  }

  write(line: string): void {
    const waiting = Atomics.load(this.#pending, 0) + this.#size
    if (waiting + line.length > PENDING_BYTES_MAX) {
      this.#droppedCount++
      return
    }
    this.#lines.push(line)
    this.#size += line.length
    if (this.#size >= BATCH_BYTES_MAX) this.flush()
    else this.#timer ??= setTimeout(() => this.flush(), BATCH_MS)
  }

  /** Sends what waits. Called by the timer, and before the thread ends. */
  flush(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    if (this.#droppedCount > 0) this.#lines.push(`${JSON.stringify(this.#dropNote())}\n`)
    if (this.#lines.length === 0) return
    const lines = this.#lines.join('')
    this.#lines = []
    this.#size = 0
    this.#droppedCount = 0
    Atomics.add(this.#pending, 0, lines.length)
    this.#post({ type: 'log', lines })
  }

  /** For the main thread: a batch has been written. */
  static written(pending: SharedArrayBuffer, lines: string): void {
    Atomics.sub(new Int32Array(pending), 0, lines.length)
  }

  #dropNote(): object {
    return {
      level: 'warn',
      msg: 'log lines were dropped: the main thread is behind',
      count: this.#droppedCount,
    }
  }
}
