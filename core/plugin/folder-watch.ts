/**
 * FolderWatch: tells that something in a folder may have changed. A storm of events is one change, and a folder that
 * goes away and comes back is watched again. It reads nothing and judges nothing: who is told looks for itself.
 */
import { type FSWatcher, watch } from 'node:fs'
import { stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { folderEntries } from './folder-entries.ts'

/** Quiet time after the last event before it is told. */
const QUIET_MS = 30
/** A storm that does not end is interrupted this long after its first event. */
const STORM_MS_MAX = 200
/** Where a file system reports no events, such as a network's, the folder is looked at this often. */
const POLL_MS = 2_000
/** Entries whose times and sizes a poll compares, the first by name of so many. */
const POLLED_MAX = 512

export class FolderWatch {
  readonly #dir: string
  readonly #onTouched: () => void
  readonly #poll: NodeJS.Timeout
  #folder: FSWatcher | undefined = undefined
  #parent: FSWatcher | undefined = undefined
  #quiet: NodeJS.Timeout | undefined = undefined
  #storm: NodeJS.Timeout | undefined = undefined
  #stamp: string | undefined = undefined
  #polling = false
  #closed = false

  constructor(dir: string, onTouched: () => void) {
    this.#dir = dir
    this.#onTouched = onTouched
    this.#parent = this.#watchPath(dirname(dir), (name) => this.#parentTouched(name))
    this.#folder = this.#watchPath(dir, () => this.touch())
    this.#poll = setInterval(() => void this.#pollOnce(), POLL_MS)
    this.#poll.unref()
  }

  get dir(): string {
    return this.#dir
  }

  /** Something may have changed; for those who want another look soon as well. */
  touch(): void {
    if (this.#closed) return
    clearTimeout(this.#quiet)
    this.#quiet = setTimeout(() => this.#tell(), QUIET_MS)
    this.#storm ??= setTimeout(() => this.#tell(), STORM_MS_MAX)
  }

  close(): void {
    this.#closed = true
    clearInterval(this.#poll)
    this.#clearTimers()
    this.#folder?.close()
    this.#parent?.close()
  }

  #tell(): void {
    this.#clearTimers()
    this.#onTouched()
  }

  #clearTimers(): void {
    clearTimeout(this.#quiet)
    clearTimeout(this.#storm)
    this.#quiet = undefined
    this.#storm = undefined
  }

  /**
   * The folder may be another one now, which the watcher of the former does not see. What else lies beside it may change
   * all the time, such as a log.
   */
  #parentTouched(name: string | null): void {
    if (name !== null && name !== basename(this.#dir)) return
    void stat(this.#dir).then(
      () => this.#watchAgain(),
      () => this.#watchAgain(),
    )
  }

  #watchAgain(): void {
    if (this.#closed) return
    this.#folder?.close()
    this.#folder = this.#watchPath(this.#dir, () => this.touch())
    this.touch()
  }

  /** `onEvent` is told which entry it is about, or `null` where that is not known. */
  #watchPath(path: string, onEvent: (name: string | null) => void): FSWatcher | undefined {
    try {
      const watcher = watch(path, { persistent: false }, (_event, name) => onEvent(name))
      watcher.on('error', () => {
        watcher.close()
        onEvent(null)
      })
      return watcher
    } catch {
      // Without events, for want of the folder or of watchers, the poll finds the change.
      return undefined
    }
  }

  /** One at a time: a file system that does not answer is not asked again and again. */
  async #pollOnce(): Promise<void> {
    if (this.#polling) return
    this.#polling = true
    const stamp = await stampOf(this.#dir)
    this.#polling = false
    const before = this.#stamp
    this.#stamp = stamp
    if (this.#closed || before === undefined || before === stamp) return
    this.#watchAgain()
  }
}

async function stampOf(dir: string): Promise<string> {
  const names = await namesIn(dir).catch(() => undefined)
  if (names === undefined) return 'none'
  const stamps = names
    .sort()
    .slice(0, POLLED_MAX)
    .map(async (name) => {
      const found = await stat(join(dir, name), { bigint: true }).catch(() => undefined)
      return found === undefined
        ? `${name}?`
        : `${name}:${found.ino}:${found.size}:${found.mtimeNs}:${found.mode}`
    })
  return (await Promise.all(stamps)).join('\n')
}

async function namesIn(dir: string): Promise<string[]> {
  const names: string[] = []
  for await (const { name } of folderEntries(dir, 'stop')) names.push(name)
  return names
}
