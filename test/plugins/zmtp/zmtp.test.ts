import { describe, expect, test } from 'vitest'
import { GREETING } from '../../../plugins/zmtp/frame.ts'
import { Mutation } from '../../../sdk/index.ts'
import { seededRandom } from '../../seeded-random.ts'
import { codec, command, Feed, frame, opened, ready, written } from './wire.ts'

const HELLO = Buffer.concat([frame(1, ''), frame(0, 'hello')])

test('a connection of a REQ is its READY and its requests, wherever the chunks end', () => {
  const bytes = opened('REQ', HELLO, frame(0, 'x'.repeat(300)), command('PING', '\0\0ctx'))
  for (let cut = 0; cut <= bytes.length; cut++) {
    const feed = new Feed().give(bytes.subarray(0, cut)).give(bytes.subarray(cut))
    expect(feed.messages.map(({ kind, affinity }) => [kind, affinity])).toEqual([
      ['oneway', 'own'],
      ['request', 'own'],
      ['request', 'own'],
      ['heartbeat', 'own'],
    ])
    expect(feed.needed).toBe(0)
    expect(feed.decoder.pendingBytes).toBe(0)
  }
  const dripped = new Feed()
  for (const byte of bytes) dripped.give(Buffer.from([byte]))
  expect(dripped.messages.map((message) => message.operation)).toEqual([
    'READY',
    'message',
    'message',
    'PING',
  ])
  expect(dripped.messages[1]?.bytes.subarray(0, HELLO.length)).toEqual(HELLO)
})

test('its facts are read where they stand', () => {
  const [first, second, third] = new Feed().give(
    Buffer.concat([GREETING, ready('REQ', 'ann'), HELLO, command('SUBSCRIBE', 'news')]),
  ).messages
  expect([first?.get('socket-type'), first?.get('identity'), first?.get('command')]).toEqual([
    'REQ',
    'ann',
    'READY',
  ])
  expect(second?.keys()).toEqual(['socket-type', 'frames', 'frame.0', 'frame.1'])
  expect([second?.get('frames'), second?.get('frame.1'), second?.get('frame.2')]).toEqual([
    '2',
    'hello',
    undefined,
  ])
  expect(second?.body.toString()).toBe('hello')
  expect(third?.get('topic')).toBe('news')
})

test.each([
  ['DEALER', 'request', 'oneway'],
  ['SUB', 'request', 'oneway'],
  ['REQ', 'request', 'request'],
  ['REP', 'response', 'response'],
] as const)('a message of a %s that comes as %s is a %s', (socketType, direction, kind) => {
  expect(new Feed(direction).give(opened(socketType, HELLO)).messages[1]?.kind).toBe(kind)
})

describe('bytes that are no ZMTP', () => {
  test.each([
    ['another protocol', Buffer.from('GET / HTTP/1.1\r\n'), 'no greeting'],
    [
      'an old version',
      Buffer.concat([GREETING.subarray(0, 10), Buffer.from([1, 0])]),
      'ZMTP 1 is not carried',
    ],
    [
      'another mechanism',
      Buffer.from(GREETING.toString('latin1').replace('NULL', 'CURV'), 'latin1'),
      '"CURV"',
    ],
    ['a message before READY', Buffer.concat([GREETING, HELLO]), 'before READY'],
    ['unknown flags', opened('REQ', Buffer.from([8, 0])), 'flags 0x8'],
    ['a command within a message', opened('REQ', frame(1, 'a'), command('PING')), 'within a message'],
    ['a command without a name', opened('REQ', frame(4, '')), 'no name'],
    ['a command whose name is longer than itself', opened('REQ', frame(4, '\x09abc')), 'no name'],
    ['a size above all sizes', opened('REQ', Buffer.from([2, 255, 0, 0, 0, 0, 0, 0, 0])), 'no size'],
  ])('%s ends the connection with a reason', (_name, bytes, text) => {
    expect(new Feed().give(bytes).failure).toContain(text)
    const dripped = new Feed()
    for (const byte of bytes) dripped.give(Buffer.from([byte]))
    expect(dripped.failure).toContain(text)
    expect(dripped.decoder.pendingBytes).toBe(0)
  })

  test('never throw', () => {
    const random = seededRandom(5)
    for (let round = 0; round < 3_000; round++) {
      const bytes = opened('REQ', HELLO, command('SUBSCRIBE', 'a'), command('PING', '\0\0x'))
      for (let flips = 0; flips < 3; flips++) {
        const at = 64 + Math.floor(random() * (bytes.length - 64))
        bytes[at] = Math.floor(random() * 256)
      }
      const feed = new Feed('request', 200).give(bytes)
      for (const message of feed.messages) for (const key of message.keys()) message.getAll(key)
      expect(feed.decoder.pendingBytes).toBeLessThan(bytes.length)
    }
  })
})

