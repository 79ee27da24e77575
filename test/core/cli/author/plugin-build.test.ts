import { spawn, spawnSync } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { projectAt } from '../../../../core/cli/author/build.ts'
import { eventually } from '../../../support/eventually.ts'
import { AuthorFolder } from './author-folder.ts'

const MAIN = join(import.meta.dirname, '..', '..', '..', '..', 'core', 'cli', 'main.ts')
/** Fails in its third line. */
const FAILING = `import { Metadata } from 'weir'
export function onRequest(metadata: Metadata): void {
  if (metadata.get('caller')) { unreachable() }
}
`

let folder: AuthorFolder
beforeEach(() => {
  folder = new AuthorFolder()
})
afterEach(() => folder.remove())

describe('weir plugin build', () => {
  it('puts what runs as it is, with its manifest, where it is wanted', async () => {
    await folder.weir('plugin new filter tag --dir @/tag')
    const { code, printed } = await folder.weir('plugin build @/tag --out @/plugins')
    expect(code).toBe(0)
    expect(printed).toMatch(
      /^@\/tag\/tag\.lua \(lua, \d+ B, \d+ ms\)\n→ @\/plugins\/tag\.plugin\.yaml\n→ @\/plugins\/tag\.lua\n$/,
    )
    expect(folder.read('plugins/tag.lua')).toBe(folder.read('tag/tag.lua'))
    expect(existsSync(join(folder.path, 'plugins/tag.test.yaml'))).toBe(false)
  })

  it.each([
    [
      'a filter in Lua',
      'tag.lua',
      'function onRequest(\n  local x\nend',
      /^@\/tag\/tag\.lua: .*tag\.lua:2: <name> or /,
    ],
    [
      'a filter in JavaScript',
      'tag.js',
      'let a\nexport function onEnd( {',
      /^@\/tag\/tag\.js: .*tag\.js:2: SyntaxError/,
    ],
    [
      'what runs at once',
      'tag.lua',
      'local x\nx.y = 1',
      /^@\/tag\/tag\.lua: .*tag\.lua:2: attempt to index a nil/,
    ],
    [
      'a codec in Lua',
      'tag.codec.lua',
      'codec { correlation =',
      /^@\/tag\/tag\.codec\.lua: .*tag\.codec\.lua:1: /,
    ],
    ['a codec in JavaScript', 'tag.codec.js', 'export const codec = {\n', /tag\.codec\.js:\d: SyntaxError/],
    [
      'a codec without its functions',
      'tag.codec.js',
      "export const codec = { correlation: 'fifo' }",
      /no function decode/,
    ],
    ['a schema', 'tag.codec.yaml', 'fields: 5', /^@\/tag\/tag\.codec\.yaml:1:\d+: fields: must be a list/],
  ])(
    'refuses a mistake of %s as a live weir would, and puts it nowhere',
    async (_name, file, source, said) => {
      folder.write(`tag/${file}`, source)
      const { code, told } = await folder.weir('plugin build @/tag --out @/plugins')
      expect(told).toMatch(said)
      expect(told).toMatch(/\ntag(\.codec)? was not built\n$/)
      expect(code).toBe(1)
      expect(existsSync(join(folder.path, 'plugins'))).toBe(false)
      const { printed } = await folder.weir('plugin build @/tag --out @/plugins --json')
      expect(JSON.parse(printed).error).toMatch(said)
    },
  )

  it('takes what asks for grants, and what waits for a configuration that nobody has given yet', async () => {
    const wants = 'options: { required: [who] }'
    const ends = 'function onEnd() end'
    const random = `manifest = { capabilities = { 'random' } }\n${ends}`
    folder.write('one/one.lua', `${random}\nfunction onConfigure() math.random() end`)
    folder.write('two/two.lua', `${ends}\nfunction onConfigure(config) return config.who:upper() end`)
    folder.write('two/two.plugin.yaml', wants)
    const needy = 'export function onConfigure(config) { return config.who.toUpperCase() }'
    folder.write('three/three.js', `${needy}\nexport function onEnd() {}`)
    folder.write('three/three.plugin.yaml', wants)
    folder.write('four/four.lua', `${ends}\nfunction onConfigure() return 'it needs to know who' end`)
    for (const name of ['one', 'two', 'three', 'four'])
      expect(await folder.weir(`plugin build @/${name} --out @/plugins`)).toMatchObject({ code: 0, told: '' })
  })

  it('builds the file that is named, and not another of its name', async () => {
    folder.write('tag/tag.js', 'export function onEnd() {}')
    folder.write('tag/tag.lua', 'function onEnd() end')
    const { code, told } = await folder.weir('plugin build @/tag/tag.lua --out @/plugins')
    expect([code, told]).toEqual([
      1,
      '@/tag/tag.lua: tag.js is the plugin "tag" already\ntag was not built\n',
    ])
    expect((await folder.weir('plugin build @/tag/tag.js --out @/plugins')).code).toBe(0)
  })

  it('compiles AssemblyScript, whose tests then pass', async () => {
    await folder.weir('plugin new filter tag --lang assemblyscript --dir @/tag')
    const { code, printed } = await folder.weir('plugin build @/tag --out @/plugins --json')
    expect([code, printed]).toEqual([0, expect.stringContaining('"error":null')])
    expect(JSON.parse(printed)).toMatchObject({
      plugin: 'tag',
      language: 'assemblyscript',
      file: '@/tag/tag.wasm',
      installed: ['@/plugins/tag.plugin.yaml', '@/plugins/tag.wasm'],
    })
    expect((await folder.weir('plugin test @/tag')).printed).toMatch(/\n3 passed\n$/)
  })

  it('compiles AssemblyScript that says where it fails, in its source and in one file', async () => {
    await folder.weir('plugin new filter tag --lang assemblyscript --dir @/tag')
    folder.write('tag/assembly/tag.ts', FAILING)
    expect((await folder.weir('plugin build @/tag --out @/plugins')).code).toBe(0)
    expect(readdirSync(join(folder.path, 'plugins'))).toEqual(['tag.plugin.yaml', 'tag.wasm'])
    folder.write('plugins/tag.test.yaml', 'cases: [{ name: it, request: { properties: { caller: shop } } }]')
    const place = 'unreachable at tag.ts:3:33 ('
    const { printed } = await folder.weir('plugin test @/plugins')
    expect(printed).toContain(place)
    const { told } = await folder.weir('plugin bench @/plugins --ms 10')
    expect(told).toContain(place)
  })

  it('says what to install where AssemblyScript is not', async () => {
    await folder.weir('plugin new filter tag --lang assemblyscript --dir @/tag')
    const hook = `import { registerHooks } from 'node:module'
      registerHooks({ resolve: (name, context, next) => next(name.replace(/^assemblyscript/, 'not-$&'), context) })`
    const { status, stderr } = spawnSync(
      process.execPath,
      [
        '--import',
        `data:text/javascript,${encodeURIComponent(hook)}`,
        'core/cli/main.ts',
        'plugin',
        'build',
        join(folder.path, 'tag'),
      ],
      { encoding: 'utf8' },
    )
    expect(stderr).toContain('assemblyscript is not here: npm install --save-dev assemblyscript')
    expect(status).toBe(1)
  })

  it('shows what the compiler says, with file and line, and keeps what was built before', async () => {
    await folder.weir('plugin new filter tag --lang assemblyscript --dir @/tag')
    folder.write('tag/tag.wasm', 'before')
    folder.write('tag/assembly/tag.ts', 'export function onRequest(): void {\n  let a: i32 = "text"\n}\n')
    const { code, told } = await folder.weir('plugin build @/tag')
    expect(code).toBe(1)
    expect(told).toContain("Type '~lib/string/String' is not assignable to type 'i32'")
    expect(told).toMatch(/in tag\.ts\(2,16\)[\s\S]*tag was not built\n$/)
    expect(folder.read('tag/tag.wasm')).toBe('before')
  })

  it.each([
    ['Cargo.toml', '[dependencies]\nserde = "1"\n', 'cargo is not here; get Rust with rustup'],
    ['go.mod', '', 'go is not here; 1.24 or newer is needed'],
  ])('says what to install for a folder with %s', async (marker, content, text) => {
    folder.write(`tag/${marker}`, content)
    expect((await folder.weir('plugin build @/tag')).told).toContain(text)
  })

  it('says what is missing in a folder that is no plugin', async () => {
    folder.write('tag/notes.txt', '')
    expect(await folder.weir('plugin build @/tag')).toMatchObject({
      code: 1,
      told: expect.stringContaining(
        '@/tag holds no plugin "tag" that can be built: it needs one of NAME.lua, NAME.js, ',
      ),
    })
    expect((await folder.weir('plugin build @/nowhere')).told).toContain('there is no @/nowhere\n')
    expect((await folder.weir('plugin build @/tga')).told).toContain('there is no @/tga, did you mean "tag"?')
  })

  it.each([
    ['notes.md', 'is no source of a plugin: name its folder, or a file that ends in .lua, .js, .ts, '],
    ['tag.lau', 'is no source of a plugin, did you mean "tag.lua"?'],
    ['my tag.lua', 'is no source of a plugin: a plugin is named with letters, digits, - and _'],
  ])('says of a file called %s that it is none', async (file, text) => {
    folder.write(`tag/${file}`, 'function onRequest() end')
    const project = projectAt(join(folder.path, 'tag', file))
    await expect(project).rejects.toThrow(`${join(folder.path, 'tag', file)} ${text}`)
  })

  it('builds again with every save, and says so, when it watches', async () => {
    folder.write('tag/tag.lua', 'function onEnd() end')
    const child = spawn(process.execPath, [MAIN, 'plugin', 'build', 'tag', '--watch'], { cwd: folder.path })
    let said = ''
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (bytes: Buffer) => {
        said += bytes.toString()
      })
    try {
      await eventually(() => said.includes('tag/tag.lua (lua, 20 B'), 'the first build')
      expect(said).toContain('every save in tag builds it again; Ctrl+C stops\n')
      folder.write('tag/tag.lua', 'function onEnd(')
      await eventually(() => said.includes('tag was not built'), 'another build')
    } finally {
      child.kill('SIGINT')
    }
  })

  it('puts nothing where a file is, and says when it has put it nowhere', async () => {
    await folder.weir('plugin new filter tag --dir @/tag')
    expect(await folder.weir('plugin build @/tag --out @/tag/tag.lua')).toMatchObject({
      code: 1,
      told: '@/tag/tag.lua is no folder\ntag was not built\n',
    })
    expect(await folder.weir('plugin build @/tag')).toMatchObject({
      code: 0,
      told: 'it was put nowhere: weir.yaml is not here; --out says where\n',
    })
  })
})
