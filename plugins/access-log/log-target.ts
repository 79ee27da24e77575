/** LogTarget: the file or stream behind a path; opened when first written to, and opened anew when asked. */
import { close, constants, open, openSync, write, writeSync } from 'node:fs'
import { promisify } from 'node:util'

const openFile = promisify(open)
const closeFile = promisify(close)
const writeBytes = promisify(write)

const FILE_MODE = 0o640
/** Not blocking, so that a pipe without a reader is an error and not a wait. */
const FILE_FLAGS = constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT | (constants.O_NONBLOCK ?? 0)
const NOTHING = -1
const STREAMS: Readonly<Record<string, number>> = { '/dev/stdout': 1, '/dev/stderr': 2 }

/** How much of a batch was written, and what went wrong if not all of it was. */
export interface Written {
  readonly bytes: number
  readonly error: unknown
}

export class LogTarget {
  readonly path: string
  /** The process's own streams are neither opened nor closed here. */
  readonly #stream: number | undefined
  #fd = NOTHING

  constructor(path: string) {
    this.path = path
    this.#stream = STREAMS[path]
    if (this.#stream !== undefined) this.#fd = this.#stream
  }

  /** Appends bytes; a file in append mode takes each write whole, whoever else writes to it. */
  async append(bytes: Buffer): Promise<Written> {
    let at = 0
    try {
      if (this.#fd === NOTHING) this.#fd = await openFile(this.path, FILE_FLAGS, FILE_MODE)
      while (at < bytes.length) {
        const { bytesWritten } = await writeBytes(this.#fd, bytes, at, bytes.length - at, null)
        at += bytesWritten
      }
      return { bytes: at, error: undefined }
    } catch (error) {
      return { bytes: at, error }
    }
  }

  /**
   * Appends the last bytes before the process may end, and answers how many that were. A stream of the process
   * may wait for its reader, so nothing is written there.
   */
  appendNow(bytes: Buffer): number {
    if (this.#stream !== undefined) return 0
    try {
      if (this.#fd === NOTHING) this.#fd = openSync(this.path, FILE_FLAGS, FILE_MODE)
      return writeSync(this.#fd, bytes)
    } catch {
      return 0
    }
  }

  /** The next append opens the path again. */
  async release(): Promise<void> {
    const fd = this.#fd
    if (this.#stream !== undefined || fd === NOTHING) return
    this.#fd = NOTHING
    try {
      await closeFile(fd)
    } catch {
      // What closing says about a disk, the writes have said before.
    }
  }
}
