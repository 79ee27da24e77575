import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { configSizeMax, readConfigFile, readNamedFile } from '../../../core/config/read.ts'

describe('readConfigFile()', () => {
  let folder = ''
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'weir-read-'))
  })
  afterAll(() => rm(folder, { recursive: true }))

  it('reads text', async () => {
    const file = join(folder, 'a')
    await writeFile(file, 'grün\n'.repeat(100_000))
    expect(await readConfigFile(file)).toEqual({ kind: 'text', text: 'grün\n'.repeat(100_000) })
    await writeFile(file, '')
    expect(await readConfigFile(file)).toEqual({ kind: 'text', text: '' })
  })

  it('names what may be meant to who names a file that is not there', async () => {
    await writeFile(join(folder, 'weir.yml'), '')
    const read = await readNamedFile(join(folder, 'weir.yaml'))
    expect(read).toEqual({ kind: 'problem', text: 'there is no such file, did you mean "weir.yml"?' })
    const text = 'there is no such file'
    expect(await readNamedFile(join(folder, 'else.json'))).toEqual({ kind: 'problem', text })
    expect(await readConfigFile(join(folder, 'weir.yaml'))).toEqual({ kind: 'problem', text })
  })

  it.each([
    ['no file', 'nope', undefined, 'there is no such file'],
    ['a folder', '.', undefined, 'this is a folder, not a file'],
    ['bytes that are no text', 'b', Buffer.from([0xff, 0xfe]), 'the file is not UTF-8 text'],
    ['too much', 'c', Buffer.alloc(configSizeMax + 1, 32), 'the file is larger than 4194304 bytes'],
  ])('says why there is no text: %s', async (_name, name, content, text) => {
    if (content !== undefined) await writeFile(join(folder, name), content)
    expect(await readConfigFile(join(folder, name))).toEqual({ kind: 'problem', text })
  })

  it('stops reading a device that has no end', async () => {
    expect(await readConfigFile('/dev/zero')).toMatchObject({ kind: 'problem' })
  })
})
