/**
 * ConfigWatch: tells when the text of a configuration file has changed, whichever way that happened: written in
 * place, renamed over, or a symbolic link on the way to it switched, as Kubernetes does. A storm of events is one
 * change, a half-written file is waited for, and a touch that changes nothing is none. It judges no content.
 */
import { createHash } from 'node:crypto'
import { type FSWatcher, watch } from 'node:fs'
import { lstat, readlink, stat } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { readConfigFile } from './read.ts'

/** Quiet time after the last event before the file is read. */
const QUIET_MS = 50
/** A storm that does not end is interrupted this long after its first event. */
const STORM_MS_MAX = 500
/** Where a file system reports no events, such as a network's, the file is looked at this often. */
const POLL_MS = 2_000
/** An empty file is one that is being written, unless it stays so for so many looks. */
const EMPTY_LOOKS_MAX = 20
/** Symbolic links followed one after the other. */
const LINKS_MAX = 40

export interface ConfigWatchOptions {
  readonly file: string
  /** The text that is in use already; only something else is a change. */
  readonly current: string
  /** The file's new whole text. */
  onText(text: string): void
  /** The file is gone or cannot be read; once for each such time. The text in use stays in use. */
  onProblem(text: string): void
}

export class ConfigWatch {
  readonly #options: ConfigWatchOptions
  readonly #watchers = new Map<string, FSWatcher>()
  readonly #poll: NodeJS.Timeout
  #quiet: NodeJS.Timeout | undefined = undefined
  #storm: NodeJS.Timeout | undefined = undefined
  #hash: string
  #stamp = ''
  #problem = ''
  #emptyLooks = 0
  #looking = false
  #again = false
  #closed = false

  constructor(options: ConfigWatchOptions) {
    this.#options = options
    this.#hash = hashOf(options.current)
    this.#poll = setInterval(() => void this.#pollOnce(), POLL_MS)
    this.#poll.unref()
    // The file may have changed between being read and being watched.
    this.#touched()
  }

  /** The operator switched to this text by other means; only something else is a change from now on. */
  adopt(text: string): void {
    this.#hash = hashOf(text)
  }

  close(): void {
    this.#closed = true
    clearInterval(this.#poll)
    this.#clearTimers()
    for (const watcher of this.#watchers.values()) watcher.close()
    this.#watchers.clear()
  }

  #touched(): void {
    if (this.#closed) return
    clearTimeout(this.#quiet)
    this.#quiet = setTimeout(() => void this.#look(), QUIET_MS)
    this.#storm ??= setTimeout(() => void this.#look(), STORM_MS_MAX)
  }

  #clearTimers(): void {
    clearTimeout(this.#quiet)
    clearTimeout(this.#storm)
    this.#quiet = undefined
    this.#storm = undefined
  }

  /** One look at a time: what happens meanwhile is looked at afterwards. */
  async #look(): Promise<void> {
    this.#clearTimers()
    if (this.#looking) {
      this.#again = true
      return
    }
    this.#looking = true
    await this.#watchFolders()
    await this.#read()
    this.#looking = false
    if (this.#again) this.#touched()
    this.#again = false
  }

  async #read(): Promise<void> {
    const before = await stampOf(this.#options.file)
    const read = await readConfigFile(this.#options.file)
    const after = await stampOf(this.#options.file)
    if (this.#closed) return
    if (before !== after) return this.#touched()
    this.#stamp = after
    if (read.kind === 'problem') return this.#tellProblem(read.text)
    this.#problem = ''
    if (read.text.trim() === '' && this.#emptyLooks < EMPTY_LOOKS_MAX) {
      this.#emptyLooks++
      return this.#touched()
    }
    this.#emptyLooks = 0
    const hash = hashOf(read.text)
    if (hash === this.#hash) return
    this.#hash = hash
    this.#options.onText(read.text)
  }

  #tellProblem(text: string): void {
    if (text === this.#problem) return
    this.#problem = text
    this.#options.onProblem(text)
  }

  async #pollOnce(): Promise<void> {
    if (this.#looking) return
    const stamp = await stampOf(this.#options.file)
    if (stamp !== this.#stamp) this.#touched()
  }

  /** Watches every folder in which a rename may change what the file's name leads to. */
  async #watchFolders(): Promise<void> {
    const folders = await foldersOf(this.#options.file)
    if (this.#closed) return
    for (const [folder, watcher] of this.#watchers) {
      if (folders.has(folder)) continue
      watcher.close()
      this.#watchers.delete(folder)
    }
    for (const folder of folders) if (!this.#watchers.has(folder)) this.#watchFolder(folder)
  }

  #watchFolder(folder: string): void {
    try {
      const watcher = watch(folder, { persistent: false }, () => this.#touched())
      this.#watchers.set(folder, watcher)
      // A folder that goes away takes its watcher along; the next look finds what is there then.
      watcher.on('error', () => {
        watcher.close()
        this.#watchers.delete(folder)
        this.#touched()
      })
    } catch {
      // Without events, for want of the folder or of watchers, the poll finds the change.
    }
  }
}

/** The folders of a file, of every link on the way to it, and of every link among those folders. */
async function foldersOf(file: string): Promise<Set<string>> {
  const folders = new Set<string>()
  const open = [resolve(file)]
  for (let followed = 0; followed <= LINKS_MAX; ) {
    const path = open.pop()
    if (path === undefined) break
    folders.add(dirname(path))
    for (const part of ancestry(path)) {
      const entry = await lstat(part).catch(() => undefined)
      if (entry?.isSymbolicLink() !== true) continue
      const target = await readlink(part).catch(() => undefined)
      if (target === undefined) continue
      followed++
      folders.add(dirname(part))
      open.push(resolve(dirname(part), target) + path.slice(part.length))
      break
    }
  }
  return folders
}

/** The path and all folders above it, the outermost first. */
function ancestry(path: string): readonly string[] {
  const above = dirname(path)
  return above === path ? [path] : [...ancestry(above), path]
}

async function stampOf(file: string): Promise<string> {
  const found = await stat(file, { bigint: true }).catch(() => undefined)
  return found === undefined ? 'none' : `${found.dev}:${found.ino}:${found.size}:${found.mtimeNs}`
}

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}
