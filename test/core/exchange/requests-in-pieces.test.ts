import { afterEach, describe, expect, test } from 'vitest'
import { type Filter, type Metadata, type Outcome, Pause, replyError } from '../../../sdk/index.ts'
import type { BytePeer } from '../../support/byte-peer.ts'
import { eventually, quiet } from '../../support/eventually.ts'
import { CHUNK_BYTES, LETTERS, PING } from '../../support/redis-pieces.ts'
import { type RedisPair, RedisStage } from '../../support/redis-stage.ts'
import { toUp } from '../../support/test-proxy.ts'

const stage = new RedisStage()
afterEach(() => stage.clear())

const SIZE = LETTERS.length
const HEAD = `*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$${SIZE}\r\n`
const HALF = SIZE / 2

/** A client that has sent the beginning of a large SET and half of its value, and the upstream connection it came to. */
async function halfSent(pair: RedisPair, index = 0): Promise<readonly [client: BytePeer, peer: BytePeer]> {
  const client = await pair.client()
  client.send(HEAD + LETTERS.slice(0, HALF))
  const peer = await pair.server.peer(index)
  await peer.received(HEAD.length + HALF)
  return [client, peer]
}

/** Sees what passes; notes it as text. */
class Watching implements Filter {
  readonly pieces: string[] = []
  readonly outcomes: Outcome[] = []
  bodySize = 0

  onRequest(metadata: Metadata): undefined {
    this.bodySize = metadata.bodySize
  }

  onStreamData(metadata: Metadata): undefined {
    this.pieces.push(`${metadata.kind} ${metadata.body.toString('latin1')}`)
  }

  onEnd(_exchange: unknown, outcome: Outcome): void {
    this.outcomes.push({ ...outcome, requestBytes: outcome.requestBytes })
  }
}

