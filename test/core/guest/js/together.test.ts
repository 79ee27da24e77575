/** Answers of a plugin's process that come together: what comes of them leaves in one go, whatever becomes of each. */
import { afterEach, describe, expect, test } from 'vitest'
import { childFrame } from '../../../../core/guest/js/child/child-frame.ts'
import { eventually } from '../../../support/eventually.ts'
import { RecordingFilter } from '../../../support/recording-filter.ts'
import { Stage } from '../../../support/stage.ts'
import { toUp } from '../../../support/test-proxy.ts'
import { TestRuntime } from '../../../support/test-runtime.ts'
import { JsGuest } from './js-guest.ts'
import { frame, LyingProcess } from './lying-process.ts'

const stage = new Stage()
const guests: JsGuest[] = []
afterEach(async () => {
  await stage.clear()
  for (const guest of guests.splice(0)) guest.stop()
})

const SOURCE = `export function onRequest(metadata, mutation) {
  if (metadata.get('do') === 'fail') throw new Error('no luck')
  if (metadata.get('do') === 'stick') Array.prototype.indexOf.call({ length: 2 ** 53 - 1 }, 1)
  mutation.set('x', metadata.get('do') ?? '')
}`
const [asked, sent] = ['record request', 'record end oneway']

/** A proxy whose requests pass the plugin and then somebody who takes notes. */
async function filtered(policy: 'open' | 'closed' = 'closed') {
  const runtime = new TestRuntime()
  const { departures } = runtime.turn
  const guest = await JsGuest.create(SOURCE, { policy, services: { together: departures } })
  guests.push(guest)
  const record = new RecordingFilter()
  const pair = await stage.pair({ runtime, filters: [guest.stage.filter, record, toUp] })
  const client = await pair.proxy.client()
  client.send('req', 1)
  await client.reply(1)
  record.notes.length = 0
  return { ...pair, client, record, guest, departures }
}

describe('requests whose answers come together', () => {
  test('are sent when all of them have passed the filters, each once and in their order', async () => {
    const { client, upstream, record } = await filtered()
    const names = ['a', 'b', 'c']
    client.socket.write(names.map((name, place) => client.frame('oneway', place + 2, { do: name })).join(''))
    await upstream.received(4)
    expect(record.notes).toEqual([asked, asked, asked, sent, sent, sent])
    expect(upstream.requests.slice(1).map(({ properties }) => properties['x'])).toEqual(names)
  })

  test('are sent also when one of them fails', async () => {
    const { client, upstream, record, departures } = await filtered()
    const frames = ['a', 'fail', 'b'].map((name, place) => client.frame('req', place + 2, { do: name }))
    client.socket.write(frames.join(''))
    const replies = await Promise.all([2, 3, 4].map((id) => client.reply(id)))
    expect(replies.map(({ kind }) => kind)).toEqual(['ok', 'err', 'ok'])
    expect(upstream.requests.slice(1).map(({ properties }) => properties['x'])).toEqual(['a', 'b'])
    expect(record.notes.slice(0, 2)).toEqual([asked, asked])
    expect(departures.begun).toBe(false)
  })

  test('go on when the process dies in the middle, and none waits for others afterwards', async () => {
    const { client, guest, departures } = await filtered('open')
    const frames = ['a', 'stick', 'b'].map((name, place) => client.frame('req', place + 2, { do: name }))
    client.socket.write(frames.join(''))
    const { pid = 0 } = guest.module
    await eventually(() => guest.stage.figure('calls_total') >= 1, 'it is asked')
    process.kill(pid, 'SIGKILL')
    for (const id of [2, 3, 4]) expect((await client.reply(id)).kind).toBe('ok')
    expect(departures.begun).toBe(false)
  })
})

describe('a process that answers', () => {
  test('is heard between a beginning and an end, also where it ends with a lie', async () => {
    const heard: string[] = []
    const together = { begin: () => void heard.push('begin'), end: () => void heard.push('end') }
    const lying = new LyingProcess()
    const told = () => void heard.push('answer')
    for (let call = 0; call < 3; call++) lying.ask(undefined, { together, told })
    const nothing = Buffer.from([4, 0, 0, 0])
    const answered = frame(childFrame.answers, 2, 0, Buffer.concat([nothing, nothing]))
    lying.say(Buffer.concat([answered, frame(childFrame.ready), frame(childFrame.ready)]))
    await eventually(() => lying.ended !== undefined, 'it is ended')
    lying.stop()
    expect(heard).toEqual(['begin', 'answer', 'answer', 'end', 'answer'])
    expect(lying.answers).toEqual([undefined, undefined, 'exited'])
  })
})
