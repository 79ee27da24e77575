/**
 * WatchFolders: does something at once, and again whenever a file of some folders is another one, one at a time. What a
 * build leaves there is no reason to build again.
 */
import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { FolderWatch } from '../../plugin/folder-watch.ts'

/** Keeps the process alive, for watching alone does not. */
const AWAKE_MS = 3_600_000
/** Files that builds write, and folders that they fill. */
const MADE = /\.(wasm|new)$|^(target|node_modules)$/
const FILES_MAX = 512

/** Never settles; who watches is interrupted. */
export async function watchFolders(folders: readonly string[], work: () => Promise<unknown>): Promise<never> {
  await startWatching(folders, work)
  return await new Promise(() => void setInterval(() => undefined, AWAKE_MS))
}

/** Settles when it was done for the first time; answers how to stop. */
export async function startWatching(
  folders: readonly string[],
  work: () => Promise<unknown>,
): Promise<() => void> {
  let done = ''
  let working: Promise<void> | undefined
  let touched = false
  const once = async (): Promise<void> => {
    while (touched) {
      touched = false
      const stamp = await stampOf(folders)
      if (stamp === done) continue
      done = stamp
      await work()
      touched = true
    }
    working = undefined
  }
  const begin = (): Promise<void> => {
    touched = true
    working ??= once()
    return working
  }
  const watches = folders.map((folder) => new FolderWatch(folder, () => void begin()))
  await begin()
  return () => {
    for (const watch of watches) watch.close()
  }
}

/** Names, times and sizes of everything that somebody may have written. */
async function stampOf(folders: readonly string[]): Promise<string> {
  const stamps = folders.map(async (folder) => {
    const names = (await readdir(folder).catch(() => [])).filter((name) => !MADE.test(name))
    const files = names.sort().slice(0, FILES_MAX)
    return await Promise.all(files.map((name) => fileStamp(join(folder, name))))
  })
  return JSON.stringify(await Promise.all(stamps))
}

async function fileStamp(path: string): Promise<string> {
  const found = await stat(path).catch(() => undefined)
  if (found === undefined) return `${path}?`
  // A folder's own time says that something in it was made, which the watch of that folder sees.
  return found.isDirectory() ? path : `${path} ${found.ino} ${found.size} ${found.mtimeMs}`
}
