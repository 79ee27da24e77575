/** newswire, whose connections begin with greetings and whose callers may follow topics, in each of the ways to write it. */
import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { eventually } from '../../support/eventually.ts'
import { NewsService } from '../../support/news-service.ts'
import { RawCaller } from '../../support/raw-peer.ts'
import { PluginProxy } from './plugin-proxy.ts'

const folder = 'examples/newswire'
const ways = {
  'by schema': 'declared',
  'by schema, with news that are replies nobody asked for': 'pushing',
  'in Lua': 'lua',
  'in JavaScript': 'js',
}
const declared = readFileSync(`${folder}/newswire.codec.yaml`, 'utf8')
const files = {
  'declared.codec.yaml': declared,
  'pushing.codec.yaml': declared
    .replace('release: { verb: LEAVE }', 'release: { verb: LEAVE }\n  pushes: true')
    .replace('  oneway: { from: upstream, verb: NEWS }\n', '')
    .replace('response: { verb: ITEM }', 'response: { verb: [ITEM, NEWS] }'),
  'lua.codec.lua': readFileSync(`${folder}/plugins/newswire.codec.lua`, 'utf8'),
  'js.codec.js': readFileSync(`${folder}/javascript/newswire.codec.js`, 'utf8'),
}
const HELLO = 'NEWS/1 bob\n'
const WELCOME = 'WIRE/1 weir\n'

const closers: (() => Promise<void> | void)[] = []
let proxy: PluginProxy
let service: NewsService

beforeAll(async () => {
  service = await NewsService.start()
  closers.push(() => service.close())
  const listeners = Object.values(ways).map(
    (name) => `  - name: ${name}
    address: 127.0.0.1:0
    protocol: ${name}
    filters:
      - header-mutation: { request: { set: { text: by way of weir } } }
      - router
    routes: [{ match: { not: { topic: nowhere } }, cluster: ${name} }]`,
  )
  const clusters = Object.values(ways).map(
    (name) => `  - { name: ${name}, endpoints: ['127.0.0.1:${service.port}'] }`,
  )
  proxy = await PluginProxy.start({ files, listener: listeners.join('\n'), clusters: clusters.join('\n') })
  closers.push(() => proxy.stop())
})

afterAll(async () => {
  for (const close of closers.splice(0).reverse()) await close()
})

async function caller(listener: string): Promise<RawCaller> {
  const opened = await RawCaller.open(proxy.portOf(listener))
  closers.push(() => opened.close())
  return opened
}

describe.each(Object.entries(ways))('newswire %s', (_way, listener) => {
  test('greets callers and services in the place of the other', async () => {
    const bob = await caller(listener)
    await eventually(() => bob.received.includes(WELCOME), 'weir greets first')
    const before = service.greetings.length
    const reply = await bob.ask(`${HELLO}GET sport \n`, '\n')
    expect(reply.toString()).toBe('ITEM sport GET by way of weir\n')
    expect(service.greetings.slice(before)).toEqual(['NEWS/1 weir'])
  })

  test('shares a connection, until somebody follows a topic, who then is told its news at any time', async () => {
    const [bob, eve] = [await caller(listener), await caller(listener)]
    expect((await bob.ask(`${HELLO}GET a \n`, 'ITEM')).toString()).toContain('ITEM a GET')
    expect((await eve.ask(`${HELLO}GET b \n`, 'ITEM')).toString()).toContain('ITEM b GET')
    const lineOf = (text: string) => service.lines.findLast((line) => line.includes(text))?.split(' ')[0]
    expect(lineOf('GET a')).toBe(lineOf('GET b'))
    expect((await bob.ask(`FOLLOW ${listener} \n`, 'ITEM')).toString()).toContain('FOLLOW')
    expect(lineOf(`FOLLOW ${listener}`)).not.toBe(lineOf('GET a'))
    bob.received = Buffer.alloc(0)
    eve.received = Buffer.alloc(0)
    service.tell(listener, 'it is out')
    await eventually(() => bob.received.includes(`NEWS ${listener} it is out\n`), 'bob is told')
    expect((await eve.ask('GET c \n', 'ITEM')).toString()).toBe('ITEM c GET by way of weir\n')
    await bob.ask('GET d \n', 'ITEM d')
    expect(lineOf('GET d')).toBe(lineOf(`FOLLOW ${listener}`))
    await bob.ask(`LEAVE ${listener} \n`, 'LEAVE')
    await bob.ask('GET e \n', 'ITEM e')
    expect(lineOf('GET e')).toBe(lineOf('GET b'))
  })

  test('answers errors in lines, and ends a connection with another greeting', async () => {
    const bob = await caller(listener)
    const [failed, missing] = (await bob.ask(`${HELLO}GET secret \nGET nowhere \n`, 'route'))
      .toString()
      .replace(WELCOME, '')
      .split('\n')
    expect([failed, missing]).toEqual([
      'FAIL secret it is one',
      expect.stringMatching(/^FAIL nowhere weir: route_not_found/),
    ])
    const stranger = await caller(listener)
    stranger.socket.write('HTTP/1 GET\n')
    await eventually(
      () => stranger.socket.destroyed || stranger.socket.readableEnded,
      'the stranger is let go',
    )
    expect(stranger.received.toString().replace(WELCOME, '')).toBe('')
  })
})
