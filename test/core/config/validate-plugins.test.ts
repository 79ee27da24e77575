import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { loadConfig } from '../../../core/config/load.ts'
import { problemText } from '../../../core/config/problem.ts'
import { validatePlugins } from '../../../core/config/validate-plugins.ts'
import { withListener } from './problem-lines.ts'
import { sampleRegistry } from './sample-plugins.ts'

const folder = mkdtempSync(join(tmpdir(), 'weir-validate-'))
afterAll(() => rmSync(folder, { recursive: true }))

async function notices(plugins: string): Promise<readonly string[]> {
  const text = `plugins: ${plugins}\n${withListener('    routes: [{ cluster: demo }]')}`
  const file = join(dirname(folder), 'w.yaml')
  const { problems, notices } = await validatePlugins(
    loadConfig(text, 'w.yaml'),
    file,
    sampleRegistry().registry,
  )
  expect(problems).toEqual([])
  return notices.map(problemText)
}

test('settings of a plugin that is not there are no mistake, and told', async () => {
  expect(await notices(`{ dir: ${basename(folder)}, settings: { tga: {} } }`)).toEqual([
    expect.stringMatching(
      /^w\.yaml:1:\d+: plugins\.settings\.tga: there is no plugin "tga" in .*; there are none$/,
    ),
  ])
  expect(await notices(`{ dir: ${basename(folder)} }`)).toEqual([])
})

test('a file whose name is none is no filter that a listener could have meant', async () => {
  const dir = mkdtempSync(join(folder, 'named-'))
  for (const name of ['my tag.lua', 'tag.lua', 'tag.wasm'])
    writeFileSync(join(dir, name), 'function onRequest() end')
  const chain = '    filters: [tga, router]\n    routes: [{ cluster: demo }]'
  const loaded = loadConfig(`plugins: { dir: ${dir} }\n${withListener(chain)}`, 'w.yaml')
  const { problems } = await validatePlugins(loaded, 'w.yaml', sampleRegistry().registry)
  expect(problems.map(({ text }) => text)).toEqual([
    expect.stringContaining('did you mean "tag"? (known: broken, metrics, rate-limit, router, tag)'),
  ])
})

test('a folder of plugins that is not there is no mistake, and told', async () => {
  expect(await notices('{ dir: weir-nowhere }')).toEqual([
    `w.yaml:1:17: plugins.dir: there is no folder ${join(dirname(folder), 'weir-nowhere')}`,
  ])
})

test('examples of a plugin in JavaScript are held against what it answers, and a pause of its own is one', async () => {
  const dir = mkdtempSync(join(folder, 'examples-'))
  const plugin = (verdict: string) => `export const manifest = { capabilities: ['timers'], examples: [
      { request: {}, expect: { verdict: '${verdict}', properties: { tag: '1' } } },
    ] }
    export function onRequest(metadata, mutation) {
      mutation.set('tag', '1')
      return '${verdict}' === 'pause' ? pause(1) : undefined
    }`
  writeFileSync(join(dir, 'waits.js'), plugin('pause'))
  writeFileSync(join(dir, 'goes-on.js'), plugin('continue'))
  writeFileSync(join(dir, 'wrong.js'), plugin('drop'))
  const plugins = `plugins: { dir: ${dir}, settings: { ${['waits', 'goes-on', 'wrong'].map((name) => `${name}: { grants: [timers] }`).join()} } }`
  const text = `${plugins}\n${withListener('    routes: [{ cluster: demo }]')}`
  const { refused } = await validatePlugins(loadConfig(text, 'w.yaml'), 'w.yaml', sampleRegistry().registry)
  expect(refused).toMatchObject([
    { name: 'wrong', reason: expect.stringContaining('the verdict is continue, not drop') },
  ])
})
