/** What `weir plugin new` writes for compiled languages is built by their own tools and passes its own tests. */
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'
import { expect, it } from 'vitest'
import { temporaryFolder } from '../support/temporary-folder.ts'

const ROOT = join(import.meta.dirname, '..', '..')
const WEIR = join(ROOT, 'core', 'cli', 'weir.js')
/** What `setup.sh` found and fetched. */
const { goTool, zig }: { readonly goTool: string; readonly zig: string } = JSON.parse(
  readFileSync(join(process.env['WEIR_CACHE'] ?? join(ROOT, '.cache'), 'interop/peers.json'), 'utf8'),
)

const home = temporaryFolder('new')

const env = {
  ...process.env,
  ...{ GO: goTool, WEIR_ZIG: zig, PATH: [dirname(goTool), process.env['PATH']].join(delimiter) },
}

function weir(folder: string, ...args: readonly string[]): string {
  return execFileSync(process.execPath, [WEIR, 'plugin', ...args], {
    cwd: folder,
    encoding: 'utf8',
    stdio: 'pipe',
    env,
  })
}

/** What editors ask of the folder of a new plugin; rejects where they would show anything in red. */
function asEditorsDo(folder: string, command: string, ...args: readonly string[]): void {
  execFileSync(command, args, { cwd: folder, stdio: 'pipe', env })
}

/** By which the lines of a source are told, and nothing else that is for debuggers. */
const lines: Readonly<Record<string, readonly string[]>> = {
  ...{ c: ['.debug_line'], rust: ['.debug_line'], zig: ['.debug_line'], go: [] },
  assemblyscript: ['sourceMappingURL'],
}

/** A function of the new filter, by which failures are told. */
const names: Readonly<Record<string, RegExp>> = {
  ...{ c: /\bon_request\b/, go: /\bmain\.tell\b/, zig: /\bonRequest\b|\bfilter\.exports\.entry\b/ },
  ...{ rust: /<plugin::Tag as weir::filter::Filter>::on_request|\bweir_call\b/, assemblyscript: /onRequest/ },
}

function namesOf(file: string): string {
  const [names = new ArrayBuffer()] = WebAssembly.Module.customSections(
    new WebAssembly.Module(readFileSync(file)),
    'name',
  )
  return Buffer.from(names).toString('latin1')
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
    expect(namesOf(join(folder, 'plugins', 'my-tag.wasm'))).toMatch(names[lang] ?? '')
    expect(weir(folder, 'test', 'my-tag')).toMatch(/\n3 passed\n$/)
    expect(weir(folder, 'bench', 'my-tag', '--ms', '50')).toMatch(/\n {2}request +\d+/)
  },
)

it.each(['filter', 'codec'])('the folder of a new %s in Go is a module like any other', (kind) => {
  const folder = mkdtempSync(join(home, 'module-'))
  weir(folder, 'new', kind, 'mine', '--lang', 'go')
  asEditorsDo(join(folder, 'mine'), goTool, 'vet', './...')
  const source = kind === 'filter' ? 'mine.go' : 'mine.codec.go'
  const text = readFileSync(join(folder, 'mine', source), 'utf8')
  writeFileSync(join(folder, 'mine', source), text.replace('func main() {}', 'func main() { beside() }'))
  writeFileSync(join(folder, 'mine', 'beside.go'), 'package main\n\nfunc beside() {}\n')
  writeFileSync(
    join(folder, 'mine', 'mine_test.go'),
    'package main\n\nimport "testing"\n\nfunc TestBeside(t *testing.T) { beside() }\n',
  )
  asEditorsDo(join(folder, 'mine'), goTool, 'test', './...')
  expect(weir(folder, 'build', 'mine', '--out', 'plugins')).toMatch(/→ plugins\/mine\.(codec\.)?wasm/)
  asEditorsDo(join(folder, 'mine'), 'sh', '.weir/build.sh', source, 'by-script.wasm')
})

it.each(['filter', 'codec'])('editors find the headers of a new %s in C', (kind) => {
  const folder = mkdtempSync(join(home, 'flags-'))
  weir(folder, 'new', kind, 'mine', '--lang', 'c')
  const source = kind === 'filter' ? 'mine.c' : 'mine.codec.c'
  asEditorsDo(join(folder, 'mine'), clang(), '@compile_flags.txt', '-Werror', '-fsyntax-only', source)
})

it.each(['filter', 'codec'])('editors find the crate of a new %s in Rust', (kind) => {
  const folder = mkdtempSync(join(home, 'check-'))
  weir(folder, 'new', kind, 'mine', '--lang', 'rust')
  asEditorsDo(join(folder, 'mine'), 'rustc', ...crate('weir', '.weir/src/lib.rs'))
  asEditorsDo(join(folder, 'mine'), 'rustc', ...crate('mine', 'src/lib.rs'), '--extern', 'weir=libweir.rmeta')
})

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
  expect(namesOf(join(folder, 'plugins', 'my-tag.wasm'))).not.toMatch(/_ZN|_R[NM]/)
})

/** The compiler looks no further than editors do, and not at what it would be compiled to. */
function crate(name: string, source: string): readonly string[] {
  return [
    '--edition',
    '2021',
    '--crate-type',
    'lib',
    '--emit',
    'metadata',
    '-D',
    'warnings',
    '--crate-name',
    name,
    source,
  ]
}

/** The first clang that is here; `setup.sh` saw to it that there is one. */
function clang(): string {
  const versions = ['', ...Array.from({ length: 16 }, (_, index) => `-${30 - index}`)]
  const found = versions.find((version) => spawnSync(`clang${version}`, ['--version']).status === 0)
  return `clang${found}`
}