describe('a request that is large', () => {
  test('goes on before its value is whole, as the bytes it came in', async () => {
    const pair = await stage.pair()
    const [client, peer] = await halfSent(pair)
    expect(peer.text).toBe(HEAD + LETTERS.slice(0, HALF))
    client.send(`${LETTERS.slice(HALF)}\r`)
    await peer.received(HEAD.length + SIZE + 1)
    client.send('\n')
    await peer.received(HEAD.length + SIZE + 2)
    expect(peer.text).toBe(`${HEAD}${LETTERS}\r\n`)
    peer.send('+OK\r\n')
    expect(await client.until('+OK\r\n')).toBe('+OK\r\n')
  })

  test('keeps nobody else waiting, for it has a connection of its own', async () => {
    const pair = await stage.pair({ cluster: { 'connections-max': 1 } })
    const [client] = await halfSent(pair)
    const other = await pair.client()
    other.send(PING)
    const shared = await pair.server.peer(1)
    await shared.received(PING.length)
    shared.send('+PONG\r\n')
    expect(await other.until('\r\n')).toBe('+PONG\r\n')
    client.send(`${LETTERS.slice(HALF)}\r\n`)
  })

  test('stands in order with what its client sent before and behind it', async () => {
    const pair = await stage.pair()
    const client = await pair.client()
    client.send(PING)
    const shared = await pair.server.peer(0)
    await shared.received(PING.length)
    client.send(HEAD + LETTERS.slice(0, HALF))
    await quiet()
    expect(pair.server.peers).toHaveLength(1)
    shared.send('+PONG\r\n')
    const own = await pair.server.peer(1)
    await own.received(HEAD.length + HALF)
    client.send(`${LETTERS.slice(HALF)}\r\n${PING}`)
    await own.received(HEAD.length + SIZE + 2)
    await quiet()
    expect(shared.text).toBe(PING)
    own.send('+OK\r\n')
    await eventually(() => shared.text === PING + PING, 'the last one goes over a shared connection')
    shared.send('+BEHIND\r\n')
    expect(await client.until('BEHIND\r\n')).toBe('+PONG\r\n+OK\r\n+BEHIND\r\n')
  })

  test('is counted as a whole, and each piece is shown to the filters that look at pieces', async () => {
    const watching = new Watching()
    const pair = await stage.pair({ filters: [watching, toUp] })
    const [client, peer] = await halfSent(pair)
    client.send(`${LETTERS.slice(HALF)}\r\n`)
    await peer.received(HEAD.length + SIZE + 2)
    peer.send('+OK\r\n')
    await client.until('+OK\r\n')
    expect(watching.bodySize).toBe(SIZE)
    expect(watching.outcomes).toMatchObject([{ result: 'ok', requestBytes: HEAD.length + SIZE + 2 }])
    expect(watching.pieces.join('|').replaceAll(/\|?stream-(data|close) /g, '')).toBe(LETTERS)
    expect(watching.pieces.at(-1)).toMatch(/^stream-close /)
  })

  test('is read no further while its server takes nothing, and no byte of it is lost', async () => {
    const limits = { watermarks: { high: 200_000, low: 100_000, max: 67_108_864 } }
    const pair = await stage.pair({ cluster: limits, listener: limits })
    const client = await pair.client()
    const size = 16 * 1_048_576
    const value = Buffer.alloc(size, 'abcdefghij')
    client.send(`*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$${size}\r\n`)
    const peer = await pair.server.peer(0)
    peer.socket.pause()
    client.socket.write(value)
    client.send('\r\n')
    await eventually(() => pair.waiting() > 200_000, 'much waits')
    await quiet()
    // Beyond the high watermark no more than what was read at once.
    expect(pair.waiting()).toBeLessThan(200_000 + 3 * CHUNK_BYTES)
    expect(client.socket.writableLength).toBeGreaterThan(0)
    peer.socket.resume()
    const bytes = await peer.received(size + 32)
    expect(bytes.subarray(-size - 2, -2).equals(value)).toBe(true)
    peer.send('+OK\r\n')
    await client.until('+OK\r\n')
    expect(pair.waiting()).toBe(0)
  })

  test('waits while a filter holds its beginning, as far as may wait', async () => {
    const limits = { watermarks: { high: 100_000, low: 50_000, max: 67_108_864 } }
    let pause: Pause | undefined
    const holds: Filter = {
      onRequest: () => {
        pause = new Pause()
        return pause
      },
    }
    const pair = await stage.pair({ filters: [holds, toUp], listener: limits })
    const client = await pair.client()
    const size = 4 * 1_048_576
    const value = Buffer.alloc(size, 'abcdefghij')
    client.send(`*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$${size}\r\n`)
    client.socket.write(value)
    client.send('\r\n')
    await eventually(() => pair.waiting() > 100_000, 'much waits')
    await quiet()
    expect(pair.waiting()).toBeLessThan(100_000 + CHUNK_BYTES)
    expect(pair.server.peers).toHaveLength(0)
    pause?.resume()
    const peer = await pair.server.peer(0)
    const bytes = await peer.received(size + 31)
    expect(bytes.subarray(-size - 2, -2).equals(value)).toBe(true)
  })

  test('is joined where a filter reads bodies', async () => {
    let seen = ''
    const reading: Filter = {
      wholeBodies: { request: true, response: false },
      onRequest: (metadata) => {
        seen = metadata.body.toString('latin1')
        return undefined
      },
    }
    const pair = await stage.pair({ filters: [reading, toUp] })
    const client = await pair.client()
    client.send(HEAD + LETTERS.slice(0, HALF))
    await quiet()
    expect(pair.server.peers).toHaveLength(0)
    client.send(`${LETTERS.slice(HALF)}\r\n`)
    const peer = await pair.server.peer(0)
    await peer.received(HEAD.length + SIZE + 2)
    expect(peer.text).toBe(`${HEAD}${LETTERS}\r\n`)
    expect(seen).toBe(LETTERS)
  })
})

