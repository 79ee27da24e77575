import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { PluginFile } from '../../../core/plugin/plugin-file.ts'
import { type KnownFiles, readPluginFolder } from '../../../core/plugin/plugin-folder.ts'

const LIMITS = { filesMax: 3, fileBytesMax: 100 }
let root = ''
let dir = ''

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'weir-folder-'))
  dir = join(root, 'plugins')
  mkdirSync(dir)
})

afterEach(() => rmSync(root, { recursive: true, force: true }))

function put(name: string, text: string): void {
  writeFileSync(join(dir, name), text)
}

function knownOf(files: readonly PluginFile[], wallMs = 0): KnownFiles {
  return { files: new Map(files.map((each) => [each.name, each])), wallMs }
}

function file([first]: readonly PluginFile[]): PluginFile {
  if (first === undefined) throw new Error('no file was read')
  return first
}

describe('readPluginFolder()', () => {
  it('reads each plugin once, with its manifest and the hash of both, in the order of their names', async () => {
    put('b.lua', 'two')
    put('a.wasm', 'one')
    put('a.plugin.yaml', 'version: 1')
    const { files, problems, problem } = await readPluginFolder(dir, LIMITS)
    expect([problem, problems]).toEqual([undefined, []])
    expect(files.map(({ name, kind, path, manifest }) => [name, kind, path, manifest])).toEqual([
      ['a', 'wasm', join(dir, 'a.wasm'), 'version: 1'],
      ['b', 'lua', join(dir, 'b.lua'), undefined],
    ])
    expect(Buffer.from(files[0]?.bytes ?? []).toString()).toBe('one')
    expect(files[0]?.hash).toBe(createHash('sha256').update('wasm\0one\0version: 1').digest('hex'))
    expect(files[0]?.bytes.buffer).toBeInstanceOf(SharedArrayBuffer)
  })

  it('keeps the same file for the same bytes, and makes another for others', async () => {
    put('a.lua', 'one')
    const { files } = await readPluginFolder(dir, LIMITS)
    const known = knownOf(files)
    put('a.lua', 'one')
    expect((await readPluginFolder(dir, LIMITS, known)).files[0]).toBe(files[0])
    put('a.plugin.yaml', 'version: 2')
    expect((await readPluginFolder(dir, LIMITS, known)).files[0]?.hash).not.toBe(files[0]?.hash)
  })

  it('reads no file again that has been as it is for a while', async () => {
    put('a.lua', 'one')
    const laterMs = Date.now() + 60_000
    const { files } = await readPluginFolder(dir, LIMITS, { files: new Map(), wallMs: laterMs })
    // Somebody else's bytes under the stamp of the file: who reads it sees that they are not its own.
    const other = { ...file(files), bytes: new Uint8Array(new SharedArrayBuffer(3)) }
    const again = await readPluginFolder(dir, LIMITS, knownOf([other], laterMs))
    expect(again.files[0]).toBe(other)
    put('a.lua', 'two')
    const changed = await readPluginFolder(dir, LIMITS, knownOf([other], laterMs))
    expect(Buffer.from(file(changed.files).bytes).toString()).toBe('two')
  })

  it('reads a file again that was changed just before it was read', async () => {
    put('a.lua', 'one')
    const { files } = await readPluginFolder(dir, LIMITS, { files: new Map(), wallMs: Date.now() })
    expect(file(files).stamp).toBeUndefined()
  })

  it('says of a folder with too many entries that it has, and nothing of what is there', async () => {
    put('a.lua', 'one')
    for (let i = 0; i < 4_096; i++) put(`note${i}`, '')
    expect(await readPluginFolder(dir, LIMITS)).toMatchObject({
      problem: 'the folder has more than 4096 entries',
      files: [],
    })
  })

  it('says names that a terminal would obey with escapes', async () => {
    put('\u001b[2J\n.lua', 'one')
    const { problems } = await readPluginFolder(dir, LIMITS)
    expect(problems).toMatchObject([
      { name: '\\u001b[2J\\u000a.lua', path: join(dir, '\\u001b[2J\\u000a.lua') },
    ])
  })

  it('says what it does not take, and takes the rest', async () => {
    put('large.lua', 'x'.repeat(101))
    put('fine.lua', 'x'.repeat(100))
    put('fine.wasm', 'another of this name')
    put('1.lua', 'x')
    mkdirSync(join(dir, 'folder.lua'))
    symlinkSync('nowhere.lua', join(dir, 'dangling.lua'))
    symlinkSync('circle.lua', join(dir, 'circle.lua'))
    writeFileSync(join(root, 'secret.lua'), 'secret')
    symlinkSync('../secret.lua', join(dir, 'outside.lua'))
    put('.target', 'inside')
    symlinkSync('.target', join(dir, 'inside.lua'))
    execFileSync('mkfifo', [join(dir, 'pipe.lua')])
    const { files, problems } = await readPluginFolder(dir, LIMITS)
    expect(files.map(({ name }) => name)).toEqual(['fine', 'inside'])
    expect(Object.fromEntries(problems.map(({ name, text }) => [name, text]))).toEqual({
      '1.lua': expect.stringContaining('a plugin is named with letters'),
      circle: 'the link leads in a circle',
      dangling: 'the link leads nowhere',
      'fine.wasm': 'fine.lua is the plugin "fine" already',
      folder: 'this is no plain file',
      large: 'the file has 101 bytes; size-max allows 100',
      outside: 'the link leads out of the plugin folder',
      pipe: expect.stringMatching(/no plain file|ENXIO/),
    })
  })

  it('reads no text that is larger than text may be, whatever size-max allows', async () => {
    for (const name of ['a.lua', 'b.js', 'c.codec.yaml', 'd.wasm']) {
      put(name, '')
      truncateSync(join(dir, name), 3 * 1_048_576)
    }
    put('d.plugin.yaml', '')
    truncateSync(join(dir, 'd.plugin.yaml'), 65_537)
    const { files, problems } = await readPluginFolder(dir, { filesMax: 9, fileBytesMax: 16 * 1_048_576 })
    expect([files, problems.map(({ name, text }) => `${name}: ${text}`)]).toEqual([
      [],
      [
        'a: the file has 3145728 bytes; a .lua file may have 1048576',
        'b: the file has 3145728 bytes; a .js file may have 1048576',
        'c.codec: the file has 3145728 bytes; a .yaml file may have 65536',
        'd: d.plugin.yaml: the file has 65537 bytes; a manifest may have 65536',
      ],
    ])
  })

  it('takes no more files than are allowed', async () => {
    for (const name of ['a', 'b', 'c', 'd']) put(`${name}.lua`, name)
    const { files, problems } = await readPluginFolder(dir, LIMITS)
    expect(files.map(({ name }) => name)).toEqual(['a', 'b', 'c'])
    expect(problems).toMatchObject([{ name: 'd', text: 'files-max allows 3 plugins' }])
  })

  it('tells an empty file, which somebody is writing, from one that is gone', async () => {
    put('a.lua', '')
    expect(await readPluginFolder(dir, LIMITS)).toMatchObject({ files: [], problems: [], writing: ['a'] })
  })

  it.skipIf(process.getuid?.() === 0)('says when a file may not be read', async () => {
    put('a.lua', 'one')
    chmodSync(join(dir, 'a.lua'), 0)
    expect((await readPluginFolder(dir, LIMITS)).problems).toMatchObject([
      { text: 'the file may not be read' },
    ])
  })

  it('says when there is no folder', async () => {
    rmSync(dir, { recursive: true })
    expect(await readPluginFolder(dir, LIMITS)).toMatchObject({ problem: `there is no folder ${dir}` })
    writeFileSync(dir, '')
    expect(await readPluginFolder(dir, LIMITS)).toMatchObject({ problem: `${dir} is no folder` })
    rmSync(dir)
    symlinkSync('plugins', dir)
    const problem = `the folder ${dir} is a link that leads in a circle`
    expect(await readPluginFolder(dir, LIMITS)).toMatchObject({ problem })
  })

  it('looks through what lies beside a folder that is not there once', async () => {
    const missing = join(dir, 'plugin')
    const problemOf = async (told?: string) =>
      (await readPluginFolder(missing, LIMITS, { ...knownOf([]), problem: told })).problem
    const bare = `there is no folder ${missing}`
    expect(await problemOf(`${dir} is no folder`)).toBe(bare)
    mkdirSync(join(dir, 'plugins'))
    expect(await problemOf(bare)).toBe(bare)
    expect(await problemOf(`${bare}2`)).toBe(`${bare}, did you mean "plugins"?`)
    expect(await problemOf()).toBe(`${bare}, did you mean "plugins"?`)
  })
})
