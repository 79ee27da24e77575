import { afterEach, describe, expect, test } from 'vitest'
import { type Codec, type Filter, forward } from '../../../sdk/index.ts'
import { eventually } from '../../support/eventually.ts'
import { LineCodec } from '../../support/line-codec.ts'
import { Stage } from '../../support/stage.ts'

const stage = new Stage()
afterEach(() => stage.clear())

type Site =
  | 'decode'
  | 'createDecoder'
  | 'encode'
  | 'encodeError'
  | 'encodeReply'
  | 'encodeHeartbeatReply'
  | 'sniff'

/** A codec that throws at one place, for messages that say so. */
class Thrower extends LineCodec {
  armed = true
  readonly #site: Site

  constructor(site: Site) {
    super('ids')
    this.#site = site
  }

  #at(site: Site): void {
    if (this.armed && this.#site === site) throw new Error(`thrown in ${site}`)
  }

  override createDecoder(...given: Parameters<Codec['createDecoder']>) {
    this.#at('createDecoder')
    const inner = super.createDecoder(...given)
    const decode: typeof inner.decode = (chunk, sink) => {
      if (chunk.includes('bad')) this.#at('decode')
      inner.decode(chunk, sink)
    }
    return { pendingBytes: 0, decode }
  }

  override encode(...given: Parameters<Codec['encode']>) {
    if (given[0].has('bad')) this.#at('encode')
    return super.encode(given[0], given[1], given[2], given[3])
  }

  override encodeError(...given: Parameters<Codec['encodeError']>) {
    if (given[0].has('bad')) this.#at('encodeError')
    super.encodeError(...given)
  }

  override encodeReply(...given: Parameters<LineCodec['encodeReply']>) {
    if (given[0].has('bad')) this.#at('encodeReply')
    return super.encodeReply(...given)
  }

  override encodeHeartbeatReply(...given: Parameters<LineCodec['encodeHeartbeatReply']>) {
    if (given[0].has('bad')) this.#at('encodeHeartbeatReply')
    super.encodeHeartbeatReply(...given)
  }

  override sniff(bytes: Buffer) {
    if (bytes.includes('bad')) this.#at('sniff')
    return super.sniff(bytes)
  }
}

const answering: Filter = {
  onRequest: (metadata) => {
    if (metadata.get('want') === 'error')
      return { verdict: 'reply', error: { kind: 'denied', text: '' }, reply: undefined }
    if (metadata.get('want') === 'reply')
      return { verdict: 'reply', error: undefined, reply: { properties: [], body: undefined } }
    return forward('up')
  },
}

describe('a codec that throws', () => {
  test.each([
    ['decode', 'req', {}],
    ['encodeError', 'req', { want: 'error' }],
    ['encodeReply', 'req', { want: 'reply' }],
    ['encodeHeartbeatReply', 'ping', {}],
  ] as const)('in %s costs the connection it was asked for, and no other', async (site, kind, properties) => {
    const { proxy } = await stage.pair({ codecs: [new Thrower(site)], filters: [answering] })
    const [good, bad] = [await proxy.client(), await proxy.client()]
    good.send('req', 1)
    await good.reply(1)
    bad.send(kind, 7, { bad: '1', ...properties })
    await bad.untilEnded()
    good.send('req', 2)
    expect((await good.reply(2)).kind).toBe('ok')
    expect(proxy.figure('listener_codec_failures_total')).toBe(1)
    expect(proxy.runtime.lines).toContain('a codec threw')
  })

  test('in the encode of a request costs the connection to the endpoint; its caller is told', async () => {
    const { proxy } = await stage.pair({ codecs: [new Thrower('encode')], filters: [answering] })
    const client = await proxy.client()
    client.send('req', 1, { bad: '1' })
    expect((await client.reply(1)).kind).toBe('err')
    await eventually(() => proxy.figure('upstream_codec_failures_total') === 1, 'it is counted')
    client.send('req', 2)
    expect((await client.reply(2)).kind).toBe('ok')
  })

  test('when a connection begins ends that one', async () => {
    const codec = new Thrower('createDecoder')
    const { proxy } = await stage.pair({ codecs: [codec], filters: [answering] })
    const bad = await proxy.client()
    await bad.untilEnded()
    codec.armed = false
    const good = await proxy.client()
    good.send('req', 1)
    expect((await good.reply(1)).kind).toBe('ok')
  })

  test('when it is shown first bytes has not recognised them', async () => {
    const codecs = [new Thrower('sniff'), new LineCodec('ids')]
    const upstream = await stage.upstream()
    const proxy = await stage.proxy({ codecs, listener: { protocol: 'auto' }, endpoints: [upstream.address] })
    const client = await proxy.client()
    client.send('req', 1, { bad: '1' })
    expect((await client.reply(1)).kind).toBe('ok')
    expect(proxy.figure('listener_codec_failures_total')).toBe(1)
  })
})

describe('a codec that was replaced', () => {
  test('ends when the last connection on either side that speaks it has, and its upstream connections with its clients', async () => {
    let ended = 0
    const codec: Codec = new LineCodec('ids')
    codec.life = { version: '1', replaced: false, connections: 0, users: 0, end: () => ended++ }
    const { proxy } = await stage.pair({ codecs: [codec] })
    const [one, two] = [await proxy.client(), await proxy.client()]
    for (const client of [one, two]) {
      client.send('req', 1)
      await client.reply(1)
    }
    expect([codec.life.connections, codec.life.users]).toEqual([2, 3])
    codec.life.replaced = true
    one.socket.end()
    await eventually(() => codec.life?.connections === 1, 'one client is gone')
    proxy.sweep()
    expect([codec.life.users, ended]).toEqual([2, 0])
    two.send('req', 2)
    expect((await two.reply(2)).kind).toBe('ok')
    two.socket.end()
    await eventually(() => codec.life?.connections === 0, 'the other is gone')
    expect(ended).toBe(0)
    proxy.sweep()
    await eventually(() => ended === 1, 'nobody speaks it')
    expect(codec.life.users).toBe(0)
  })
})
