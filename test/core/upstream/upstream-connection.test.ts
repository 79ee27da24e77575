import { afterEach, describe, expect, test } from 'vitest'
import { eventually, quiet } from '../../support/eventually.ts'
import type { LinePeer } from '../../support/line-peer.ts'
import { RecordingFilter } from '../../support/recording-filter.ts'
import { silence } from '../../support/scripted-upstream.ts'
import { Stage } from '../../support/stage.ts'
import { toUp } from '../../support/test-proxy.ts'

const stage = new Stage()
afterEach(() => stage.clear())

describe('an upstream connection', () => {
  test('drops and counts replies to ids that nobody waits for, and doubles', async () => {
    const { proxy } = await stage.pair({}, (line, peer) => {
      peer.send('ok', BigInt(line.id) + 1n, { n: 'wrong' })
      peer.send('ok', BigInt(line.id) + (1n << 32n), { n: 'wrong' })
      peer.send('ok', BigInt(line.id) + 256n, { n: 'wrong' })
      peer.send('ok', line.id, line.properties)
      peer.send('ok', line.id, { n: 'again' })
    })
    const client = await proxy.client()
    for (let id = 1; id <= 3; id++) {
      client.send('req', id, { n: `${id}` })
      expect((await client.reply(id)).properties['n']).toBe(`${id}`)
    }
    await quiet()
    expect(client.lines).toHaveLength(3)
    expect(proxy.figure('upstream_late_replies_total')).toBe(12)
  })

  test.each(['ping', 'req'])(
    'that sends %s without end and reads nothing is not answered without end',
    async (kind) => {
      const { proxy, upstream } = await stage.pair(
        { cluster: { watermarks: { high: 16_384, low: 8_192, max: 65_536 } } },
        silence,
      )
      const client = await proxy.client()
      client.send('req', 1)
      await upstream.received(1)
      const peer = await upstream.peer(0)
      peer.stopReading()
      const flood = peer.frame(kind, 7).repeat(10_000)
      const asked = 100 * flood.length
      for (let n = 0; n < 100; n++) await new Promise((resolve) => peer.socket.write(flood, resolve))
      const told = peer.bytesRead
      peer.send('ok', upstream.requests[0]?.id ?? '')
      expect((await client.reply(1)).kind).toBe('ok')
      peer.readOn()
      peer.send('ping', 8)
      await eventually(
        () => peer.lines.some(({ kind: word }) => word === 'pong' || word === 'err'),
        'an answer',
      )
      await quiet()
      expect(peer.bytesRead - told).toBeLessThan(asked * 0.8)
    },
  )

  test('to an endpoint that accepts and then closes is not dialled again and again', async () => {
    const { proxy, upstream } = await stage.pair({}, (_line, peer) => peer.socket.end())
    const client = await proxy.client()
    for (let id = 1; id <= 20; id++) {
      client.send('req', id)
      expect((await client.reply(id)).kind).toBe('err')
    }
    expect(upstream.requests).toHaveLength(2)
    upstream.script = (line, peer) => peer.send('ok', line.id)
    proxy.advance(125)
    client.send('req', 21)
    expect((await client.reply(21)).kind).toBe('ok')
    expect(proxy.cluster.report().endpoints[0]?.health).toBe('healthy')
  })

  test('passes an error reply of the upstream on as the reply', async () => {
    const record = new RecordingFilter()
    const { proxy } = await stage.pair({ filters: [record, toUp] }, (line, peer) => {
      peer.send('err', line.id, { error: 'theirs' })
    })
    const client = await proxy.client()
    client.send('req', 1)
    expect(await client.reply(1)).toMatchObject({ kind: 'err', properties: { error: 'theirs' } })
    expect(record.outcomes[0]?.result).toBe('ok')
  })

  test.each([
    ['is reset', (peer: LinePeer) => peer.reset()],
    ['ends', (peer: LinePeer) => peer.socket.end()],
  ])(
    'that %s fails everything that waits on it at once, and the next request dials anew',
    async (_name, die) => {
      const { proxy, upstream } = await stage.pair({}, silence)
      const client = await proxy.client()
      for (const id of [1, 2, 3]) client.send('req', id)
      await upstream.received(3)
      die(await upstream.peer(0))
      await client.received(3)
      expect(client.lines.map(({ properties }) => properties['error'])).toEqual(
        Array.from({ length: 3 }, () => 'upstream_reset'),
      )
      expect(proxy.figure('upstream_resets_total')).toBe(1)
      client.send('req', 4)
      await upstream.received(4)
      expect(upstream.peers).toHaveLength(2)
    },
  )

  test('that says what cannot be understood fails what waits with bad_response and is closed', async () => {
    const { proxy, upstream } = await stage.pair({}, (line, peer) => {
      if (line.properties['n'] === 'bad') peer.socket.write('HTTP/1.1 400 Bad Request\r\n\r\n')
    })
    const client = await proxy.client()
    client.send('req', 1)
    client.send('req', 2, { n: 'bad' })
    await client.received(2)
    expect(client.lines.map(({ properties }) => properties['error'])).toEqual([
      'bad_response',
      'bad_response',
    ])
    expect(proxy.figure('upstream_malformed_total')).toBe(1)
    const peer = await upstream.peer(0)
    await peer.untilEnded()
  })

  test('that sends what no upstream says is closed', async () => {
    const { proxy } = await stage.pair({}, (_line, peer) => peer.socket.write('ids data 1\n'))
    const client = await proxy.client()
    client.send('req', 1)
    expect((await client.reply(1)).properties['error']).toBe('bad_response')
  })

  test('that calls back is told that nobody is there, and goes on', async () => {
    const { proxy, upstream } = await stage.pair({}, (line, peer) => {
      peer.send('req', 99)
      peer.send('oneway', 98)
      peer.send('ok', line.id)
    })
    const client = await proxy.client()
    client.send('req', 1)
    expect((await client.reply(1)).kind).toBe('ok')
    const peer = await upstream.peer(0)
    expect(await peer.reply(99)).toMatchObject({ kind: 'err', properties: { error: 'bad_request' } })
    expect([client.lines.length, upstream.open.length]).toEqual([1, 1])
  })

  test('whose reply is larger than allowed fails with bad_response', async () => {
    const { proxy } = await stage.pair({ cluster: { 'body-size-max': 64 } }, (line, peer) => {
      peer.send('ok', line.id, {}, 'x'.repeat(100))
    })
    const client = await proxy.client()
    client.send('req', 1)
    expect((await client.reply(1)).properties['error']).toBe('bad_response')
  })

  test('that dies within a reply gives its caller an error and no half reply', async () => {
    const { proxy } = await stage.pair({}, (line, peer) => {
      peer.socket.end(`ids ok ${line.id} n=1|bo`)
    })
    const client = await proxy.client()
    client.send('req', 1)
    expect((await client.reply(1)).properties['error']).toBe('upstream_reset')
    expect(client.lines).toHaveLength(1)
  })

  test('gets its heartbeats answered, and its silence is answered with one', async () => {
    const { proxy, upstream } = await stage.pair({ cluster: { 'heartbeat-interval': 1_000 } })
    const client = await proxy.client()
    client.send('req', 1)
    await client.reply(1)
    const peer = await upstream.peer(0)
    peer.send('ping', 77)
    expect((await peer.reply(77)).kind).toBe('pong')
    proxy.advance(1_000)
    await eventually(() => peer.lines.some(({ kind }) => kind === 'ping'), 'a heartbeat')
    expect(proxy.figure('upstream_heartbeats_total')).toBe(1)
    await quiet()
    proxy.advance(2_500)
    await quiet()
    expect(upstream.open).toHaveLength(1)
    expect(client.lines).toHaveLength(1)
  })

  test('that does not answer a heartbeat is closed, and what waits on it fails', async () => {
    const { proxy, upstream } = await stage.pair(
      { cluster: { 'heartbeat-interval': 1_000 }, listener: { 'request-timeout': 0 } },
      silence,
    )
    upstream.answersHeartbeats = false
    const client = await proxy.client()
    client.send('req', 1)
    await upstream.received(1)
    proxy.advance(1_000)
    await eventually(() => upstream.peers[0]?.lines.at(-1)?.kind === 'ping', 'a heartbeat')
    proxy.advance(1_000)
    await quiet()
    expect(client.lines).toEqual([])
    proxy.advance(1)
    expect(await client.reply(1)).toMatchObject({ properties: { error: 'upstream_reset' } })
    expect(client.lines[0]?.body).toContain('no answer to a heartbeat')
  })

  test('that is idle is closed; one that carries one-ways is not idle', async () => {
    const { proxy, upstream } = await stage.pair({ cluster: { 'idle-timeout': 1_000 } })
    const client = await proxy.client()
    for (let count = 1; count <= 4; count++) {
      client.send('oneway', 1)
      await upstream.received(count)
      proxy.advance(600)
      await quiet()
    }
    expect(upstream.open).toHaveLength(1)
    proxy.advance(401)
    await eventually(() => upstream.open.length === 0, 'the connection is closed')
    client.send('req', 1)
    expect((await client.reply(1)).kind).toBe('ok')
  })
})

