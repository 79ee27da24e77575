import { afterEach, describe, expect, test } from 'vitest'
import { type Filter, forward, Pause, replyError, replyMessage, type Settled } from '../../../sdk/index.ts'
import { quiet } from '../../support/eventually.ts'
import { RecordingFilter } from '../../support/recording-filter.ts'
import { Stage } from '../../support/stage.ts'
import { toUp } from '../../support/test-proxy.ts'

const stage = new Stage()
afterEach(() => stage.clear())

function answering(onRequest: NonNullable<Filter['onRequest']>): Filter {
  return { onRequest }
}

describe('a request filter', () => {
  test('that says nothing, or continue, hands the request to the next filter', async () => {
    const { proxy } = await stage.pair({
      filters: [answering(() => undefined), answering(() => 'continue'), {}, toUp],
    })
    const client = await proxy.client()
    client.send('req', 7, { a: 'b' }, 'body')
    expect(await client.reply(7)).toEqual({ kind: 'ok', id: '7', properties: { a: 'b' }, body: 'body' })
  })

  test('that forwards by handle ends the chain for the request', async () => {
    const after = new RecordingFilter()
    const { proxy } = await stage.pair({ filters: [answering(() => forward(proxy.cluster)), after] })
    const client = await proxy.client()
    client.send('req', 1)
    expect((await client.reply(1)).kind).toBe('ok')
    expect(after.notes).toEqual([])
  })

  test('that forwards to a name nobody has is answered cluster_not_found', async () => {
    const record = new RecordingFilter()
    const proxy = await stage.proxy({ filters: [record, answering(() => forward('down'))] })
    const client = await proxy.client()
    client.send('req', 1)
    expect((await client.reply(1)).properties['error']).toBe('cluster_not_found')
    expect(record.notes).toEqual(['record request', 'record end error cluster_not_found'])
  })

  test('chain without a forward answers route_not_found', async () => {
    const proxy = await stage.proxy({ filters: [new RecordingFilter()] })
    const client = await proxy.client()
    client.send('req', 1)
    expect((await client.reply(1)).properties['error']).toBe('route_not_found')
    expect(proxy.localErrors('route_not_found')).toBe(1)
  })

  test('that replies with an error answers the caller and no upstream is asked', async () => {
    const { proxy, upstream } = await stage.pair({
      filters: [answering(() => replyError('denied', 'not you')), toUp],
    })
    const client = await proxy.client()
    client.send('req', 3)
    expect(await client.reply(3)).toEqual({
      kind: 'err',
      id: '3',
      properties: { error: 'denied' },
      body: 'not you',
    })
    expect(upstream.requests).toEqual([])
    expect(proxy.localErrors('denied')).toBe(1)
  })

  test('that replies with a message answers in the protocol and ends as a local reply', async () => {
    const record = new RecordingFilter()
    const reply = replyMessage({ properties: [['from', 'cache']], body: Buffer.from('kept') })
    const proxy = await stage.proxy({ filters: [record, answering(() => reply)] })
    const client = await proxy.client()
    client.send('req', 3)
    expect(await client.reply(3)).toEqual({
      kind: 'ok',
      id: '3',
      properties: { from: 'cache' },
      body: 'kept',
    })
    expect(record.notes).toEqual(['record request', 'record end local_reply'])
  })

  test('whose reply the protocol cannot say is answered plugin_failed', async () => {
    const reply = replyMessage({ properties: [['fixed', 'x']], body: undefined })
    const proxy = await stage.proxy({ filters: [answering(() => reply)] })
    const client = await proxy.client()
    client.send('req', 3)
    expect(await client.reply(3)).toMatchObject({
      properties: { error: 'plugin_failed' },
      body: '"fixed" cannot be said',
    })
  })

  test('that throws is answered plugin_failed, and the next request passes', async () => {
    const record = new RecordingFilter()
    const { proxy } = await stage.pair({
      filters: [
        record,
        answering((metadata) => {
          if (metadata.has('bad')) throw new Error('a bug')
          return undefined
        }),
        toUp,
      ],
    })
    const client = await proxy.client()
    client.send('req', 1, { bad: 'yes' })
    client.send('req', 2)
    expect((await client.reply(1)).properties['error']).toBe('plugin_failed')
    expect((await client.reply(2)).kind).toBe('ok')
    expect(record.outcomes.map(({ error }) => error)).toEqual(['plugin_failed', undefined])
    expect(proxy.figure('listener_filter_failures_total')).toBe(1)
  })

  test.each([
    ['null', 'null'],
    ['"reject"', 'a word that is no verdict'],
    ['true', 'a boolean'],
    ['{"verdict":"maybe"}', 'a verdict nobody knows'],
    ['{"verdict":"forward"}', 'a forward to nowhere'],
    ['{"verdict":"forward","cluster":{"name":7}}', 'a forward to a number'],
    ['{"verdict":"forward","cluster":"up","timeoutMs":"1s"}', 'a forward with a text for a time'],
    ['{"verdict":"reply","error":{"kind":"denied"}}', 'an error without a text'],
    ['{"verdict":"reply","error":{"kind":"toString","text":"x"}}', 'an error nobody knows'],
    ['{"verdict":"reply","reply":{"properties":[["n",7]]}}', 'a reply without an error'],
  ])('in JavaScript that answers %s, which is %s, is answered plugin_failed', async (json) => {
    const proxy = await stage.proxy({ filters: [answering(() => JSON.parse(json))] })
    const client = await proxy.client()
    client.send('req', 1)
    expect((await client.reply(1)).properties['error']).toBe('plugin_failed')
  })

  test.each([
    ['{"properties":[["n",7]]}', 'a property that is no text'],
    ['{}', 'no properties'],
    ['{"properties":[],"body":"text"}', 'a body that is no buffer'],
  ])('in JavaScript that replies with %s, which has %s, is answered plugin_failed', async (json) => {
    const reply: Filter = answering(() => ({
      verdict: 'reply',
      error: undefined,
      reply: JSON.parse(json),
    }))
    const proxy = await stage.proxy({ filters: [reply] })
    const client = await proxy.client()
    client.send('req', 1)
    expect((await client.reply(1)).properties['error']).toBe('plugin_failed')
  })

  test.each(['7', 'null', '{}', '["a"]'])(
    'in JavaScript that sets %s is answered plugin_failed',
    async (json) => {
      const sets = answering((metadata, mutation) => {
        if (metadata.has('body')) mutation.body(JSON.parse(json))
        else if (metadata.has('key')) mutation.set(JSON.parse(json), 'x')
        else mutation.set('x', JSON.parse(json))
        return undefined
      })
      const { proxy } = await stage.pair({ filters: [sets, toUp] })
      const client = await proxy.client()
      for (const [id, what] of ['body', 'key', 'value'].entries()) client.send('req', id, { [what]: 'x' })
      await client.received(3)
      expect(client.lines.map(({ properties }) => properties['error'])).toEqual(
        Array(3).fill('plugin_failed'),
      )
    },
  )

  test('that throws what cannot be shown is answered plugin_failed', async () => {
    const throws = answering(() => {
      throw Object.create(null)
    })
    const proxy = await stage.proxy({ filters: [throws] })
    const client = await proxy.client()
    client.send('req', 1)
    expect((await client.reply(1)).properties['error']).toBe('plugin_failed')
  })

  test('that drops answers nobody, and the connection goes on', async () => {
    const record = new RecordingFilter()
    const { proxy } = await stage.pair({
      filters: [record, answering((metadata) => (metadata.has('bad') ? 'drop' : undefined)), toUp],
    })
    const client = await proxy.client()
    client.send('req', 1, { bad: 'yes' })
    client.send('req', 2)
    await client.reply(2)
    await quiet()
    expect(client.lines.map(({ id }) => id)).toEqual(['2'])
    expect(record.outcomes[0]).toMatchObject({ result: 'dropped', flags: ['dropped'] })
  })

  test('that closes ends the connection once what else is in flight has been told', async () => {
    const record = new RecordingFilter()
    const { proxy } = await stage.pair(
      { filters: [record, answering((metadata) => (metadata.has('bad') ? 'close' : undefined)), toUp] },
      () => {},
    )
    const client = await proxy.client()
    client.send('req', 1)
    client.send('req', 2, { bad: 'yes' })
    await client.untilEnded()
    expect(client.lines).toMatchObject([{ kind: 'err', id: '1', properties: { error: 'denied' } }])
    expect(record.outcomes.map(({ result }) => result)).toEqual(['dropped', 'error'])
  })
})

