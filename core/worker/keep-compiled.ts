/**
 * KeepCompiled: what a thread has compiled is written to the cache of compiled code at its end. This writes it now, so
 * that whoever starts next finds it: one that compiles TypeScript itself stays 17 MB larger.
 */
import { statSync } from 'node:fs'
import { flushCompileCache, getCompileCacheDir } from 'node:module'

/** Answers whether there was anything that the cache did not have; `false` where it cannot be written. */
export function keepCompiled(): boolean {
  const folder = getCompileCacheDir()
  if (folder === undefined) return false
  const before = changedNs(folder)
  flushCompileCache()
  return changedNs(folder) !== before
}

/** When a file was last put into a folder. */
function changedNs(folder: string): bigint | undefined {
  return statSync(folder, { bigint: true, throwIfNoEntry: false })?.mtimeNs
}
