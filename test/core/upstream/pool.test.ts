import { afterEach, describe, expect, test } from 'vitest'
import type { Filter } from '../../../sdk/index.ts'
import { eventually, quiet } from '../../support/eventually.ts'
import { silence } from '../../support/scripted-upstream.ts'
import { Stage } from '../../support/stage.ts'
import { toUp } from '../../support/test-proxy.ts'

const stage = new Stage()
afterEach(() => stage.clear())

describe('a pool', () => {
  test('shares one connection while there is room, then dials more up to its limit', async () => {
    const { proxy, upstream } = await stage.pair(
      { cluster: { 'exchanges-per-connection': 4, 'connections-max': 3 } },
      silence,
    )
    const client = await proxy.client()
    for (let id = 1; id <= 4; id++) {
      client.send('req', id)
      await upstream.received(id)
    }
    await quiet()
    expect(upstream.peers).toHaveLength(1)
    for (let id = 5; id <= 40; id++) {
      client.send('req', id)
      await upstream.received(id)
      await quiet()
    }
    expect(upstream.peers).toHaveLength(3)
    const shares = upstream.peers.map((peer) => peer.lines.length)
    expect(Math.min(...shares)).toBeGreaterThan(8)
  })

  test('dials for a burst as many connections as it needs', async () => {
    const { proxy, upstream } = await stage.pair({ cluster: { 'exchanges-per-connection': 4 } }, silence)
    const client = await proxy.client()
    client.socket.write(Array.from({ length: 12 }, (_, id) => client.frame('req', id)).join(''))
    await upstream.received(12)
    await quiet()
    expect(upstream.peers).toHaveLength(3)
  })

  test('of an exclusive protocol has one exchange on each connection', async () => {
    const { proxy, upstream } = await stage.pair({ protocol: 'exclusive' }, silence)
    const clients = await Promise.all(Array.from({ length: 4 }, () => proxy.client()))
    for (const client of clients) client.send('req', '-')
    await upstream.received(4)
    expect(upstream.peers.map((peer) => peer.lines.length)).toEqual([1, 1, 1, 1])
  })

  test('of an exclusive protocol grows for a burst although one connection is busy', async () => {
    const { proxy, upstream } = await stage.pair({ protocol: 'exclusive' }, silence)
    const first = await proxy.client()
    first.send('req', '-')
    await upstream.received(1)
    const clients = await Promise.all(Array.from({ length: 5 }, () => proxy.client()))
    for (const client of clients) client.send('req', '-')
    await upstream.received(6)
    expect(upstream.peers).toHaveLength(6)
  })

  test('of an exclusive protocol lets those beyond its connections wait, first come first served', async () => {
    const { proxy, upstream } = await stage.pair(
      { protocol: 'exclusive', cluster: { 'connections-max': 1 } },
      silence,
    )
    const clients = await Promise.all(Array.from({ length: 3 }, () => proxy.client()))
    for (const [n, client] of clients.entries()) {
      client.send('req', '-', { n: `${n}` })
      await eventually(() => proxy.cluster.report().requestsActive === n + 1, 'the request')
    }
    const peer = await upstream.peer(0)
    for (let count = 1; count <= 3; count++) {
      await upstream.received(count)
      expect(upstream.requests).toHaveLength(count)
      peer.send('ok', '-', upstream.requests[count - 1]?.properties)
      await clients[count - 1]?.received(1)
    }
    expect(upstream.requests.map(({ properties }) => properties['n'])).toEqual(['0', '1', '2'])
  })

  test.each([
    ['a one-way', 'oneway', {}],
    ['a request that cannot be written', 'req', { spoil: 'yes' }],
  ])('of an exclusive protocol goes on after %s to the next that waits', async (_name, kind, properties) => {
    const spoils: Filter = {
      onRequest: (metadata, mutation) => {
        if (metadata.has('spoil')) mutation.set('fixed', 'x')
        return undefined
      },
    }
    const { proxy, upstream } = await stage.pair(
      { protocol: 'exclusive', filters: [spoils, toUp], cluster: { 'connections-max': 1 } },
      silence,
    )
    const [first, second, third] = [await proxy.client(), await proxy.client(), await proxy.client()]
    first.send('req', '-', { n: 'first' })
    await upstream.received(1)
    second.send(kind, '-', properties)
    await eventually(() => proxy.cluster.report().endpoints[0]?.pending === 1, 'the second waits')
    third.send('req', '-', { n: 'third' })
    await eventually(() => proxy.cluster.report().endpoints[0]?.pending === 2, 'the third waits')
    ;(await upstream.peer(0)).send('ok', '-')
    await eventually(
      () => upstream.requests.some(({ properties: { n } }) => n === 'third'),
      'the third is sent',
    )
  })

  test('answers overloaded when too many wait for a connection', async () => {
    const { proxy, upstream } = await stage.pair(
      { protocol: 'exclusive', cluster: { 'connections-max': 1, 'pending-max': 2 } },
      silence,
    )
    const clients = await Promise.all(Array.from({ length: 4 }, () => proxy.client()))
    for (const [n, client] of clients.entries()) {
      client.send('req', '-')
      await eventually(
        () => proxy.figure('upstream_overflows_total') + proxy.cluster.report().requestsActive > n,
        'it',
      )
    }
    await clients[3]?.received(1)
    expect(clients[3]?.lines[0]?.properties['error']).toBe('overloaded')
    expect(proxy.figure('upstream_overflows_total')).toBe(1)
    expect(upstream.requests).toHaveLength(1)
  })

  test('forgets one who waits and whose time is over', async () => {
    const { proxy, upstream } = await stage.pair(
      { protocol: 'exclusive', cluster: { 'connections-max': 1 } },
      silence,
    )
    const [one, two] = [await proxy.client(), await proxy.client()]
    one.send('req', '-', { n: 'a' })
    await upstream.received(1)
    proxy.advance(20_000)
    two.send('req', '-', { n: 'b' })
    await eventually(() => proxy.cluster.report().endpoints[0]?.pending === 1, 'the second waits')
    two.reset()
    await eventually(() => proxy.cluster.report().endpoints[0]?.pending === 0, 'it waits no longer')
    const peer = await upstream.peer(0)
    peer.send('ok', '-')
    await one.received(1)
    await quiet()
    expect(upstream.requests).toHaveLength(1)
  })

  test('that is closed lets what waits finish, and then closes its connections', async () => {
    const { proxy, upstream } = await stage.pair({}, silence)
    const client = await proxy.client()
    client.send('req', 1)
    await upstream.received(1)
    proxy.cluster.close('the test says so')
    await quiet()
    const peer = await upstream.peer(0)
    expect(peer.ended).toBe(false)
    peer.send('ok', upstream.requests[0]?.id ?? '')
    expect((await client.reply(1)).kind).toBe('ok')
    await peer.untilEnded()
    await eventually(() => !proxy.cluster.busy && upstream.open.length === 0, 'nothing of it is open')
  })

  test('of an endpoint that is closed before it was used still serves those who come, and keeps nothing', async () => {
    const { proxy, upstream } = await stage.pair()
    proxy.cluster.close('the test says so')
    const client = await proxy.client()
    client.send('req', 1)
    expect((await client.reply(1)).kind).toBe('ok')
    await eventually(() => !proxy.cluster.busy, 'the connection is closed')
    expect(upstream.peers).toHaveLength(1)
  })
})
