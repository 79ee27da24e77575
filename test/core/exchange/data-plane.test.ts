import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { ListenError } from '../../../core/exchange/listen-error.ts'
import type { Filter } from '../../../sdk/index.ts'
import { eventually, quiet } from '../../support/eventually.ts'
import { Planes } from '../../support/planes.ts'
import { RecordingFilter } from '../../support/recording-filter.ts'
import { echo, silence } from '../../support/scripted-upstream.ts'
import { Stage } from '../../support/stage.ts'
import { toUp } from '../../support/test-proxy.ts'

const stage = new Stage()
const planes = new Planes()
afterEach(async () => {
  await planes.clear()
  await stage.clear()
})

function marking(mark: string): Filter {
  return {
    onResponse: (_metadata, mutation) => {
      mutation.set('by', mark)
      return undefined
    },
  }
}

describe('apply()', () => {
  test('swaps the chain under a connection that stays open, and the old one is destroyed once', async () => {
    const upstream = await stage.upstream()
    const clusters = [{ endpoints: [upstream.address] }]
    const test = planes.create()
    const old = new RecordingFilter()
    const bound = await test.apply({ listeners: [{ chain: [old, marking('one'), toUp] }], clusters })
    const client = await planes.client(bound.get('in'))
    client.send('req', 1)
    expect((await client.reply(1)).properties['by']).toBe('one')
    const again = await test.apply({ listeners: [{ chain: [marking('two'), toUp] }], clusters })
    expect(again).toEqual(bound)
    expect(old.destroyed).toBe(1)
    client.send('req', 2)
    expect((await client.reply(2)).properties['by']).toBe('two')
    expect(upstream.peers).toHaveLength(1)
    expect(test.plane.version).toBe(2)
  })

  test('lets an exchange end on the filters that it began with', async () => {
    const upstream = await stage.upstream(silence)
    const clusters = [{ endpoints: [upstream.address] }]
    const test = planes.create()
    const old = new RecordingFilter()
    const bound = await test.apply({ listeners: [{ chain: [old, marking('one'), toUp] }], clusters })
    const client = await planes.client(bound.get('in'))
    client.send('req', 1)
    await upstream.received(1)
    await test.apply({ listeners: [{ chain: [marking('two'), toUp] }], clusters })
    expect(old.destroyed).toBe(0)
    const peer = await upstream.peer(0)
    peer.send('ok', upstream.requests[0]?.id ?? '')
    expect((await client.reply(1)).properties['by']).toBe('one')
    expect(old.notes.at(-1)).toBe('record end ok')
    expect(old.destroyed).toBe(1)
  })

  test('under traffic loses nothing', async () => {
    const upstream = await stage.upstream()
    const clusters = [{ endpoints: [upstream.address] }]
    const test = planes.create()
    const bound = await test.apply({ listeners: [{}], clusters })
    const clients = await Promise.all(Array.from({ length: 4 }, () => planes.client(bound.get('in'))))
    let sent = 0
    for (let swap = 0; swap < 20; swap++) {
      for (let count = 0; count < 25; count++, sent++)
        for (const client of clients) client.send('req', sent, { n: `${sent}` })
      const changed = swap % 2 === 0 ? { 'pending-max': 777 } : {}
      await test.apply({ listeners: [{}], clusters: [{ endpoints: [upstream.address], ...changed }] })
      await upstream.received(upstream.requests.length + 1)
    }
    for (const client of clients) {
      await client.received(sent)
      expect(client.lines.every(({ kind, id, properties }) => kind === 'ok' && id === properties['n'])).toBe(
        true,
      )
    }
    expect(upstream.requests).toHaveLength(sent * clients.length)
    await eventually(() => upstream.open.length <= 1, 'replaced connections are closed')
  })

  test('keeps a cluster whose options are the same, and closes one that is gone', async () => {
    const [one, two] = [await stage.upstream(), await stage.upstream()]
    const test = planes.create()
    const bound = await test.apply({ listeners: [{}], clusters: [{ endpoints: [one.address] }] })
    const client = await planes.client(bound.get('in'))
    client.send('req', 1)
    await client.reply(1)
    await test.apply({ listeners: [{}], clusters: [{ endpoints: [one.address] }] })
    client.send('req', 2)
    await client.reply(2)
    expect(one.peers).toHaveLength(1)
    await test.apply({ listeners: [{}], clusters: [{ endpoints: [two.address] }] })
    client.send('req', 3)
    await client.reply(3)
    expect(two.requests).toHaveLength(1)
    await eventually(() => one.open.length === 0, 'the old connection is closed')
  })

  test('that cannot bind changes nothing, not even what it could bind', async () => {
    const [upstream, taken] = [await stage.upstream(), await stage.upstream()]
    const clusters = [{ endpoints: [upstream.address] }]
    const test = planes.create()
    const record = new RecordingFilter()
    const bound = await test.apply({ listeners: [{ chain: [record, toUp] }], clusters })
    const next = test.snapshot({
      listeners: [{}, { name: 'more' }, { name: 'taken', address: taken.address }],
      clusters: [{ endpoints: [upstream.address], 'pending-max': 7 }],
    })
    await expect(test.plane.apply(next)).rejects.toThrow(/^the listener "taken" cannot be had: .*EADDRINUSE/)
    test.plane.discard(next)
    expect(test.plane.report()).toMatchObject({ version: 1, listeners: [{ name: 'in' }] })
    const client = await planes.client(bound.get('in'))
    client.send('req', 1)
    await client.reply(1)
    expect(record.notes).toHaveLength(3)
    expect(record.destroyed).toBe(0)
  })

  test('shares a port with other workers, with itself under another host, and with nobody else', async () => {
    const address = (await planes.create().apply({ listeners: [{}], clusters: [] })).get('in') ?? ''
    const port = Number(address.split(':').at(-1))
    const other = planes.create()
    const same = other.snapshot({ listeners: [{ address }], clusters: [] })
    const refusal = await other.plane.apply(same).catch((error: unknown) => error)
    expect(refusal).toBeInstanceOf(ListenError)
    expect(refusal).toMatchObject({
      listener: 'in',
      message: expect.stringContaining(`EADDRINUSE: address already in use ${address}`),
    })
    expect(await other.plane.apply(same, new Map([['in', port]]))).toEqual([{ name: 'in', address }])
    const wide = { name: 'wide', address: `0.0.0.0:${port}` }
    const bound = await other.apply({ listeners: [{ address }, wide], clusters: [] })
    expect(bound.get('wide')).toBe(wide.address)
  })

  test('lets a listener that is gone drain: its filters live until its last connection has closed', async () => {
    const upstream = await stage.upstream(silence)
    const clusters = [{ endpoints: [upstream.address] }]
    const test = planes.create()
    const record = new RecordingFilter()
    const listeners = [{ name: 'stays' }, { name: 'goes', chain: [record, toUp] }]
    const bound = await test.apply({ listeners, clusters })
    const client = await planes.client(bound.get('goes'))
    client.send('req', 1)
    await upstream.received(1)
    await test.apply({ listeners: [{ name: 'stays' }], clusters: [] })
    await expect(planes.client(bound.get('goes'))).rejects.toThrow('ECONNREFUSED')
    // While the first is in flight the connection is not quiet, however long all this takes.
    upstream.script = echo
    client.send('req', 2)
    expect((await client.reply(2)).kind).toBe('ok')
    const peer = await upstream.peer(0)
    peer.send('ok', upstream.requests[0]?.id ?? '')
    expect((await client.reply(1)).kind).toBe('ok')
    expect(record.destroyed).toBe(0)
    await client.untilEnded()
    client.socket.end()
    await eventually(() => record.destroyed > 0, 'the filters are destroyed')
    await eventually(() => upstream.open.length === 0, 'the cluster that is gone is closed')
    expect(record.destroyed).toBe(1)
  })

  test('answers no_healthy_upstream where a cluster is down, and goes on accepting', async () => {
    const gone = await stage.upstream()
    await gone.stop()
    const test = planes.create()
    const bound = await test.apply({ listeners: [{}], clusters: [{ endpoints: [gone.address] }] })
    for (let round = 0; round < 5; round++) {
      const client = await planes.client(bound.get('in'))
      for (const id of [1, 2, 3]) client.send('req', id)
      await client.received(3)
      for (const { properties } of client.lines)
        expect(['upstream_connect_failed', 'no_healthy_upstream']).toContain(properties['error'])
      await quiet()
      expect(client.ended).toBe(false)
    }
  })

  test('listens on a unix socket', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'weir-'))
    try {
      const upstream = await stage.upstream()
      const address = `unix:${join(folder, 'in.sock')}`
      const test = planes.create()
      await test.apply({ listeners: [{ address }], clusters: [{ endpoints: [upstream.address] }] })
      const client = await planes.client(address)
      client.send('req', 1)
      expect((await client.reply(1)).kind).toBe('ok')
    } finally {
      await rm(folder, { recursive: true })
    }
  })

  test('hands a unix socket to the listener that has its path now, and every caller finds somebody', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'weir-'))
    try {
      const [one, two] = [`unix:${join(folder, 'one.sock')}`, `unix:${join(folder, 'two.sock')}`]
      const clusters = [{ endpoints: [(await stage.upstream()).address] }]
      const test = planes.create()
      const marked = (name: string, address: string) => ({ name, address, chain: [marking(name), toUp] })
      const answerOf = async (address: string, client = planes.client(address)) => {
        const caller = await client
        caller.send('req', 1)
        return (await caller.reply(1)).properties['by']
      }
      await test.apply({ listeners: [marked('a', one), marked('b', two)], clusters })
      const early = planes.client(one)
      ;(await early).send('ping', 0)
      await (await early).reply(0)
      await test.apply({ listeners: [marked('c', one), marked('b', two)], clusters })
      expect(await answerOf(one)).toBe('c')
      expect(await answerOf(one, early)).toBe('a')
      await test.apply({ listeners: [marked('c', two), marked('b', one)], clusters })
      expect([await answerOf(one), await answerOf(two)]).toEqual(['b', 'c'])
    } finally {
      await rm(folder, { recursive: true })
    }
  })

  test('keeps a unix socket where it is when another listener cannot be bound', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'weir-'))
    try {
      const address = `unix:${join(folder, 'in.sock')}`
      const clusters = [{ endpoints: [(await stage.upstream()).address] }]
      const test = planes.create()
      await test.apply({ listeners: [{ address }], clusters })
      const nowhere = { name: 'nowhere', address: `unix:${join(folder, 'no', 'in.sock')}` }
      await expect(
        test.apply({ listeners: [{ name: 'other', address }, nowhere], clusters }),
      ).rejects.toThrow()
      const client = await planes.client(address)
      client.send('req', 1)
      expect((await client.reply(1)).kind).toBe('ok')
      expect(test.plane.report().listeners.map(({ name }) => name)).toEqual(['in'])
    } finally {
      await rm(folder, { recursive: true })
    }
  })

  test('with another connection limit keeps the socket and the connections, which still count', async () => {
    const test = planes.create()
    const bound = await test.apply({ listeners: [{ 'connections-max': 1 }], clusters: [{}] })
    const [first, refused] = [await planes.client(bound.get('in')), await planes.client(bound.get('in'))]
    await refused.untilEnded()
    expect(await test.apply({ listeners: [{ 'connections-max': 2 }], clusters: [{}] })).toEqual(bound)
    const [second, third] = [await planes.client(bound.get('in')), await planes.client(bound.get('in'))]
    await third.untilEnded()
    second.send('ping', 1)
    await second.reply(1)
    expect(first.ended).toBe(false)
  })
})

