import { afterEach, describe, expect, test } from 'vitest'
import { ManualClock } from '../../../core/base/clock.ts'
import { createSharedMemory } from '../../../core/base/shared/memory.ts'
import { Shared } from '../../../core/base/shared/shared.ts'
import { Blackhole } from '../../support/blackhole.ts'
import { eventually, quiet } from '../../support/eventually.ts'
import { RecordingFilter } from '../../support/recording-filter.ts'
import { silence } from '../../support/scripted-upstream.ts'
import { Stage } from '../../support/stage.ts'
import { type TestProxy, toUp } from '../../support/test-proxy.ts'
import { TestRuntime } from '../../support/test-runtime.ts'

const stage = new Stage()
afterEach(() => stage.clear())

/** An address where nobody listens any more. */
async function refused(): Promise<string> {
  const upstream = await stage.upstream()
  await upstream.stop()
  return upstream.address
}

describe('a cluster', () => {
  test('without endpoints answers no_healthy_upstream', async () => {
    const proxy = await stage.proxy()
    const client = await proxy.client()
    client.send('req', 1)
    expect((await client.reply(1)).properties['error']).toBe('no_healthy_upstream')
    expect((await client.reply(1)).body).toBe('no endpoint of cluster up is available')
  })

  test('tries another endpoint when one refuses, and says that it did', async () => {
    const record = new RecordingFilter()
    const upstream = await stage.upstream()
    const proxy = await stage.proxy({
      filters: [record, toUp],
      endpoints: [await refused(), upstream.address, await refused()],
    })
    const client = await proxy.client()
    for (let id = 1; id <= 6; id++) client.send('req', id)
    await client.received(6)
    expect(client.lines.every(({ kind }) => kind === 'ok')).toBe(true)
    expect(record.outcomes.every(({ endpoint }) => endpoint === upstream.address)).toBe(true)
    expect(record.outcomes.some(({ flags }) => flags.includes('retried'))).toBe(true)
    expect(upstream.requests).toHaveLength(6)
  })

  test('sends to the next priority while nobody of the first is there, and back when somebody is', async () => {
    const [first, second] = [await stage.upstream(), await stage.upstream()]
    const endpoint = (address: string, priority: number) => ({ address, weight: 1, priority })
    const endpoints = [endpoint(first.address, 0), endpoint(second.address, 1)]
    const proxy = await stage.proxy({ cluster: { endpoints, backoff: { base: 100, max: 100 } } })
    const client = await proxy.client()
    const ask = async (id: number) => {
      client.send('req', id)
      expect((await client.reply(id)).kind).toBe('ok')
    }
    await ask(1)
    expect([first.requests.length, second.requests.length]).toEqual([1, 0])
    await first.stop()
    await eventually(() => proxy.figure('upstream_connections_active') === 0, 'its connection is gone')
    await ask(2)
    await ask(3)
    expect(second.requests).toHaveLength(2)
    const again = await stage.upstream(undefined, undefined, Number(first.address.split(':')[1]))
    proxy.advance(1_000)
    await ask(4)
    expect([again.requests.length, second.requests.length]).toEqual([1, 2])
  })

  test('tries no more endpoints than connect-attempts', async () => {
    const proxy = await stage.proxy({
      endpoints: [await refused(), await refused(), await refused(), await refused()],
      cluster: { 'connect-attempts': 2 },
    })
    const client = await proxy.client()
    client.send('req', 1)
    expect((await client.reply(1)).properties['error']).toBe('upstream_connect_failed')
    expect(proxy.figure('upstream_connect_failures_total')).toBe(2)
  })

  test('never sends a request again that has been sent once', async () => {
    const dying = await stage.upstream((_line, peer) => peer.reset())
    const dead = await stage.upstream((_line, peer) => peer.reset())
    const proxy = await stage.proxy({ endpoints: [dying.address, dead.address] })
    const client = await proxy.client()
    client.send('req', 1)
    expect((await client.reply(1)).properties['error']).toBe('upstream_reset')
    await quiet()
    expect(dying.requests.length + dead.requests.length).toBe(1)
  })

  test('leaves an endpoint alone after a failed dial, twice as long after each, then tries it anew', async () => {
    const gone = await stage.upstream()
    await gone.stop()
    const proxy = await stage.proxy({
      endpoints: [gone.address],
      cluster: { backoff: { base: 100, max: 10_000 } },
    })
    const client = await proxy.client()
    const ask = async (id: number): Promise<string | undefined> => {
      client.send('req', id)
      return (await client.reply(id)).properties['error']
    }
    expect(await ask(1)).toBe('upstream_connect_failed')
    expect(await ask(2)).toBe('no_healthy_upstream')
    proxy.advance(74)
    expect(await ask(3)).toBe('no_healthy_upstream')
    proxy.advance(52)
    expect(await ask(4)).toBe('upstream_connect_failed')
    proxy.advance(126)
    expect(await ask(5)).toBe('no_healthy_upstream')
    expect(proxy.cluster.report().endpoints[0]).toMatchObject({ health: 'backing-off', connections: 0 })
    expect(proxy.figure('upstream_connect_failures_total')).toBe(2)
    await stage.upstream(undefined, 'ids', gone.port)
    proxy.advance(126)
    expect(await ask(6)).toBeUndefined()
    expect(proxy.cluster.report().endpoints[0]?.health).toBe('healthy')
  })

  test('gives up a dial that nobody answers, and takes another endpoint', async () => {
    const hole = await Blackhole.open()
    try {
      const upstream = await stage.upstream()
      const proxy = await stage.proxy({
        endpoints: [hole.address, upstream.address],
        cluster: { 'connect-timeout': 40 },
      })
      const client = await proxy.client()
      for (const id of [1, 2]) client.send('req', id)
      await client.received(2)
      expect(client.lines.map(({ kind }) => kind)).toEqual(['ok', 'ok'])
      expect(proxy.figure('upstream_connect_failures_total')).toBe(1)
    } finally {
      await hole.close()
    }
  })

  test('cancels a dial when it is closed and nobody waits for it any more', async () => {
    const hole = await Blackhole.open()
    try {
      const proxy = await stage.proxy({ endpoints: [hole.address], cluster: { 'connect-timeout': 60_000 } })
      const client = await proxy.client()
      client.send('req', 1)
      await eventually(() => proxy.cluster.report().endpoints[0]?.pending === 1, 'the request waits')
      proxy.cluster.close('the test says so')
      const timers = (): number =>
        process.getActiveResourcesInfo().filter((name) => name === 'TCPSocketWrap').length
      const before = timers()
      client.reset()
      await eventually(() => timers() < before - 1, 'the dial is gone')
    } finally {
      await hole.close()
    }
  })

  test('goes on with an upstream that has restarted', async () => {
    const first = await stage.upstream()
    const proxy = await stage.proxy({ endpoints: [first.address] })
    const client = await proxy.client()
    client.send('req', 1)
    await client.reply(1)
    await first.stop()
    await eventually(() => proxy.figure('upstream_connections_active') === 0, 'the connection is gone')
    const second = await stage.upstream(undefined, 'ids', first.port)
    client.send('req', 2)
    expect((await client.reply(2)).kind).toBe('ok')
    expect(second.requests).toHaveLength(1)
  })

  test('admits no more than requests-max over all workers, and counts each once however it ends', async () => {
    const clock = new ManualClock(1_000)
    const memory = createSharedMemory(2)
    const upstream = await stage.upstream(silence)
    const workers: TestProxy[] = []
    for (const worker of [0, 1]) {
      const runtime = new TestRuntime(clock, new Shared(memory, worker, clock))
      const endpoints = [upstream.address]
      workers.push(await stage.proxy({ runtime, endpoints, cluster: { 'requests-max': 3 } }))
    }
    const clients = await Promise.all(workers.map((worker) => worker.client()))
    clients[0]?.send('req', 1)
    clients[0]?.send('req', 2)
    await upstream.received(2)
    clients[1]?.send('req', 3)
    await upstream.received(3)
    clients[1]?.send('req', 4)
    expect((await clients[1]?.reply(4))?.properties['error']).toBe('overloaded')
    expect(workers[0]?.cluster.report().requestsActive).toBe(3)
    clients[0]?.reset()
    await eventually(() => workers[1]?.cluster.report().requestsActive === 1, 'two are given back')
    clients[1]?.send('req', 5)
    clients[1]?.send('req', 6)
    await upstream.received(5)
    clients[1]?.send('oneway', 7)
    await quiet()
    expect(upstream.requests).toHaveLength(5)
  })

  test('reports what its endpoints do', async () => {
    const { proxy, upstream } = await stage.pair({}, silence)
    const client = await proxy.client()
    client.send('req', 1)
    await upstream.received(1)
    expect(proxy.cluster.report()).toMatchObject({
      name: 'up',
      requestsActive: 1,
      endpoints: [
        {
          address: upstream.address,
          health: 'healthy',
          connections: 1,
          pending: 0,
          requestsActive: 1,
          requestsTotal: 1,
        },
      ],
    })
  })
})
