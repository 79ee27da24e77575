/** Codecs dropped into the folder: a protocol that nobody knew is routed, changed, refused, measured and reloaded. */
import { readFileSync } from 'node:fs'
import { afterEach, expect, test } from 'vitest'
import { AwesomeCaller, AwesomeService, awesomePacket } from '../../support/awesome-peer.ts'
import { eventually } from '../../support/eventually.ts'
import { awesomeClusters, awesomeListener, expectAwesomeRoutes } from './awesome-routes.ts'
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
    listener: `${awesomeListener}
  - name: any
    address: 127.0.0.1:0
    protocol: auto
    routes: [{ cluster: one }]`,
    clusters: awesomeClusters(one, two),
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
  await expectAwesomeRoutes(caller, one)
})

test('new connections speak the new version, and those that are open keep theirs', async () => {
  const [one, two] = [await service('one'), await service('two')]
  const proxy = await proxyOf(one, two)
  const before = await callerOf(proxy)
  expect((await before.call(1, 'a'))?.body).toBe('one:1:a')
  proxy.save(CODEC, source.replace('over_limit = 429', 'over_limit = 430'))
  await versionsUntil(proxy, 2)
  const after = await callerOf(proxy)
  await exhaust(after)
  expect((await after.call(7))?.code).toBe(430)
  expect((await before.call(7))?.code).toBe(429)
  await eventually(
    async () => (await codecsOf(proxy)).map(({ connections }) => connections).join() === '1,1',
    'each version has a connection',
  )
  // Each version has connections of its own to the service, which end with it.
  expect(one.connections).toBe(2)
  before.close()
  await versionsUntil(proxy, 1)
  await eventually(() => one.connectionsOpen === 1, 'its connection to the service is closed')
  expect((await after.call(1, 'b'))?.body).toBe('one:1:b')
})

test('a version that fails is refused with its reason, and the good one goes on', async () => {
  const [one, two] = [await service('one'), await service('two')]
  const proxy = await proxyOf(one, two)
  proxy.save(CODEC, 'codec { correlation = "id", idBits = 32, idAt = 1 }\nfunction decode(r) end')
  await proxy.pluginUntil('awesomerpc.codec', (view) => view?.lastError !== null)
  const [view] = await proxy.plugins()
  expect(view?.lastError?.message).toContain('no function encodeError')
  expect((await (await callerOf(proxy)).call(1, 'x'))?.body).toBe('one:1:x')
  proxy.remove(CODEC)
  await proxy.pluginUntil('awesomerpc.codec', (each) => each?.lastError?.message.includes('gone') === true)
  expect((await (await callerOf(proxy)).call(1, 'y'))?.body).toBe('one:1:y')
})

test('one port takes a built-in protocol and one of a plugin', async () => {
  const [one, two] = [await service('one'), await service('two')]
  const proxy = await proxyOf(one, two)
  const caller = await callerOf(proxy, 'any')
  expect((await caller.call(1, 'x'))?.body).toBe('one:1:x')
  const stranger = await callerOf(proxy, 'any')
  stranger.socket.write('GET / HTTP/1.1\r\nhost: x\r\n\r\n')
  await eventually(() => stranger.closed, 'a stranger is shown the door')
})

test('a codec that fails on one connection takes nothing from the others', async () => {
  const [one, two] = [await service('one'), await service('two')]
  const fragile = source.replace(
    'local id, size',
    'if version == 66 then while true do end end local id, size',
  )
  const proxy = await proxyOf(one, two, { [CODEC]: fragile })
  const good = await callerOf(proxy)
  expect((await good.call(1, 'x'))?.body).toBe('one:1:x')
  const waiting = good.call(99)
  for (let round = 0; round < 3; round++) {
    const bad = await callerOf(proxy)
    bad.socket.write(awesomePacket({ id: 1, cmd: 1, version: 66 }))
    await eventually(() => bad.closed, 'its connection is closed')
    expect((await good.call(1, `n${round}`))?.body).toBe(`one:1:n${round}`)
  }
  const [view] = await proxy.plugins()
  expect(view).toMatchObject({ failures: 3, traps: { fuel: 3 } })
  // What was under way goes on, too.
  one.release()
  expect((await waiting)?.body).toBe('at last')
})

test('a sign of life is answered, and a body that is too large is refused in the protocol', async () => {
  const [one, two] = [await service('one'), await service('two')]
  const proxy = await proxyOf(one, two)
  const caller = await callerOf(proxy)
  expect(await caller.call(0)).toMatchObject({ cmd: 0, code: 0 })
  expect(one.packets).toHaveLength(0)
  const reply = await caller.call(1, 'x'.repeat(9 << 20))
  expect(reply).toMatchObject({ code: 400, body: expect.stringContaining('is announced') })
  expect((await caller.call(1, 'y'.repeat(1 << 20)))?.body).toHaveLength((1 << 20) + 6)
})

test('no call is lost, doubled or mixed up while versions come and go on both workers', async () => {
  const [one, two] = [await service('one'), await service('two')]
  const proxy = await proxyOf(one, two, { [CODEC]: source }, 2)
  let saving = true
  const answered: string[] = []
  const calling = Array.from({ length: 4 }, async (_, caller) => {
    for (let n = 0; saving; n++) {
      const connection = await AwesomeCaller.open(proxy.portOf('rpc'))
      const bodies = Array.from({ length: 20 }, (_each, i) => `${caller}-${n}-${i}`)
      const replies = await Promise.all(bodies.map((body) => connection.call(1, body)))
      expect(replies.map((reply) => reply?.body)).toEqual(bodies.map((body) => `one:1:${body}`))
      answered.push(...bodies)
      connection.close()
    }
  })
  for (let version = 0; version < 5; version++) {
    const before = (await proxy.plugins())[0]?.hash
    proxy.save(CODEC, `${source}\n-- ${version}`)
    await proxy.pluginUntil('awesomerpc.codec', (view) => view?.hash !== before)
  }
  await eventually(() => answered.length > 100, 'there were calls meanwhile')
  saving = false
  await Promise.all(calling)
  expect(one.packets.filter(({ cmd }) => cmd === 1)).toHaveLength(answered.length)
  await versionsUntil(proxy, 1)
})

/** Versions of the codec that connections of the listener speak. */
async function codecsOf(proxy: PluginProxy): Promise<readonly { version: string; connections: number }[]> {
  const { listeners } = JSON.parse(await proxy.get('/listeners'))
  // Nothing while a worker cannot answer in time.
  return listeners.find(({ name }: { name: string }) => name === 'rpc')?.codecs ?? []
}

/** Waits until so many versions are shown. */
async function versionsUntil(proxy: PluginProxy, count: number): Promise<void> {
  await eventually(async () => (await codecsOf(proxy)).length === count, `there are ${count} versions`)
}

/** Takes what the limit of command 7 allows. */
async function exhaust(caller: AwesomeCaller): Promise<void> {
  await caller.call(7)
  await caller.call(7)
}
