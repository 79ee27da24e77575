import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { loadBuiltIns } from '../../../core/plugin/built-ins.ts'

describe('loadBuiltIns()', () => {
  let folder = ''
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'weir-plugins-'))
  })
  afterEach(() => rm(folder, { recursive: true }))

  async function plugin(name: string, text: string, file = 'plugin.js'): Promise<void> {
    await mkdir(join(folder, name), { recursive: true })
    await writeFile(join(folder, name, file), text)
  }

  const load = () => loadBuiltIns(pathToFileURL(`${folder}/`))

  it('registers the plugin of every folder that has one', async () => {
    await plugin('one', "export const plugin = { name: 'one', codecs: [{ name: 'c1' }] }")
    await plugin('two', "export const plugin = { name: 'two', filters: [{ name: 'f1' }] }")
    await plugin('empty', 'nothing', 'README.md')
    await writeFile(join(folder, 'tag.lua'), '-- a guest, which is somebody else’s to load')
    const registry = await load()
    expect([registry.pluginNames, registry.codecNames, registry.filterNames]).toEqual([
      ['one', 'two'],
      ['c1'],
      ['f1'],
    ])
  })

  it('names the file that exports no plugin', async () => {
    await plugin('one', 'export const plugin = 5')
    await expect(load()).rejects.toThrow(/one\/plugin\.js exports no plugin/)
  })

  it('names the file that does not load, and why', async () => {
    await plugin('one', "throw new Error('out of luck')")
    await expect(load()).rejects.toThrow(/one\/plugin\.js does not load: out of luck/)
  })
})
