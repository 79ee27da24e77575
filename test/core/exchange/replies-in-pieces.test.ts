import { createHash } from 'node:crypto'
import { afterEach, describe, expect, test } from 'vitest'
import { type Filter, type Metadata, type Outcome, Pause, replyError } from '../../../sdk/index.ts'
import type { BytePeer } from '../../support/byte-peer.ts'
import { eventually, quiet } from '../../support/eventually.ts'
import {
  asking,
  CHUNK_BYTES,
  GET,
  LETTERS,
  PING,
  untilAnswered,
  untilMuchWaits,
  WATERMARKS,
} from '../../support/redis-pieces.ts'
import { type RedisPair, RedisStage } from '../../support/redis-stage.ts'
import { toUp } from '../../support/test-proxy.ts'

const stage = new RedisStage()
afterEach(() => stage.clear())

const SIZE = LETTERS.length
const HEAD = `$${SIZE}\r\n`
const HALF = SIZE / 2

/** A client that was sent the beginning of a large reply, and the upstream connection it came from. */
async function halfReplied(pair: RedisPair): Promise<readonly [client: BytePeer, peer: BytePeer]> {
  const [client, peer] = await asking(pair, GET)
  peer.send(HEAD + LETTERS.slice(0, HALF))
  await client.received(HEAD.length + HALF)
  return [client, peer]
}

/** A client whose reply is far larger than what may wait, and which does not read it. */
async function stalled(pair: RedisPair): Promise<readonly [client: BytePeer, peer: BytePeer, reply: Buffer]> {
  const [client, peer] = await asking(pair, GET)
  client.socket.pause()
  const size = 16 * 1_048_576
  const reply = Buffer.concat([
    Buffer.from(`$${size}\r\n`),
    Buffer.alloc(size, 'abcdefghij'),
    Buffer.from('\r\n'),
  ])
  peer.socket.write(reply)
  await untilMuchWaits(pair)
  return [client, peer, reply]
}

class Watching implements Filter {
  readonly pieces: string[] = []
  readonly outcomes: Outcome[] = []

  onStreamData(metadata: Metadata): undefined {
    this.pieces.push(`${metadata.kind} ${metadata.status} ${metadata.body.toString('latin1')}`)
  }

  onEnd(_exchange: unknown, outcome: Outcome): void {
    this.outcomes.push({ ...outcome, responseBytes: outcome.responseBytes })
  }
}