describe('a request filter that pauses', () => {
  function pausing(verdict: () => Promise<Settled> | Pause): Filter {
    return answering(() => verdict())
  }

  test('holds the request until it resumes, and the chain goes on behind it', async () => {
    const pause = new Pause()
    const after = new RecordingFilter()
    const { proxy, upstream } = await stage.pair({ filters: [pausing(() => pause), after, toUp] })
    const client = await proxy.client()
    client.send('req', 1)
    client.send('ping', 2)
    await client.reply(2)
    expect(upstream.requests).toEqual([])
    pause.resume()
    expect((await client.reply(1)).kind).toBe('ok')
    expect(after.notes).toEqual(['record request', 'record response', 'record end ok'])
  })

  test('may resume before it has answered', async () => {
    const pause = new Pause()
    pause.resume(replyError('denied', 'at once'))
    const proxy = await stage.proxy({ filters: [pausing(() => pause)] })
    const client = await proxy.client()
    client.send('req', 1)
    expect((await client.reply(1)).body).toBe('at once')
  })

  test('resumes once: later verdicts count for nothing', async () => {
    const pause = new Pause()
    const record = new RecordingFilter()
    const { proxy, upstream } = await stage.pair({ filters: [record, pausing(() => pause), toUp] })
    const client = await proxy.client()
    client.send('req', 1)
    await expect.poll(() => record.notes).toEqual(['record request'])
    pause.resume()
    pause.resume()
    pause.resume(replyError('denied', 'too late'))
    expect((await client.reply(1)).kind).toBe('ok')
    pause.resume('close')
    await quiet()
    expect(client.lines).toHaveLength(1)
    expect(client.ended).toBe(false)
    expect(upstream.requests).toHaveLength(1)
    expect(record.outcomes).toHaveLength(1)
  })

  test('and never resumes is answered plugin_failed after the pause timeout', async () => {
    const pause = new Pause()
    const record = new RecordingFilter()
    const { proxy, upstream } = await stage.pair({ filters: [record, pausing(() => pause), toUp] })
    const client = await proxy.client()
    client.send('req', 1)
    await expect.poll(() => record.notes).toEqual(['record request'])
    proxy.advance(9_990)
    await quiet()
    expect(client.lines).toEqual([])
    proxy.advance(20)
    expect(await client.reply(1)).toMatchObject({
      properties: { error: 'plugin_failed' },
      body: 'a filter held the message longer than 10000 ms',
    })
    pause.resume()
    await quiet()
    expect(upstream.requests).toEqual([])
    expect(record.outcomes).toHaveLength(1)
  })

  test('may resume after its caller has gone, and nothing comes of it', async () => {
    const pause = new Pause()
    const record = new RecordingFilter()
    const { proxy, upstream } = await stage.pair({ filters: [record, pausing(() => pause), toUp] })
    const client = await proxy.client()
    client.send('req', 1)
    await expect.poll(() => record.notes).toEqual(['record request'])
    client.reset()
    await expect.poll(() => record.notes).toContain('record end downstream_gone')
    pause.resume()
    await quiet()
    expect(upstream.requests).toEqual([])
  })

  test('may answer with a promise of a verdict', async () => {
    const { proxy } = await stage.pair({ filters: [pausing(async () => forward('up'))] })
    const client = await proxy.client()
    client.send('req', 1)
    expect((await client.reply(1)).kind).toBe('ok')
  })

  test('with a promise that rejects is answered plugin_failed', async () => {
    const proxy = await stage.proxy({ filters: [pausing(() => Promise.reject(new Error('no')))] })
    const client = await proxy.client()
    client.send('req', 1)
    expect(await client.reply(1)).toMatchObject({ properties: { error: 'plugin_failed' } })
    expect(proxy.figure('listener_filter_failures_total')).toBe(1)
  })
})

describe('a paused exchange', () => {
  test('of one connection holds up nobody else on it', async () => {
    const pause = new Pause()
    const holds: Filter = { onRequest: (metadata) => (metadata.has('hold') ? pause : undefined) }
    const { proxy } = await stage.pair({ filters: [holds, toUp] })
    const client = await proxy.client()
    client.send('req', 1, { hold: 'yes' })
    client.send('req', 2)
    expect((await client.reply(2)).kind).toBe('ok')
    pause.resume()
    expect((await client.reply(1)).kind).toBe('ok')
  })
})
