import { afterEach, describe, expect, test } from 'vitest'
import { type Filter, type Outcome, Pause, replyError } from '../../../sdk/index.ts'
import type { BytePeer } from '../../support/byte-peer.ts'
import { eventually, quiet } from '../../support/eventually.ts'
import {
  asking,
  bulk,
  CHUNK_BYTES,
  command,
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

const MSET = command('MSET', 'a', LETTERS, 'secret', LETTERS)
const HALF = 3_000

/** A client that has sent the beginning of a command, and the upstream connection it came to. */
async function halfSent(pair: RedisPair): Promise<readonly [client: BytePeer, peer: BytePeer]> {
  return await asking(pair, MSET.slice(0, HALF))
}

/** A client that has subscribed, and its upstream connection. */
async function subscribed(pair: RedisPair): Promise<readonly [client: BytePeer, peer: BytePeer]> {
  const client = await pair.client()
  const subscribe = command('SUBSCRIBE', 'news')
  client.send(command('HELLO', '3') + subscribe)
  const peer = await pair.server.peer(0)
  await peer.received(subscribe.length)
  const confirmed = `%0\r\n>3\r\n${bulk('subscribe')}${bulk('news')}:1\r\n`
  peer.send(confirmed)
  await client.received(confirmed.length)
  return [client, peer]
}

function message(text: string): string {
  return `>3\r\n${bulk('message')}${bulk('news')}${bulk(text)}`
}

describe('a command with a large argument in its middle', () => {
  test('goes on as it comes, is counted as a whole, and its client goes on behind it', async () => {
    const outcomes: Outcome[] = []
    const counts: Filter = {
      onEnd: (_exchange, outcome) => void outcomes.push({ ...outcome, requestBytes: outcome.requestBytes }),
    }
    const pair = await stage.pair({ filters: [counts, toUp] })
    const [client, peer] = await halfSent(pair)
    client.send(MSET.slice(HALF))
    await peer.received(MSET.length)
    expect(peer.text).toBe(MSET)
    peer.send('+OK\r\n')
    await client.until('+OK\r\n')
    expect(outcomes).toMatchObject([{ result: 'ok', requestBytes: MSET.length }])
    client.send(PING)
    await eventually(() => pair.server.peers.some((each) => each.text.endsWith(PING)), 'it goes on')
  })

  test('that passes its limit on the way is refused, and its client goes on', async () => {
    const pair = await stage.pair({ listener: { 'body-size-max': 8_000 } })
    const [client, peer] = await halfSent(pair)
    client.send(MSET.slice(HALF))
    expect(await client.until('\r\n')).toMatch(
      /^-ERR weir: bad_request: a command of [0-9]+ bytes or more is announced, the limit is 8000\r\n$/,
    )
    await peer.untilClosed()
    await untilAnswered(pair, client, 1)
  })

  test('whose rest is no command ends its own connection, in the words of a server', async () => {
    const pair = await stage.pair()
    const other = await pair.client()
    const client = await pair.client()
    const start = command('MSET', 'a', LETTERS).replace('*3', '*5')
    client.send(start.slice(0, 4_500))
    const peer = await pair.server.peer(0)
    await peer.received(4_500)
    client.send(`${start.slice(4_500)}:1\r\n`)
    expect(await client.until('\r\n')).toBe("-ERR weir: bad_request: expected '$', got ':'\r\n")
    await client.untilClosed()
    await peer.untilClosed()
    await untilAnswered(pair, other, 1)
  })

  test('is joined where a filter reads bodies, and read as a whole', async () => {
    const seen: (readonly [string, number, number])[] = []
    const reading: Filter = {
      wholeBodies: { request: true, response: false },
      onRequest: ({ body, bodySize, headerSize }) =>
        void seen.push([body.toString('latin1'), bodySize, headerSize]),
    }
    const pair = await stage.pair({ filters: [reading, toUp] })
    const client = await pair.client()
    const set = command('SET', 'k', LETTERS, 'EX', '60')
    for (let at = 0; at < set.length; at += 900) {
      client.send(set.slice(at, at + 900))
      await quiet()
    }
    const peer = await pair.server.peer(0)
    await peer.received(set.length)
    expect(peer.text).toBe(set)
    expect(seen).toEqual([['60', 2, set.length - 2]])
  })

  test('that is joined and passes its limit is refused once, and so is one that is no command', async () => {
    const reading: Filter = { wholeBodies: { request: true, response: false } }
    const pair = await stage.pair({ filters: [reading, toUp], listener: { 'body-size-max': 8_000 } })
    const client = await pair.client()
    client.send(MSET.slice(0, HALF))
    await quiet()
    client.send(MSET.slice(HALF))
    expect(await client.until('\r\n')).toContain('the limit is 8000')
    await untilAnswered(pair, client, 0)
    client.send(command('SET', 'k', LETTERS).replace('*3', '*4').slice(0, 4_000))
    await quiet()
    client.send(`${command('SET', 'k', LETTERS).slice(4_000)}!`)
    expect(await client.until("got '!'\r\n")).toContain(
      "PONG\r\n-ERR Protocol error: expected '$', got '!'\r\n",
    )
    await client.untilClosed()
  })
})

describe('a filter that goes by keys', () => {
  const denies: NonNullable<Filter['onRequest']> = (metadata) =>
    metadata.getAll('keys').includes('secret') ? replyError('denied', 'not this key') : undefined

  test('and says so is shown all of them, however large what stands between them is', async () => {
    const pair = await stage.pair({ filters: [{ reads: ['keys'], onRequest: denies }, toUp] })
    const client = await pair.client()
    client.send(MSET.slice(0, HALF))
    await quiet()
    expect(pair.server.peers).toHaveLength(0)
    client.send(MSET.slice(HALF))
    expect(await client.until('\r\n')).toBe('-NOPERM weir: denied: not this key\r\n')
    const harmless = MSET.replace('secret', 'public')
    client.send(harmless)
    const peer = await pair.server.peer(0)
    await peer.received(harmless.length)
    expect(peer.text).toBe(harmless)
  })

  test('and says so has commands whose keys are known pass in pieces', async () => {
    const pair = await stage.pair({ filters: [{ reads: ['keys'], onRequest: denies }, toUp] })
    const client = await pair.client()
    const set = command('SET', 'public', LETTERS, 'EX', '60')
    client.send(set.slice(0, 4_000))
    const peer = await pair.server.peer(0)
    await peer.received(4_000)
    client.send(command('SET', 'secret', LETTERS))
  })

  test('and does not say so is not passed by: the command is refused before anything of it is sent', async () => {
    const pair = await stage.pair({ filters: [{ onRequest: denies }, toUp] })
    const client = await pair.client()
    client.send(MSET.slice(0, HALF))
    expect(await client.until('\r\n')).toMatch(
      /^-ERR weir: bad_request: "keys" is passed on in pieces, and a filter reads it/,
    )
    client.send(MSET.slice(HALF))
    await untilAnswered(pair, client, 1)
    expect(pair.server.peers[0]?.size).toBe(0)
  })
})

describe('a reply with a large string in its middle', () => {
  const REPLY = `*3\r\n+a\r\n*1\r\n${bulk(LETTERS)}${bulk(LETTERS)}`

  test('goes on as it comes, between those beside it', async () => {
    const pair = await stage.pair()
    const client = await pair.client()
    client.send(PING + command('EXEC') + PING)
    const peer = await pair.server.peer(0)
    await peer.received(2 * PING.length)
    peer.send(`+ONE\r\n${REPLY.slice(0, HALF)}`)
    await client.received(6 + HALF)
    peer.send(`${REPLY.slice(HALF)}+TWO\r\n`)
    expect(await client.until('TWO\r\n')).toBe(`+ONE\r\n${REPLY}+TWO\r\n`)
  })

  test('is joined where a filter reads bodies', async () => {
    const sizes: number[] = []
    const reading: Filter = {
      wholeBodies: { request: false, response: true },
      onResponse: ({ headerSize, size }) => void sizes.push(headerSize, size),
    }
    const pair = await stage.pair({ filters: [reading, toUp] })
    const [client, peer] = await asking(pair, GET)
    for (let at = 0; at < REPLY.length; at += 900) {
      peer.send(REPLY.slice(at, at + 900))
      await quiet()
    }
    expect(await client.received(REPLY.length)).toHaveLength(REPLY.length)
    expect(client.text).toBe(REPLY)
    expect(sizes).toEqual([REPLY.length, REPLY.length])
  })

  test('that passes its limit on the way ends the connection of its client and no other', async () => {
    const pair = await stage.pair({ cluster: { 'body-size-max': 8_000, 'connections-max': 1 } })
    const [client, other] = [await pair.client(), await pair.client()]
    client.send(GET)
    const peer = await pair.server.peer(0)
    await peer.received(GET.length)
    other.send(PING)
    await peer.received(GET.length + PING.length)
    peer.send(REPLY.slice(0, HALF))
    await client.received(HALF)
    peer.send(`${REPLY.slice(HALF)}+PONG\r\n`)
    await client.untilClosed()
    expect(await other.until('\r\n')).toBe('+PONG\r\n')
    expect(pair.proxy.localErrors('bad_response')).toBe(1)
    expect(pair.server.peers).toHaveLength(1)
  })
})

describe('a large message to a subscriber', () => {
  test('goes on as it comes, and no reply goes into it', async () => {
    const refuses: Filter = {
      onRequest: ({ operation }) => (operation === 'KEYS' ? replyError('denied', 'not here') : undefined),
    }
    const pair = await stage.pair({ filters: [refuses, toUp] })
    const [client, peer] = await subscribed(pair)
    const before = client.size
    const text = message(LETTERS)
    peer.send(text.slice(0, 2_000))
    await client.received(before + 2_000)
    client.send(command('KEYS', '*') + PING)
    await peer.until(PING)
    await quiet()
    expect(client.size).toBe(before + 2_000)
    peer.send(`${text.slice(2_000)}+PONG\r\n`)
    const all = await client.until('PONG\r\n')
    expect(all.slice(before)).toBe(`${text}-NOPERM weir: denied: not here\r\n+PONG\r\n`)
  })

  test('goes before a large reply that comes behind it', async () => {
    const pair = await stage.pair()
    const [client, peer] = await subscribed(pair)
    const before = client.size
    client.send(GET)
    await peer.until(GET)
    const all = message(LETTERS) + bulk(LETTERS) + message(LETTERS)
    for (let at = 0; at < all.length; at += 1_300) {
      peer.send(all.slice(at, at + 1_300))
      await quiet()
    }
    await client.received(before + all.length)
    expect(client.text.slice(before)).toBe(all)
  })

  test('is not broken by a reply that a filter has held until then', async () => {
    let pause: Pause | undefined
    const holds: Filter = {
      onResponse: (metadata) => {
        if (metadata.get('type') !== 'bulk') return undefined
        pause = new Pause()
        return pause
      },
    }
    const pair = await stage.pair({ filters: [holds, toUp] })
    const [client, peer] = await subscribed(pair)
    const before = client.size
    client.send(GET)
    await peer.until(GET)
    const text = message(LETTERS)
    const reply = bulk(LETTERS)
    peer.send(reply.slice(0, 2_000))
    await eventually(() => pause !== undefined, 'it is held')
    peer.send(reply.slice(2_000) + text.slice(0, 2_000))
    await client.received(before + 2_000)
    pause?.resume()
    await quiet()
    expect(client.size).toBe(before + 2_000)
    peer.send(text.slice(2_000))
    await client.received(before + text.length + reply.length)
    expect(client.text.slice(before)).toBe(text + reply)
  })

  test('waits for a slow reader as far as may wait', async () => {
    const pair = await stage.pair({ listener: WATERMARKS, cluster: WATERMARKS })
    const [client, peer] = await subscribed(pair)
    const before = client.size
    client.socket.pause()
    const value = Buffer.alloc(16 * 1_048_576, 'abcdefghij')
    peer.send(message('').replace('$0\r\n\r\n', `$${value.length}\r\n`))
    peer.socket.write(value)
    peer.send(`\r\n${message('next')}`)
    await untilMuchWaits(pair)
    expect(pair.waiting()).toBeLessThan(200_000 + 3 * CHUNK_BYTES)
    client.socket.resume()
    await client.until(message('next'))
    expect(client.size).toBeGreaterThan(before + value.length)
  })

  test('that passes its limit ends its connection, for half of it was sent', async () => {
    const pair = await stage.pair({ cluster: { 'body-size-max': 8_000 } })
    const [client, peer] = await subscribed(pair)
    const text = `>4\r\n${bulk('message')}${bulk('news')}${bulk(LETTERS)}${bulk(LETTERS)}`
    peer.send(text.slice(0, HALF))
    await quiet()
    peer.send(text.slice(HALF))
    await client.untilClosed()
    await peer.untilClosed()
  })
})
