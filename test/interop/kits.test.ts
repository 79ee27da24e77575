/**
 * The kits of compiled languages: the example of each, built as its author builds it, behaves the same everywhere, a
 * guest that works through scripts does what the conformance suite wants, and one has every service that there is.
 * `setup.sh` says which compilers are here.
 */
import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { onlyLines } from '../../core/cli/author/only-lines.ts'
import { replyError } from '../../sdk/index.ts'
import { cases } from '../conformance/cases.ts'
import { conforms } from '../conformance/conforms.ts'
import { kitFilter, kitGuest } from '../conformance/kit-config.ts'
import type { Language } from '../conformance/language.ts'
import { serves } from '../conformance/services/serves.ts'
import { vectorCases } from '../conformance/vector-cases.ts'
import { GuestStage } from '../core/guest/guest-stage.ts'
import { wasmGuest } from '../core/guest/wasm/wasm-guests.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

interface Kit {
  readonly name: string
  /** The kit's folder, and the ending of its sources. */
  readonly folder: string
  readonly ending: string
  /** What it may take of memory for an instance, in bytes. */
  readonly memoryMax: number
  /** A case that it cannot take: its script is a configuration of 1.4 MB, and reading that takes all the fuel. */
  readonly without?: string
  readonly env?: Readonly<Record<string, string>>
}

const MIB = 1 << 20
const root = fileURLToPath(new URL('../../', import.meta.url))
/** What `setup.sh` found and fetched. */
const { goTool, zig }: { readonly goTool: string; readonly zig: string } = JSON.parse(
  readFileSync(join(process.env['WEIR_CACHE'] ?? join(root, '.cache'), 'interop/peers.json'), 'utf8'),
)

const kits: readonly Kit[] = [
  { name: 'C', folder: 'c', ending: 'c', memoryMax: MIB },
  { name: 'C, built by Zig', folder: 'c', ending: 'c', memoryMax: MIB, env: { WEIR_CC: `${zig} cc` } },
  { name: 'Rust', folder: 'rust', ending: 'rs', memoryMax: MIB },
  {
    name: 'Go',
    folder: 'go',
    ending: 'go',
    env: { GO: goTool },
    memoryMax: 16 * MIB,
    without: 'a large body, there and back',
  },
  { name: 'Zig', folder: 'zig', ending: 'zig', memoryMax: MIB, env: { WEIR_ZIG: zig } },
]

const out = temporaryFolder('kits')

async function build({ name, folder, env }: Kit, source: string): Promise<Uint8Array<ArrayBuffer>> {
  const target = join(out, `${name.replace(/\W+/g, '-')}-${source.replace(/\W+/g, '-')}.wasm`)
  await promisify(execFile)(join(root, 'sdk/guest', folder, 'build.sh'), [join(root, source), target], {
    env: { ...process.env, ...env },
  })
  return new Uint8Array(await readFile(target))
}

const here = kits.filter(({ env }) => zig !== '' || (env?.['WEIR_CC'] ?? env?.['WEIR_ZIG']) === undefined)

/** All compilers at once: most of them use one core. */
const built = await Promise.all(
  here.map(async (kit) => ({
    kit,
    name: kit.name,
    tag: await build(kit, `sdk/guest/${kit.folder}/tag.${kit.ending}`),
    script: await build(kit, `test/interop/kits/script.${kit.ending}`),
    services: await build(kit, `test/interop/kits/services.${kit.ending}`),
  })),
)

