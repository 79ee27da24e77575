/** The kit for AssemblyScript: filters are compiled as an author compiles them and run by the host of guests. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { beforeAll, describe, expect, it } from 'vitest'
import { bareGrants } from '../../../../core/guest/grant.ts'
import { GuestFilter } from '../../../../core/guest/guest-filter.ts'
import { type BuildOptions, buildFilter } from '../../../../sdk/guest/assemblyscript/build-filter.ts'
import { replyError } from '../../../../sdk/index.ts'
import { GuestStage, type GuestStageOptions } from '../../../core/guest/guest-stage.ts'
import { wasmGuest } from '../../../core/guest/wasm/wasm-guests.ts'
import { temporaryFolder } from '../../../support/temporary-folder.ts'

const tag = fileURLToPath(new URL('../../../../sdk/guest/assemblyscript/assembly/tag.ts', import.meta.url))
const folder = temporaryFolder('assemblyscript')

async function built(file: string, options?: BuildOptions): Promise<Uint8Array<ArrayBuffer>> {
  const result = await buildFilter(file, options)
  if (result.kind === 'failed') expect.fail(result.text)
  return result.wasm
}

async function fromSource(source: string, options: GuestStageOptions = {}): Promise<GuestStage> {
  const file = join(folder, 'filter.ts')
  writeFileSync(file, source)
  const grants = options.grants ?? bareGrants
  return new GuestStage(await wasmGuest(await built(file), { grants }), options)
}

/** Bytes of the instances. */
function memoryOf({ filter }: GuestStage): number {
  return filter instanceof GuestFilter ? filter.memoryBytes : Number.POSITIVE_INFINITY
}

describe('the example', () => {
  let wasm: Uint8Array<ArrayBuffer>
  beforeAll(async () => {
    wasm = await built(tag)
  })

  it('tags, refuses and counts', async () => {
    const stage = new GuestStage(await wasmGuest(wasm))
    expect(stage.context.problems).toEqual([])
    const known = stage.exchange({ properties: { caller: 'web', method: 'sayHello' } })
    expect(known.onRequest()).toMatchObject({ verdict: undefined, edits: [{ key: 'x-tag', value: 'web' }] })
    known.onResponse()
    expect(stage.exchange({ properties: { caller: 'web', method: 'sayHello!' } }).onRequest().edits).toEqual(
      [],
    )
    expect(stage.exchange({ properties: { method: 'sayHello' } }).onRequest().verdict).toEqual(
      replyError('denied', 'who calls?'),
    )
    expect(stage.figure('counted_total', { name: 'answers' })).toBe(1)
  })

  it('reads its configuration', async () => {
    const stage = new GuestStage(await wasmGuest(wasm), { config: { no: [{ tag: 'a' }], tag: 'x-"é"/' } })
    const { edits } = stage.exchange({ properties: { caller: 'web', method: 'sayHello' } }).onRequest()
    expect(edits).toMatchObject([{ key: 'x-"é"/', value: 'web' }])
  })

  it('takes blocks of any size', async () => {
    const stage = new GuestStage(await wasmGuest(wasm))
    for (const size of [10, 60_000, 100, 200_000]) {
      const properties = { caller: 'web', method: 'x'.repeat(size) }
      expect(stage.exchange({ properties }).onRequest().verdict).toBeUndefined()
    }
    const { edits } = stage.exchange({ properties: { caller: 'y', method: 'sayHello' } }).onRequest()
    expect(edits).toHaveLength(1)
  })

  it('imports nothing but abort, and is small', async () => {
    const imports = WebAssembly.Module.imports(new WebAssembly.Module(wasm))
    expect(imports.map(({ module, name }) => `${module}.${name}`)).toEqual(['env.abort'])
    expect(wasm.length).toBeLessThan(16_384)
  })
})

it('what a filter leaves lying is collected, and what its globals hold stays', async () => {
  const stage = await fromSource(`
    import { Metadata, Mutation } from 'weir'
    const seen = new Map<string, i32>()
    export function onRequest(metadata: Metadata, mutation: Mutation): void {
      const caller = metadata.get('caller')!.toString()
      const count = (seen.has(caller) ? seen.get(caller) : 0) + 1
      seen.set(caller, count)
      let waste = ''
      for (let i = 0; i < 40; i++) waste += caller
      mutation.set('count', count)
      mutation.set('waste', waste.length)
    }`)
  let last: unknown
  for (let call = 0; call < 600; call++) {
    last = stage.exchange({ properties: { caller: `caller-${call % 3}` } }).onRequest().edits
  }
  expect(last).toMatchObject([{ value: '200' }, { value: '320' }])
  expect(memoryOf(stage)).toBeLessThanOrEqual(2 << 20)
})

it('a key that nobody declared is named', async () => {
  const stage = await fromSource(
    `
    import { Config, Metadata, Mutation, reads } from 'weir'
    let key = ''
    export function onConfigure(config: Config): string | null {
      key = config.get('key')!
      if (config.flag('declared', false)) reads(key)
      return config.has('wrong') ? 'wrong it is' : null
    }
    export function onRequest(metadata: Metadata, mutation: Mutation): void {
      mutation.set('found', metadata.get(key)!)
    }`,
    { config: { key: 'user' } },
  )
  stage.exchange({ properties: { user: 'u' } }).onRequest()
  expect(stage.context.log.lines.map(({ text }) => text).join()).toContain('the key user is not declared')
})

it('an error of the compiler names file, line and place', async () => {
  const file = join(folder, 'broken.ts')
  writeFileSync(
    file,
    "import { Metadata } from 'weir'\nexport function onRequest(metadata: Metadata): void { nope() }\n",
  )
  const result = await buildFilter(file)
  expect(result).toMatchObject({ kind: 'failed' })
  expect(result.kind === 'failed' && result.text).toMatch(/Cannot find name 'nope'[\s\S]*broken\.ts\(2,/)
})