describe('a filter that answers a request whose value has not come', () => {
  test.each([
    ['with an error, when it begins', { onRequest: () => replyError('denied', 'no') }],
    ['with an error, in the middle', { onStreamData: () => replyError('denied', 'no') }],
  ] as const)('%s, is obeyed, and the rest is passed over', async (_name, filter) => {
    const pair = await stage.pair({ filters: [{ ...filter, onRequest: forSets(filter) }, toUp] })
    const client = await pair.client()
    client.send(HEAD + LETTERS.slice(0, HALF))
    expect(await client.until('\r\n')).toBe('-NOPERM weir: denied: no\r\n')
    await eventually(() => pair.server.open.length === 0, 'no half request is left')
    client.send(`${LETTERS.slice(HALF)}\r\n${PING}`)
    await eventually(() => pair.server.open.length === 1, 'the next one')
    const [peer] = pair.server.open
    await peer?.received(PING.length)
    expect(peer?.text).toBe(PING)
    peer?.send('+PONG\r\n')
    await client.until('+PONG\r\n')
  })

  test('by dropping it, ends the connection, for its client counts replies', async () => {
    const pair = await stage.pair({ filters: [{ onStreamData: () => 'drop' }, toUp] })
    const client = await pair.client()
    client.send(HEAD + LETTERS.slice(0, HALF))
    await client.untilClosed()
    expect(client.size).toBe(0)
    await eventually(() => pair.server.open.length === 0, 'no half request is left')
  })

  test('by replacing its body, has the new one sent', async () => {
    const replaces: Filter = {
      onRequest: (_metadata, mutation) => {
        mutation.body(Buffer.from('small'))
        return undefined
      },
    }
    const pair = await stage.pair({ filters: [replaces, toUp] })
    const client = await pair.client()
    client.send(HEAD + LETTERS.slice(0, HALF))
    const peer = await pair.server.peer(0)
    await peer.until('small\r\n')
    peer.send('+OK\r\n')
    await client.until('+OK\r\n')
    client.send(`${LETTERS.slice(HALF)}\r\n`)
    await quiet()
    expect(peer.text).toBe('*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$5\r\nsmall\r\n')
  })
})

function forSets(filter: Filter): NonNullable<Filter['onRequest']> {
  return (metadata, mutation, exchange) =>
    metadata.operation === 'SET' ? filter.onRequest?.(metadata, mutation, exchange) : undefined
}

describe('a filter that changes a request in pieces', () => {
  test('changes what stands before the value', async () => {
    const renames: Filter = {
      onRequest: (_metadata, mutation) => {
        mutation.set('key', 'other')
        return undefined
      },
    }
    const pair = await stage.pair({ filters: [renames, toUp] })
    const client = await pair.client()
    client.send(`${HEAD}${LETTERS.slice(0, HALF)}`)
    const peer = await pair.server.peer(0)
    const head = HEAD.replace('$1\r\nk', '$5\r\nother')
    await peer.received(head.length + HALF)
    client.send(`${LETTERS.slice(HALF)}\r\n`)
    await peer.received(head.length + SIZE + 2)
    expect(peer.text).toBe(`${head}${LETTERS}\r\n`)
  })

  test('changes each piece by as many bytes', async () => {
    const shouts: Filter = {
      onStreamData: (metadata, mutation) => {
        mutation.body(Buffer.from(metadata.body.toString('latin1').toUpperCase()))
        return undefined
      },
    }
    const pair = await stage.pair({ filters: [shouts, toUp] })
    const client = await pair.client()
    client.send(`${HEAD}${LETTERS.slice(0, HALF)}`)
    const peer = await pair.server.peer(0)
    await peer.received(HEAD.length + HALF)
    client.send(`${LETTERS.slice(HALF)}\r\n`)
    await peer.received(HEAD.length + SIZE + 2)
    expect(peer.text).toBe(`${HEAD}${LETTERS.toUpperCase()}\r\n`)
  })

  test.each([
    ['the value itself', (): Filter => ({ onRequest: (_m, mutation) => void mutation.set('arg.2', 'x') })],
    [
      'what would stand behind it',
      (): Filter => ({ onRequest: (_m, mutation) => void mutation.add('arg.3', 'x') }),
    ],
    [
      'a piece by other many bytes',
      (): Filter => ({ onStreamData: (_m, mutation) => void mutation.body(Buffer.from('x')) }),
    ],
    [
      'a property of a piece',
      (): Filter => ({ onStreamData: (_m, mutation) => void mutation.set('key', 'x') }),
    ],
  ])('is told that it cannot change %s', async (_name, filter) => {
    const pair = await stage.pair({ filters: [filter(), toUp] })
    const client = await pair.client()
    client.send(`${HEAD}${LETTERS.slice(0, HALF)}`)
    expect(await client.until('\r\n')).toMatch(/^-ERR weir: bad_request: .*(pieces|piece)/)
    client.send(`${LETTERS.slice(HALF)}\r\n`)
    await eventually(() => pair.server.open.length === 0, 'no half request is left')
  })

  test('may hold a piece, and those behind it wait', async () => {
    const pauses: Pause[] = []
    const holds: Filter = {
      onStreamData: () => {
        const pause = new Pause()
        pauses.push(pause)
        return pause
      },
    }
    const pair = await stage.pair({ filters: [holds, toUp] })
    const client = await pair.client()
    client.send(HEAD + LETTERS.slice(0, HALF))
    await eventually(() => pauses.length === 1, 'a piece is held')
    client.send(`${LETTERS.slice(HALF)}\r\n`)
    const peer = await pair.server.peer(0)
    await quiet()
    expect(peer.text).toBe(HEAD)
    pauses[0]?.resume()
    await eventually(() => pauses.length === 2, 'the next one is')
    expect(await peer.received(HEAD.length + HALF)).toHaveLength(HEAD.length + HALF)
    pauses[1]?.resume()
    await peer.received(HEAD.length + SIZE + 2)
    expect(peer.text).toBe(`${HEAD}${LETTERS}\r\n`)
  })
})

