import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { folderEntries } from '../../../core/plugin/folder-entries.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'

const folder = temporaryFolder('entries')
for (let i = 0; i < 4_096; i++) writeFileSync(join(folder, `note${i}`), '')

async function countOf(beyond: 'stop' | 'refuse'): Promise<number> {
  let count = 0
  for await (const entry of folderEntries(folder, beyond)) if (entry.isFile()) count++
  return count
}

describe('folderEntries()', () => {
  it('tells what there is, and of what is beyond the limit nothing or that it is there', async () => {
    expect([await countOf('stop'), await countOf('refuse')]).toEqual([4_096, 4_096])
    writeFileSync(join(folder, 'more'), '')
    expect(await countOf('stop')).toBe(4_096)
    await expect(countOf('refuse')).rejects.toThrow('the folder has more than 4096 entries')
  })
})
