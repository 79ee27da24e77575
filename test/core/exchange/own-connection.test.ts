import { afterEach, describe, expect, test } from 'vitest'
import { type Filter, replyError } from '../../../sdk/index.ts'
import { eventually, quiet } from '../../support/eventually.ts'
import type { LinePeer } from '../../support/line-peer.ts'
import { type Script, type ScriptedUpstream, silence } from '../../support/scripted-upstream.ts'
import { Stage } from '../../support/stage.ts'
import { type TestProxy, type TestProxyParts, toUp } from '../../support/test-proxy.ts'

const stage = new Stage()
afterEach(() => stage.clear())

const OWN = { affinity: 'own' }
const RELEASE = { affinity: 'release' }

function pair(parts: TestProxyParts = {}, script?: Script) {
  return stage.pair({ protocol: 'fifo', ...parts }, script)
}

/** A client whose first request has made a connection of its own. */
async function owner(proxy: TestProxy, upstream: ScriptedUpstream): Promise<[LinePeer, LinePeer]> {
  const client = await proxy.client()
  const before = upstream.peers.length
  client.send('req', '-', OWN)
  await client.received(1)
  return [client, await upstream.peer(before)]
}

function names(lines: readonly { readonly properties: Readonly<Record<string, string>> }[]): string[] {
  return lines.map(({ properties }) => properties['n'] ?? '')
}

