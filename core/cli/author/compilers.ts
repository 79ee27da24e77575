/** Compilers: how the folder of each compiled language is known, and what turns it into WebAssembly. */
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { CliHost, Tool } from '../host.ts'

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

const BUILD_C = fileURLToPath(new URL('../../../sdk/guest/c/build.sh', import.meta.url))

const assemblyscript: Compiler = {
  language: 'assemblyscript',
  about: 'assembly/NAME.ts',
  marker: (names) => names.has('assembly'),
  source: (name) => join('assembly', `${name}.ts`),
  folders: ['assembly'],
  compile: async ({ source }) => {
    const { buildFilter } = await import('../../../sdk/guest/assemblyscript/build-filter.ts')
    const built = await buildFilter(source)
    if (built.kind === 'failed') throw new Error(built.text)
    return built.wasm
  },
}

const rust: Compiler = {
  language: 'rust',
  about: 'Cargo.toml',
  marker: (names) => names.has('Cargo.toml'),
  source: () => join('src', 'lib.rs'),
  folders: ['src'],
  compile: async ({ name, dir }, host) => {
    const target = 'wasm32-unknown-unknown'
    const text = await ran(host, {
      command: 'cargo',
      args: ['build', '--release', '--target', target, '--target-dir', join(dir, 'target'), '--quiet'],
      cwd: dir,
    })
    if (text.code === undefined)
      throw new Error('cargo is not here; install Rust: apt-get install rustup, or cargo')
    if (text.code !== 0) throw new Error(`${text.text}${withoutTarget(text.text, target)}`)
    return join(dir, 'target', target, 'release', `${name.replaceAll('-', '_')}.wasm`)
  },
}

const go: Compiler = {
  language: 'go',
  about: 'go.mod',
  marker: (names) => names.has('go.mod'),
  source: (name) => `${name}.go`,
  folders: [],
  compile: async ({ name, dir }, host) => {
    const out = join(dir, `${name}.wasm`)
    const { code, text } = await ran(host, {
      command: 'go',
      args: ['build', '-buildmode=c-shared', '-ldflags=-s -w', '-o', out, '.'],
      cwd: dir,
      env: { GOOS: 'wasip1', GOARCH: 'wasm' },
    })
    if (code === undefined)
      throw new Error('go is not here; install Go 1.24 or later: apt-get install golang-go')
    if (code !== 0) throw new Error(text)
    return out
  },
}

const c: Compiler = {
  language: 'c',
  about: 'NAME.c',
  marker: (names, name) => names.has(`${name}.c`),
  source: (name) => `${name}.c`,
  folders: [],
  compile: async ({ name, dir, source }, host) => {
    const out = join(dir, `${name}.wasm`)
    const { code, text } = await ran(host, { command: 'sh', args: [BUILD_C, source, out], cwd: dir })
    if (code !== 0) throw new Error(text)
    return out
  },
}

export const compilers: readonly Compiler[] = [assemblyscript, rust, go, c]

async function ran(host: CliHost, tool: Tool) {
  const { code, text } = await host.runTool(tool)
  return { code, text: text.trim() }
}

/** The compiler says that it lacks `core`, and not what that means. */
function withoutTarget(text: string, target: string): string {
  if (!/can't find crate for `(core|std)`|target may not be installed/.test(text)) return ''
  return `\nthe target is not here: rustup target add ${target}, or apt-get install libstd-rust-dev-wasm32`
}
