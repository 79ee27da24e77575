/** Language: what plugins may be written in, and where the kit of each is. How one is built stands elsewhere. */

import { kits } from './kits.ts'

export type PluginSort = 'filter' | 'codec'

export interface Language {
  readonly name: string
  readonly about: string
  /** What has to be there to build it; nothing for what runs as it is. */
  readonly needs: string
  /** What may be written in it. */
  readonly sorts: readonly PluginSort[]
  /** Files of the kit that a new plugin is given a copy of: from there, to here. */
  readonly kit: Readonly<Record<string, string>>
}

const headers = ['', '-base', '-config', '-codec', '-frame', '-outgoing', '-reader', '-writer'].map(
  (part) => `weir${part}.h`,
)

const goFiles = [
  'host',
  'imports_other',
  'imports_wasip1',
  'metadata',
  'mutation',
  'outcome',
  'verdict',
  'weir',
].map((part) => `${part}.go`)

/** What `--schema` stands for. */
export const SCHEMA = 'schema'

export const languages: readonly Language[] = [
  {
    name: 'lua',
    about: 'Lua 5.4, runs as it is',
    needs: '',
    sorts: ['filter', 'codec'],
    kit: { 'weir.lua': '.weir/weir.lua', 'weir-codec.lua': '.weir/weir-codec.lua' },
  },
  {
    name: 'js',
    about: 'JavaScript, runs as it is',
    needs: '',
    sorts: ['filter', 'codec'],
    kit: Object.fromEntries(
      ['weir.d.ts', 'weir-codec.d.ts', 'weir-test.d.ts'].map((file) => [file, `.weir/${file}`]),
    ),
  },
  {
    name: 'assemblyscript',
    about: 'AssemblyScript, compiled by npm',
    needs: "npm's assemblyscript, which weir brings",
    sorts: ['filter', 'codec'],
    kit: { 'assembly/weir': '.weir/weir', 'assembly/types/weir.d.ts': '.weir/weir.d.ts' },
  },
  {
    name: 'c',
    about: 'C, compiled by clang or Zig',
    needs: 'clang with lld, or Zig',
    sorts: ['filter', 'codec'],
    kit: Object.fromEntries([...headers, 'build.sh'].map((file) => [file, `.weir/${file}`])),
  },
  {
    name: 'rust',
    about: 'Rust, compiled by rustc',
    needs: 'rustc with the target wasm32-unknown-unknown',
    sorts: ['filter', 'codec'],
    kit: { 'Cargo.toml': '.weir/Cargo.toml', src: '.weir/src', 'build.sh': '.weir/build.sh' },
  },
  {
    name: 'go',
    about: 'Go, compiled by go',
    needs: 'go 1.24 or newer',
    sorts: ['filter', 'codec'],
    kit: Object.fromEntries(
      [...goFiles, 'go.mod', 'codec', 'internal', 'build.sh'].map((file) => [file, `.weir/${file}`]),
    ),
  },
  {
    name: 'zig',
    about: 'Zig, compiled by zig',
    needs: 'Zig: pip install ziglang',
    sorts: ['filter'],
    kit: { weir: '.weir/weir', 'build.sh': '.weir/build.sh' },
  },
  {
    name: SCHEMA,
    about: 'a declaration in YAML, needs no code',
    needs: '',
    sorts: ['codec'],
    kit: {},
  },
]

/** A file or folder of a language's kit. */
export function kitFile(language: Language, path: string): URL {
  return new URL(`${language.name}/${path}`, kits)
}

/** What a new plugin is made of, the general part first. */
export function templatesOf(sort: PluginSort, language: Language): readonly URL[] {
  if (sort === 'filter') return [kitFile(language, 'template')]
  return [new URL('codec/template', kits), kitFile(language, 'template-codec')]
}
