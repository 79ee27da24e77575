/**
 * What editors know of the kit for AssemblyScript: `types/weir.d.ts` says what the sources say (`vitest run FILE --update` writes it anew), and
 * editors find nothing wrong with what authors begin with.
 */
import { execFile } from 'node:child_process'
import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, it } from 'vitest'
import { temporaryFolder } from '../../../support/temporary-folder.ts'

const root = fileURLToPath(new URL('../../../../', import.meta.url))
const home = temporaryFolder('types')
const kit = join(root, 'sdk/guest/assemblyscript')
const declarations = join(kit, 'assembly/types/weir.d.ts')
const std = join(root, 'node_modules/assemblyscript/std/assembly.json')
/** What the compiler's own declarations say of themselves. */
const OF_THE_COMPILER = /node_modules\/assemblyscript\//

/** A private member, with what stands above it. */
const PRIVATE = /(?: *\/\*\*(?:(?!\*\/)[\s\S])*\*\/\n)?^ *private .*\n/gm
/** What no author imports, and nothing that authors do. */
const INSIDE = ['filter']

interface Settings {
  readonly compilerOptions?: object
  readonly include: readonly string[]
}

/** What the editor's compiler says about a folder. */
async function problems(folder: string, settings: Settings): Promise<readonly string[]> {
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ extends: std, ...settings }))
  const tsc = join(root, 'node_modules/.bin/tsc')
  const said = await promisify(execFile)(process.execPath, [tsc, '-p', folder, '--pretty', 'false']).then(
    ({ stdout }) => stdout,
    (error) => String(error.stdout),
  )
  return said.split('\n').filter((line) => /error TS/.test(line) && !OF_THE_COMPILER.test(line))
}

/** One module of the declarations, for `import … from 'weir'` and from 'weir/NAME'. */
function moduleOf(name: string, text: string): string {
  const body = text
    .replaceAll(/^\/\/\/.*\n/gm, '')
    .replaceAll("from './", "from 'weir/")
    .replaceAll(/\bdeclare /g, '')
    .replaceAll(PRIVATE, '')
    .replace(/class Declaration \{[^}]*\}/, (fields) => fields.replaceAll(/^( *\w+):/gm, '$1?:'))
    .replaceAll(/^(?: {4})+/gm, (indent) => indent.slice(indent.length / 2))
    .replaceAll(/^(?=.)/gm, '  ')
  return `declare module '${name === 'index' ? 'weir' : `weir/${name}`}' {\n${body}}\n`
}

const HEAD = `/**
 * What the kit for AssemblyScript has, for editors; the sources say the same, and the compiler reads those.
 */

`

it('weir.d.ts says what the sources say', async () => {
  const folder = join(home, 'types')
  mkdirSync(folder)
  const declares = { declaration: true, emitDeclarationOnly: true, noEmitOnError: false, stripInternal: true }
  const from = join(kit, 'assembly/weir')
  await problems(folder, {
    compilerOptions: { ...declares, outDir: join(folder, 'out'), rootDir: from },
    include: [from],
  })
  const out = join(folder, 'out')
  const modules = readdirSync(out)
    .map((file) => file.replace('.d.ts', ''))
    .filter((name) => !INSIDE.includes(name))
    .sort()
    .map((name) => moduleOf(name, readFileSync(join(out, `${name}.d.ts`), 'utf8')))
  await expect(HEAD + modules.join('\n')).toMatchFileSnapshot(declarations)
})

it.each([
  ['a filter', 'template', 'plugin-name.ts'],
  ['a codec', 'template-codec', 'plugin-name.codec.ts'],
])('editors find nothing wrong with %s to begin with', async (_what, template, file) => {
  const folder = join(home, template)
  mkdirSync(folder)
  cpSync(join(kit, template, 'assembly', file), join(folder, 'assembly', file))
  cpSync(declarations, join(folder, '.weir/weir.d.ts'))
  const { include }: Settings = JSON.parse(readFileSync(join(kit, template, 'tsconfig.json'), 'utf8'))
  expect(await problems(folder, { include })).toEqual([])
})