describe('a client that needs an upstream connection of its own', () => {
  test('has one, on which nobody else sends, until it gives it back', async () => {
    const { proxy, upstream } = await pair()
    const [client, own] = await owner(proxy, upstream)
    const other = await proxy.client()
    other.send('req', '-', { n: 'other' })
    await other.received(1)
    client.send('req', '-', OWN)
    client.send('req', '-', RELEASE)
    await client.received(3)
    expect(own.lines).toHaveLength(3)
    expect(proxy.figure('upstream_own_connections_active')).toBe(0)
    client.send('req', '-', { n: 'shared' })
    await client.received(4)
    expect(own.lines).toHaveLength(3)
    expect(upstream.peers).toHaveLength(2)
  })

  test('that was given back serves the next one', async () => {
    const { proxy, upstream } = await pair()
    for (let n = 0; n < 3; n++) {
      const client = await proxy.client()
      client.send('req', '-', OWN)
      client.send('req', '-', RELEASE)
      await client.received(2)
    }
    expect(upstream.peers).toHaveLength(1)
  })

  test('has it closed when the reply that should give it back is an error', async () => {
    const { proxy, upstream } = await pair({}, (line, peer) => peer.send(line.properties['as'] ?? 'ok', '-'))
    const [client, own] = await owner(proxy, upstream)
    client.send('req', '-', { ...RELEASE, as: 'err' })
    await client.received(2)
    await own.untilClosed()
    client.send('req', '-', { n: 'after' })
    expect((await client.received(3))[2]?.kind).toBe('ok')
  })

  test('has it closed when the request that should give it back is refused here', async () => {
    const refuses: Filter = {
      onRequest: (metadata) => (metadata.has('refuse') ? replyError('denied', 'no') : undefined),
    }
    const { proxy, upstream } = await pair({ filters: [refuses, toUp] })
    const [client, own] = await owner(proxy, upstream)
    client.send('req', '-', { ...RELEASE, refuse: 'y' })
    expect((await client.received(2))[1]?.kind).toBe('err')
    await own.untilClosed()
    expect(client.closed).toBe(false)
  })

  test('has its requests done in the order in which they were sent, on whatever connection', async () => {
    const { proxy, upstream } = await pair({}, silence)
    const client = await proxy.client()
    client.send('req', '-', { n: 'a' })
    client.send('req', '-', { n: 'b', ...OWN })
    client.send('req', '-', { n: 'c', ...RELEASE })
    client.send('req', '-', { n: 'd' })
    client.send('req', '-', { n: 'e' })
    await upstream.received(1)
    await quiet()
    expect(names(upstream.requests)).toEqual(['a'])
    ;(await upstream.peer(0)).send('ok', '-')
    await upstream.received(3)
    await quiet()
    expect(names(upstream.requests)).toEqual(['a', 'b', 'c'])
    const own = await upstream.peer(1)
    own.send('ok', '-')
    own.send('ok', '-')
    await upstream.received(5)
    expect(names(upstream.requests)).toEqual(['a', 'b', 'c', 'd', 'e'])
    expect((await upstream.peer(0)).lines).toHaveLength(3)
  })

  test('receives what its upstream sends unasked, and nobody else does', async () => {
    const { proxy, upstream } = await pair()
    const [client, own] = await owner(proxy, upstream)
    const [other] = await owner(proxy, upstream)
    own.send('ok', '-', { unasked: '1' })
    client.send('req', '-', { ...OWN, n: 'asked' })
    await client.received(3)
    own.send('ok', '-', { unasked: '2' })
    await client.received(4)
    expect(client.lines.slice(1).map(({ properties }) => properties['n'] ?? properties['unasked'])).toEqual([
      '1',
      'asked',
      '2',
    ])
    expect(other.lines).toHaveLength(1)
    expect(proxy.figure('listener_unasked_total')).toBe(2)
  })

  test('stops what its upstream sends unasked while it does not read', async () => {
    const { proxy, upstream } = await pair({
      listener: { watermarks: { high: 65_536, low: 32_768, max: 16_777_216 } },
    })
    const [client, own] = await owner(proxy, upstream)
    client.stopReading()
    const flood = own.frame('ok', '-', { unasked: 'y' }, 'x'.repeat(100_000))
    let written = 0
    for (let n = 0; n < 600; n++) own.socket.write(flood, () => written++)
    await quiet()
    await quiet()
    expect(written).toBeLessThan(400)
    expect(proxy.listener.connectionsCount).toBe(1)
    client.readOn()
    await client.received(601)
    expect(client.lines).toHaveLength(601)
  })

  test('is answered and closed when its connection dies, for what it had left there is lost', async () => {
    const { proxy, upstream } = await pair()
    const [client, own] = await owner(proxy, upstream)
    upstream.script = silence
    client.send('req', '-', OWN)
    client.send('req', '-', OWN)
    await upstream.received(3)
    own.reset()
    await client.untilEnded()
    expect(client.lines.slice(1).map(({ kind, properties }) => [kind, properties['error']])).toEqual([
      ['err', 'upstream_reset'],
      ['err', 'upstream_reset'],
    ])
  })

  test('is closed when its connection dies while nothing is in flight', async () => {
    const { proxy, upstream } = await pair()
    const [client, own] = await owner(proxy, upstream)
    own.socket.end()
    await client.untilEnded()
    expect(client.lines).toHaveLength(1)
  })

  test('goes on when a connection dies on which it would have left nothing', async () => {
    const { proxy, upstream } = await pair({}, silence)
    const client = await proxy.client()
    client.send('req', '-', RELEASE)
    await upstream.received(1)
    ;(await upstream.peer(0)).reset()
    await client.received(1)
    upstream.script = (_line, peer) => peer.send('ok', '-')
    client.send('req', '-')
    expect((await client.received(2)).map(({ kind }) => kind)).toEqual(['err', 'ok'])
  })

  test('takes its connection with it when it goes', async () => {
    const { proxy, upstream } = await pair()
    const [client, own] = await owner(proxy, upstream)
    client.socket.destroy()
    await own.untilClosed()
    await eventually(() => proxy.figure('upstream_own_connections_active') === 0, 'nothing is lent')
  })

  test('takes a request with it that would wait for ever', async () => {
    const { proxy, upstream } = await pair({}, silence)
    const client = await proxy.client()
    client.send('req', '-', { ...RELEASE, wait: 'Infinity' })
    await upstream.received(1)
    proxy.advance(3_600_000)
    await quiet()
    expect(client.lines).toEqual([])
    client.socket.destroy()
    await (await upstream.peer(0)).untilClosed()
  })

  test('gets no connection beyond the limit, and an error instead', async () => {
    const { proxy, upstream } = await pair({ cluster: { 'own-connections-max': 2 } })
    const [first] = await owner(proxy, upstream)
    await owner(proxy, upstream)
    const third = await proxy.client()
    third.send('req', '-', OWN)
    expect((await third.received(1))[0]?.properties['error']).toBe('overloaded')
    first.send('req', '-', RELEASE)
    await first.received(2)
    third.send('req', '-', OWN)
    expect((await third.received(2))[1]?.kind).toBe('ok')
  })

  test('is closed when what wants no reply cannot be sent', async () => {
    const proxy = await stage.proxy({ protocol: 'fifo', endpoints: [] })
    const client = await proxy.client()
    client.send('oneway', '-', OWN)
    await client.untilEnded()
  })

  test('is served by another endpoint when the first cannot be reached', async () => {
    const gone = await stage.upstream(undefined, 'fifo')
    await gone.stop()
    const there = await stage.upstream(undefined, 'fifo')
    const proxy = await stage.proxy({ protocol: 'fifo', endpoints: [gone.address, there.address] })
    for (let n = 0; n < 2; n++) {
      const client = await proxy.client()
      client.send('req', '-', OWN)
      client.send('req', '-', OWN)
      expect((await client.received(2)).map(({ kind }) => kind)).toEqual(['ok', 'ok'])
    }
    expect(there.peers.map(({ lines }) => lines.length)).toEqual([2, 2])
  })
})