describe('a request of which the rest does not come', () => {
  test('because its client died costs its own upstream connection', async () => {
    const watching = new Watching()
    const pair = await stage.pair({ filters: [watching, toUp] })
    const [client, peer] = await halfSent(pair)
    client.socket.resetAndDestroy()
    await peer.untilClosed()
    await eventually(() => watching.outcomes.length === 1, 'it has ended')
    expect(watching.outcomes).toMatchObject([{ result: 'downstream_gone', requestBytes: HEAD.length + HALF }])
  })

  test('because its client has shut its side is refused', async () => {
    const pair = await stage.pair()
    const [client, peer] = await halfSent(pair)
    client.socket.end()
    expect(await client.until('\r\n')).toMatch(/^-ERR weir: bad_request: the request was not sent to its end/)
    await peer.untilClosed()
    await client.untilClosed()
  })

  test('in the time that a frame has is refused', async () => {
    const pair = await stage.pair({ listener: { 'frame-timeout': 1_000 } })
    const [client, peer] = await halfSent(pair)
    pair.proxy.advance(600)
    client.send('x')
    await peer.received(HEAD.length + HALF + 1)
    pair.proxy.advance(600)
    expect(await client.until('\r\n')).toMatch(/^-ERR weir: bad_request/)
    await client.untilClosed()
    await peer.untilClosed()
  })

  test('while the time for a reply has passed is refused, and its client goes on', async () => {
    const pair = await stage.pair({ listener: { 'request-timeout': 1_000 } })
    const [client, peer] = await halfSent(pair)
    pair.proxy.advance(900)
    client.send('x')
    await peer.received(HEAD.length + HALF + 1)
    pair.proxy.advance(900)
    await quiet()
    expect(client.size).toBe(0)
    pair.proxy.advance(200)
    expect(await client.until('\r\n')).toMatch(/^-ERR weir: request_timeout/)
    await peer.untilClosed()
    client.send(`${LETTERS.slice(HALF + 1)}\r\n${PING}`)
    const next = await pair.server.peer(1)
    await next.received(PING.length)
    next.send('+PONG\r\n')
    await client.until('+PONG\r\n')
  })
})

describe('an upstream', () => {
  test('that dies in the middle of a request has it answered, and the rest passed over', async () => {
    const pair = await stage.pair()
    const [client, peer] = await halfSent(pair)
    peer.socket.resetAndDestroy()
    expect(await client.until('\r\n')).toMatch(/^-ERR weir: upstream_reset/)
    client.send(`${LETTERS.slice(HALF)}\r\n${PING}`)
    const next = await pair.server.peer(1)
    await next.received(PING.length)
    expect(next.text).toBe(PING)
    next.send('+PONG\r\n')
    await client.until('+PONG\r\n')
  })

  test('that answers before the request has ended is believed, and its connection is not used again', async () => {
    const pair = await stage.pair()
    const [client, peer] = await halfSent(pair)
    peer.send('-ERR too large\r\n')
    expect(await client.until('\r\n')).toBe('-ERR too large\r\n')
    await peer.untilClosed()
    client.send(`${LETTERS.slice(HALF)}\r\n${PING}`)
    const next = await pair.server.peer(1)
    await next.received(PING.length)
    next.send('+PONG\r\n')
    await client.until('+PONG\r\n')
  })
})
