import { afterEach, describe, expect, test } from 'vitest'
import { type Filter, forward } from '../../../sdk/index.ts'
import { quiet } from '../../support/eventually.ts'
import { silence } from '../../support/scripted-upstream.ts'
import { Stage } from '../../support/stage.ts'

const stage = new Stage()
afterEach(() => stage.clear())

describe('the time of a request', () => {
  const within = (timeoutMs: number | undefined): Filter => ({ onRequest: () => forward('up', timeoutMs) })

  test.each([
    ['the listener says where the route says nothing', undefined, {}, 30_000],
    ['the route says', 200, {}, 200],
    ['the request says when that is less', 200, { ttl: '50' }, 50],
    ['the route says when that is less', 200, { ttl: '5000' }, 200],
    ['the request says where the route waits for ever', 0, { ttl: '70' }, 70],
    ['the route says when the request says nonsense', 200, { ttl: 'soon' }, 200],
    ['the route says when the request says less than nothing', 200, { ttl: '-5' }, 200],
  ])('is what %s', async (_name, timeoutMs, properties, expectedMs) => {
    const { proxy, upstream } = await stage.pair(
      { filters: [within(timeoutMs)], listener: { 'timeout-property': 'ttl' } },
      silence,
    )
    const client = await proxy.client()
    client.send('req', 1, properties)
    await upstream.received(1)
    proxy.advance(expectedMs - 10)
    await quiet()
    expect(client.lines).toEqual([])
    proxy.advance(20)
    expect(await client.reply(1)).toMatchObject({
      kind: 'err',
      properties: { error: 'request_timeout' },
      body: `no reply from up at ${upstream.address} within ${expectedMs} ms`,
    })
  })

  test('has no end where the route waits for ever', async () => {
    const { proxy, upstream } = await stage.pair({ filters: [within(0)] }, silence)
    const client = await proxy.client()
    client.send('req', 1)
    await upstream.received(1)
    proxy.advance(1_000_000)
    await quiet()
    expect(client.lines).toEqual([])
  })

  test('being over, its late reply is dropped and counted, and nobody else gets it', async () => {
    const { proxy, upstream } = await stage.pair({}, silence)
    const client = await proxy.client()
    client.send('req', 1, { n: 'late' })
    await upstream.received(1)
    proxy.advance(30_010)
    await client.reply(1)
    client.send('req', 1, { n: 'next' })
    await upstream.received(2)
    const peer = await upstream.peer(0)
    peer.send('ok', upstream.requests[0]?.id ?? '', { n: 'late' })
    peer.send('ok', upstream.requests[1]?.id ?? '', { n: 'next' })
    await client.received(2)
    expect(client.lines[1]).toMatchObject({ kind: 'ok', properties: { n: 'next' } })
    expect(proxy.figure('upstream_late_replies_total')).toBe(1)
    expect(upstream.open).toHaveLength(1)
  })
})

describe('a client that is silent', () => {
  test('is asked for a sign of life, and closed when it gives none', async () => {
    const { proxy } = await stage.pair({ listener: { 'heartbeat-interval': 1_000 } })
    const client = await proxy.client()
    client.send('req', 1)
    await client.reply(1)
    proxy.advance(999)
    await quiet()
    expect(client.lines).toHaveLength(1)
    proxy.advance(1)
    await client.received(2)
    expect(client.lines[1]?.kind).toBe('ping')
    proxy.advance(1_000)
    await quiet()
    expect(client.ended).toBe(false)
    proxy.advance(1)
    await client.untilEnded()
    expect(proxy.figure('listener_idle_closes_total')).toBe(1)
  })

  test('and answers heartbeats stays, until it has been idle for long', async () => {
    const { proxy } = await stage.pair({
      listener: { 'heartbeat-interval': 1_000, 'idle-timeout': 10_000 },
    })
    const client = await proxy.client()
    client.onLine = (line) => line.kind === 'ping' && client.send('pong', line.id)
    for (let round = 1; round <= 10; round++) {
      proxy.advance(1_000)
      await client.received(round)
      await quiet()
    }
    expect(client.ended).toBe(false)
    proxy.advance(1)
    await client.untilEnded()
  })

  test('gets its own heartbeats answered, under their ids', async () => {
    const { proxy, upstream } = await stage.pair()
    const client = await proxy.client()
    client.send('ping', '18446744073709551615')
    expect((await client.reply('18446744073709551615')).kind).toBe('pong')
    expect(upstream.peers).toEqual([])
    expect(proxy.figure('listener_heartbeats_total')).toBe(1)
  })

  test('is not asked for anything while its request is in flight', async () => {
    const { proxy, upstream } = await stage.pair({ listener: { 'heartbeat-interval': 1_000 } }, silence)
    const client = await proxy.client()
    client.send('req', 1)
    await upstream.received(1)
    proxy.advance(5_000)
    await quiet()
    expect(client.lines).toEqual([])
  })

  test('is closed after the idle timeout, not while its request is in flight', async () => {
    const { proxy, upstream } = await stage.pair(
      { listener: { 'idle-timeout': 1_000, 'request-timeout': 0 } },
      silence,
    )
    const client = await proxy.client()
    client.send('req', 1)
    await upstream.received(1)
    proxy.advance(5_000)
    await quiet()
    const peer = await upstream.peer(0)
    peer.send('ok', upstream.requests[0]?.id ?? '')
    await client.reply(1)
    proxy.advance(1_000)
    await quiet()
    expect(client.ended).toBe(false)
    proxy.advance(1)
    await client.untilEnded()
  })

  test('within a frame is closed after the frame timeout, though bytes keep dripping', async () => {
    const { proxy, upstream } = await stage.pair({ listener: { 'frame-timeout': 1_000 } }, silence)
    const client = await proxy.client()
    client.send('req', 1)
    await upstream.received(1)
    for (const byte of 'ids req') {
      client.socket.write(byte)
      await quiet()
      proxy.advance(150)
    }
    expect(client.ended).toBe(false)
    const peer = await upstream.peer(0)
    peer.send('ok', upstream.requests[0]?.id ?? '')
    await client.untilEnded()
    expect(client.lines.map(({ id }) => id)).toEqual(['1'])
  })

  test('within a frame because we do not read it is not blamed', async () => {
    const { proxy, upstream } = await stage.pair(
      { listener: { 'frame-timeout': 1_000, 'exchanges-per-connection': 1, 'request-timeout': 0 } },
      silence,
    )
    const client = await proxy.client()
    client.socket.write(`${client.frame('req', 1)}ids req 2`)
    await upstream.received(1)
    client.socket.write(' a=b\n')
    proxy.advance(5_000)
    const peer = await upstream.peer(0)
    peer.send('ok', upstream.requests[0]?.id ?? '')
    await upstream.received(2)
    peer.send('ok', upstream.requests[1]?.id ?? '')
    expect((await client.reply(2)).kind).toBe('ok')
  })
})
