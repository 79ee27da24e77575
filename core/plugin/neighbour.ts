/** Neighbour: what lies beside a path that leads nowhere and is called nearly so, for messages. */
import type { Dirent } from 'node:fs'
import { opendir } from 'node:fs/promises'
import { basename, dirname } from 'node:path'
import { nearest } from '../../sdk/nearest.ts'
import { writtenOut } from '../base/written-out.ts'

/** Entries that are looked at, in the order in which the system tells them; there may be any number. */
const ENTRIES_MAX = 4_096

/** The tail of a message; empty when there is nothing near among those that are wanted. */
export async function neighbour(path: string, wanted: (entry: Dirent) => boolean): Promise<string> {
  const near = nearest(basename(path), await namesBeside(path, wanted).catch(() => []))
  return near === undefined ? '' : `, did you mean "${writtenOut(near)}"?`
}

async function namesBeside(path: string, wanted: (entry: Dirent) => boolean): Promise<readonly string[]> {
  const names: string[] = []
  let seen = 0
  for await (const entry of await opendir(dirname(path))) {
    if (++seen > ENTRIES_MAX) break
    if (wanted(entry)) names.push(entry.name)
  }
  return names
}