describe('a reply that is large', () => {
  test('goes on before it is whole, as the bytes it came in, and is counted as a whole', async () => {
    const watching = new Watching()
    const pair = await stage.pair({ filters: [watching, toUp] })
    const [client, peer] = await halfReplied(pair)
    expect(client.text).toBe(HEAD + LETTERS.slice(0, HALF))
    expect(watching.outcomes).toHaveLength(0)
    peer.send(`${LETTERS.slice(HALF)}\r`)
    await client.received(HEAD.length + SIZE + 1)
    peer.send('\n')
    expect(await client.until('\r\n')).toBe(`${HEAD}${LETTERS}\r\n`)
    expect(watching.outcomes).toMatchObject([{ result: 'ok', responseBytes: HEAD.length + SIZE + 2 }])
    expect(watching.pieces.join('').replaceAll(/stream-(data|close) 0 /g, '')).toBe(LETTERS)
  })

  test('of 64 MiB passes a slow reader with little of it waiting, in order with what stands beside it', async () => {
    const pair = await stage.pair({ listener: WATERMARKS, cluster: WATERMARKS })
    const client = await pair.client()
    client.send(PING + GET + PING)
    const peer = await pair.server.peer(0)
    await peer.received(2 * PING.length + GET.length)
    const size = 64 * 1_048_576
    const block = Buffer.from(Uint8Array.from({ length: 1_048_576 }, (_, at) => (at * 7919) >>> 8))
    const sent = createHash('sha1')
    const got = createHash('sha1')
    let gotBytes = 0
    let waitingMax = 0
    // It stops again and again until as much waits as may.
    client.socket.removeAllListeners('data')
    client.socket.on('data', (part: Buffer) => {
      const before = gotBytes
      gotBytes += part.length
      got.update(part)
      waitingMax = Math.max(waitingMax, pair.waiting())
      if (before >>> 23 === gotBytes >>> 23 || gotBytes > 50_000_000) return
      client.socket.pause()
      void eventually(() => pair.waiting() > 200_000, 'much waits').then(() => client.socket.resume())
    })
    peer.send(`+FIRST\r\n$${size}\r\n`)
    sent.update(`+FIRST\r\n$${size}\r\n`)
    for (let block64 = 0; block64 < 64; block64++) {
      sent.update(block)
      if (!peer.socket.write(block)) await new Promise((resolve) => peer.socket.once('drain', resolve))
    }
    peer.send('\r\n+LAST\r\n')
    sent.update('\r\n+LAST\r\n')
    await eventually(() => gotBytes === size + 28, 'every byte')
    expect(got.digest('hex')).toBe(sent.digest('hex'))
    expect(waitingMax).toBeGreaterThan(200_000)
    expect(waitingMax).toBeLessThan(200_000 + 3 * CHUNK_BYTES)
    await eventually(() => pair.waiting() === 0, 'nothing waits any more')
  })

  test('waits while a filter holds its beginning, as far as may wait', async () => {
    let pause: Pause | undefined
    const holds: Filter = {
      onResponse: () => {
        pause = new Pause()
        return pause
      },
    }
    const pair = await stage.pair({ filters: [holds, toUp], cluster: WATERMARKS, listener: WATERMARKS })
    const [client, peer] = await asking(pair, GET)
    const value = Buffer.alloc(4 * 1_048_576, 'abcdefghij')
    peer.send(`$${value.length}\r\n`)
    peer.socket.write(value)
    peer.send('\r\n')
    await untilMuchWaits(pair)
    expect(pair.waiting()).toBeLessThan(200_000 + CHUNK_BYTES)
    expect(client.size).toBe(0)
    pause?.resume()
    const bytes = await client.received(value.length + 12)
    expect(bytes.subarray(-value.length - 2, -2).equals(value)).toBe(true)
  })

  test('waits for the replies that are due before it', async () => {
    let pause: Pause | undefined
    const holds: Filter = {
      onResponse: (metadata) => {
        if (metadata.get('type') !== 'simple') return undefined
        pause = new Pause()
        return pause
      },
    }
    const pair = await stage.pair({ filters: [holds, toUp] })
    const client = await pair.client()
    client.send(PING + GET)
    const peer = await pair.server.peer(0)
    await peer.received(PING.length + GET.length)
    peer.send(`+PONG\r\n${HEAD}${LETTERS.slice(0, HALF)}`)
    await eventually(() => pause !== undefined, 'the first one is held')
    await quiet()
    peer.send(`${LETTERS.slice(HALF)}\r\n`)
    await quiet()
    expect(client.size).toBe(0)
    pause?.resume()
    expect(await client.until(`${LETTERS.slice(-9)}\r\n`)).toBe(`+PONG\r\n${HEAD}${LETTERS}\r\n`)
  })

  test('is joined where a filter reads bodies, and replaced where one says so', async () => {
    const seen: string[] = []
    const reading: Filter = {
      wholeBodies: { request: false, response: true },
      onResponse: (metadata) => void seen.push(metadata.body.toString('latin1')),
    }
    const joined = await stage.pair({ filters: [reading, toUp] })
    const client = await joined.client()
    client.send(GET)
    const peer = await joined.server.peer(0)
    await peer.received(GET.length)
    peer.send(HEAD + LETTERS.slice(0, HALF))
    await quiet()
    expect(client.size).toBe(0)
    peer.send(`${LETTERS.slice(HALF)}\r\n`)
    expect(await client.until('\r\n')).toBe(`${HEAD}${LETTERS}\r\n`)
    expect(seen).toEqual([LETTERS])

    const replacing: Filter = {
      onResponse: (_metadata, mutation) => void mutation.body(Buffer.from('small')),
    }
    const replaced = await stage.pair({ filters: [replacing, toUp] })
    const [other, next] = [await replaced.client(), await replaced.client()]
    other.send(GET)
    const from = await replaced.server.peer(0)
    await from.received(GET.length)
    from.send(HEAD + LETTERS.slice(0, HALF))
    expect(await other.until('small\r\n')).toBe('$5\r\nsmall\r\n')
    next.send(PING)
    await from.received(GET.length + PING.length)
    from.send(`${LETTERS.slice(HALF)}\r\n+PONG\r\n`)
    expect(await next.until('small\r\n')).toBe('$5\r\nsmall\r\n')
  })
})

test('who asks while a large reply comes is sent elsewhere as soon as there is another connection', async () => {
  const pair = await stage.pair({ cluster: { 'connections-max': 2 } })
  const [client, peer] = await halfReplied(pair)
  const others = [await pair.client(), await pair.client()]
  others[0]?.send(PING)
  await peer.received(GET.length + PING.length)
  const relief = await pair.server.peer(1)
  others[1]?.send(PING)
  await relief.received(PING.length)
  relief.send('+PONG\r\n')
  expect(await others[1]?.until('+PONG\r\n')).toBe('+PONG\r\n')
  peer.send(`${LETTERS.slice(HALF)}\r\n+PONG\r\n`)
  expect(await others[0]?.until('+PONG\r\n')).toBe('+PONG\r\n')
  await client.received(HEAD.length + SIZE + 2)
})

