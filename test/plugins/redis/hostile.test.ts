import { describe, expect, test } from 'vitest'
import { seededRandom } from '../../seeded-random.ts'
import { codec, command, commandOf, Feed, reply, written } from './wire.ts'

describe('a command that is too large', () => {
  const LIMIT = 1_000

  test('is refused at its claim, passed over, and the next is taken', () => {
    const big = commandOf(['SET', 'a', 'x'.repeat(5_000)])
    for (const size of [1, 7, 100, 10_000]) {
      const feed = new Feed('request', LIMIT)
      const bytes = big + command('PING')
      for (let at = 0; at < bytes.length; at += size) feed.give(bytes.slice(at, at + size))
      expect(feed.refusals.map(({ text }) => text)).toEqual([expect.stringContaining('the limit is 1000')])
      expect(feed.messages.map(({ operation }) => operation)).toEqual(['PING'])
      expect(feed.decoder.pendingBytes).toBe(0)
    }
  })

  test('is refused although each argument is small', () => {
    const feed = new Feed('request', LIMIT).give(commandOf(Array.from({ length: 500 }, () => 'x')))
    expect(feed.refusals).toHaveLength(1)
    expect(feed.messages).toHaveLength(0)
  })
})

test.each([
  ['an array', '*1048576\r\n'],
  ['a string', '*2\r\n$3\r\nGET\r\n$999999999999999\r\n'],
  ['an array of a reply', '*1073741823\r\n'],
  ['a map of a reply', '%536870911\r\n'],
])('%s that claims to be huge takes no memory', (name, bytes) => {
  const feed = new Feed(name.includes('reply') ? 'response' : 'request')
  const before = process.memoryUsage().arrayBuffers
  for (let n = 0; n < 100; n++) new Feed(name.includes('reply') ? 'response' : 'request').give(bytes)
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(1_000_000)
  expect(feed.give(bytes).messages).toHaveLength(0)
})

test('a reply may be nested 64 levels deep, and no deeper', () => {
  expect(reply(`${'*1\r\n'.repeat(64)}:1\r\n`).size).toBe(64 * 4 + 4)
  expect(new Feed('response').give('*1\r\n'.repeat(65)).failure?.text).toContain('deeper than 64')
  expect(new Feed('response').give('|1\r\n'.repeat(65)).failure?.text).toContain('deeper than 64')
})

test('a reply that is too large is refused once, passed over, and the next is taken', () => {
  const bytes = `*3\r\n$3\r\nabc\r\n$5000\r\n${'x'.repeat(5_000)}\r\n:1\r\n+OK\r\n`
  for (const size of [1, 64, 10_000]) {
    const feed = new Feed('response', 1_000)
    for (let at = 0; at < bytes.length; at += size) feed.give(bytes.slice(at, at + size))
    expect(feed.refusals).toHaveLength(1)
    expect(feed.messages.map((message) => message.get('text'))).toEqual(['OK'])
  }
  expect(new Feed('response', 1_000).give(`+${'x'.repeat(2_000)}`).refusals).toHaveLength(1)
  expect(new Feed('response', 1_000).give(`*500\r\n${':1\r\n'.repeat(500)}`).refusals).toHaveLength(1)
})

test('a reply behind one that was too large is taken with its attributes', () => {
  const bytes = `$5000\r\n${'x'.repeat(5_000)}\r\n|1\r\n+ttl\r\n:10\r\n+OK\r\n`
  const feed = new Feed('response', 1_000).give(bytes)
  expect(feed.refusals).toHaveLength(1)
  expect(feed.messages.map((message) => message.get('text'))).toEqual(['OK'])
})

test('what is no command is answered in the words of a server', () => {
  const { failure } = new Feed().give('*1\r\nPING\r\n')
  const { refused } = failure ?? {}
  if (refused === undefined) throw new Error('nobody is answered')
  const error = { kind: 'bad_request', text: failure?.text ?? '' } as const
  expect(written((out) => codec.encodeError(refused, error, out))).toBe(
    "-ERR Protocol error: expected '$', got 'P'\r\n",
  )
})

test('a hundred thousand arguments that drip in are looked at once', () => {
  const bytes = commandOf(['DEL', ...Array.from({ length: 20_000 }, (_, n) => `k${n}`)])
  const feed = new Feed()
  for (let at = 0; at < bytes.length; at += 11) feed.give(bytes.slice(at, at + 11))
  expect(feed.messages[0]?.get('args-count')).toBe('20000')
  expect(feed.messages[0]?.getAll('keys')).toHaveLength(20_000)
})

test('random bytes of the protocol never throw, and mean the same wherever they are cut', () => {
  const random = seededRandom(3)
  const parts = [
    '*',
    '$',
    '1',
    '3',
    '-1',
    '\r\n',
    '+OK\r\n',
    'GET',
    '%',
    '|',
    '>',
    '~',
    ':5\r\n',
    '\n',
    '"',
    ' ',
    '_\r\n',
  ]
  for (let round = 0; round < 3_000; round++) {
    const bytes = Array.from({ length: 12 }, () => parts[Math.floor(random() * parts.length)]).join('')
    for (const direction of ['request', 'response'] as const) {
      const whole = summary(new Feed(direction).give(bytes))
      const feed = new Feed(direction)
      for (const byte of bytes) feed.give(byte)
      expect(summary(feed)).toEqual(whole)
    }
  }
})

function summary(feed: Feed) {
  const messages = feed.messages.map((message) => [
    message.kind,
    message.bytes.toString('latin1', message.start, message.end),
    message.keys().map((key) => message.getAll(key)),
  ])
  return { messages, failure: feed.failure?.text, pending: feed.decoder.pendingBytes }
}

test.each([
  ['request', 'an argument', '*2\r\n$3\r\nGET\r\n$2\r\n\r\r', '\r\n', '*2\r\n$3\r\nGET\r\n$2\r\nab', 'XX'],
  ['response', 'a string of a reply', '*1\r\n$2\r\n\r\r', '\r\n', '*1\r\n$2\r\nab', 'XX'],
] as const)('of a %s %s ends where it says, wherever it is cut', (direction, what, good, end, bad, other) => {
  for (const size of [1, 2, 3, 100]) {
    const fed = (bytes: string) => {
      const feed = new Feed(direction)
      for (let at = 0; at < bytes.length; at += size) feed.give(bytes.slice(at, at + size))
      return feed
    }
    expect(fed(good + end).messages).toHaveLength(1)
    for (const wrong of [other, `\r${other[0]}`, `${other[0]}\n`, '\n\r'])
      expect(fed(bad + wrong).failure?.text).toBe(`${what} does not end with CR LF`)
  }
})
