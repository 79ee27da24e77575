import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { readPluginFolder } from '../../../core/plugin/plugin-folder.ts'
import { strayFiles } from '../../../core/plugin/stray-files.ts'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'weir-stray-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

async function told(...files: readonly string[]): Promise<readonly string[]> {
  for (const file of files) writeFileSync(join(folder, file), '')
  return await strayFiles(folder)
}

describe('strayFiles()', () => {
  it.each([
    ['tag.lau', 'tag.lua'],
    ['Tag.LUA', 'Tag.lua'],
    ['tag.wsam', 'tag.wasm'],
    ['tag.plugin.yml', 'tag.plugin.yaml'],
    ['tag.codec.YAML', 'tag.codec.yaml'],
  ])('tells that %s is passed over, and what it may be', async (file, meant) => {
    expect(await told(file)).toEqual([`${file} is passed over, did you mean "${meant}"?`])
  })

  it('tells names that a terminal would obey with escapes', async () => {
    expect(await told('\u001b[2J.lau', '\n.plugin.yaml')).toEqual([
      '\\u000a.plugin.yaml is the manifest of a plugin that is not there (\\u000a.lua, .wasm or .js)',
      '\\u001b[2J.lau is passed over, did you mean "\\u001b[2J.lua"?',
    ])
  })

  it('tells a manifest whose plugin is not there', async () => {
    expect(await told('tag.lua', 'tags.plugin.yaml', 'tag.plugin.yaml', 'x.codec.plugin.yaml')).toEqual([
      'tags.plugin.yaml is the manifest of a plugin that is not there (tags.lua, .wasm or .js), did you mean "tag.plugin.yaml"?',
      'x.codec.plugin.yaml is the manifest of a plugin that is not there (x.codec.lua, .wasm, .js or .yaml)',
    ])
  })

  it('passes over what people keep there, without a word', async () => {
    const kept = [
      'tag.lua',
      'tag.test.yaml',
      'notes.yaml',
      'README.md',
      'service.ts',
      'data.json',
      '.tag.lau',
      'tag.wasm.map',
    ]
    expect(await told(...kept, 'tag.lua~', 'tag.lua.swp', 'tag.vectors.yml', 'noending')).toEqual([])
  })
})

it('a folder that is not there is told with the one beside it that is called nearly so', async () => {
  const { problem } = await readPluginFolder(`${folder}x`, { filesMax: 1, fileBytesMax: 1 })
  expect(problem).toMatch(/^there is no folder .*x, did you mean "weir-stray-[^"]*[^x]"\?$/)
})