describe.each(built)('the kit for $name', ({ kit, tag, script, services }) => {
  it('builds a filter that tags, refuses and counts', async () => {
    const stage = new GuestStage(await wasmGuest(tag))
    expect(stage.context.problems).toEqual([])
    const known = stage.exchange({ properties: { caller: 'web', method: 'sayHello' } })
    expect(known.onRequest()).toMatchObject({ verdict: undefined, edits: [{ key: 'x-tag', value: 'web' }] })
    known.onResponse()
    expect(stage.exchange({ properties: { caller: 'web', method: 'other' } }).onRequest().edits).toEqual([])
    expect(stage.exchange({ properties: { method: 'sayHello' } }).onRequest().verdict).toEqual(
      replyError('denied', 'who calls?'),
    )
    expect(stage.figure('counted_total', { name: 'answers' })).toBe(1)
  })

  it('builds a filter that reads its configuration', async () => {
    const stage = new GuestStage(await wasmGuest(tag), { config: { no: [{ tag: 'a' }], tag: 'x-"é😀"' } })
    const { edits } = stage.exchange({ properties: { caller: 'web', method: 'sayHello' } }).onRequest()
    expect(edits).toMatchObject([{ key: 'x-"é😀"', value: 'web' }])
  })

  // Zig leaves them out together with what is for debuggers, or neither.
  it.skipIf(kit.name === 'Zig')('keeps the names of functions, which failures tell', async () => {
    expect(WebAssembly.Module.customSections(await WebAssembly.compile(tag), 'name')).toHaveLength(1)
  })

  it('takes blocks of any size', async () => {
    const stage = new GuestStage(await wasmGuest(tag))
    for (const size of [10, 60_000, 100, 200_000]) {
      const properties = { caller: 'web', method: 'x'.repeat(size) }
      expect(stage.exchange({ properties }).onRequest().verdict).toBeUndefined()
    }
    const { edits } = stage.exchange({ properties: { caller: 'y', method: 'sayHello' } }).onRequest()
    expect(edits).toHaveLength(1)
  })

  it('takes no more memory than it says', async () => {
    const module = await wasmGuest(tag)
    const stage = new GuestStage(module)
    stage.exchange({ properties: { caller: 'web', method: 'sayHello' } }).onRequest()
    const { memoryBytes } = Object(stage.filter)
    // The instance that serves and the one that waits to take over.
    expect(memoryBytes).toBeLessThanOrEqual(2 * kit.memoryMax)
    expect(memoryBytes).toBeGreaterThan(0)
  })

  const guest = kitGuest(script)
  const language: Language = {
    name: kit.name,
    create: async (steps, place) => kitFilter(await guest, steps, place),
  }
  const tried = [...cases, ...vectorCases].filter(({ name }) => name !== kit.without)
  it.each(tried)('$name', (each) => conforms(language, each))

  serves(kit.name, () => kitGuest(services))
})

it.skipIf(zig === '')('a panic in Zig is in the log', async () => {
  const kit = { name: 'Zig', folder: 'zig', ending: 'zig', memoryMax: MIB, env: { WEIR_ZIG: zig } }
  const stage = new GuestStage(await wasmGuest(await build(kit, 'test/interop/kits/panics.zig')))
  stage.exchange({ properties: { caller: 'short' } }).onRequest()
  stage.settle()
  stage.exchange().onRequest()
  const said = stage.lines.join('\n')
  expect(said).toMatch(/index out of bounds|end index 10 is larger than the slice length 5|out of bounds/)
  expect(said).toMatch(/the key other is not declared/)
})

const lines: Readonly<Record<string, readonly [source: string, said: RegExp]>> = {
  C: ['fails.c', / at fails\.c:8:44 \(\S*on_request\) < weir\/weir\.h:\d+:\d+ /],
  'C, built by Zig': ['fails.c', / at fails\.c:8:44 \(\S*on_request\) < weir\/weir\.h:\d+:\d+ /],
  Rust: ['fails.rs', / at fails\.rs:9:5 \(\S*deep\S*\) < fails\.rs:17:12 /],
  Zig: ['panics.zig', / at \S*panics\.zig:12:33 /],
}

it.each(here.filter(({ name }) => name in lines))(
  'what $name says to debuggers tells the line that failed',
  async (kit) => {
    const [source = '', said = /never/] = lines[kit.name] ?? []
    const env = { ...kit.env, WEIR_LINES: '1' }
    const wasm = onlyLines(await build({ ...kit, env }, `test/interop/kits/${source}`))
    expect(wasm.length).toBeLessThan(300_000)
    const stage = new GuestStage(await wasmGuest(new Uint8Array(wasm)))
    stage.exchange({ properties: { caller: 'short' } }).onRequest()
    stage.settle()
    expect(stage.context.log.lines.map(({ text }) => text).join()).toMatch(said)
  },
)