describe('drain()', () => {
  const deadlineMs = 300

  test('lets exchanges finish and closes quiet connections long before its deadline', async () => {
    const upstream = await stage.upstream(silence)
    const test = planes.create()
    const bound = await test.apply({ listeners: [{}], clusters: [{ endpoints: [upstream.address] }] })
    const [busy, idle] = [await planes.client(bound.get('in')), await planes.client(bound.get('in'))]
    for (const client of [busy, idle]) client.send('ping', 9)
    for (const client of [busy, idle]) await client.reply(9)
    busy.send('req', 1)
    await upstream.received(1)
    const drained = test.plane.drain(60_000)
    await idle.untilEnded()
    idle.socket.end()
    const peer = await upstream.peer(0)
    peer.send('ok', upstream.requests[0]?.id ?? '')
    expect((await busy.reply(1)).kind).toBe('ok')
    await busy.untilEnded()
    busy.socket.end()
    await drained
  })

  test('answers what cannot finish, and is over though nobody closes', async () => {
    const upstream = await stage.upstream(silence)
    const test = planes.create()
    const bound = await test.apply({ listeners: [{}], clusters: [{ endpoints: [upstream.address] }] })
    const client = await planes.client(bound.get('in'))
    for (const id of [1, 2]) client.send('req', id)
    await upstream.received(2)
    await test.plane.drain(deadlineMs)
    expect(
      client.lines.filter(({ kind }) => kind === 'err').map(({ properties }) => properties['error']),
    ).toEqual(['draining', 'draining'])
  })

  test('is not held up by a listener that a reload sent away with more time', async () => {
    const upstream = await stage.upstream(silence)
    const clusters = [{ endpoints: [upstream.address] }]
    const test = planes.create()
    const bound = await test.apply({ listeners: [{ name: 'goes' }], clusters })
    const client = await planes.client(bound.get('goes'))
    client.send('req', 1)
    await upstream.received(1)
    await test.apply({ listeners: [{ name: 'stays' }], clusters })
    await test.plane.drain(10)
    await client.received(1)
    expect(client.lines.some(({ properties }) => properties['error'] === 'draining')).toBe(true)
  })
})

