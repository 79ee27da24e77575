/** The echo in the chain of a listener, with what each protocol makes of a reply that says what its request said. */
import { afterEach, expect, test } from 'vitest'
import { validate } from '../../../core/config/compile.ts'
import { inertHost } from '../../../core/config/inert-host.ts'
import { loadConfig } from '../../../core/config/load.ts'
import { problemText } from '../../../core/config/problem.ts'
import { loadBuiltIns } from '../../../core/plugin/built-ins.ts'
import { createEcho } from '../../../plugins/echo/echo.ts'
import { RedisCodec } from '../../../plugins/redis/codec.ts'
import { plugin as simpleLine } from '../../../plugins/simple-line/plugin.ts'
import { ZmtpCodec } from '../../../plugins/zmtp/codec.ts'
import { GREETING } from '../../../plugins/zmtp/frame.ts'
import type { Codec } from '../../../sdk/index.ts'
import { exampleText, schemaCodec } from '../../sdk/schema/read-schema.ts'
import { AwesomeCaller } from '../../support/awesome-peer.ts'
import { RawCaller } from '../../support/raw-peer.ts'
import { TestProxy } from '../../support/test-proxy.ts'
import { Feed, frame, opened } from '../zmtp/wire.ts'

const closers: (() => Promise<void> | void)[] = []

afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
})

const everything = { properties: true, body: true }

async function listening(codec: Codec, options = everything): Promise<string> {
  const proxy = await TestProxy.start({
    codecs: [codec],
    filters: [createEcho(options)],
    listener: { protocol: codec.name },
  })
  closers.push(() => proxy.stop())
  return proxy.listener.boundAddress
}

async function caller(codec: Codec, options = everything): Promise<RawCaller> {
  const opened = await RawCaller.open(Number((await listening(codec, options)).split(':').at(-1)))
  closers.push(() => opened.close())
  return opened
}

/** What a socket of ZeroMQ was answered behind our greeting. */
async function answered(socketType: string, ...messages: readonly Buffer[]) {
  const peer = await caller(new ZmtpCodec())
  const bytes = await peer.ask(opened(socketType, ...messages), messages.at(-1) ?? '')
  return new Feed('response').give(bytes).messages
}

test.each([
  ['REQ', 'ROUTER'],
  ['DEALER', 'ROUTER'],
  ['PAIR', 'PAIR'],
])('a %s is greeted by a %s, and has its frames back as they were', async (socketType, counterpart) => {
  const binary = Buffer.concat([
    frame(1, ''),
    frame(1, Buffer.from([0xff, 0, 0xfe])),
    frame(0, 'x'.repeat(300)),
  ])
  const [ready, reply, ...others] = await answered(socketType, binary)
  expect(ready?.get('socket-type')).toBe(counterpart)
  expect(reply?.bytes.subarray(reply.start, reply.end)).toEqual(binary)
  expect(others).toEqual([])
})

test('a socket that takes no answers is closed', async () => {
  const peer = await caller(new ZmtpCodec())
  const closed = new Promise((done) => peer.socket.once('close', done))
  peer.socket.write(opened('SUB'))
  await closed
  expect(peer.received).toEqual(GREETING)
})

test('lines come back as they came, in order, also those that are no pairs', async () => {
  const codec = simpleLine.codecs?.[0]?.create()
  if (codec === undefined) throw new Error('no codec')
  const peer = await caller(codec)
  const lines = 'a=1&b=2&a=3\r\nhello\n\r\nlast=1\r\n'
  expect((await peer.ask(lines, 'last=1\r\n')).toString()).toBe(lines)
})

test('a frame comes back under its id with its properties and its body', async () => {
  const codec = schemaCodec('awesomerpc', exampleText('examples/awesomerpc/awesomerpc.codec.yaml'))
  const peer = await AwesomeCaller.open(Number((await listening(codec)).split(':').at(-1)))
  closers.push(() => peer.close())
  const [one, two] = await Promise.all([peer.call(3, 'hello'), peer.call(4, '')])
  expect(one).toMatchObject({ cmd: 3, code: 0, body: 'hello' })
  expect(two).toMatchObject({ cmd: 4, code: 0, body: '' })
})

test('what a reply cannot carry is left out when everything was asked for, and refused when it was named', async () => {
  const all = await caller(new RedisCodec())
  expect((await all.ask('SET k value\r\n', '\r\nvalue')).toString()).toBe('$5\r\nvalue\r\n')
  const named = await caller(new RedisCodec(), { properties: true, body: false })
  expect((await named.ask('SET k value\r\n', '\r\n')).toString()).toMatch(/^-.*plugin_failed.*no "command"/)
})

test('a chain ends with it, and what stands behind it is told so', async () => {
  const chain = (filters: string) => {
    const text = `listeners: [{ name: a, address: '127.0.0.1:0', protocol: zmtp, filters: ${filters} }]`
    return loadBuiltIns().then((registry) =>
      validate(loadConfig(text, 'w.yaml'), registry, inertHost).map(problemText),
    )
  }
  expect(await chain('[metrics, echo]')).toEqual([])
  expect(await chain('[echo, metrics]')).toEqual([
    expect.stringContaining('no request reaches the filter "metrics": it stands after echo'),
  ])
})
