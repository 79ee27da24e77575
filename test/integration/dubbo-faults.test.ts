import { createServer, type Server, type Socket } from 'node:net'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type Frame, readFrames, requestFrame, responseFrame, STATUS_OK } from '../../examples/demo/frame.ts'
import { hessianMap, hessianString } from '../../examples/demo/hessian.ts'
import { DubboCodec } from '../../plugins/dubbo/codec.ts'
import type { Filter } from '../../sdk/index.ts'
import { eventually, quiet } from '../support/eventually.ts'
import type { LinePeer } from '../support/line-peer.ts'
import { Stage } from '../support/stage.ts'
import { type TestProxy, toUp } from '../support/test-proxy.ts'

const LARGEST_ID = 2n ** 64n - 1n
const MOST_NEGATIVE_ID = 2n ** 63n
const STATUS_SERVER_TIMEOUT = 31
const STATUS_BAD_REQUEST = 40
const STATUS_SERVER_ERROR = 80

const stage = new Stage()

describe('Dubbo frames through the proxy', () => {
  let server: Server
  let address: string
  const providers: Socket[] = []
  const requests: Frame[] = []
  let answer: (frame: Frame, socket: Socket) => void

  beforeEach(async () => {
    answer = (frame, socket) => socket.write(responseFrame(frame.id, STATUS_OK, frame.body))
    server = createServer((socket) => {
      providers.push(socket)
      socket.on('error', () => undefined)
      readFrames(socket, (frame) => {
        requests.push(frame)
        answer(frame, socket)
      })
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const bound = server.address()
    if (bound === null || typeof bound === 'string') throw new Error('no port')
    address = `127.0.0.1:${bound.port}`
  })

  afterEach(async () => {
    await stage.clear()
    for (const socket of providers.splice(0)) socket.destroy()
    requests.length = 0
    server.close()
  })

  async function start(
    filters: readonly Filter[] = [toUp],
  ): Promise<{ proxy: TestProxy; client: LinePeer; replies: Frame[] }> {
    const proxy = await stage.proxy({ codecs: [new DubboCodec()], endpoints: [address], filters })
    const client = await proxy.client()
    const replies: Frame[] = []
    readFrames(client.socket, (frame) => replies.push(frame))
    return { proxy, client, replies }
  }

  test('come back under the ids of their callers: extremes, doubles, and out of order', async () => {
    const { client, replies } = await start()
    const waiting: [Frame, Socket][] = []
    answer = (frame, socket) => {
      if (waiting.push([frame, socket]) < 5) return
      for (const [late, to] of waiting.reverse()) to.write(responseFrame(late.id, STATUS_OK, late.body))
    }
    const ids = [0n, MOST_NEGATIVE_ID, LARGEST_ID, 7n, 7n]
    for (const [n, id] of ids.entries()) client.socket.write(requestFrame(id, call(`nonce-${n}`)))
    await eventually(() => replies.length === 5, 'five replies')
    expect(replies.map(({ id }) => id)).toEqual([...ids].reverse())
    expect(replies.map(({ body }) => nonce(body))).toEqual([4, 3, 2, 1, 0].map((n) => `nonce-${n}`))
    expect(new Set(requests.map(({ id }) => id)).size).toBe(5)
  })

  test('pass byte for byte when they come in pieces of every size', async () => {
    const { client, replies } = await start()
    const body = call('nonce', 'x'.repeat(200))
    const frame = requestFrame(9n, body)
    for (let size = 1; size < frame.length; size += 13) {
      for (let at = 0; at < frame.length; at += size) client.socket.write(frame.subarray(at, at + size))
    }
    const count = Math.ceil((frame.length - 1) / 13)
    await eventually(() => replies.length === count, 'every reply')
    expect(replies.every((reply) => reply.body.equals(body) && reply.id === 9n)).toBe(true)
    expect(requests.every((request) => request.body.equals(body))).toBe(true)
  })

  test('are told by their fields, and changed in their attachments alone', async () => {
    const seen: string[] = []
    const tag: Filter = {
      onRequest: (metadata, mutation) => {
        seen.push(metadata.operation, `${metadata.get('nonce')}`)
        mutation.set('tag', 'gray')
        return undefined
      },
    }
    const { client, replies } = await start([tag, toUp])
    client.socket.write(requestFrame(1n, call('n-1')))
    await eventually(() => replies.length === 1, 'the reply')
    expect(seen).toEqual(['demo.Service/echo', 'n-1'])
    expect(requests[0]?.body.includes('gray')).toBe(true)
    expect(requests[0]?.body.subarray(0, 20)).toEqual(call('n-1').subarray(0, 20))
  })

  test('whose provider dies are answered at once with a status and a sentence', async () => {
    const { client, replies } = await start()
    answer = (_frame, socket) => socket.resetAndDestroy()
    for (const id of [1n, 2n]) client.socket.write(requestFrame(id, call('n')))
    await eventually(() => replies.length === 2, 'two replies')
    expect(replies.map(({ status }) => status)).toEqual([STATUS_SERVER_ERROR, STATUS_SERVER_ERROR])
    expect(String(replies[0]?.body)).toContain('upstream_reset')
  })

  test('whose reply comes too late are answered with a timeout, and the late reply reaches nobody', async () => {
    const { proxy, client, replies } = await start()
    answer = () => undefined
    client.socket.write(requestFrame(5n, call('late')))
    await eventually(() => requests.length === 1, 'the request')
    proxy.advance(30_010)
    await eventually(() => replies.length === 1, 'the error')
    expect([replies[0]?.id, replies[0]?.status]).toEqual([5n, STATUS_SERVER_TIMEOUT])
    providers[0]?.write(responseFrame(requests[0]?.id ?? 0n, STATUS_OK, call('late')))
    await eventually(() => proxy.figure('upstream_late_replies_total') === 1, 'the late reply')
    await quiet()
    expect(replies).toHaveLength(1)
  })

  test('that announce more than is accepted are refused in the protocol, before they have come', async () => {
    const { client, replies } = await start()
    const header = requestFrame(77n, Buffer.alloc(0))
    header.writeUInt32BE(0x7fff_ffff, 12)
    client.socket.write(header)
    await eventually(() => replies.length === 1, 'the error')
    expect([replies[0]?.id, replies[0]?.status]).toEqual([77n, STATUS_BAD_REQUEST])
  })

  test('that are none end their connection, after what is in flight has been answered', async () => {
    const { client, replies } = await start()
    const held: [Frame, Socket][] = []
    answer = (frame, socket) => held.push([frame, socket])
    client.socket.write(Buffer.concat([requestFrame(1n, call('n')), Buffer.from('GET / HTTP/1.1\r\n\r\n')]))
    await eventually(() => held.length === 1, 'the request')
    await quiet()
    expect(client.ended).toBe(false)
    for (const [frame, socket] of held) socket.write(responseFrame(frame.id, STATUS_OK, frame.body))
    await client.untilEnded()
    expect(replies.map(({ id, status }) => [id, status])).toEqual([[1n, STATUS_OK]])
  })

  test('of many callers never reach the wrong one, while the provider dies again and again', async () => {
    const { proxy } = await start()
    let served = 0
    answer = (frame, socket) => {
      if (++served % 97 === 0) socket.resetAndDestroy()
      else setImmediate(() => socket.write(responseFrame(frame.id, STATUS_OK, frame.body)))
    }
    const callers = await Promise.all(
      Array.from({ length: 20 }, async (_, n) => {
        const client = await proxy.client()
        const outcomes = new Map<bigint, string>()
        readFrames(client.socket, (reply) => {
          if (outcomes.has(reply.id)) throw new Error(`a second answer to ${reply.id}`)
          outcomes.set(reply.id, reply.status === STATUS_OK ? nonce(reply.body) : 'error')
        })
        return { client, n, outcomes }
      }),
    )
    for (let id = 0n; id < 100n; id++) {
      for (const { client, n } of callers) client.socket.write(requestFrame(id, call(`${n}/${id}`)))
      if (id % 10n === 0n) await quiet()
    }
    for (const { n, outcomes } of callers) {
      await eventually(() => outcomes.size === 100, `every answer of caller ${n}`)
      for (const [id, outcome] of outcomes) expect(outcome === 'error' || outcome === `${n}/${id}`).toBe(true)
    }
    expect(callers.some(({ outcomes }) => [...outcomes.values()].includes('error'))).toBe(true)
  })
})

/** The body of a call whose one argument is the text and whose attachment is the nonce. */
function call(nonceText: string, argument = 'hello'): Buffer {
  const head = ['2.0.2', 'demo.Service', '0.0.0', 'echo', 'Ljava/lang/String;', argument].map(hessianString)
  return Buffer.concat([...head, hessianMap({ nonce: nonceText })])
}

function nonce(body: Buffer): string {
  const text = body.toString('latin1')
  const at = text.indexOf('nonce') + 'nonce'.length
  return text.slice(at + 1, at + 1 + body.readUInt8(at))
}