describe('a client that does not read its reply', () => {
  test('stops its upstream connection, on which nobody else then sends', async () => {
    const pair = await stage.pair({ listener: WATERMARKS, cluster: WATERMARKS })
    const [client, peer, reply] = await stalled(pair)
    expect(pair.waiting()).toBeLessThan(200_000 + 3 * CHUNK_BYTES)
    pair.proxy.advance(5_000)
    await quiet()
    expect(pair.waiting()).toBeLessThan(200_000 + 3 * CHUNK_BYTES)
    const other = await pair.client()
    await untilAnswered(pair, other, 1)
    client.socket.resume()
    expect((await client.received(reply.length)).equals(reply)).toBe(true)
    expect(peer.size).toBe(GET.length)
  })

  test('keeps those who wait behind its reply waiting for a second and no longer', async () => {
    const pair = await stage.pair({
      listener: WATERMARKS,
      cluster: { ...WATERMARKS, 'connections-max': 1 },
    })
    const [client, other] = [await pair.client(), await pair.client()]
    client.send(GET)
    const peer = await pair.server.peer(0)
    await peer.received(GET.length)
    other.send(PING)
    await peer.received(GET.length + PING.length)
    client.socket.pause()
    const value = Buffer.alloc(8 * 1_048_576, 'abcdefghij')
    peer.send(`$${value.length}\r\n`)
    peer.socket.write(value)
    peer.send('\r\n+PONG\r\n')
    await untilMuchWaits(pair)
    expect(other.size).toBe(0)
    pair.proxy.advance(900)
    await quiet()
    expect(other.size).toBe(0)
    pair.proxy.advance(200)
    expect(await other.until('\r\n')).toBe('+PONG\r\n')
    client.socket.resume()
    const bytes = await client.received(value.length + 12)
    expect(bytes.subarray(-value.length - 2, -2).equals(value)).toBe(true)
  })

  test('keeps those who wait for a connection waiting no longer either', async () => {
    const pair = await stage.pair({ listener: WATERMARKS, cluster: { ...WATERMARKS, 'connections-max': 1 } })
    const [client, peer, reply] = await stalled(pair)
    const other = await pair.client()
    other.send(PING)
    await eventually(() => pair.proxy.cluster.report().endpoints[0]?.pending === 1, 'it waits')
    pair.proxy.advance(1_100)
    await peer.received(GET.length + PING.length)
    peer.send('+PONG\r\n')
    expect(await other.until('\r\n')).toBe('+PONG\r\n')
    client.socket.resume()
    expect((await client.received(reply.length)).equals(reply)).toBe(true)
  })

  test('is given up when too much waits for it', async () => {
    const max = { watermarks: { high: 200_000, low: 100_000, max: 2_000_000 } }
    const pair = await stage.pair({ listener: max, cluster: { ...max, 'connections-max': 1 } })
    const [client] = await stalled(pair)
    const other = await pair.client()
    other.send(PING)
    await eventually(() => pair.proxy.cluster.report().endpoints[0]?.pending === 1, 'it waits')
    pair.proxy.advance(1_100)
    await eventually(() => pair.proxy.listener.connectionsCount === 1, 'it is given up')
    const peer = await pair.server.peer(0)
    await peer.received(GET.length + PING.length)
    peer.send('+PONG\r\n')
    expect(await other.until('\r\n')).toBe('+PONG\r\n')
    client.socket.destroy()
  })

  test('and goes away leaves its upstream connection to those who wait there', async () => {
    const pair = await stage.pair({ listener: WATERMARKS, cluster: { ...WATERMARKS, 'connections-max': 1 } })
    const [client, other] = [await pair.client(), await pair.client()]
    client.send(GET)
    const peer = await pair.server.peer(0)
    await peer.received(GET.length)
    other.send(PING)
    await peer.received(GET.length + PING.length)
    client.socket.pause()
    peer.socket.write(
      Buffer.concat([Buffer.from('$8000000\r\n'), Buffer.alloc(8_000_000), Buffer.from('\r\n+PONG\r\n')]),
    )
    await eventually(() => pair.waiting() > 200_000, 'much waits')
    client.socket.resetAndDestroy()
    expect(await other.until('\r\n')).toBe('+PONG\r\n')
    expect(pair.server.peers).toHaveLength(1)
  })

  test('and goes away ends its upstream connection where nobody waits, for the rest would be read for nothing', async () => {
    const pair = await stage.pair({ listener: WATERMARKS, cluster: WATERMARKS })
    const [client, peer] = await stalled(pair)
    client.socket.resetAndDestroy()
    await peer.untilClosed()
    const other = await pair.client()
    await untilAnswered(pair, other, 1)
  })
})

