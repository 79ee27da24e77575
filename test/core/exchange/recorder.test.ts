import { afterEach, expect, test } from 'vitest'
import { Recorder, type RecorderOptions } from '../../../core/exchange/recorder.ts'
import type { Filter } from '../../../sdk/index.ts'
import { eventually } from '../../support/eventually.ts'
import { RecordingFilter } from '../../support/recording-filter.ts'
import { RedisStage } from '../../support/redis-stage.ts'
import { silence } from '../../support/scripted-upstream.ts'
import { Stage } from '../../support/stage.ts'
import { chainOf, toUp } from '../../support/test-proxy.ts'

const stage = new Stage()
const redis = new RedisStage()
afterEach(async () => {
  await stage.clear()
  await redis.clear()
})

const everything: RecorderOptions = { redact: [], frames: true, recordsMax: 100, bytesMax: 1 << 20 }
const tagging: Filter = {
  onRequest: (_metadata, mutation) => {
    mutation.set('tag', 'new')
    return undefined
  },
  onResponse: (_metadata, mutation) => {
    mutation.set('seen', 'yes')
    return undefined
  },
}

function text(base64: string | null | undefined): string {
  return Buffer.from(base64 ?? '', 'base64').toString('latin1')
}

test('a recorder has requests as they came and replies as they were sent, with what filters changed', async () => {
  const { proxy } = await stage.pair({ filters: [tagging, toUp] })
  const recorder = new Recorder(everything, proxy.clock)
  proxy.listener.tap(recorder)
  const client = await proxy.client()
  client.send('req', 7, { op: 'hello', tag: 'old' }, 'body')
  await client.reply(7)
  const [record] = recorder.take().records
  expect(record).toMatchObject({ kind: 'request', id: '7', operation: 'hello', result: 'ok', cluster: 'up' })
  expect(text(record?.request)).toBe('ids req 7 op=hello tag=old|body\n')
  expect(text(record?.response)).toBe('ids ok 7 op=hello tag=new seen=yes|body\n')
  expect(record?.requestEdits).toEqual([{ op: 'set', key: 'tag', value: 'new' }])
  expect(recorder.take().records).toEqual([])
  proxy.listener.tap(undefined)
})

test('a recorder takes properties out of frames and edits, and whole frames when it is told', async () => {
  const { proxy } = await stage.pair({ filters: [tagging, toUp] })
  const client = await proxy.client()
  const recorded = async (id: number, options: Partial<RecorderOptions>) => {
    const recorder = new Recorder({ ...everything, ...options }, proxy.clock)
    proxy.listener.tap(recorder)
    client.send('req', id, { op: 'hello', tag: 'secret' })
    await client.reply(id)
    proxy.listener.tap(undefined)
    return recorder.take().records[0]
  }
  const redacted = await recorded(1, { redact: ['tag'] })
  expect(text(redacted?.request)).toBe('ids req 1 op=hello tag=redacted|\n')
  expect(text(redacted?.response)).not.toContain('new')
  expect(redacted?.requestEdits[0]?.value).toBe('redacted')
  for (const [id, rule] of ['T*', '*aG', 'T*g', '*', '*a*'].entries())
    expect(text((await recorded(10 + id, { redact: [rule] }))?.request)).toContain('tag=redacted')
  for (const [id, rule] of ['ta*ag', 't', '*ta', 'x*', '*ag*g', ''].entries())
    expect(text((await recorded(20 + id, { redact: [rule] }))?.request)).toContain('tag=secret')
  const bare = await recorded(2, { frames: false })
  expect([bare?.request, bare?.response, bare?.operation]).toEqual([null, null, 'hello'])
})

test('a frame of which something cannot be taken out is left out', async () => {
  const { proxy } = await stage.pair({})
  const recorder = new Recorder({ ...everything, redact: ['fixed'] }, proxy.clock)
  proxy.listener.tap(recorder)
  const client = await proxy.client()
  client.send('req', 1, { fixed: 'secret' })
  await client.reply(1)
  expect(recorder.take().records).toMatchObject([{ request: null, response: null }])
  proxy.listener.tap(undefined)
})

test('a recorder has one-ways, and ends when it has enough', async () => {
  const { proxy } = await stage.pair({})
  const recorder = new Recorder({ ...everything, recordsMax: 2 }, proxy.clock)
  proxy.listener.tap(recorder)
  const client = await proxy.client()
  for (const id of [1, 2, 3]) client.send('oneway', id)
  await eventually(() => recorder.full, 'enough was recorded')
  expect(recorder.take().records.map(({ id, result }) => [id, result])).toEqual([
    ['1', 'oneway'],
    ['2', 'oneway'],
  ])
  proxy.listener.tap(undefined)
})

test('a tap stays over a new snapshot, and the filters of the old one end with their last exchange', async () => {
  const record = new RecordingFilter()
  const { proxy, upstream } = await stage.pair({ filters: [record, toUp] }, silence)
  const recorder = new Recorder(everything, proxy.clock)
  proxy.listener.tap(recorder)
  const client = await proxy.client()
  client.send('req', 1)
  await upstream.received(1)
  const { options, codecs } = proxy.listener
  const clusters = new Map([['up', proxy.cluster]])
  proxy.listener.swap({ options, codecs, chain: chainOf([toUp]) }, clusters)
  client.send('req', 2)
  await upstream.received(2)
  expect(record.destroyed).toBe(0)
  const peer = await upstream.peer(0)
  for (const { id } of upstream.requests) peer.send('ok', id)
  await client.received(2)
  expect(recorder.take().records.map(({ id }) => id)).toEqual(['1', '2'])
  await eventually(() => record.destroyed === 1, 'the filter is destroyed')
  proxy.listener.tap(undefined)
})

test('of frames in pieces a recorder has the first bytes, unless something is to be taken out of them', async () => {
  const { proxy, server, client: connect } = await redis.pair()
  const value = 'abcdefghij'.repeat(1_000)
  const set = `*5\r\n$3\r\nSET\r\n$1\r\nk\r\n$10000\r\n${value}\r\n$2\r\nEX\r\n$2\r\n60\r\n`
  const reply = `*2\r\n$10000\r\n${value}\r\n:1\r\n`
  const recorded = async (options: Partial<RecorderOptions>, place: number) => {
    const recorder = new Recorder({ ...everything, ...options }, proxy.clock)
    proxy.listener.tap(recorder)
    const client = await connect()
    client.send(set.slice(0, 3_000))
    const peer = await server.peer(place)
    await peer.received(3_000)
    client.send(set.slice(3_000))
    await peer.received(set.length)
    peer.send(reply.slice(0, 3_000))
    await client.received(3_000)
    peer.send(reply.slice(3_000))
    await client.received(reply.length)
    proxy.listener.tap(undefined)
    return recorder.take().records[0]
  }
  const record = await recorded({}, 0)
  expect([record?.request, record?.response]).toEqual([null, null])
  expect(text(record?.requestStart)).toBe(set.slice(0, 4_096))
  expect(text(record?.responseStart)).toBe(reply.slice(0, 4_096))
  expect([record?.requestBytes, record?.responseBytes]).toEqual([set.length, reply.length])
  server.peers[0]?.socket.destroy()
  for (const options of [{ redact: ['key'] }, { frames: false }]) {
    const hidden = await recorded(options, server.peers.length)
    expect([hidden?.requestStart, hidden?.responseStart]).toEqual([null, null])
    server.peers.at(-1)?.socket.destroy()
  }
})
