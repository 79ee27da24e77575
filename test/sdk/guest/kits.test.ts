/** What `sdk/README.md` says that the kits have stands in their sources. */
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'

const sdk = fileURLToPath(new URL('../../../sdk/', import.meta.url))

/** Which sources an author of the language sees. What a language has by itself is in the README of its kit. */
const sources: Readonly<Record<string, readonly string[]>> = {
  Lua: ['guest/lua/weir.lua', 'guest/lua/weir-codec.lua', 'guest/lua/README.md', 'ABI.md'],
  JavaScript: ['guest/js/weir.d.ts', 'guest/js/weir-codec.d.ts', 'guest/js/README.md', 'ABI.md'],
  AssemblyScript: [
    'guest/assemblyscript/assembly/weir',
    'guest/assemblyscript/filter-exports.ts',
    'guest/assemblyscript/codec-exports.ts',
  ],
  Rust: ['guest/rust/src'],
  C: ['guest/c'],
  Go: ['guest/go'],
  Zig: ['guest/zig/weir'],
}

function textOf(path: string): string {
  if (!statSync(path).isDirectory()) return readFileSync(path, 'utf8')
  return readdirSync(path)
    .map((name) => textOf(join(path, name)))
    .join('\n')
}

const texts = new Map(
  Object.entries(sources).map(([language, paths]) => [
    language,
    paths.map((path) => textOf(join(sdk, path))).join('\n'),
  ]),
)

/** Rows of the tables whose head names languages: what, and by language the names. */
function rows(): readonly (readonly [string, string, readonly string[]])[] {
  const found: [string, string, readonly string[]][] = []
  let languages: readonly string[] = []
  for (const line of readFileSync(join(sdk, 'README.md'), 'utf8').split('\n')) {
    if (!line.startsWith('|')) {
      languages = []
      continue
    }
    const [what = '', ...cells] = line.split('|').slice(1, -1)
    const heads = cells.map((cell) => /^ \[?(\w+)/.exec(cell)?.[1] ?? '')
    if (heads.every((head) => texts.has(head))) {
      languages = heads
      continue
    }
    for (const [index, language] of languages.entries()) {
      const names = [...(cells[index] ?? '').matchAll(/`([^`]+)`/g)].map(([, name = '']) => name)
      if (!/^ -/.test(what)) found.push([what.trim(), language, names])
    }
  }
  return found
}

describe('what the kits are said to have', () => {
  it.each(rows())('%s, in %s', (_what, language, names) => {
    const text = texts.get(language) ?? ''
    const missing = names.filter((name) => {
      const [last = ''] = name
        .replaceAll(/['"]/g, '')
        .split(/::|[./]/)
        .slice(-1)
      return !new RegExp(`\\b${last}\\b`).test(text)
    })
    expect(missing).toEqual([])
  })

  it('is said of each language, of filters and of codecs', () => {
    const said = new Set(rows().map(([, language]) => language))
    expect([...said]).toEqual(Object.keys(sources))
    expect(rows().length).toBeGreaterThan(270)
  })
})
