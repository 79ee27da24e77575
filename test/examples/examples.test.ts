/** Every example runs as it is written, and does what its README says. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import type { CallOutcome } from '../../examples/demo/client.ts'
import { eventually } from '../support/eventually.ts'
import { ExampleProxy } from './example-proxy.ts'

let proxy: ExampleProxy | undefined

afterEach(async () => {
  await proxy?.stop()
  proxy = undefined
})

async function run(file: string, changed: Readonly<Record<string, string>> = {}): Promise<ExampleProxy> {
  proxy = await ExampleProxy.start(file, changed)
  return proxy
}

/** No token comes in while a test runs, however long it takes. */
const noMoreTokens = { 'every: 1s, burst': 'every: 1h, burst' }

test('weir.yaml balances the calls, sets an attachment and refuses what exceeds the limit', async () => {
  const { client, adminPort } = await run('weir.yaml', noMoreTokens)
  const call = { method: 'sayHello', argument: 'Ann', attachments: { caller: 'shop' } }
  const outcomes = await Promise.all(Array.from({ length: 12 }, () => client.call(call)))
  const values = texts(outcomes, 'value')
  expect(values).toHaveLength(4)
  expect(values.every((text) => text.includes('caller=shop via=weir'))).toBe(true)
  expect(values.some((text) => text.includes('20881'))).toBe(true)
  expect(values.some((text) => text.includes('20882'))).toBe(true)
  expect(texts(outcomes, 'error')).toHaveLength(8)
  expect(texts(outcomes, 'error').every((text) => /limit/.test(text))).toBe(true)
  const metrics = await fetch(`http://127.0.0.1:${adminPort}/metrics`)
  expect(await metrics.text()).toContain('weir_')
  const clusters = await fetch(`http://127.0.0.1:${adminPort}/clusters`)
  expect(await clusters.text()).toContain('demo')
})

test('01-route-by-method: each method reaches its own cluster, and an unknown interface none', async () => {
  const { client } = await run('examples/01-route-by-method/weir.yaml')
  expect(await client.call({ method: 'sayHello', argument: 'Ann' })).toMatchObject({
    text: expect.stringContaining('service 20881'),
  })
  expect(await client.call({ method: 'sayBye', argument: 'Ann' })).toMatchObject({
    text: expect.stringContaining('service 20882'),
  })
  expect(
    await client.call({ method: 'sayHello', argument: 'Ann', service: 'org.example.Other' }),
  ).toMatchObject({
    kind: 'error',
    text: expect.stringContaining('route'),
  })
})

test('02-canary: a share of the calls reaches the new version, and none of the shop', async () => {
  const example = await run('examples/02-canary/weir.yaml')
  const shop = await example.askMany(from('shop'), 100)
  expect(texts(shop, 'value').filter((text) => text.includes('20881'))).toHaveLength(100)
  const batch = texts(await example.askMany(from('batch'), 500), 'value')
  const canary = batch.filter((text) => text.includes('20882')).length
  expect(batch).toHaveLength(500)
  expect(canary).toBeGreaterThan(10)
  expect(canary).toBeLessThan(150)
})

test('03-limit-per-caller: a caller above its limit is refused, the other is not', async () => {
  const example = await run('examples/03-limit-per-caller/weir.yaml', noMoreTokens)
  const batch = await example.askMany(from('batch'), 12)
  const shop = await example.askMany(from('shop'), 2)
  expect(texts(batch, 'value')).toHaveLength(3)
  expect(texts(batch, 'error')).toHaveLength(9)
  expect(texts(batch, 'error').every((text) => /limit/.test(text))).toBe(true)
  expect(texts(shop, 'value')).toHaveLength(2)
})

test('04-change-attachments: services and callers receive what the file says', async () => {
  const { client } = await run('examples/04-change-attachments/weir.yaml')
  const shop = await client.call(from('shop'))
  expect(shop).toMatchObject({ kind: 'value', attachments: { 'served-by': 'weir' } })
  expect(shop.text).toContain('I received caller=shop via=weir.')
  const batch = await client.call(from('batch'))
  expect(batch.text).toContain('via=weir')
  expect(batch.text).toContain('priority=low')
  expect(batch.text).not.toContain('caller=')
})

test('05-access-log: every call is a line, a refused one too', async () => {
  const example = await run('examples/05-access-log/weir.yaml')
  await example.client.call(from('shop'))
  await example.client.call({ method: 'sayBye', argument: 'Ann' })
  const file = join(example.dir, 'weir-access.log')
  let lines: string[] = []
  await eventually(() => {
    lines = existsSync(file) ? readFileSync(file, 'utf8').split('\n') : []
    return lines.length === 3
  }, 'two lines in the file')
  expect(JSON.parse(lines[0] ?? '')).toMatchObject({
    caller: 'shop',
    operation: 'org.apache.dubbo.samples.DemoService/sayHello',
    ms: expect.any(Number),
    result: 'ok',
  })
  expect(JSON.parse(lines[1] ?? '')).toMatchObject({ result: 'error', error: 'route_not_found' })
})

test('06-stay-with-one-endpoint: the calls of one caller are answered by one service', async () => {
  const example = await run('examples/06-stay-with-one-endpoint/weir.yaml')
  const services = new Set<string>()
  for (const caller of ['shop', 'batch', 'third', 'fourth', 'fifth', 'sixth', 'seventh', 'eighth']) {
    const values = texts(await example.askMany(from(caller), 20), 'value')
    const answered = new Set(values.map((text) => text.match(/service \d+/)?.[0] ?? ''))
    expect(values).toHaveLength(20)
    expect(answered.size).toBe(1)
    for (const service of answered) services.add(service)
  }
  expect(services.size).toBe(2)
})

test('every example has a README and is listed, and every one is run here', () => {
  const tests = readdirSync('test/examples').filter((name) => name.endsWith('.test.ts'))
  const own = tests.map((name) => readFileSync(join('test/examples', name), 'utf8')).join()
  const list = readFileSync('examples/README.md', 'utf8')
  const folders = readdirSync('examples').filter((name) => /^\d/.test(name))
  expect(folders.length).toBeGreaterThanOrEqual(6)
  for (const folder of folders) {
    expect(existsSync(join('examples', folder, 'README.md'))).toBe(true)
    expect(list).toContain(`(${folder}/README.md)`)
    expect(own).toContain(`('examples/${folder}`)
  }
})

function from(caller: string) {
  return { method: 'sayHello', argument: 'Ann', attachments: { caller } }
}

function texts(outcomes: readonly CallOutcome[], kind: CallOutcome['kind']): string[] {
  return outcomes.filter((outcome) => outcome.kind === kind).map((outcome) => outcome.text)
}
