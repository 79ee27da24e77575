import { afterEach, describe, expect, test } from 'vitest'
import { type Filter, Pause, replyError } from '../../../sdk/index.ts'
import { eventually, quiet } from '../../support/eventually.ts'
import { RecordingFilter } from '../../support/recording-filter.ts'
import { silence } from '../../support/scripted-upstream.ts'
import { Stage } from '../../support/stage.ts'
import { toUp } from '../../support/test-proxy.ts'

const stage = new Stage()
afterEach(() => stage.clear())

describe('a client connection without ids', () => {
  const slow: Filter = {
    onRequest: (metadata) => {
      const error = metadata.get('fail')
      return error === undefined ? undefined : replyError('denied', error)
    },
  }

  test('gets replies in the order of its requests, whatever the upstreams do', async () => {
    const upstreams = [
      await stage.upstream(silence, 'fifo'),
      await stage.upstream(silence, 'fifo'),
      await stage.upstream(silence, 'fifo'),
    ]
    const proxy = await stage.proxy({ protocol: 'fifo', endpoints: upstreams.map(({ address }) => address) })
    const client = await proxy.client()
    for (const n of ['a', 'b', 'c']) client.send('req', '-', { n })
    for (const upstream of upstreams) await upstream.received(1)
    const later = [...upstreams].sort(
      (one, other) =>
        (other.requests[0]?.properties['n'] ?? '').codePointAt(0)! -
        (one.requests[0]?.properties['n'] ?? '').codePointAt(0)!,
    )
    for (const upstream of later) {
      expect(client.lines).toEqual([])
      const peer = await upstream.peer(0)
      peer.send('ok', '-', upstream.requests[0]?.properties)
      await quiet()
    }
    await client.received(3)
    expect(client.lines.map(({ properties }) => properties['n'])).toEqual(['a', 'b', 'c'])
  })

  test('gets an early error of the proxy in its turn', async () => {
    const { proxy, upstream } = await stage.pair({ protocol: 'fifo', filters: [slow, toUp] }, silence)
    const client = await proxy.client()
    client.send('req', '-', { n: 'a' })
    client.send('req', '-', { fail: 'early' })
    client.send('oneway', '-', { n: 'b' })
    client.send('req', '-', { n: 'c' })
    await upstream.received(3)
    expect(client.lines).toEqual([])
    const peer = await upstream.peer(0)
    peer.send('ok', '-', { n: 'a' })
    peer.send('ok', '-', { n: 'c' })
    await client.received(3)
    expect(client.lines.map(({ properties, body }) => properties['n'] ?? body)).toEqual(['a', 'early', 'c'])
  })

  test('has its requests sent in their order although a filter holds one of them', async () => {
    const held = new Map<string, Pause>()
    const holds: Filter = {
      onRequest: (metadata) => {
        const name = metadata.get('hold')
        if (name === undefined) return undefined
        const pause = new Pause()
        held.set(name, pause)
        return pause
      },
    }
    const { proxy, upstream } = await stage.pair({ protocol: 'fifo', filters: [holds, slow, toUp] })
    const client = await proxy.client()
    client.send('req', '-', { n: 'a' })
    client.send('req', '-', { n: 'b', hold: 'b' })
    client.send('req', '-', { n: 'c' })
    client.send('req', '-', { n: 'd', hold: 'd' })
    client.send('req', '-', { fail: 'e' })
    client.send('req', '-', { n: 'f', hold: 'f' })
    client.send('req', '-', { n: 'g' })
    await eventually(() => held.size === 3, 'three are held')
    await quiet()
    expect(upstream.requests.map(({ properties }) => properties['n'])).toEqual(['a'])
    held.get('d')?.resume()
    await quiet()
    expect(upstream.requests.map(({ properties }) => properties['n'])).toEqual(['a'])
    held.get('b')?.resume()
    await quiet()
    expect(upstream.requests.map(({ properties }) => properties['n'])).toEqual(['a', 'b', 'c', 'd'])
    held.get('f')?.resume()
    await client.received(7)
    const sent = upstream.requests.map(({ properties }) => properties['n'])
    expect(sent).toEqual(['a', 'b', 'c', 'd', 'f', 'g'])
    expect(client.lines.map(({ properties, body }) => properties['n'] ?? body)).toEqual([
      'a',
      'b',
      'c',
      'd',
      'e',
      'f',
      'g',
    ])
  })

  test('that goes away while one of its requests is held has nothing sent that waited behind it', async () => {
    let held = 0
    const holds: Filter = {
      onRequest: (metadata) => {
        if (metadata.get('hold') === undefined) return undefined
        held++
        return new Pause()
      },
    }
    const { proxy, upstream } = await stage.pair({ protocol: 'fifo', filters: [holds, toUp] })
    const [gone, told] = [await proxy.client(), await proxy.client()]
    for (const client of [gone, told]) {
      client.send('req', '-', { hold: 'y' })
      client.send('req', '-', { n: 'behind' })
    }
    await eventually(() => held === 2, 'both are held')
    await quiet()
    gone.reset()
    await eventually(() => proxy.listener.connectionsCount === 1, 'it is gone')
    proxy.listener.leave(0)
    proxy.advance(300)
    await told.received(2)
    expect(upstream.requests).toEqual([])
  })

  test('has those behind a held request sent when it is resumed, refused or too late', async () => {
    for (const end of ['resume', 'refuse', 'late'] as const) {
      let pause: Pause | undefined
      const holds: Filter = {
        onRequest: (metadata) => {
          if (metadata.get('hold') !== undefined) pause = new Pause()
          return metadata.get('hold') === undefined ? undefined : pause
        },
      }
      const { proxy, upstream } = await stage.pair({ protocol: 'fifo', filters: [holds, toUp] })
      const client = await proxy.client()
      client.send('req', '-', { n: 'a', hold: 'y' })
      client.send('req', '-', { n: 'b' })
      client.send('req', '-', { n: 'c' })
      await eventually(() => pause !== undefined, 'it is held')
      await quiet()
      expect(upstream.requests).toEqual([])
      if (end === 'resume') pause?.resume()
      else if (end === 'refuse') pause?.resume(replyError('denied', 'no'))
      else proxy.advance(10_100)
      await client.received(3)
      const sent = upstream.requests.map(({ properties }) => properties['n'])
      expect(sent).toEqual(end === 'resume' ? ['a', 'b', 'c'] : ['b', 'c'])
      expect(client.lines.map(({ kind }) => kind)).toEqual([end === 'resume' ? 'ok' : 'err', 'ok', 'ok'])
    }
  })

  test('is told that a frame is too large only after the replies that are due before', async () => {
    const { proxy, upstream } = await stage.pair(
      { protocol: 'fifo', listener: { 'body-size-max': 64 } },
      silence,
    )
    const client = await proxy.client()
    client.send('req', '-', { n: 'a' })
    client.send('req', '-', {}, 'x'.repeat(100))
    await upstream.received(1)
    await quiet()
    expect(client.lines).toEqual([])
    const peer = await upstream.peer(0)
    peer.send('ok', '-', { n: 'a' })
    await client.untilEnded()
    expect(client.lines.map(({ kind }) => kind)).toEqual(['ok', 'err'])
  })

  test('ends when a request is dropped, because every later reply would be taken for an earlier one', async () => {
    const drops: Filter = { onRequest: (metadata) => (metadata.has('drop') ? 'drop' : undefined) }
    const { proxy, upstream } = await stage.pair({ protocol: 'fifo', filters: [drops, toUp] }, silence)
    const client = await proxy.client()
    client.send('req', '-', { n: 'a' })
    client.send('req', '-', { drop: 'yes' })
    await client.untilEnded()
    expect(client.lines).toMatchObject([{ kind: 'err', properties: { error: 'denied' } }])
    expect(upstream.requests.length).toBeLessThan(2)
  })
})

