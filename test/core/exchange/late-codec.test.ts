import { afterEach, describe, expect, test } from 'vitest'
import type { Filter } from '../../../sdk/index.ts'
import { eventually, quiet } from '../../support/eventually.ts'
import { LateCodec } from '../../support/late-codec.ts'
import { Stage } from '../../support/stage.ts'

const stage = new Stage()
afterEach(() => stage.clear())

describe('a codec that works elsewhere', () => {
  test('serves calls in their order, one-ways and signs of life too', async () => {
    const { proxy } = await stage.pair({ codecs: [new LateCodec()] })
    const client = await proxy.client()
    for (let id = 1; id <= 50; id++) client.send('req', id, { n: String(id) })
    client.send('ping', 99)
    await client.received(51)
    for (let id = 1; id <= 50; id++)
      expect(await client.reply(id)).toMatchObject({ properties: { n: String(id) } })
    expect(client.lines.some(({ kind, id }) => kind === 'pong' && id === '99')).toBe(true)
  })

  test.each(['fifo', 'exclusive'] as const)(
    'keeps the order of replies where %s demands it',
    async (protocol) => {
      const { proxy } = await stage.pair({ protocol, codecs: [new LateCodec(protocol)] })
      const client = await proxy.client()
      for (let n = 0; n < 20; n++) client.send('req', '-', { n: String(n) })
      const lines = await client.received(20)
      expect(lines.map(({ properties }) => properties['n'])).toEqual(
        Array.from({ length: 20 }, (_, n) => String(n)),
      )
    },
  )

  test('answers a client that takes its leave behind all its replies, when that is written', async () => {
    const { proxy } = await stage.pair({ protocol: 'fifo', codecs: [new LateCodec('fifo')] })
    const client = await proxy.client()
    client.send('req', '-', { n: '1' })
    client.send('drain', '-')
    await client.untilEnded()
    expect(client.lines.map(({ properties }) => properties['bye'] ?? properties['n'])).toEqual(['1', 'y'])
  })

  test('answers what a client asked before it ended its side', async () => {
    const codec = new LateCodec()
    const { proxy } = await stage.pair({ codecs: [codec] })
    const client = await proxy.client()
    codec.hold()
    client.send('req', 1)
    client.send('req', 2)
    client.socket.end()
    await eventually(() => codec.decoders[0]?.unseenBytes !== 0, 'the bytes are there')
    await quiet()
    expect(client.ended).toBe(false)
    codec.release()
    expect((await client.reply(2)).kind).toBe('ok')
    await client.untilEnded()
  })

  test('hands on what an endpoint replied before it ended its side', async () => {
    const codec = new LateCodec()
    const { proxy } = await stage.pair({ codecs: [codec] }, (line, peer) => {
      peer.send('ok', line.id)
      peer.socket.end()
    })
    const client = await proxy.client()
    client.send('req', 1)
    expect((await client.reply(1)).kind).toBe('ok')
  })

  test('is read no further while much waits for it, and on when it has caught up', async () => {
    const codec = new LateCodec()
    const watermarks = { high: 1_000, low: 100, max: 1_000_000 }
    const { proxy } = await stage.pair({ codecs: [codec], listener: { watermarks } })
    const client = await proxy.client()
    codec.hold()
    client.send('req', 1, {}, 'x'.repeat(2_000))
    await eventually(() => proxy.figure('listener_read_disables_total') === 1, 'reading has stopped')
    codec.release()
    expect((await client.reply(1)).kind).toBe('ok')
    client.send('req', 2)
    expect((await client.reply(2)).kind).toBe('ok')
  })

  test('writes the errors of the proxy and the replies of filters', async () => {
    const refusing: Filter = {
      onRequest: (metadata) =>
        metadata.has('local')
          ? { verdict: 'reply', error: undefined, reply: { properties: [['by', 'filter']], body: undefined } }
          : { verdict: 'reply', error: { kind: 'denied', text: 'no' }, reply: undefined },
    }
    const proxy = await stage.proxy({ codecs: [new LateCodec()], filters: [refusing] })
    const client = await proxy.client()
    client.send('req', 1)
    client.send('req', 2, { local: '1' })
    expect(await client.reply(1)).toMatchObject({ kind: 'err', properties: { error: 'denied' } })
    expect(await client.reply(2)).toMatchObject({ kind: 'ok', properties: { by: 'filter' } })
  })

  test('ends its decoders once, and what they push afterwards reaches nobody', async () => {
    const codec = new LateCodec()
    const { proxy, upstream } = await stage.pair({ codecs: [codec] })
    const client = await proxy.client()
    client.send('req', 1)
    await client.reply(1)
    codec.hold()
    client.send('req', 2)
    await eventually(() => codec.decoders[0]?.unseenBytes !== 0, 'the bytes are there')
    client.reset()
    await eventually(() => proxy.listener.connectionsCount === 0, 'the client is gone')
    expect(codec.decoders.map(({ closedCount }) => closedCount)).toEqual([1, 0])
    codec.release()
    await quiet()
    expect(upstream.requests.length).toBe(1)
    proxy.end()
    await eventually(() => codec.decoders.every(({ closedCount }) => closedCount === 1), 'all are closed')
  })
})
