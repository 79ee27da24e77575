/**
 * FolderEntries: what lies in a folder, in the order in which the system tells it, and no more than is looked at of any: a
 * folder may hold any number.
 */
import type { Dirent } from 'node:fs'
import { opendir } from 'node:fs/promises'

const ENTRIES_MAX = 4_096

/** Of a folder that holds more: `stop` passes the rest over, `refuse` throws, for whoever must know all. */
export async function* folderEntries(dir: string, beyond: 'stop' | 'refuse'): AsyncGenerator<Dirent> {
  let seen = 0
  for await (const entry of await opendir(dir)) {
    if (++seen > ENTRIES_MAX) {
      if (beyond === 'refuse') throw new Error(`the folder has more than ${ENTRIES_MAX} entries`)
      return
    }
    yield entry
  }
}
