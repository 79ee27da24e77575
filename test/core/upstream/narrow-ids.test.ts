import { afterEach, describe, expect, test } from 'vitest'
import type { ByteWriter, Codec, EncodeProblem, Message } from '../../../sdk/index.ts'
import { eventually, quiet } from '../../support/eventually.ts'
import { LineCodec } from '../../support/line-codec.ts'
import { Stage } from '../../support/stage.ts'

const stage = new Stage()
afterEach(() => stage.clear())

/** The test protocol with ids that are texts, padded as some protocols want them. */
class TextIds extends LineCodec {
  readonly textIds = true

  constructor() {
    super('ids', 31)
  }

  override createDecoder(...given: Parameters<Codec['createDecoder']>) {
    const inner = super.createDecoder(...given)
    const decode: typeof inner.decode = (chunk, sink) =>
      inner.decode(chunk, {
        need: (bytes) => sink.need(bytes),
        refused: (message, text) => sink.refused(message, text),
        malformed: (code, text) => sink.malformed(code, text),
        message: (message) => {
          message.idText = String(message.idLow)
          message.idLow = 0
          sink.message(message)
        },
      })
    return { pendingBytes: 0, decode }
  }

  override encode(
    message: Message,
    _high: number,
    _low: number,
    out: ByteWriter,
    idText = '',
  ): EncodeProblem | undefined {
    return super.encode(message, 0, Number(idText), out)
  }

  override encodeError(request: Message, ...rest: [Parameters<Codec['encodeError']>[1], ByteWriter]): void {
    super.encodeError(Object.assign(request, { idLow: Number(request.idText) }), ...rest)
  }
}

describe('ids of four bits', () => {
  const codecs = [new LineCodec('ids', 4)]

  test('make another connection when all of one are in use', async () => {
    const { proxy, upstream } = await stage.pair({ codecs }, () => {})
    const client = await proxy.client()
    for (let id = 1; id <= 20; id++) client.send('req', id)
    await upstream.received(20)
    expect(upstream.open.length).toBe(2)
    for (const peer of upstream.open) {
      const ids = peer.lines.map(({ id }) => Number(id))
      expect(new Set(ids).size).toBe(ids.length)
      expect(Math.max(...ids)).toBeLessThan(16)
      for (const id of ids) peer.send('ok', id)
    }
    for (let id = 1; id <= 20; id++) expect((await client.reply(id)).kind).toBe('ok')
  })

  test('are waited for where no further connection is allowed', async () => {
    const { proxy, upstream } = await stage.pair({ codecs, cluster: { 'connections-max': 1 } }, () => {})
    const client = await proxy.client()
    for (let id = 1; id <= 20; id++) client.send('req', id)
    await upstream.received(16)
    await quiet()
    expect([upstream.requests.length, upstream.open.length]).toEqual([16, 1])
    for (const { id } of upstream.requests.slice()) upstream.open[0]?.send('ok', id)
    await upstream.received(20)
    for (const { id } of upstream.requests.slice(16)) upstream.open[0]?.send('ok', id)
    for (let id = 1; id <= 20; id++) expect((await client.reply(id)).kind).toBe('ok')
  })

  test('never hand a late reply to a caller who came later', async () => {
    const { proxy, upstream } = await stage.pair(
      { codecs, cluster: { 'connections-max': 1 }, listener: { 'request-timeout': 1_000 } },
      () => {},
    )
    const client = await proxy.client()
    client.send('req', 100, { n: 'late' })
    const [late] = await upstream.received(1)
    proxy.advance(1_100)
    expect((await client.reply(100)).kind).toBe('err')
    for (let id = 1; id <= 15; id++) client.send('req', id)
    await upstream.received(16)
    expect(upstream.requests.slice(1).map(({ id }) => id)).not.toContain(late?.id)
    upstream.open[0]?.send('ok', late?.id ?? '', { n: 'late' })
    for (const { id } of upstream.requests.slice(1)) upstream.open[0]?.send('ok', id, { n: 'own' })
    for (let id = 1; id <= 15; id++) expect((await client.reply(id)).properties['n']).toBe('own')
    await eventually(() => proxy.figure('upstream_late_replies_total') === 1, 'the late reply is dropped')
  })
})

describe('ids that are texts', () => {
  test('are multiplexed over one connection, and callers get their own back', async () => {
    const { proxy, upstream } = await stage.pair({ codecs: [new TextIds()] }, (line, peer) =>
      peer.send('ok', `000${line.id}`, line.properties),
    )
    const [one, two] = [await proxy.client(), await proxy.client()]
    for (const client of [one, two]) {
      for (const id of [7, 8, 9]) client.send('req', id, { of: client === one ? 'one' : 'two' })
    }
    for (const id of [7, 8, 9]) {
      expect((await one.reply(id)).properties['of']).toBe('one')
      expect((await two.reply(id)).properties['of']).toBe('two')
    }
    expect(new Set(upstream.requests.map(({ id }) => id)).size).toBe(6)
    expect(upstream.open.length).toBe(1)
  })
})
