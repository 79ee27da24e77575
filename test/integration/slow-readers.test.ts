import { afterEach, describe, expect, test } from 'vitest'
import { eventually, quiet } from '../support/eventually.ts'
import type { LinePeer } from '../support/line-peer.ts'
import { echo, silence } from '../support/scripted-upstream.ts'
import { Stage } from '../support/stage.ts'

const stage = new Stage()
afterEach(() => stage.clear())

const BODY = 'x'.repeat(65_536)
const watermarks = { high: 262_144, low: 65_536, max: 4_194_304 }

/** Sends while the peer takes it, until nothing has moved for a while. */
async function flood(client: LinePeer, kind: string, moved: () => number): Promise<number> {
  let sent = 0
  for (let still = 0; still < 3; ) {
    const before = moved()
    if (client.socket.writableLength < 65_536)
      for (let count = 0; count < 16; count++) client.send(kind, ++sent, {}, BODY)
    await quiet()
    still = moved() === before && client.socket.writableLength > 0 ? still + 1 : 0
  }
  return sent
}

describe('an upstream that stops reading', () => {
  test('stops the callers who send to it, and those alone; all goes on when it reads again', async () => {
    const [slow, other] = [await stage.upstream(silence), await stage.upstream()]
    const proxy = await stage.proxy({ endpoints: [slow.address], cluster: { watermarks } })
    const neighbour = await stage.proxy({ endpoints: [other.address] })
    const client = await proxy.client()
    client.send('oneway', 0)
    const peer = await slow.peer(0)
    await slow.received(1)
    peer.stopReading()
    const sent = await flood(client, 'oneway', () => client.socket.bytesWritten)
    expect(proxy.figure('upstream_read_disables_total')).toBe(1)
    expect(proxy.figure('listener_read_disables_total')).toBe(1)
    const bystander = await neighbour.client()
    bystander.send('req', 1)
    expect((await bystander.reply(1)).kind).toBe('ok')
    peer.readOn()
    await slow.received(1 + sent)
    client.send('req', 77)
    await slow.received(2 + sent)
    peer.send('ok', slow.requests.at(-1)?.id ?? '')
    expect((await client.reply(77)).kind).toBe('ok')
  })

  test('is dropped after the write timeout, and its callers go on elsewhere', async () => {
    const { proxy, upstream } = await stage.pair({ cluster: { watermarks, 'write-timeout': 1_000 } }, silence)
    const client = await proxy.client()
    client.send('oneway', 0)
    const peer = await upstream.peer(0)
    await upstream.received(1)
    peer.stopReading()
    client.send('req', 1, {}, BODY)
    await flood(client, 'oneway', () => client.socket.bytesWritten)
    proxy.sweep()
    proxy.advance(1_001)
    expect((await client.reply(1)).properties['error']).toBe('upstream_reset')
    upstream.script = echo
    client.send('req', 2)
    expect((await client.reply(2)).kind).toBe('ok')
  })
})

describe('a client that stops reading', () => {
  test('is read no further, and goes on where it stopped; others on its upstream are unharmed', async () => {
    const patient = { ...watermarks, max: 67_108_864 }
    const { proxy, upstream } = await stage.pair({ listener: { watermarks: patient } })
    const [client, bystander] = [await proxy.client(), await proxy.client()]
    client.stopReading()
    const sent = await flood(client, 'req', () => upstream.requests.length)
    expect(proxy.figure('listener_read_disables_total')).toBe(1)
    bystander.send('req', 1, {}, BODY)
    expect((await bystander.reply(1)).body).toBe(BODY)
    client.readOn()
    await client.received(sent)
    expect(client.error).toBe('')
    expect(client.lines.map(({ id }) => id)).toEqual(Array.from({ length: sent }, (_, n) => `${n + 1}`))
    expect(upstream.open).toHaveLength(1)
  })

  test('is dropped when more waits for it than it may leave, and memory with it', async () => {
    const replies = 400
    const { proxy, upstream } = await stage.pair({ listener: { watermarks } }, silence)
    const client = await proxy.client()
    client.socket.write(Array.from({ length: replies }, (_, id) => client.frame('req', id)).join(''))
    await upstream.received(replies)
    client.stopReading()
    const peer = await upstream.peer(0)
    for (const { id } of upstream.requests) peer.send('ok', id, {}, BODY)
    await eventually(() => proxy.listener.connectionsCount === 0, 'the client is dropped')
    const bystander = await proxy.client()
    upstream.script = echo
    bystander.send('req', 1)
    expect((await bystander.reply(1)).kind).toBe('ok')
    expect(upstream.open).toHaveLength(1)
  })

  test('is dropped after the write timeout', async () => {
    const { proxy, upstream } = await stage.pair({ listener: { watermarks, 'write-timeout': 1_000 } })
    const client = await proxy.client()
    client.stopReading()
    await flood(client, 'req', () => upstream.requests.length)
    proxy.sweep()
    proxy.advance(1_001)
    await eventually(() => proxy.listener.connectionsCount === 0, 'the client is dropped')
  })
})