describe('a client connection without ids whose first reply does not come', () => {
  const late: Filter = {
    onRequest: (metadata) => {
      const size = Number(metadata.get('size') ?? -1)
      return size < 0 ? undefined : replyError('denied', 'x'.repeat(size))
    },
  }

  test('is read no further when as many replies wait for their turn as exchanges are allowed', async () => {
    const record = new RecordingFilter()
    const { proxy, upstream } = await stage.pair(
      { protocol: 'fifo', filters: [record, late, toUp], listener: { 'exchanges-per-connection': 10 } },
      silence,
    )
    const client = await proxy.client()
    client.send('req', '-', { n: 'first' })
    await upstream.received(1)
    for (let n = 0; n < 200; n++) {
      client.send('req', '-', { size: '0' })
      await quiet()
    }
    expect(record.outcomes.length).toBeLessThan(20)
    ;(await upstream.peer(0)).send('ok', '-')
    await client.received(201)
    expect(client.lines[0]?.kind).toBe('ok')
  })

  test('is given up when more waits for its turn than may wait for a client', async () => {
    const { proxy, upstream } = await stage.pair(
      {
        protocol: 'fifo',
        filters: [late, toUp],
        listener: { watermarks: { high: 1_000, low: 500, max: 10_000 } },
      },
      silence,
    )
    const client = await proxy.client()
    client.send('req', '-', { n: 'first' })
    await upstream.received(1)
    for (let n = 0; n < 9; n++) client.send('req', '-', { size: '1000' })
    await quiet()
    expect(client.ended).toBe(false)
    for (let n = 0; n < 3; n++) client.send('req', '-', { size: '1000' })
    await client.untilEnded()
  })
})

