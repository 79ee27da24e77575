/** TemporaryFolder: a folder of a test file's own, gone when its tests are over. To be asked for outside of tests. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll } from 'vitest'

export function temporaryFolder(what: string): string {
  const path = mkdtempSync(join(tmpdir(), `weir-${what}-`))
  afterAll(() => rmSync(path, { recursive: true, force: true }))
  return path
}