describe('a reply of which the rest does not come', () => {
  test("because its upstream died ends the connection of its client, and nobody else's", async () => {
    const watching = new Watching()
    const pair = await stage.pair({ filters: [watching, toUp] })
    const other = await pair.client()
    const [client, peer] = await halfReplied(pair)
    client.send(PING)
    await peer.received(GET.length + PING.length)
    peer.socket.resetAndDestroy()
    await client.untilClosed()
    expect(client.size).toBe(HEAD.length + HALF)
    await eventually(() => watching.outcomes.length === 2, 'both have ended')
    expect(watching.outcomes).toMatchObject([
      { result: 'error', error: 'upstream_reset', responseBytes: HEAD.length + HALF },
      { error: 'upstream_reset' },
    ])
    await untilAnswered(pair, other, 1)
  })

  test('in time ends both connections', async () => {
    const pair = await stage.pair({ listener: { 'request-timeout': 1_000 } })
    const [client, peer] = await halfReplied(pair)
    pair.proxy.advance(900)
    peer.send('x')
    await client.received(HEAD.length + HALF + 1)
    pair.proxy.advance(900)
    await quiet()
    expect(client.closed || client.ended).toBe(false)
    pair.proxy.advance(200)
    await client.untilClosed()
    await peer.untilClosed()
    expect(pair.proxy.localErrors('request_timeout')).toBe(1)
  })

  test('in time, because its client does not read, is waited for', async () => {
    const pair = await stage.pair({
      listener: { ...WATERMARKS, 'request-timeout': 1_000 },
      cluster: WATERMARKS,
    })
    const [client, , reply] = await stalled(pair)
    for (let second = 0; second < 5; second++) pair.proxy.advance(1_100)
    client.socket.resume()
    expect((await client.received(reply.length)).equals(reply)).toBe(true)
  })
})

describe('a filter of pieces of a reply', () => {
  test('sees them behind those that stand behind it in the chain', async () => {
    const seen: string[] = []
    const names = (name: string): Filter => ({ onStreamData: () => void seen.push(name) })
    const pair = await stage.pair({ filters: [names('first'), names('second'), toUp] })
    const [client, peer] = await halfReplied(pair)
    expect(seen).toEqual(['second', 'first'])
    peer.send(`${LETTERS.slice(HALF)}\r\n`)
    await client.received(HEAD.length + SIZE + 2)
  })

  test.each([
    ['refuses', replyError('denied', 'no')],
    ['drops', 'drop'],
    ['closes', 'close'],
  ] as const)('that %s one ends the connection, for its client has half a reply', async (_name, verdict) => {
    const pair = await stage.pair({ filters: [{ onStreamData: () => verdict }, toUp] })
    const [client, other] = [await pair.client(), await pair.client()]
    client.send(GET)
    const peer = await pair.server.peer(0)
    await peer.received(GET.length)
    other.send(PING)
    await peer.received(GET.length + PING.length)
    peer.send(HEAD + LETTERS.slice(0, HALF))
    await client.untilClosed()
    peer.send(`${LETTERS.slice(HALF)}\r\n+PONG\r\n`)
    expect(await other.until('\r\n')).toBe('+PONG\r\n')
  })

  test('that holds one has what is pushed to the client wait behind the reply', async () => {
    let pause: Pause | undefined
    const holds: Filter = {
      onStreamData: () => {
        if (pause !== undefined) return undefined
        pause = new Pause()
        return pause
      },
    }
    const pair = await stage.pair({ filters: [holds, toUp] })
    const client = await pair.client()
    client.send('*2\r\n$5\r\nHELLO\r\n$1\r\n3\r\n')
    const peer = await pair.server.peer(0)
    await eventually(() => peer.size > 0, 'it is greeted')
    peer.send('+HI\r\n')
    await client.until('+HI\r\n')
    client.send(GET)
    await eventually(() => peer.text.includes('GET'), 'it asks')
    peer.send(HEAD + LETTERS.slice(0, HALF))
    await eventually(() => pause !== undefined, 'a piece is held')
    peer.send(`${LETTERS.slice(HALF)}\r\n>2\r\n$10\r\ninvalidate\r\n*1\r\n$1\r\nk\r\n`)
    await quiet()
    expect(client.text).toBe(`+HI\r\n${HEAD}`)
    pause?.resume()
    await client.until('$1\r\nk\r\n')
    expect(client.text).toBe(`+HI\r\n${HEAD}${LETTERS}\r\n>2\r\n$10\r\ninvalidate\r\n*1\r\n$1\r\nk\r\n`)
  })
})

test('clients that are answered in pieces and drain are told so by the end of their connections', async () => {
  const pair = await stage.pair()
  const [client] = await halfReplied(pair)
  pair.proxy.listener.leave(1_000)
  pair.proxy.advance(1_000)
  await client.untilClosed()
  expect(client.size).toBe(HEAD.length + HALF)
  expect(pair.proxy.localErrors('draining')).toBe(1)
})