describe('a client connection of an exclusive protocol', () => {
  const local: Filter = {
    onRequest: (metadata) => (metadata.has('local') ? replyError('denied', 'here') : undefined),
  }

  test('that sent thousands of requests which end at once gets every answer', async () => {
    const { proxy, upstream } = await stage.pair({ protocol: 'exclusive', filters: [local, toUp] }, silence)
    const client = await proxy.client()
    const frames = client.frame('req', '-', { local: 'y' }).repeat(20_000)
    client.socket.write(client.frame('req', '-') + frames)
    await upstream.received(1)
    await quiet()
    ;(await upstream.peer(0)).send('ok', '-')
    await client.received(20_001)
  })

  test('is read no further while as many requests are held as exchanges are allowed', async () => {
    const { proxy, upstream } = await stage.pair(
      { protocol: 'exclusive', listener: { 'exchanges-per-connection': 10 } },
      silence,
    )
    const client = await proxy.client()
    const peer = async (): Promise<void> => (await upstream.peer(0)).send('ok', '-')
    for (let n = 0; n < 10; n++) client.send('req', '-')
    await upstream.received(1)
    await quiet()
    expect(proxy.figure('listener_read_disables_total')).toBe(1)
    for (let n = 2; n <= 4; n++) {
      await peer()
      await upstream.received(n)
      await quiet()
      // Still the same stop: it has not been read in between.
      expect(proxy.figure('listener_read_disables_total')).toBe(1)
      for (let more = 0; more < 10; more++) client.send('req', '-')
      await quiet()
    }
    upstream.script = (_line, from) => from.send('ok', '-')
    await peer()
    await client.received(40)
  })

  test('has one exchange at a time, the others in their order', async () => {
    const record = new RecordingFilter()
    const { proxy, upstream } = await stage.pair({ protocol: 'exclusive', filters: [record, toUp] }, silence)
    const client = await proxy.client()
    for (const n of ['a', 'b', 'c']) client.send('req', '-', { n })
    const peer = await upstream.peer(0)
    for (let count = 1; count <= 3; count++) {
      await upstream.received(count)
      await quiet()
      expect(upstream.requests).toHaveLength(count)
      peer.send('ok', '-', upstream.requests[count - 1]?.properties)
    }
    await client.received(3)
    expect(client.lines.map(({ properties }) => properties['n'])).toEqual(['a', 'b', 'c'])
    expect(upstream.peers).toHaveLength(1)
  })

  test('that shuts its side after several requests gets all of their answers', async () => {
    const { proxy } = await stage.pair({ protocol: 'exclusive' })
    const client = await proxy.client()
    client.socket.end(['a', 'b', 'c'].map((n) => client.frame('req', '-', { n })).join(''))
    await client.untilClosed()
    expect(client.lines.map(({ properties }) => properties['n'])).toEqual(['a', 'b', 'c'])
  })

  test('gets the error for a frame that is too large after the replies that are due before', async () => {
    const { proxy } = await stage.pair({ protocol: 'exclusive', listener: { 'body-size-max': 64 } })
    const client = await proxy.client()
    client.socket.write(client.frame('req', '-', { n: 'a' }) + client.frame('req', '-', {}, 'x'.repeat(100)))
    await client.untilEnded()
    expect(client.lines.map(({ kind }) => kind)).toEqual(['ok', 'err'])
  })

  test('that drains sends nothing more upstream and answers what waits, in order', async () => {
    const local: Filter = {
      onRequest: (metadata) => (metadata.has('local') ? replyError('denied', 'b') : undefined),
    }
    const { proxy, upstream } = await stage.pair({ protocol: 'exclusive', filters: [local, toUp] }, silence)
    const client = await proxy.client()
    client.send('req', '-', { n: 'a' })
    client.send('req', '-', { local: 'yes' })
    client.send('req', '-', { n: 'c' })
    await upstream.received(1)
    await quiet()
    proxy.listener.leave(1_000)
    proxy.advance(1_000)
    proxy.advance(200)
    await client.untilEnded()
    const answers = client.lines.filter(({ kind }) => kind !== 'drain')
    expect(answers.map(({ kind, properties }) => properties['error'] ?? kind)).toEqual([
      'draining',
      'draining',
      'draining',
    ])
    expect(upstream.requests).toHaveLength(1)
  })
})
