/** Requests of one chunk leave together, when all of them have been looked at. */
import { afterEach, describe, expect, it } from 'vitest'
import { Departures } from '../../../core/exchange/departures.ts'
import { replyError, type Verdict } from '../../../sdk/index.ts'
import { eventually } from '../../support/eventually.ts'
import { RecordingFilter } from '../../support/recording-filter.ts'
import { Stage } from '../../support/stage.ts'
import { toUp } from '../../support/test-proxy.ts'

const TOGETHER = 32
const stage = new Stage()
afterEach(() => stage.clear())

function departing(sent: number[], number: number, then?: () => void) {
  return {
    proceed: () => {
      sent.push(number)
      then?.()
    },
  }
}

describe('Departures', () => {
  it('sends what comes by itself at once, and what comes with others behind the last of them', () => {
    const departures = new Departures()
    const sent: number[] = []
    departures.add(departing(sent, 1))
    expect(sent).toEqual([1])
    departures.begin()
    departures.add(departing(sent, 2))
    departures.add(departing(sent, 3))
    expect(sent).toEqual([1])
    departures.end()
    expect(sent).toEqual([1, 2, 3])
    departures.add(departing(sent, 4))
    expect(sent).toEqual([1, 2, 3, 4])
  })

  it('sends so many together and no more', () => {
    const departures = new Departures()
    const sent: number[] = []
    departures.begin()
    for (let number = 1; number < TOGETHER; number++) departures.add(departing(sent, number))
    expect(sent).toEqual([])
    departures.add(departing(sent, TOGETHER))
    expect(sent).toHaveLength(TOGETHER)
    departures.add(departing(sent, TOGETHER + 1))
    expect(sent).toHaveLength(TOGETHER)
    departures.end()
    expect(sent).toEqual(Array.from({ length: TOGETHER + 1 }, (_, place) => place + 1))
  })

  it('sends once what comes while others are sent', () => {
    const departures = new Departures()
    const sent: number[] = []
    departures.begin()
    for (let number = 1; number <= TOGETHER; number++)
      departures.add(
        departing(sent, number, number === 5 ? () => departures.add(departing(sent, 100)) : undefined),
      )
    departures.end()
    expect(sent.toSorted((one, other) => one - other)).toEqual([
      ...Array.from({ length: TOGETHER }, (_, place) => place + 1),
      100,
    ])
  })
})

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
