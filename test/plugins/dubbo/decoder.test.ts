/** Framing: what is waited for, what ends a connection, and what a caller is told then. */
import { describe, expect, test } from 'vitest'
import { ByteWriter } from '../../../sdk/index.ts'
import { codec, decodeOne, encoded, Feed, frame, hex, requestBody } from './wire.ts'

const HEARTBEAT = hex('dabb e2 00 0000000000000007 00000001 4e')

describe('decode()', () => {
  test('asks for the rest of the header and then for the body', () => {
    const bytes = frame(Buffer.alloc(40))
    const feed = new Feed()
    for (let at = 1; at <= bytes.length; at++) {
      feed.give(bytes.subarray(at - 1, at))
      expect(feed.needed).toBe(at < 16 ? 16 - at : bytes.length - at)
      expect(feed.decoder.pendingBytes).toBe(at < bytes.length ? at : 0)
    }
    expect(feed.messages).toHaveLength(1)
  })

  test.each(['dabc', 'bbda', '00dabb', 'db', '47455420'])(
    'refuses the magic %s and never looks for another',
    (start) => {
      const feed = new Feed().give(Buffer.concat([hex(start), HEARTBEAT]))
      expect(feed.failure?.code).toBe('magic')
      expect(feed.failure?.refused).toBeUndefined()
      expect(feed.messages).toHaveLength(0)
    },
  )

  test('refuses a wrong magic at its first wrong byte', () => {
    expect(new Feed().give(hex('db')).failure?.code).toBe('magic')
    expect(new Feed().give(hex('da')).failure).toBeUndefined()
    expect(new Feed().give(hex('da')).give(hex('bc')).failure?.code).toBe('magic')
    expect(new Feed().give(HEARTBEAT).give(hex('dabc')).failure?.code).toBe('magic')
  })

  test('has pushed what stood before a wrong magic', () => {
    const feed = new Feed().give(Buffer.concat([HEARTBEAT, HEARTBEAT, hex('0000')]))
    expect(feed.messages).toHaveLength(2)
    expect(feed.failure?.code).toBe('magic')
  })

  test.each([0xffffffff, 0x80000000])(
    'ends with the length %i, which is negative, and hands out the request that waits',
    (length) => {
      for (const cut of [16, 1]) {
        const bytes = frame(Buffer.alloc(0), { length, id: 0xfedcba9876543210n })
        const feed = new Feed().give(bytes.subarray(0, cut)).give(bytes.subarray(cut))
        expect(feed.failure?.code).toBe('frame_size')
        expect(feed.failure?.text).toContain(String(length))
        expect(feed.failure?.refused?.kind).toBe('request')
        expect(feed.failure?.refused?.requestId).toBe('18364758544493064720')
        expect(feed.failure?.refused?.operation).toBe('')
      }
    },
  )

  test('hands out nobody to answer when a one-way request has a negative length', () => {
    const feed = new Feed().give(frame(Buffer.alloc(0), { flag: 0x82, length: 0xffffffff }))
    expect(feed.failure?.code).toBe('frame_size')
    expect(feed.failure?.refused).toBeUndefined()
  })

  test.each([0x7fffffff, 0x01000001, 0x00800001])(
    'refuses the length %i and holds nothing for it',
    (length) => {
      for (const cut of [16, 1]) {
        const bytes = frame(Buffer.alloc(0), { length, id: 0xfedcba9876543210n })
        const feed = new Feed().give(bytes.subarray(0, cut)).give(bytes.subarray(cut))
        expect(feed.failure).toBeUndefined()
        expect(feed.refusals[0]?.text).toContain(String(length))
        expect(feed.refusals[0]?.message.requestId).toBe('18364758544493064720')
        expect(feed.refusals[0]?.message.operation).toBe('')
        expect(feed.needed).toBe(length)
        expect(feed.decoder.pendingBytes).toBe(0)
      }
    },
  )

  test.each([
    ['request', 0xc2],
    ['oneway', 0x82],
    ['heartbeat-reply', 0xe2],
    ['error', 0x02],
  ])('says that a frame that is too large is a %s', (kind, flag) => {
    const feed = new Feed().give(frame(Buffer.alloc(0), { flag, length: 0x7fffffff }))
    expect(feed.refusals.map(({ message }) => message.kind)).toEqual([kind])
  })

  test('takes a body of exactly the limit and refuses one byte more', () => {
    const feed = new Feed('request', 100)
    expect(feed.give(frame(Buffer.alloc(100))).messages).toHaveLength(1)
    expect(feed.give(frame(Buffer.alloc(101))).refusals).toHaveLength(1)
  })

  test('skips a refused body and takes what is behind it, wherever the bytes are cut', () => {
    const bytes = Buffer.concat([
      frame(Buffer.alloc(10), { id: 1n }),
      frame(Buffer.alloc(101), { id: 2n }),
      frame(Buffer.alloc(10), { id: 3n }),
    ])
    for (let cut = 0; cut <= bytes.length; cut++) {
      const feed = new Feed('request', 100).give(bytes.subarray(0, cut)).give(bytes.subarray(cut))
      expect(feed.failure).toBeUndefined()
      expect(feed.messages.map(({ requestId }) => requestId)).toEqual(['1', '3'])
      expect(feed.refusals.map(({ message }) => message.requestId)).toEqual(['2'])
      expect(feed.needed).toBe(0)
    }
  })

  test('holds no more than what came, whatever the length says', () => {
    const feed = new Feed('request', 0x7fffffff).give(frame(Buffer.alloc(10), { length: 0x7ffffff0 }))
    expect(feed.decoder.pendingBytes).toBe(26)
    expect(feed.needed).toBe(0x7ffffff0 - 10)
  })

  test('passes a request without a body as one of which nothing can be read', () => {
    const message = decodeOne(frame(Buffer.alloc(0)))
    expect(message.kind).toBe('request')
    expect(message.get('interface')).toBeUndefined()
    expect(message.problem).toBe('the body ends before the dubbo version')
    expect(encoded(message)).toHaveLength(16)
  })

  test('answers 10,000 heartbeats of one segment and keeps the half frame behind them', () => {
    const feed = new Feed().give(
      Buffer.concat([...new Array(10_000).fill(HEARTBEAT), HEARTBEAT.subarray(0, 9)]),
    )
    expect(feed.messages).toHaveLength(10_000)
    expect(feed.messages.every((message) => message.kind === 'heartbeat')).toBe(true)
    expect(feed.decoder.pendingBytes).toBe(9)
  })

  test.each([65_535, 65_536, 65_537])('puts a frame of %i bytes together from chunks', (size) => {
    const bytes = frame(Buffer.alloc(size - 16, 0x41))
    for (const step of [1000, 16_384, 65_536]) {
      const feed = new Feed()
      for (let at = 0; at < size; at += step) feed.give(bytes.subarray(at, at + step))
      expect(feed.messages).toHaveLength(1)
      expect(encoded(feed.messages[0] ?? decodeOne(bytes)).equals(bytes)).toBe(true)
    }
  })

  test('finds frames in a body no sooner than it ends', () => {
    const inner = Buffer.concat([HEARTBEAT, HEARTBEAT])
    const feed = new Feed().give(Buffer.concat([frame(inner), HEARTBEAT]))
    expect(feed.messages.map((message) => message.kind)).toEqual(['request', 'heartbeat'])
  })
})

