/** The filters of examples/08-plugins do the same in every language, on real Dubbo calls through a real weir. */
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import type { Server } from 'node:http'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startCheckService } from '../../examples/08-plugins/check-service.ts'
import { buildFilter } from '../../sdk/guest/assemblyscript/build-filter.ts'
import { ExampleProxy } from './example-proxy.ts'

const FOLDER = resolve('examples/08-plugins')

/** Where the filters of a language are, ready to run. */
const languages: readonly (readonly [language: string, folder: (into: string) => Promise<string>])[] = [
  ['Lua', async () => join(FOLDER, 'lua')],
  ['JavaScript', async () => join(FOLDER, 'js')],
  ['AssemblyScript', built],
]

async function built(into: string): Promise<string> {
  mkdirSync(into)
  for (const name of readdirSync(join(FOLDER, 'assembly'))) {
    const file = join(FOLDER, 'assembly', name)
    if (!name.endsWith('.ts')) {
      copyFileSync(file, join(into, name))
      continue
    }
    const filter = await buildFilter(file)
    if (filter.kind === 'failed') throw new Error(filter.text)
    writeFileSync(join(into, name.replace(/\.ts$/, '.wasm')), filter.wasm)
  }
  return into
}

describe.each(languages)('the plugins in %s', (_language, folder) => {
  let proxy: ExampleProxy
  let service: Server
  const dir = mkdtempSync(join(tmpdir(), 'weir-plugins-'))

  /** The file as it is written, but for where the filters are and where the service listens. */
  async function run(file: string): Promise<ExampleProxy> {
    service = await startCheckService(0)
    const address = service.address()
    const port = typeof address === 'object' && address !== null ? address.port : 0
    return await ExampleProxy.start(file, {
      './lua': await folder(join(dir, 'filters')),
      '127.0.0.1:20883': `127.0.0.1:${port}`,
      // Nothing comes in while the test runs, however long it takes.
      'per-second: 1': 'per-second: 0',
    })
  }

  beforeAll(async () => {
    proxy = await run('examples/08-plugins/weir.yaml')
  })

  afterAll(async () => {
    await proxy?.stop()
    service?.closeAllConnections()
    service?.close()
    rmSync(dir, { recursive: true, force: true })
  })

  const ask = (attachments: Readonly<Record<string, string>>) =>
    proxy.ask({ method: 'sayHello', argument: 'Ann', attachments: { caller: 'shop', ...attachments } })

  test('tag-caller: services are told who called', async () => {
    expect(await ask({})).toContain('tagged=shop')
    const { client } = proxy
    const unnamed = await client.call({ method: 'sayHello', argument: 'Ann' })
    expect(unnamed.text).toMatch(/tagged=127\.0\.0\.1:\d+/)
  })

  test('deny: a value that may not call is refused with an error of Dubbo', async () => {
    expect(await ask({ stage: 'live' })).toContain('Hello')
    expect(await ask({ stage: 'test' })).toMatch(/^error: .*nobody with stage=test may call/)
  })

  test('limit: a caller has so many calls, another has its own, and a route has another limit', async () => {
    const answers = []
    for (let i = 0; i < 7; i++) answers.push(await ask({ caller: 'batch' }))
    expect(answers.filter((answer) => answer.includes('Hello'))).toHaveLength(4)
    expect(answers[4]).toMatch(/^error: .*batch is above its limit/)
    expect(await ask({ caller: 'third' })).toContain('Hello')
    const many = await proxy.askMany(
      { method: 'sayHello', argument: 'Ann', attachments: { caller: 'shop' } },
      30,
    )
    expect(many.every(({ kind }) => kind === 'value')).toBe(true)
  })

  test('check: a service decides who may call', async () => {
    expect(await ask({ user: 'ann' })).toContain('role=admin')
    expect(await ask({ user: 'eve' })).toMatch(/^error: .*eve is nobody here/)
  })

  test('redact: an attachment of responses is hidden', async () => {
    const { client } = proxy
    const outcome = await client.call({
      method: 'sayHello',
      argument: 'Ann',
      attachments: { caller: 'shop' },
    })
    expect(outcome).toMatchObject({ kind: 'value', attachments: { dubbo: '***' } })
  })

  test('canary: a share of the users is served by the other cluster, each always by the same', async () => {
    const first = await ask({ user: 'ann' })
    for (let i = 0; i < 5; i++) expect(await ask({ user: 'ann' })).toBe(first)
    const both = [first, await ask({ user: 'bob' })].map((answer) => /service \d+/.exec(answer)?.[0])
    expect(both).toEqual(['service 20882', 'service 20881'])
  })

  test('count: what it counts is a metric', async () => {
    await ask({ note: 'x'.repeat(1_000) })
    const metrics = await (await fetch(`http://127.0.0.1:${proxy.adminPort}/metrics`)).text()
    expect(metrics).toMatch(/weir_plugin_counted_total\{plugin="count",name="large_requests"\} [1-9]/)
  })
})