test('a request that asks its upstream to wait has so much longer', async () => {
  const { proxy, upstream } = await pair({ listener: { 'request-timeout': 1_000 } }, silence)
  const client = await proxy.client()
  client.send('req', '-', { ...RELEASE, wait: '5000' })
  await upstream.received(1)
  proxy.advance(5_900)
  await quiet()
  expect(client.lines).toEqual([])
  proxy.advance(200)
  expect((await client.received(1))[0]?.properties['error']).toBe('request_timeout')
})

test('what a client without ids has in flight stays on one connection, so that nothing overtakes', async () => {
  const { proxy, upstream } = await pair(
    { cluster: { 'exchanges-per-connection': 1, 'connections-max': 4 } },
    silence,
  )
  const busy = await Promise.all(Array.from({ length: 4 }, () => proxy.client()))
  for (const [n, client] of busy.entries()) {
    client.send('req', '-')
    await upstream.received(n + 1)
    await quiet()
  }
  expect(upstream.peers.length).toBeGreaterThan(1)
  const client = await proxy.client()
  for (let n = 0; n < 8; n++) client.send('req', '-', { n: `mine${n}` })
  await upstream.received(12)
  const homes = upstream.peers.filter(({ lines }) => names(lines).includes('mine0'))
  expect(homes.map(({ lines }) => names(lines).filter((n) => n.startsWith('mine')))).toEqual([
    Array.from({ length: 8 }, (_, n) => `mine${n}`),
  ])
})

test('a client that takes its leave is answered behind everything else, and closed', async () => {
  const { proxy, upstream } = await pair({}, silence)
  const client = await proxy.client()
  client.send('req', '-', { n: 'a' })
  client.send('req', '-', { n: 'b', ...RELEASE })
  client.send('drain', '-')
  client.send('req', '-', { n: 'too late' })
  await upstream.received(1)
  ;(await upstream.peer(0)).send('ok', '-')
  await upstream.received(2)
  ;(await upstream.peer(1)).send('ok', '-')
  await client.untilEnded()
  expect(client.lines.map(({ properties }) => properties['bye'] ?? '')).toEqual(['', '', 'y'])
  expect(names(upstream.requests)).toEqual(['a', 'b'])
})
