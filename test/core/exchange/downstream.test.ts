import { afterEach, describe, expect, test } from 'vitest'
import { eventually, quiet } from '../../support/eventually.ts'
import { silence } from '../../support/scripted-upstream.ts'
import { Stage } from '../../support/stage.ts'

const stage = new Stage()
afterEach(() => stage.clear())

describe('a client connection', () => {
  test.each([
    '0',
    '1',
    '4294967295',
    '4294967296',
    '9223372036854775807',
    '9223372036854775808',
    '18446744073709551615',
  ])('gets the reply to request id %s under that id', async (id) => {
    const { proxy, upstream } = await stage.pair()
    const client = await proxy.client()
    client.send('req', id, { n: 'x' })
    expect(await client.reply(id)).toMatchObject({ kind: 'ok', id, properties: { n: 'x' } })
    expect(upstream.requests[0]?.id).toBe('1')
  })

  test('that uses one id for two requests in flight gets each its own reply', async () => {
    const { proxy, upstream } = await stage.pair({}, silence)
    const client = await proxy.client()
    client.send('req', 5, { n: 'one' })
    client.send('req', 5, { n: 'two' })
    const [one, two] = await upstream.received(2)
    const peer = await upstream.peer(0)
    expect(one?.id).not.toBe(two?.id)
    peer.send('ok', two?.id ?? '', { n: 'two' })
    peer.send('ok', one?.id ?? '', { n: 'one' })
    await client.received(2)
    expect(client.lines).toMatchObject([
      { id: '5', properties: { n: 'two' } },
      { id: '5', properties: { n: 'one' } },
    ])
  })

  test('is served the same when its bytes come one at a time', async () => {
    const { proxy } = await stage.pair()
    const client = await proxy.client()
    for (const byte of client.frame('req', 1, { a: 'b' }, 'body')) {
      client.socket.write(byte)
      await quiet()
    }
    expect(await client.reply(1)).toMatchObject({ properties: { a: 'b' }, body: 'body' })
  })

  test('that sends a request and shuts its side gets the answer, then the end', async () => {
    const { proxy, upstream } = await stage.pair({}, silence)
    const client = await proxy.client()
    client.socket.end(client.frame('req', 1) + client.frame('req', 2))
    await upstream.received(2)
    await quiet()
    const peer = await upstream.peer(0)
    for (const { id } of upstream.requests) peer.send('ok', id)
    await client.untilClosed()
    expect(client.lines.map(({ id }) => id)).toEqual(['1', '2'])
    expect(client.error).toBe('')
  })

  test('is read no further while too much is in flight, and again when half is done', async () => {
    const { proxy, upstream } = await stage.pair({ listener: { 'exchanges-per-connection': 4 } }, silence)
    const client = await proxy.client()
    for (let id = 1; id <= 4; id++) client.send('req', id)
    await upstream.received(4)
    expect(proxy.figure('listener_read_disables_total')).toBe(1)
    client.send('req', 5)
    await quiet()
    expect(upstream.requests).toHaveLength(4)
    const peer = await upstream.peer(0)
    peer.send('ok', upstream.requests[0]?.id ?? '')
    await client.received(1)
    await quiet()
    expect(upstream.requests).toHaveLength(4)
    peer.send('ok', upstream.requests[1]?.id ?? '')
    await upstream.received(5)
  })

  test('beyond the limit of the listener is closed at once, and admitted when another has gone', async () => {
    const { proxy } = await stage.pair({ listener: { 'connections-max': 2 } })
    const [one] = [await proxy.client(), await proxy.client()]
    const third = await proxy.client()
    await third.untilEnded()
    expect(proxy.figure('listener_connections_refused_total')).toBe(1)
    one.reset()
    await eventually(() => proxy.listener.connectionsCount === 1, 'the first is gone')
    const fourth = await proxy.client()
    fourth.send('req', 1)
    expect((await fourth.reply(1)).kind).toBe('ok')
  })

  test('that says what no caller says is closed, and what is in flight is answered', async () => {
    const { proxy, upstream } = await stage.pair({}, silence)
    const client = await proxy.client()
    client.send('req', 1)
    client.send('ok', 9)
    client.send('req', 2)
    await upstream.received(1)
    expect(proxy.figure('listener_malformed_total')).toBe(1)
    expect(client.ended).toBe(false)
    const peer = await upstream.peer(0)
    peer.send('ok', upstream.requests[0]?.id ?? '')
    await client.untilEnded()
    expect(client.lines.map(({ id }) => id)).toEqual(['1'])
    expect(upstream.requests).toHaveLength(1)
  })

  test('whose frame is too large is told so and closed; what is in flight is answered', async () => {
    const { proxy, upstream } = await stage.pair({ listener: { 'body-size-max': 64 } }, silence)
    const client = await proxy.client()
    client.send('req', 1)
    client.send('req', 2, {}, 'x'.repeat(100))
    expect((await client.reply(2)).properties['error']).toBe('bad_request')
    await upstream.received(1)
    const peer = await upstream.peer(0)
    peer.send('ok', upstream.requests[0]?.id ?? '')
    await client.untilEnded()
    expect(client.lines.map(({ id }) => id)).toEqual(['2', '1'])
  })

  test('is told that a frame is too large before it has sent more than is accepted', async () => {
    const { proxy } = await stage.pair({ listener: { 'body-size-max': 64 } })
    const client = await proxy.client()
    client.socket.write(`ids req 7|${'x'.repeat(100)}`)
    expect((await client.reply(7)).properties['error']).toBe('bad_request')
    await client.untilEnded()
  })

  test('that goes in the middle of a call leaves the upstream connection to others', async () => {
    const { proxy, upstream } = await stage.pair({}, silence)
    const [one, two] = [await proxy.client(), await proxy.client()]
    one.send('req', 1)
    await upstream.received(1)
    two.send('req', 1)
    await upstream.received(2)
    one.reset()
    await eventually(() => proxy.listener.connectionsCount === 1, 'the first is gone')
    const peer = await upstream.peer(0)
    for (const { id } of upstream.requests) peer.send('ok', id)
    expect((await two.reply(1)).kind).toBe('ok')
    expect(two.lines).toHaveLength(1)
    expect(upstream.open).toHaveLength(1)
    expect(proxy.figure('upstream_late_replies_total')).toBe(1)
  })
})
