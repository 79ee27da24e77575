import { afterEach, describe, expect, test } from 'vitest'
import { type Filter, forward, Pause, replyError, replyMessage } from '../../../sdk/index.ts'
import { eventually, quiet } from '../../support/eventually.ts'
import { RecordingFilter } from '../../support/recording-filter.ts'
import { Stage } from '../../support/stage.ts'
import { toUp } from '../../support/test-proxy.ts'

const stage = new Stage()
afterEach(() => stage.clear())

function answering(onResponse: NonNullable<Filter['onResponse']>): Filter {
  return { onResponse }
}

describe('a response filter', () => {
  test('runs in reverse order, and only when the request has reached it', async () => {
    const notes: string[] = []
    const { proxy } = await stage.pair({
      filters: [
        new RecordingFilter('one', notes),
        new RecordingFilter('two', notes),
        toUp,
        new RecordingFilter('never', notes),
      ],
    })
    const client = await proxy.client()
    client.send('req', 1)
    await client.reply(1)
    expect(notes).toEqual([
      'one request',
      'two request',
      'two response',
      'one response',
      'one end ok',
      'two end ok',
    ])
  })

  test('that replies with an error replaces the reply', async () => {
    const record = new RecordingFilter()
    const { proxy } = await stage.pair({
      filters: [record, answering(() => replyError('denied', 'not for you')), toUp],
    })
    const client = await proxy.client()
    client.send('req', 1)
    expect((await client.reply(1)).properties['error']).toBe('denied')
    expect(record.notes).toEqual(['record request', 'record end error denied'])
  })

  test('that replies with a message replaces the reply', async () => {
    const record = new RecordingFilter()
    const { proxy } = await stage.pair({
      filters: [record, answering(() => replyMessage({ properties: [], body: Buffer.from('better') })), toUp],
    })
    const client = await proxy.client()
    client.send('req', 1)
    expect((await client.reply(1)).body).toBe('better')
    expect(record.outcomes[0]?.result).toBe('local_reply')
  })

  test('that forwards is answered plugin_failed', async () => {
    const { proxy } = await stage.pair({ filters: [answering(() => forward('up')), toUp] })
    const client = await proxy.client()
    client.send('req', 1)
    expect((await client.reply(1)).properties['error']).toBe('plugin_failed')
  })

  test('that throws is answered plugin_failed', async () => {
    const { proxy } = await stage.pair({
      filters: [
        answering(() => {
          throw new Error('a bug')
        }),
        toUp,
      ],
    })
    const client = await proxy.client()
    client.send('req', 1)
    expect((await client.reply(1)).properties['error']).toBe('plugin_failed')
  })

  test('that answers with what is no verdict is answered plugin_failed', async () => {
    const { proxy } = await stage.pair({ filters: [answering(() => JSON.parse('"reject"')), toUp] })
    const client = await proxy.client()
    client.send('req', 1)
    expect((await client.reply(1)).properties['error']).toBe('plugin_failed')
  })

  test('that drops answers nobody', async () => {
    const record = new RecordingFilter()
    const { proxy } = await stage.pair({ filters: [record, answering(() => 'drop'), toUp] })
    const client = await proxy.client()
    client.send('req', 1)
    await eventually(() => record.outcomes.length === 1, 'the exchange ends')
    await quiet()
    expect(record.outcomes[0]?.result).toBe('dropped')
    expect(client.lines).toEqual([])
  })

  test('that closes ends the connection', async () => {
    const { proxy } = await stage.pair({ filters: [answering(() => 'close'), toUp] })
    const client = await proxy.client()
    client.send('req', 1)
    await client.untilEnded()
    expect(client.lines).toEqual([])
  })

  test('that pauses holds the reply, and further resumes count for nothing', async () => {
    const pause = new Pause()
    const held = new RecordingFilter('held')
    const { proxy } = await stage.pair({ filters: [held, answering(() => pause), toUp] })
    const client = await proxy.client()
    client.send('req', 1)
    await eventually(() => proxy.chain.exchangesActive === 1, 'the exchange runs')
    await quiet()
    expect(client.lines).toEqual([])
    pause.resume()
    pause.resume('drop')
    expect((await client.reply(1)).kind).toBe('ok')
    expect(held.notes).toEqual(['held request', 'held response', 'held end ok'])
  })

  test('that never resumes is answered plugin_failed after the pause timeout', async () => {
    let paused = false
    const { proxy } = await stage.pair({
      filters: [
        answering(() => {
          paused = true
          return new Pause()
        }),
        toUp,
      ],
    })
    const client = await proxy.client()
    client.send('req', 1)
    await eventually(() => paused, 'the reply is held')
    proxy.advance(10_010)
    expect((await client.reply(1)).properties['error']).toBe('plugin_failed')
  })

  test('may answer with a promise; one that rejects is answered plugin_failed', async () => {
    const { proxy } = await stage.pair({
      filters: [
        answering(async (metadata) => {
          if (metadata.has('bad')) throw new Error('no')
          return undefined
        }),
        toUp,
      ],
    })
    const client = await proxy.client()
    client.send('req', 1)
    client.send('req', 2, { bad: 'yes' })
    expect((await client.reply(1)).kind).toBe('ok')
    expect((await client.reply(2)).properties['error']).toBe('plugin_failed')
  })

  test('whose change the protocol cannot carry is answered bad_response', async () => {
    const { proxy } = await stage.pair({
      filters: [
        answering((_metadata, mutation) => {
          mutation.set('fixed', 'x')
          return undefined
        }),
        toUp,
      ],
    })
    const client = await proxy.client()
    client.send('req', 1)
    expect(await client.reply(1)).toMatchObject({
      properties: { error: 'bad_response' },
      body: '"fixed" cannot be changed',
    })
    expect(proxy.figure('listener_encode_problems_total')).toBe(1)
  })
})
