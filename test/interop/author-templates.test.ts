/** What `weir plugin new` writes for compiled languages is built by their own tools and passes its own tests. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync } from 'node:fs'
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
    expect(weir(folder, 'test', 'my-tag')).toMatch(/\n3 passed\n$/)
    expect(weir(folder, 'bench', 'my-tag', '--ms', '50')).toMatch(/\n {2}request +\d+/)
  },
)
