import { writeFileSync } from 'node:fs'
import { mkdir, mkdtemp, rename, rm, symlink, unlink, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ConfigWatch } from '../../../core/config/watch.ts'
import { eventually } from '../../support/eventually.ts'

/** Longer than the quiet time and the looks that follow it; for what must not happen. */
const SETTLED_MS = 150

describe('ConfigWatch', () => {
  let folder = ''
  let file = ''
  let watch: ConfigWatch | undefined
  const texts: string[] = []
  const problems: string[] = []

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'weir-watch-'))
    file = join(folder, 'weir.yaml')
    texts.length = 0
    problems.length = 0
  })
  afterEach(async () => {
    watch?.close()
    await rm(folder, { recursive: true })
  })

  function start(current: string): void {
    watch = new ConfigWatch({
      file,
      current,
      onText: (text) => void texts.push(text),
      onProblem: (text) => void problems.push(text),
    })
  }

  const told = async (expected: readonly string[]) => {
    await eventually(() => texts.length >= expected.length, `${expected} is told`)
    expect(texts).toEqual(expected)
  }
  const settled = () => new Promise((resolve) => setTimeout(resolve, SETTLED_MS))

  it('tells the new text when the file is written in place', async () => {
    await writeFile(file, 'one')
    start('one')
    await settled()
    await writeFile(file, 'two')
    await told(['two'])
  })

  it('tells what changed between reading and watching', async () => {
    await writeFile(file, 'two')
    start('one')
    await told(['two'])
  })

  it('tells the new text when an editor renames another file over it, again and again', async () => {
    await writeFile(file, 'one')
    start('one')
    const expected: string[] = []
    for (const text of ['two', 'three', 'four']) {
      await settled()
      await writeFile(join(folder, '.weir.yaml.swp'), text)
      await rename(join(folder, '.weir.yaml.swp'), file)
      expected.push(text)
      await told(expected)
    }
  })

  it('tells the new text when Kubernetes switches the link on the way to the file', async () => {
    for (const version of ['v1', 'v2', 'v3']) {
      await mkdir(join(folder, version))
      await writeFile(join(folder, version, 'weir.yaml'), version)
    }
    await symlink('v1', join(folder, '..data'))
    await symlink(join('..data', 'weir.yaml'), file)
    start('v1')
    const expected: string[] = []
    for (const version of ['v2', 'v3']) {
      await settled()
      await symlink(version, join(folder, '..data_tmp'))
      await rename(join(folder, '..data_tmp'), join(folder, '..data'))
      expected.push(version)
      await told(expected)
    }
  })

  it('follows a link to a file in another folder', async () => {
    await mkdir(join(folder, 'elsewhere'))
    await writeFile(join(folder, 'elsewhere', 'real.yaml'), 'one')
    await symlink(join(folder, 'elsewhere', 'real.yaml'), file)
    start('one')
    await settled()
    await writeFile(join(folder, 'elsewhere', 'real.yaml'), 'two')
    await told(['two'])
  })

  it('says nothing when the file is only touched', async () => {
    await writeFile(file, 'one')
    start('one')
    await settled()
    await utimes(file, new Date(0), new Date(0))
    await writeFile(file, 'one')
    await settled()
    expect(texts).toEqual([])
  })

  it('tells a storm of changes as its last text', async () => {
    await writeFile(file, '0')
    start('0')
    await settled()
    for (let i = 1; i <= 200; i++) writeFileSync(file, String(i))
    await told(['200'])
  })

  it('waits for the text of a file that was emptied to be written anew', async () => {
    await writeFile(file, 'one')
    start('one')
    await settled()
    await writeFile(file, '')
    await settled()
    await writeFile(file, 'two')
    await told(['two'])
  })

  it('says once that the file is gone, and tells its text when it is back', async () => {
    await writeFile(file, 'one')
    start('one')
    await settled()
    await unlink(file)
    await eventually(() => problems.length > 0, 'the problem is told')
    expect(problems).toEqual(['there is no such file'])
    await writeFile(join(folder, 'other'), 'x')
    await settled()
    await writeFile(file, 'two')
    await told(['two'])
    expect(problems).toHaveLength(1)
  })

  it('says nothing after it was closed', async () => {
    await writeFile(file, 'one')
    start('one')
    await settled()
    await writeFile(file, 'two')
    watch?.close()
    await settled()
    expect(texts).toEqual([])
  })

  it('takes a text that was adopted by other means for the current one', async () => {
    await writeFile(file, 'one')
    start('one')
    await settled()
    watch?.adopt('two')
    await writeFile(file, 'two')
    await settled()
    expect(texts).toEqual([])
  })
})
