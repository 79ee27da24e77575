/** Requests of one chunk leave together, when all of them have been looked at. */
import { afterEach, describe, expect, it } from 'vitest'
import { replyError, type Verdict } from '../../../sdk/index.ts'
import { eventually } from '../../support/eventually.ts'
import { RecordingFilter } from '../../support/recording-filter.ts'
import { Stage } from '../../support/stage.ts'
import { toUp } from '../../support/test-proxy.ts'

const TOGETHER = 32
const stage = new Stage()
afterEach(() => stage.clear())

describe('requests that came together', () => {
  it('are sent when all have passed the filters, each once and in their order', async () => {
    const record = new RecordingFilter()
    const { proxy, upstream } = await stage.pair({ filters: [record, toUp] })
    const client = await proxy.client()
    client.send('req', 1)
    await client.reply(1)
    record.notes.length = 0
    client.socket.write(client.frame('oneway', 2) + client.frame('oneway', 3))
    await upstream.received(3)
    const [asked, ended] = ['record request', 'record end oneway']
    expect(record.notes).toEqual([asked, asked, ended, ended])
    const count = 3 * TOGETHER + 1
    client.socket.write(
      Array.from({ length: count }, (_, place) => client.frame('oneway', place + 4)).join(''),
    )
    await upstream.received(count + 3)
    expect(record.notes.filter((note) => note === ended)).toHaveLength(count + 2)
  })

  it('are answered by themselves where a filter says so, and one that closes the connection ends the others', async () => {
    let seen = 0
    const judge = {
      onRequest: () =>
        (++seen === 2 ? replyError('denied', 'not you') : seen === 4 ? 'close' : 'continue') as Verdict,
    }
    const { proxy, upstream } = await stage.pair({ filters: [judge, toUp] })
    const client = await proxy.client()
    client.socket.write(client.frame('req', 1) + client.frame('req', 2))
    expect((await client.reply(2)).kind).toBe('err')
    expect((await client.reply(1)).kind).toBe('ok')
    client.socket.write(client.frame('req', 3) + client.frame('req', 4) + client.frame('req', 5))
    expect((await client.reply(3)).kind).toBe('err')
    await eventually(() => client.ended, 'the connection ends')
    expect(upstream.requests.map(({ properties }) => properties)).toHaveLength(1)
  })
})
