import { afterEach, describe, expect, test } from 'vitest'
import { eventually, quiet } from '../../support/eventually.ts'
import { silence } from '../../support/scripted-upstream.ts'
import { Stage } from '../../support/stage.ts'

const stage = new Stage()
afterEach(() => stage.clear())

describe('a draining listener', () => {
  test('asks its clients to send nothing more, once, and closes those that are quiet', async () => {
    const { proxy } = await stage.pair()
    const client = await proxy.client()
    client.send('req', 1)
    await client.reply(1)
    proxy.listener.leave(10_000)
    proxy.sweep()
    proxy.advance(100)
    await client.received(2)
    expect(client.lines[1]?.kind).toBe('drain')
    await quiet()
    expect(client.ended).toBe(false)
    proxy.advance(1)
    await client.untilEnded()
    expect(client.lines).toHaveLength(2)
  })

  test('goes on serving for half of its time, then refuses', async () => {
    const { proxy, upstream } = await stage.pair({}, silence)
    const client = await proxy.client()
    client.send('req', 1)
    await upstream.received(1)
    proxy.listener.leave(10_000)
    proxy.advance(4_990)
    client.send('req', 2)
    await upstream.received(2)
    proxy.advance(10)
    client.send('req', 3)
    expect((await client.reply(3)).properties['error']).toBe('draining')
    expect(upstream.requests).toHaveLength(2)
    const peer = await upstream.peer(0)
    for (const { id } of upstream.requests) peer.send('ok', id)
    expect((await client.reply(2)).kind).toBe('ok')
    proxy.advance(101)
    await client.untilEnded()
  })

  test('answers what is still in flight at its end, and closes a moment later', async () => {
    const { proxy, upstream } = await stage.pair({}, silence)
    const client = await proxy.client()
    for (const id of [1, 2, 3]) client.send('req', id)
    await upstream.received(3)
    proxy.listener.leave(1_000)
    proxy.advance(1_000)
    await client.received(3)
    await quiet()
    expect(client.ended).toBe(false)
    proxy.advance(200)
    await client.untilEnded()
    const answers = client.lines.filter(({ kind }) => kind !== 'drain')
    expect(answers.map(({ id, properties }) => `${id} ${properties['error']}`)).toEqual([
      '1 draining',
      '2 draining',
      '3 draining',
    ])
    expect(client.error).toBe('')
  })

  test('answers in the order of the requests, whatever was answered before', async () => {
    const { proxy, upstream } = await stage.pair({}, silence)
    const client = await proxy.client()
    const answer = async (index: number) => {
      const peer = await upstream.peer(0)
      peer.send('ok', upstream.requests[index]?.id ?? '')
      await client.reply(index + 1)
    }
    for (const id of [1, 2, 3, 4]) client.send('req', id)
    await upstream.received(4)
    await answer(0)
    await answer(2)
    for (const id of [5, 6, 7]) client.send('req', id)
    await upstream.received(7)
    await answer(5)
    client.send('req', 8)
    await upstream.received(8)
    proxy.listener.leave(1_000)
    proxy.advance(1_000)
    await client.received(8)
    const refused = client.lines.filter(({ properties }) => properties['error'] === 'draining')
    expect(refused.map(({ id }) => id)).toEqual(['2', '4', '5', '7', '8'])
  })

  test('accepts nobody new', async () => {
    const { proxy } = await stage.pair()
    await proxy.client()
    await eventually(() => proxy.listener.connectionsCount === 1, 'the connection')
    proxy.listener.leave(1_000)
    await expect(proxy.client()).rejects.toThrow('ECONNREFUSED')
  })

  test('drops those who do not close within seconds of its end', async () => {
    const { proxy } = await stage.pair({}, silence)
    const client = await proxy.client()
    client.stopReading()
    client.send('req', 1)
    await eventually(() => proxy.chain.exchangesActive === 1, 'the exchange')
    proxy.listener.leave(1_000)
    proxy.advance(1_000)
    proxy.advance(2_000)
    await eventually(() => proxy.listener.connectionsCount === 0, 'everybody is gone')
  })

  test('that is asked to end sooner does', async () => {
    const { proxy, upstream } = await stage.pair({}, silence)
    const client = await proxy.client()
    client.send('req', 1)
    await upstream.received(1)
    proxy.listener.leave(100_000)
    proxy.advance(10)
    proxy.listener.leave(500)
    proxy.listener.leave(100_000)
    proxy.advance(500)
    expect((await client.reply(1)).properties['error']).toBe('draining')
  })
})
