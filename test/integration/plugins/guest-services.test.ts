import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { afterEach, describe, expect, it } from 'vitest'
import { DemoClient } from '../../../examples/demo/client.ts'
import { PATIENCE_MS } from '../../support/eventually.ts'
import { PluginProxy, type PluginProxyOptions } from './plugin-proxy.ts'

const proxies: PluginProxy[] = []
const servers: Server[] = []
const clients: DemoClient[] = []

afterEach(async () => {
  for (const client of clients.splice(0)) client.close()
  for (const proxy of proxies.splice(0)) await proxy.stop()
  for (const server of servers.splice(0)) {
    server.closeAllConnections()
    server.close()
  }
})

async function start(options: PluginProxyOptions): Promise<PluginProxy> {
  const proxy = await PluginProxy.start(options)
  proxies.push(proxy)
  return proxy
}

const COUNTING = `function onRequest(metadata, mutation)
  mutation.set("n", tostring(store.add("calls")))
end
`

describe('the key-value store', () => {
  it('is one for all workers and outlives reloads of the plugin and of the configuration', async () => {
    const settings = '  settings: { count: { grants: [key-value] } }'
    const proxy = await start({ files: { 'count.lua': COUNTING }, plugins: settings, workers: 2 })
    const numbers: number[] = []
    // Each connection goes to one of the workers, as the system has it.
    for (let i = 0; i < 12; i++) {
      const client = new DemoClient('127.0.0.1', proxy.port, PATIENCE_MS)
      clients.push(client)
      const outcome = await client.call({ method: 'sayHello', argument: 'you', attachments: {} })
      numbers.push(Number(/n=(\d+)/.exec(outcome.text)?.[1]))
    }
    expect(numbers).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12])
    const before = (await proxy.plugins())[0]?.hash
    proxy.save('count.lua', `${COUNTING}-- saved anew\n`)
    await proxy.pluginUntil('count', (view) => view?.hash !== before)
    expect((await proxy.post('/reload')).status).toBe(200)
    expect(await proxy.ask()).toContain('n=13')
  })
})

const REMEMBERING = (version: string, more = '') => `local n = 0
function onRequest(metadata, mutation)
  n = n + 1
  mutation.set("n", "${version}:" .. n)
end
function snapshot() return tostring(n) end
function restore(state, from)
  ${more}
  n = tonumber(state) + (from == "" and 0 or 1000)
end
`

describe('a state that is handed over', () => {
  it('goes on in the version that is saved, and a version that refuses it never goes live', async () => {
    const proxy = await start({ files: { 'n.lua': REMEMBERING('a') } })
    for (const n of [1, 2, 3]) expect(await proxy.ask()).toContain(`n=a:${n}`)
    proxy.save('n.lua', REMEMBERING('b'))
    await proxy.askUntil('n=b:')
    const seen = Number(/n=b:(\d+)/.exec(await proxy.ask())?.[1])
    expect(seen).toBeGreaterThan(4)
    proxy.save('n.lua', REMEMBERING('c', 'do return "I do not know " .. state end'))
    const reason = /the version before it: I do not know \d+/
    await proxy.pluginUntil('n', (view) => reason.test(view?.lastError?.message ?? ''))
    expect(await proxy.ask()).toContain(`n=b:${seen + 1}`)
  })
})

const GREETING = `function onRequest(metadata, mutation)
  mutation.set("said", metadata.config.word .. metadata.config.mark)
end
`
const SCHEMA = `options:
  type: object
  properties: { word: { type: string }, mark: { type: string } }
  required: [word, mark]
  additionalProperties: false
`

describe('a configuration of a route', () => {
  const routed = (word: string): PluginProxyOptions => ({
    files: { 'greet.lua': GREETING, 'greet.plugin.yaml': SCHEMA },
    plugins: '  settings: { greet: { config: { word: hello, mark: "!" } } }',
    routes: `[{ match: { who: bob }, cluster: demo, filters: { greet: { ${word} } } }, { cluster: demo }]`,
  })

  it('goes on top of the listener’s, changes with the file, and is held against the schema', async () => {
    const proxy = await start(routed('word: hi'))
    expect(await proxy.ask({ who: 'bob' })).toContain('said=hi!')
    expect(await proxy.ask()).toContain('said=hello!')
    proxy.configure(routed('word: hey'))
    await proxy.askUntil('said=hey!', { who: 'bob' })
    expect(await proxy.ask()).toContain('said=hello!')
    proxy.configure(routed('wrod: hey'))
    const { status, text } = await proxy.post('/reload')
    expect(status).not.toBe(200)
    expect(text).toMatch(/weir\.yaml:\d+:\d+: listeners\[0\]\.routes\[0\]\.filters\.greet\.wrod: unknown key/)
    expect(await proxy.ask({ who: 'bob' })).toContain('said=hey!')
  })
})

const CHECKING = `function onRequest(metadata)
  return call("authz", { properties = { [":path"] = "/check", ["x-user"] = metadata.get("user") or "" } }, 60000)
end
function onResume(metadata, mutation, resume)
  if resume.reason == "failed" then return reply { error = "denied", text = resume.text } end
  if resume.response.get(":status") ~= "200" then
    return reply { error = "denied", text = resume.response.body }
  end
  mutation.set("role", resume.response.get("x-role"))
end
`

async function authorizing(): Promise<{ readonly port: number; readonly server: Server }> {
  const server = createServer((request, response) => {
    if (request.url !== '/check' || request.headers['x-user'] !== 'bob') {
      response.statusCode = 403
      response.end(`nobody knows ${request.headers['x-user']}`)
      return
    }
    response.setHeader('x-role', 'admin')
    response.end()
  })
  servers.push(server)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  return { port: typeof address === 'object' && address !== null ? address.port : 0, server }
}

describe('a call out to an HTTP service', () => {
  const options = (port: number, grants: string): PluginProxyOptions => ({
    files: { 'check.lua': CHECKING },
    plugins: `  settings: { check: { grants: [${grants}] } }`,
    clusters: `  - { name: authz, protocol: http, endpoints: ['127.0.0.1:${port}'] }`,
  })

  it('decides about the message, its failure does too, and it goes only where it was granted', async () => {
    const { port, server } = await authorizing()
    const proxy = await start(options(port, 'calls'))
    expect(await proxy.ask({ user: 'bob' })).toContain('role=admin')
    expect(await proxy.ask({ user: 'eve' })).toContain('nobody knows eve')
    server.closeAllConnections()
    server.close()
    await once(server, 'close')
    // The proxy may still think that it has a connection.
    await proxy.askUntil('ECONNREFUSED', { user: 'bob' })
    proxy.configure(options(port, '{ calls: [billing] }'))
    await proxy.askUntil('the plugin may not call out authz', { user: 'bob' })
  })
})
