import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { checkFile } from '../../../core/cli/check.ts'
import { problemText } from '../../../core/config/problem.ts'
import { loadBuiltIns } from '../../../core/plugin/built-ins.ts'
import { AuthorFolder } from './author/author-folder.ts'
import { FakeHost } from './fake-host.ts'

let folder: AuthorFolder
beforeEach(() => {
  folder = new AuthorFolder()
})
afterEach(() => folder.remove())

async function checked(filters: string, plugins = 'plugins'): Promise<string> {
  const file = join(folder.path, 'weir.yaml')
  folder.write(
    'weir.yaml',
    `plugins:
  dir: ${plugins}
listeners:
  - { name: in, address: '127.0.0.1:0', protocol: dubbo, filters: [${filters}], routes: [{ cluster: up }] }
clusters: [{ name: up, endpoints: ['127.0.0.1:1'] }]
`,
  )
  const host = new FakeHost({ [file]: folder.read('weir.yaml') })
  const { problems, warnings } = await checkFile(file, await loadBuiltIns(), host)
  expect(problems).not.toEqual([])
  const lines = [...warnings.map((each) => `warning: ${problemText(each)}`), ...problems.map(problemText)]
  return lines.map((line) => line.replaceAll(folder.path, '@')).join('\n')
}

describe('checkFile()', () => {
  it('tells once why a plugin cannot be used that a listener names', async () => {
    folder.write('plugins/tag.lua', 'function onRequest(')
    const told = await checked('tag, router')
    expect(told.match(/tag\.lua:1: /g)).toHaveLength(1)
    expect(told).toMatch(/^@\/weir\.yaml:4:\d+: listeners\[0\]\.filters\[0\]: /)
  })

  it('tells the line of what a plugin does not take, in the chain and in the settings', async () => {
    const schema = '{ properties: { who: { type: string } }, additionalProperties: false }'
    folder.write('plugins/tag.lua', 'function onEnd() end')
    folder.write('plugins/tag.plugin.yaml', `options: ${schema}\n`)
    expect(await checked('{ tag: { Who: x } }, router')).toMatch(
      /tag\.lua: its configuration: @\/weir\.yaml:4:\d+: listeners\[0\]\.filters\[0\]\.tag\.Who: unknown key "Who", did you mean "who"\?/,
    )
    expect(await checked('tag, router', 'plugins\n  settings: { tag: { config: { who: 5 } } }')).toMatch(
      /@\/weir\.yaml:3:\d+: plugins\.settings\.tag\.config\.who: must be a string, not 5/,
    )
  })

  it('tells it of one that nobody names, at the folder', async () => {
    folder.write('plugins/1tag.lua', '')
    expect(await checked('router')).toMatch(
      /^@\/weir\.yaml:2:8: plugins\.dir: @\/plugins\/1tag\.lua: a plugin is named/,
    )
  })

  it('tells what lies in the folder and may be meant', async () => {
    folder.write('plugins/tag.lau', '')
    expect(await checked('tag, router')).toMatch(
      /^warning: @\/weir\.yaml:2:8: plugins\.dir: tag\.lau is passed over, did you mean "tag\.lua"\?\n.*unknown filter "tag"; known: .*; there is no tag\.lua, \.wasm or \.js in plugins$/,
    )
  })
})
