import { afterEach, describe, expect, test } from 'vitest'
import { eventually, quiet } from '../../support/eventually.ts'
import { LineCodec } from '../../support/line-codec.ts'
import { Stage } from '../../support/stage.ts'

const stage = new Stage()
afterEach(() => stage.clear())

describe('a connection of a protocol that is told by its first bytes', () => {
  const codecs = [new LineCodec('ids'), new LineCodec('fifo')]
  const auto = { codecs, listener: { protocol: 'auto' } }

  test('speaks the protocol that they show, however they are cut', async () => {
    const upstream = await stage.upstream(undefined, 'fifo')
    const proxy = await stage.proxy({ ...auto, endpoints: [upstream.address] })
    const client = await proxy.client('fifo')
    for (const part of ['f', 'if', 'o', ' req -', ' n=1\n']) {
      client.socket.write(part)
      await quiet()
    }
    await client.received(1)
    expect(client.lines).toMatchObject([{ kind: 'ok', properties: { n: '1' } }])
  })

  test('is told even when only one codec is allowed', async () => {
    const proxy = await stage.proxy({ codecs: codecs.slice(0, 1), listener: { protocol: 'auto' } })
    const client = await proxy.client('fifo')
    client.send('req', '-')
    await client.untilEnded()
    expect(proxy.figure('listener_malformed_total')).toBe(1)
  })

  test.each(['GET / HTTP/1.1\r\n\r\n', '\0\0\0\0', 'idx', 'idsidsids req 1\n'])(
    'that begins with %j is closed and counted',
    async (text) => {
      const proxy = await stage.proxy(auto)
      const client = await proxy.client()
      client.socket.write(text)
      await client.untilEnded()
      expect(client.lines).toEqual([])
      expect(proxy.figure('listener_malformed_total')).toBe(1)
    },
  )

  test('that says too little is closed after the sniff timeout', async () => {
    const proxy = await stage.proxy(auto)
    const client = await proxy.client()
    client.socket.write('id')
    await eventually(() => proxy.listener.connectionsCount === 1, 'the connection')
    proxy.advance(10_000)
    await quiet()
    expect(client.ended).toBe(false)
    proxy.advance(1)
    await client.untilEnded()
  })
})
