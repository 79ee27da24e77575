/** Codecs dropped into the folder: a protocol that nobody knew is routed, changed, refused, measured and reloaded. */
import { readFileSync } from 'node:fs'
import { afterEach, expect, test } from 'vitest'
import { AwesomeCaller, AwesomeService, awesomePacket } from '../../support/awesome-peer.ts'
import { eventually } from '../../support/eventually.ts'
import { PluginProxy } from './plugin-proxy.ts'

const CODEC = 'awesomerpc.codec.lua'
const source = readFileSync('examples/awesomerpc/plugins/awesomerpc.codec.lua', 'utf8')
const closers: (() => Promise<void> | void)[] = []

afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
})

async function service(name: string): Promise<AwesomeService> {
  const started = await AwesomeService.start(name)
  closers.push(() => started.close())
  return started
}

async function proxyOf(
  one: AwesomeService,
  two: AwesomeService,
  files: Readonly<Record<string, string>> = { [CODEC]: source },
  workers = 1,
): Promise<PluginProxy> {
  const proxy = await PluginProxy.start({
    files,
    workers,
    listener: `  - name: rpc
    address: 127.0.0.1:0
    protocol: awesomerpc
    filters:
      - rate-limit: { limits: [{ match: { cmd: '7' }, tokens: 2, every: 1h }] }
      - header-mutation: { request: { set: { code: '5' } } }
      - router
    routes:
      - { match: { cmd: '2' }, cluster: two }
      - { match: { cmd: '66' }, cluster: nobody }
      - { match: { not: { cmd: '13' } }, cluster: one }
  - name: any
    address: 127.0.0.1:0
    protocol: auto
    routes: [{ cluster: one }]`,
    clusters: `  - { name: one, endpoints: ['127.0.0.1:${one.port}'] }
  - { name: two, endpoints: ['127.0.0.1:${two.port}'] }
  - { name: nobody, endpoints: ['127.0.0.1:1'] }`,
  })
  closers.push(() => proxy.stop())
  return proxy
}

async function callerOf(proxy: PluginProxy, listener = 'rpc'): Promise<AwesomeCaller> {
  const caller = await AwesomeCaller.open(proxy.portOf(listener))
  closers.push(() => caller.close())
  return caller
}

test('a private protocol is routed, changed, limited and answered with its own errors', async () => {
  const [one, two] = [await service('one'), await service('two')]
  const proxy = await proxyOf(one, two)
  const caller = await callerOf(proxy)
  expect((await caller.call(1, 'hello'))?.body).toBe('one:1:hello')
  expect((await caller.call(2, 'x'))?.body).toBe('two:2:x')
  // The header was changed on its way, and the length and the body are whole.
  expect(one.packets[0]).toMatchObject({ cmd: 1, code: 5, body: 'hello' })
  expect(await caller.call(13)).toMatchObject({ code: 404, cmd: 13 })
  expect((await caller.call(66))?.code).toBe(500)
  await caller.call(7)
  await caller.call(7)
  expect((await caller.call(7))?.code).toBe(429)
  const bodies = await Promise.all(Array.from({ length: 200 }, (_, i) => caller.call(1 + (i % 2), `n${i}`)))
  expect(bodies.map((each) => each?.body)).toEqual(
    Array.from({ length: 200 }, (_, i) => `${i % 2 === 0 ? 'one' : 'two'}:${1 + (i % 2)}:n${i}`),
  )
})