describe('an upstream that asks for nothing more', () => {
  test('gets no new request while that connection lives, and the signal goes no further', async () => {
    const [one, two] = [await stage.upstream(silence), await stage.upstream()]
    const proxy = await stage.proxy({ endpoints: [one.address, two.address] })
    const client = await proxy.client()
    for (const id of [1, 2]) client.send('req', id)
    await one.received(1)
    const peer = await one.peer(0)
    peer.send('drain', '-')
    await eventually(() => proxy.figure('upstream_drains_total') === 1, 'the signal')
    for (let id = 3; id <= 8; id++) {
      client.send('req', id)
      await client.reply(id)
    }
    expect(one.requests).toHaveLength(1)
    expect(proxy.cluster.report().endpoints.map(({ health }) => health)).toContain('draining')
    peer.send('ok', one.requests[0]?.id ?? '')
    await client.received(8)
    expect(client.lines.every(({ kind }) => kind === 'ok')).toBe(true)
    one.script = (line, from) => from.send('ok', line.id)
    peer.socket.end()
    await eventually(
      () => proxy.cluster.report().endpoints.some(({ health }) => health === 'backing-off'),
      'the connection is closed',
    )
    // What stops may still accept for a moment; it is left alone that long.
    for (const id of [9, 10]) client.send('req', id)
    await client.received(10)
    expect(one.requests).toHaveLength(1)
    proxy.advance(125)
    for (const id of [11, 12]) client.send('req', id)
    await client.received(12)
    expect(one.requests).toHaveLength(2)
    expect(proxy.cluster.report().endpoints.every(({ health }) => health === 'healthy')).toBe(true)
  })

  test('and is the only one leaves callers with no_healthy_upstream, at once', async () => {
    const { proxy, upstream } = await stage.pair()
    const client = await proxy.client()
    client.send('req', 1)
    await client.reply(1)
    const peer = await upstream.peer(0)
    peer.send('drain', '-')
    await eventually(() => proxy.figure('upstream_drains_total') === 1, 'the signal')
    client.send('req', 2)
    expect((await client.reply(2)).properties['error']).toBe('no_healthy_upstream')
  })
})

