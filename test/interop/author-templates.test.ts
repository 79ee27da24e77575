/** What `weir plugin new` writes for compiled languages is built by their own tools and passes its own tests. */
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { temporaryFolder } from '../support/temporary-folder.ts'

const ROOT = join(import.meta.dirname, '..', '..')
const WEIR = join(ROOT, 'core', 'cli', 'weir.js')
/** What `setup.sh` found and fetched. */
const { goTool, zig }: { readonly goTool: string; readonly zig: string } = JSON.parse(
  readFileSync(join(process.env['WEIR_CACHE'] ?? join(ROOT, '.cache'), 'interop/peers.json'), 'utf8'),
)

const home = temporaryFolder('new')

function weir(folder: string, ...args: readonly string[]): string {
  return execFileSync(process.execPath, [WEIR, 'plugin', ...args], {
    cwd: folder,
    encoding: 'utf8',
    stdio: 'pipe',
    env: { ...process.env, GO: goTool, WEIR_ZIG: zig },
  })
}

/** By which the lines of a source are told, and nothing else that is for debuggers. */
const lines: Readonly<Record<string, readonly string[]>> = {
  ...{ c: ['.debug_line'], rust: ['.debug_line'], zig: ['.debug_line'], go: [] },
  assemblyscript: ['sourceMappingURL'],
}

function customsOf(file: string): readonly string[] {
  const module = new WebAssembly.Module(readFileSync(file))
  const names = ['info', 'abbrev', 'line', 'str', 'ranges', 'loc'].map((name) => `.debug_${name}`)
  return [...names, 'sourceMappingURL'].filter(
    (name) => WebAssembly.Module.customSections(module, name).length > 0,
  )
}

it.each(['c', 'rust', 'go', 'assemblyscript'])('a new codec in %s is built and conforms', (lang) => {
  const folder = mkdtempSync(join(home, `${lang}-`))
  weir(folder, 'new', 'codec', 'parley', '--lang', lang)
  expect(weir(folder, 'build', 'parley', '--out', 'plugins')).toMatch(/→ plugins\/parley\.codec\.wasm/)
  expect(weir(folder, 'test', 'parley')).toMatch(/✓ parley: 9 vectors, [0-9]+ trials.*\n1 passed\n$/)
  expect(weir(folder, 'bench', 'parley', '--ms', '50')).toMatch(/\n {2}decode requests +\d+/)
})

it.each(['c', 'rust', 'go', ...(zig === '' ? [] : ['zig']), 'assemblyscript'])(
  'a new filter in %s is built and does what its tests say',
  (lang) => {
    const folder = mkdtempSync(join(home, `${lang}-`))
    weir(folder, 'new', 'filter', 'my-tag', '--lang', lang)
    expect(weir(folder, 'build', 'my-tag', '--out', 'plugins')).toMatch(/→ plugins\/my-tag\.wasm/)
    expect(customsOf(join(folder, 'plugins', 'my-tag.wasm'))).toEqual(lines[lang])
    expect(weir(folder, 'test', 'my-tag')).toMatch(/\n3 passed\n$/)
    expect(weir(folder, 'bench', 'my-tag', '--ms', '50')).toMatch(/\n {2}request +\d+/)
  },
)

it('a filter in Rust with crates beside the kit is built by cargo with its lines', () => {
  const folder = mkdtempSync(join(home, 'crates-'))
  weir(folder, 'new', 'filter', 'my-tag', '--lang', 'rust')
  mkdirSync(join(folder, 'crate', 'src'), { recursive: true })
  writeFileSync(join(folder, 'crate', 'src', 'lib.rs'), '')
  writeFileSync(
    join(folder, 'crate', 'Cargo.toml'),
    '[package]\nname = "beside"\nversion = "0.1.0"\nedition = "2021"\n',
  )
  const manifest = join(folder, 'my-tag', 'Cargo.toml')
  writeFileSync(
    manifest,
    readFileSync(manifest, 'utf8').replace(
      '[dependencies]',
      '[dependencies]\nbeside = { path = "../crate" }',
    ),
  )
  expect(weir(folder, 'build', 'my-tag', '--out', 'plugins')).toMatch(/→ plugins\/my-tag\.wasm/)
  expect(customsOf(join(folder, 'plugins', 'my-tag.wasm'))).toEqual(['.debug_line'])
})