test('drain() waits for what filters still do when they are destroyed', async () => {
  const { promise, resolve } = Promise.withResolvers<void>()
  const upstream = await stage.upstream()
  const test = planes.create()
  const clusters = [{ endpoints: [upstream.address] }]
  await test.apply({ listeners: [{ chain: [{ onDestroy: () => promise }, toUp] }], clusters })
  let drained = false
  const draining = test.plane.drain(10).then(() => {
    drained = true
  })
  await quiet()
  expect(drained).toBe(false)
  resolve()
  await draining
})

describe('destroy()', () => {
  test('leaves no timer and no socket behind', async () => {
    const before = process
      .getActiveResourcesInfo()
      .filter((name) => name !== 'Immediate')
      .sort()
    const upstream = await stage.upstream(silence)
    const test = planes.create()
    const bound = await test.apply({ listeners: [{}], clusters: [{ endpoints: [upstream.address] }] })
    const client = await planes.client(bound.get('in'))
    client.send('req', 1)
    await upstream.received(1)
    await planes.clear()
    await stage.clear()
    const after = (): string[] => process.getActiveResourcesInfo().filter((name) => /TCP|Timeout/.test(name))
    await eventually(
      () => after().length <= 1 + before.filter((name) => /TCP|Timeout/.test(name)).length,
      'all is gone',
    )
  })
})
