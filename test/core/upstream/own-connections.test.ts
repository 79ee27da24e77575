import { afterEach, expect, test } from 'vitest'
import { type Filter, forward } from '../../../sdk/index.ts'
import { eventually } from '../../support/eventually.ts'
import { Planes } from '../../support/planes.ts'
import { ScriptedUpstream } from '../../support/scripted-upstream.ts'
import { Stage } from '../../support/stage.ts'

const planes = new Planes()
const stage = new Stage()
const upstreams: ScriptedUpstream[] = []
afterEach(async () => {
  await planes.clear()
  await stage.clear()
  for (const upstream of upstreams.splice(0)) await upstream.stop()
})

const OWN = { affinity: 'own' }
const asTold: Filter = { onRequest: (metadata) => forward(metadata.get('to') ?? 'up') }

async function upstream(): Promise<ScriptedUpstream> {
  const made = await ScriptedUpstream.listen()
  upstreams.push(made)
  return made
}

test('a client with a connection of its own is told when a route leads to another cluster', async () => {
  const [up, other] = [await upstream(), await upstream()]
  const plane = planes.create()
  const bound = await plane.apply({
    listeners: [{ name: 'in', chain: [asTold] }],
    clusters: [
      { name: 'up', endpoints: [up.address] },
      { name: 'other', endpoints: [other.address] },
    ],
  })
  const client = await planes.client(bound.get('in'))
  client.send('req', 1, OWN)
  expect((await client.reply(1)).kind).toBe('ok')
  client.send('req', 2, { ...OWN, to: 'other' })
  const refused = await client.reply(2)
  expect([refused.properties['error'], refused.body]).toEqual([
    'bad_request',
    'the connection of this client belongs to cluster up, and the request was sent to other',
  ])
  client.send('req', 3, { to: 'other' })
  expect((await client.reply(3)).kind).toBe('ok')
  expect(other.requests).toHaveLength(1)
})

test('a client with a connection of its own is let go when its endpoint leaves the configuration', async () => {
  const [first, next] = [await upstream(), await upstream()]
  const plane = planes.create()
  const parts = (address: string) => ({
    listeners: [{ name: 'in', chain: [asTold] }],
    clusters: [{ name: 'up', endpoints: [address] }],
  })
  const address = (await plane.apply(parts(first.address))).get('in')
  const client = await planes.client(address)
  client.send('req', 1, OWN)
  await client.reply(1)
  await plane.apply(parts(next.address))
  await client.untilEnded()
  await eventually(() => first.open.length === 0, 'the connection is closed')
  const again = await planes.client(address)
  again.send('req', 1, OWN)
  expect((await again.reply(1)).kind).toBe('ok')
  expect(next.requests).toHaveLength(1)
})

test('a spare connection that says something nobody asked for is given up', async () => {
  const { proxy, upstream } = await stage.pair({ protocol: 'fifo' })
  const client = await proxy.client()
  client.send('req', '-', { affinity: 'release' })
  await client.received(1)
  const spare = await upstream.peer(0)
  spare.send('ok', '-', { unasked: 'y' })
  await spare.untilClosed()
  client.send('req', '-', { affinity: 'release' })
  expect((await client.received(2))[1]?.kind).toBe('ok')
  expect(upstream.peers).toHaveLength(2)
})

test('no more than a few spare connections are kept', async () => {
  const { proxy, upstream } = await stage.pair({ protocol: 'fifo' })
  const clients = await Promise.all(Array.from({ length: 12 }, () => proxy.client()))
  for (const client of clients) client.send('req', '-', OWN)
  for (const client of clients) await client.received(1)
  for (const client of clients) client.send('req', '-', { affinity: 'release' })
  for (const client of clients) await client.received(2)
  await eventually(() => upstream.open.length === 8, 'eight are left')
})

test('a spare connection that is idle for long is closed', async () => {
  const { proxy, upstream } = await stage.pair({ protocol: 'fifo', cluster: { 'idle-timeout': 5_000 } })
  const [client, keeper] = [await proxy.client(), await proxy.client()]
  keeper.send('req', '-', OWN)
  await keeper.received(1)
  client.send('req', '-', { affinity: 'release' })
  await client.received(1)
  proxy.advance(5_100)
  await (await upstream.peer(1)).untilClosed()
  expect((await upstream.peer(0)).closed).toBe(false)
})
