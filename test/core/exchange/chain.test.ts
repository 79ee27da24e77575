import { afterEach, describe, expect, test } from 'vitest'
import { eventually } from '../../support/eventually.ts'
import { RecordingFilter } from '../../support/recording-filter.ts'
import { silence } from '../../support/scripted-upstream.ts'
import { Stage } from '../../support/stage.ts'
import { chainOf, toUp } from '../../support/test-proxy.ts'

const stage = new Stage()
afterEach(() => stage.clear())

describe('FilterChain', () => {
  test('destroys its filters at once when it retires and nothing runs on it', () => {
    const record = new RecordingFilter()
    chainOf([record]).retire()
    expect(record.destroyed).toBe(1)
  })

  test('destroys its filters after the last exchange that began on it, and once', async () => {
    const record = new RecordingFilter()
    const { proxy, upstream } = await stage.pair({ filters: [record, toUp] }, silence)
    const client = await proxy.client()
    client.send('req', 1)
    client.send('req', 2)
    await upstream.received(2)
    proxy.chain.retire()
    proxy.chain.retire()
    expect(record.destroyed).toBe(0)
    const peer = await upstream.peer(0)
    peer.send('ok', upstream.requests[0]?.id ?? '')
    await client.received(1)
    expect(record.destroyed).toBe(0)
    peer.send('ok', upstream.requests[1]?.id ?? '')
    await client.received(2)
    await eventually(() => record.destroyed === 1, 'the filter is destroyed')
    expect(record.notes.at(-1)).toBe('record end ok')
  })

  test('is destroyed once, although an exchange begins on it after it retired', async () => {
    const record = new RecordingFilter()
    const { proxy } = await stage.pair({ filters: [record, toUp] })
    proxy.chain.retire()
    const client = await proxy.client()
    client.send('req', 1)
    await client.reply(1)
    expect(record.destroyed).toBe(1)
  })

  test('takes the last filter that finds routes as the one that does', () => {
    const first = { route: () => undefined }
    const last = { route: () => undefined }
    expect(chainOf([first, last, {}]).routeSource).toBe(last)
  })
})