describe('a message', () => {
  test.each([
    ['c2', 0, 'request'],
    ['82', 0, 'oneway'],
    ['02', 20, 'response'],
    ['02', 40, 'error'],
    ['02', 0, 'error'],
    ['02', 255, 'error'],
    ['e2', 0, 'heartbeat'],
    ['a2', 0, 'heartbeat'],
    ['22', 20, 'heartbeat-reply'],
    ['37', 20, 'heartbeat-reply'],
  ])('of flag %s and status %i is a %s', (flag, status, kind) => {
    const message = decodeOne(frame(hex('4e'), { flag: Number.parseInt(flag, 16), status }))
    expect(message.kind).toBe(kind)
    expect(message.status).toBe(Number.parseInt(flag, 16) >= 0x80 ? -1 : status)
  })

  test.each(['', '4e', '4e4e', '90', '48 5a', '01 57'])(
    'that is an event with the body "%s" is a heartbeat',
    (body) => {
      expect(decodeOne(frame(hex(body), { flag: 0xe2 })).kind).toBe('heartbeat')
    },
  )

  test.each([
    ['a2', '01 52'],
    ['e2', '01 52'],
    ['b7', '00000002 4a 52'],
  ])('that is an event with the flag %s and the body "%s" is the read-only event', (flag, body) => {
    expect(decodeOne(frame(hex(body), { flag: Number.parseInt(flag, 16) })).kind).toBe('drain')
  })

  test.each([0n, 1n, 2n ** 53n + 1n, 2n ** 63n, 2n ** 64n - 1n])('keeps the id %i exactly', (id) => {
    expect(decodeOne(frame(requestBody([]), { id })).requestId).toBe(String(id))
  })
})

describe('sniff()', () => {
  test.each([
    ['', 'more'],
    ['da', 'more'],
    ['dabb', 'yes'],
    ['dabbc200', 'yes'],
    ['dabc', 'no'],
    ['db', 'no'],
    ['47', 'no'],
    ['00', 'no'],
  ])('of %s answers %s', (bytes, answer) => {
    expect(codec.sniff(hex(bytes))).toBe(answer)
  })
})

test('encode() patches the id where the frame lies and copies nothing', () => {
  const bytes = Buffer.from(frame(Buffer.alloc(8192)))
  const feed = new Feed()
  feed.decoder.decode(bytes, feed)
  const [message] = feed.messages
  const out = new ByteWriter()
  if (message !== undefined) codec.encode(message, 1, 2, out)
  const [piece] = out.take()
  expect(piece?.buffer).toBe(bytes.buffer)
  expect(bytes.readBigUInt64BE(4)).toBe((1n << 32n) | 2n)
})
