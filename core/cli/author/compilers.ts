/** Compilers: how the folder of each compiled language is known, and what turns it into WebAssembly. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { CliHost } from '../host.ts'
import { kits } from './kits.ts'

export interface CompilerInput {
  readonly name: string
  /** Whole paths. */
  readonly dir: string
  readonly source: string
}

export interface Compiler {
  readonly language: string
  /** What a folder has to hold, for people. */
  readonly about: string
  /** Whether a folder with these entries is one of the language. */
  marker(names: ReadonlySet<string>, name: string): boolean
  /** Where the source is, from the folder on. */
  source(name: string): string
  /** Folders that are watched beside the folder itself. */
  readonly folders: readonly string[]
  /** The module, or the path of it. Rejects with what the compiler says. */
  compile(input: CompilerInput, host: CliHost): Promise<Uint8Array | string>
}

const ASSEMBLYSCRIPT_MISSING = 'assemblyscript is not here: npm install --save-dev assemblyscript'
const RUST_TARGET = 'wasm32-unknown-unknown'
/** Names of functions as they stand in the source, for who is told where a call failed. */
const NAMES_OF_RUST = ['-Csymbol-mangling-version=v0', '-Clink-arg=--demangle']

const assemblyscript: Compiler = {
  language: 'assemblyscript',
  about: 'assembly/NAME.ts',
  marker: (names) => names.has('assembly'),
  source: (name) => join('assembly', `${name}.ts`),
  folders: ['assembly'],
  compile: async ({ source }) => {
    const { buildFilter } = await import('../../../sdk/guest/assemblyscript/build-filter.ts')
    const built = await buildFilter(source, { names: true, lines: true }).catch((error: unknown) => {
      throw isMissing(error) ? new Error(ASSEMBLYSCRIPT_MISSING, { cause: error }) : error
    })
    if (built.kind === 'failed') throw new Error(built.text)
    return built.wasm
  },
}

/** Crates beside the kit's want cargo; without any, rustc alone is enough. */
const rust: Compiler = {
  language: 'rust',
  about: 'Cargo.toml',
  marker: (names) => names.has('Cargo.toml'),
  source: () => join('src', 'lib.rs'),
  folders: ['src'],
  compile: async (input, host) => {
    const { name, dir } = input
    if (!(await hasCrates(dir))) return await byScript('rust', input, host)
    const args = [
      ...['build', '--release', '--quiet', '--target', RUST_TARGET, '--target-dir', join(dir, 'target')],
      ...['--config', 'profile.release.debug=1', '--config', 'profile.release.strip="none"'],
      ...['--config', `target.${RUST_TARGET}.rustflags=${JSON.stringify(NAMES_OF_RUST)}`],
    ]
    const { code, text } = await host.runTool({ command: 'cargo', args, cwd: dir })
    if (code === undefined)
      throw new Error('cargo is not here; get Rust with rustup, or: apt-get install cargo')
    if (code !== 0) throw new Error(`${text.trim()}${withoutTarget(text)}`)
    return join(dir, 'target', RUST_TARGET, 'release', `${name.replaceAll('-', '_')}.wasm`)
  },
}

/** A file that other builds are to pass over is built alone; everything else is a module of its own. Names of functions stay. */
const go: Compiler = {
  language: 'go',
  about: 'go.mod',
  marker: (names) => names.has('go.mod'),
  source: (name) => `${name}.go`,
  folders: [],
  compile: async (input, host) => {
    const { name, dir, source } = input
    const text = await readFile(source, 'utf8').catch(() => '')
    if (text.startsWith('//go:build ignore')) return await byScript('go', input, host)
    const out = join(dir, `${name}.wasm`)
    const args = ['build', '-buildmode=c-shared', '-trimpath', '-ldflags=-w', '-o', out, '.']
    const built = await host.runTool({
      command: 'go',
      args,
      cwd: dir,
      env: { GOOS: 'wasip1', GOARCH: 'wasm' },
    })
    if (built.code === undefined)
      throw new Error('go is not here; 1.24 or newer is needed: apt-get install golang-go')
    if (built.code !== 0) throw new Error(built.text.trim())
    return out
  },
}

const c: Compiler = {
  language: 'c',
  about: 'NAME.c',
  marker: (names, name) => names.has(`${name}.c`),
  source: (name) => `${name}.c`,
  folders: [],
  compile: (input, host) => byScript('c', input, host),
}

const zig: Compiler = {
  language: 'zig',
  about: 'NAME.zig',
  marker: (names, name) => names.has(`${name}.zig`),
  source: (name) => `${name}.zig`,
  folders: [],
  compile: (input, host) => byScript('zig', input, host),
}

export const compilers: readonly Compiler[] = [assemblyscript, rust, go, c, zig]

/** By the script of the kit, which also says what is to be installed. */
async function byScript(
  language: string,
  { name, dir, source }: CompilerInput,
  host: CliHost,
): Promise<string> {
  const script = fileURLToPath(new URL(`${language}/build.sh`, kits))
  const out = join(dir, `${name}.wasm`)
  const env = { WEIR_LINES: '1' }
  const { code, text } = await host.runTool({ command: 'sh', args: [script, source, out], cwd: dir, env })
  if (code === undefined) throw new Error(`there is no shell to run ${script}`)
  if (code !== 0) throw new Error(text.trim())
  return out
}

async function hasCrates(dir: string): Promise<boolean> {
  const text = await readFile(join(dir, 'Cargo.toml'), 'utf8')
  const dependencies = /^\[dependencies\]([^[]*)/m.exec(text)?.[1] ?? ''
  return dependencies.split('\n').some((line) => /^\s*[\w-]+\s*=/.test(line) && !/^\s*weir\s*=/.test(line))
}

/** Weir brings the compiler to those who work in its checkout, not to those who only run it. */
function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ERR_MODULE_NOT_FOUND'
}

/** The compiler says that it lacks `core`, and not what that means. */
function withoutTarget(text: string): string {
  if (!/can't find crate for `(core|std)`|target may not be installed/.test(text)) return ''
  return `\nthe target is not here: rustup target add ${RUST_TARGET}, or apt-get install libstd-rust-dev-wasm32`
}