describe('an upstream connection without ids', () => {
  test('keeps the place of a reply that came too late, so that it reaches nobody else', async () => {
    const { proxy, upstream } = await stage.pair({ protocol: 'fifo' }, silence)
    const client = await proxy.client()
    client.send('req', '-', { n: 'late' })
    await upstream.received(1)
    proxy.advance(30_010)
    await client.received(1)
    client.send('req', '-', { n: 'next' })
    await upstream.received(2)
    const peer = await upstream.peer(0)
    peer.send('ok', '-', { n: 'late' })
    await eventually(() => proxy.figure('upstream_late_replies_total') === 1, 'the late reply')
    peer.send('ok', '-', { n: 'next' })
    await client.received(2)
    expect(client.lines[1]?.properties['n']).toBe('next')
    expect(upstream.open).toHaveLength(1)
  })

  test.each(['fifo', 'exclusive'] as const)(
    '(%s) is closed after a reply that nothing asked for',
    async (protocol) => {
      const { proxy, upstream } = await stage.pair({ protocol }, (line, peer) => {
        peer.send('ok', '-', line.properties)
        peer.send('ok', '-', { n: 'smuggled' })
      })
      const client = await proxy.client()
      for (const n of ['a', 'b', 'c']) {
        client.send('req', '-', { n })
        await client.received(client.lines.length + 1)
        await eventually(() => upstream.open.length === 0, 'the connection is closed')
      }
      expect(client.lines.map(({ properties }) => properties['n'])).toEqual(['a', 'b', 'c'])
    },
  )

  test('that never answers is closed when too many were given up on it', async () => {
    const { proxy, upstream } = await stage.pair(
      { protocol: 'fifo', cluster: { 'exchanges-per-connection': 2 } },
      silence,
    )
    const client = await proxy.client()
    for (let count = 1; count <= 3; count++) {
      client.send('req', '-')
      await upstream.received(count)
      proxy.advance(30_010)
      await client.received(count)
    }
    const peer = await upstream.peer(0)
    await peer.untilEnded()
  })

  test('of an exclusive protocol is closed when its caller gives up, and not used again', async () => {
    const { proxy, upstream } = await stage.pair({ protocol: 'exclusive' }, silence)
    const [one, two] = [await proxy.client(), await proxy.client()]
    one.send('req', '-', { n: 'late' })
    await upstream.received(1)
    proxy.advance(30_010)
    two.send('req', '-', { n: 'next' })
    await upstream.received(2)
    const peer = await upstream.peer(1)
    peer.send('ok', '-', { n: 'next' })
    await two.received(1)
    expect(two.lines[0]?.properties['n']).toBe('next')
    await eventually(() => upstream.open.length === 1, 'the first connection is gone')
  })
})
