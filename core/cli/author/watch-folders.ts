/** WatchFolders: does something at once, and again whenever a file of some folders may have changed, one at a time. */
import { FolderWatch } from '../../plugin/folder-watch.ts'

/** Keeps the process alive, for watching alone does not. */
const AWAKE_MS = 3_600_000

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
  let touched = false
  let busy = true
  const once = async (): Promise<void> => {
    busy = true
    do {
      touched = false
      await work()
    } while (touched)
    busy = false
  }
  const watches = folders.map(
    (folder) =>
      new FolderWatch(folder, () => {
        touched = true
        if (!busy) void once()
      }),
  )
  await once()
  return () => {
    for (const watch of watches) watch.close()
  }
}