test('a message that is too large is refused at its claim, passed over, and the next is taken', () => {
  const feed = new Feed('request', 100)
  const bytes = opened('REQ', frame(1, 'a'), frame(1, 'x'.repeat(300)), frame(0, 'y'), HELLO)
  for (let at = 0; at < bytes.length; at += 7) feed.give(bytes.subarray(at, at + 7))
  expect(feed.refusals.map(({ kind }) => kind)).toEqual(['request'])
  expect(feed.messages.map(({ kind }) => kind)).toEqual(['oneway', 'request'])
  expect(feed.decoder.pendingBytes).toBe(0)
})

describe('what is written', () => {
  const [, request] = new Feed().give(opened('REQ', HELLO)).messages
  if (request === undefined) throw new Error('no request')

  test('is the message as it came', () => {
    expect(written((out) => codec.encode(request, 0, 0, out))).toEqual(HELLO)
  })

  test('is a changed frame with its size, also when it has become long', () => {
    const [, message] = new Feed().give(opened('REQ', HELLO)).messages
    if (message === undefined) throw new Error('no request')
    message.mutation = new Mutation()
    message.mutation.set('frame.1', 'y'.repeat(300))
    const again = Buffer.concat([frame(1, ''), frame(0, 'y'.repeat(300))])
    expect(written((out) => codec.encode(message, 0, 0, out))).toEqual(again)
    message.mutation.add('frame.7', 'z')
    expect(codec.encode(message, 0, 0, { run: () => {} } as never)).toContain('"frame.7"')
  })

  test('is an error that a REQ takes for its reply, and a reply of a filter', () => {
    const error = { kind: 'denied', text: 'no' } as const
    expect(written((out) => codec.encodeError(request, error, out))).toEqual(
      Buffer.concat([frame(1, ''), frame(0, 'ERR weir: denied: no')]),
    )
    const reply = { properties: [], body: Buffer.from('hi') }
    expect(written((out) => codec.encodeReply(request, reply, out))).toEqual(
      Buffer.concat([frame(1, ''), frame(0, 'hi')]),
    )
  })

  test('is a PONG with the context of the PING, no more than may be', () => {
    const [, ping] = new Feed().give(opened('REQ', command('PING', `\0\0${'c'.repeat(40)}`))).messages
    if (ping === undefined) throw new Error('no ping')
    expect(written((out) => codec.encodeHeartbeatReply(ping, out))).toEqual(command('PONG', 'c'.repeat(16)))
  })

  test('is our own greeting first', () => {
    const greeting = written((out) => codec.encodePreface('request', out))
    expect(new Feed().give(greeting).needed).toBe(0)
    expect(codec.sniff(greeting.subarray(0, 9))).toBe('more')
    expect(codec.sniff(greeting.subarray(0, 10))).toBe('yes')
    expect(codec.sniff(HELLO)).toBe('no')
  })
})

test('a message is unasked unless a REQ waits for it, or has given up waiting', () => {
  const [, message] = new Feed('response').give(opened('REP', HELLO)).messages
  if (message === undefined) throw new Error('no message')
  const sorter = codec.createReplySorter()
  expect(sorter.unasked(message, undefined, false)).toBe(true)
  expect(sorter.unasked(message, undefined, true)).toBe(false)
  expect(sorter.unasked(message, message, false)).toBe(false)
})
