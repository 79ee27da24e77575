/** Neighbour: what lies beside a path that leads nowhere and is called nearly so, for messages. */
import type { Dirent } from 'node:fs'
import { basename, dirname } from 'node:path'
import { nearest } from '../../sdk/nearest.ts'
import { writtenOut } from '../base/written-out.ts'
import { folderEntries } from './folder-entries.ts'

/** The tail of a message; empty when there is nothing near among those that are wanted. */
export async function neighbour(path: string, wanted: (entry: Dirent) => boolean): Promise<string> {
  const near = nearest(basename(path), await namesBeside(path, wanted).catch(() => []))
  return near === undefined ? '' : `, did you mean "${writtenOut(near)}"?`
}

async function namesBeside(path: string, wanted: (entry: Dirent) => boolean): Promise<readonly string[]> {
  const names: string[] = []
  for await (const entry of folderEntries(dirname(path), 'stop')) {
    if (wanted(entry)) names.push(entry.name)
  }
  return names
}
