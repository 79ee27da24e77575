import { describe, expect, test } from 'vitest'
import { joinPieces, type Message, Mutation } from '../../../sdk/index.ts'
import { seededRandom } from '../../seeded-random.ts'
import { Collected } from '../../support/collected.ts'
import { codec, command, commandOf, written } from './wire.ts'

const BIG = 'x'.repeat(3_000)

function feed(direction: 'request' | 'response' = 'request', bodyBytesMax = 1_048_576): Collected {
  return new Collected(codec, direction, bodyBytesMax, 1_000)
}

/** What is pushed before the last byte of a command has come. */
function begun(words: readonly string[]): readonly Message[] {
  const bytes = commandOf(words)
  return feed().give(bytes.slice(0, bytes.length - 10)).messages
}

describe('a command with a large last argument', () => {
  test.each([
    ['SET', 'k', BIG],
    ['SETEX', 'k', '60', BIG],
    ['HSET', 'h', 'f', BIG],
    ['LPUSH', 'l', 'a', BIG],
    ['ECHO', BIG],
    ['PUBLISH', 'news', BIG],
    ['JSON.SET', 'doc', '$', BIG],
  ])('%s goes on before it is whole', (...words) => {
    const [beginning, piece, ...others] = begun(words)
    expect(beginning?.operation).toBe(words[0])
    expect(beginning?.bodySize).toBe(BIG.length)
    expect(beginning?.size).toBe(commandOf(words).length)
    expect(piece?.kind).toBe('stream-data')
    expect(others).toEqual([])
  })

  test.each([
    ['whose key it is', ['GET', BIG]],
    ['one of whose keys it is', ['DEL', 'a', BIG]],
    ['whose channel it is', ['PUBLISH', BIG]],
    ['whose subcommand it is', ['CONFIG', BIG]],
    ['that changes its connection', ['AUTH', BIG]],
    ['that says how long it waits', ['BLPOP', 'a', BIG]],
    ['whose name it is', [BIG]],
    ['that has a small argument behind it', ['SET', 'k', BIG, 'NX']],
  ])('%s waits until it is whole', (_name, words) => {
    expect(begun(words)).toEqual([])
    const bytes = commandOf(words)
    for (const at of [20, 1_500, bytes.length - 3]) {
      const one = feed()
        .give(bytes.slice(0, at))
        .give(bytes.slice(at) + command('PING'))
      expect(one.messages.map(({ rest }) => rest)).toEqual([0, 0])
      expect(one.messages[0]?.get('args-count')).toBe(String(words.length - 1))
      expect(one.messages[0]?.bytes.subarray(one.messages[0].start, one.messages[0].end).toString()).toBe(
        bytes,
      )
    }
  })

  test('that comes in one chunk is one message', () => {
    expect(
      feed()
        .give(commandOf(['SET', 'k', BIG]))
        .messages.map(({ rest }) => rest),
    ).toEqual([0])
  })

  test('reads as far as it is here, and says what cannot be read', () => {
    const [beginning] = begun(['SET', 'k', BIG])
    expect(beginning?.get('key')).toBe('k')
    expect(beginning?.get('arg.1')).toBe('k')
    expect(beginning?.problem).toBeUndefined()
    expect(beginning?.get('arg.2')).toBeUndefined()
    expect(beginning?.problem).toBe('"arg.2" is passed on in pieces and cannot be read')
    expect(beginning?.keys()).toEqual(['command', 'key', 'keys', 'args-count', 'db', 'arg.0', 'arg.1'])
    expect(beginning?.body.length).toBe(0)
  })

  test('that is too large is refused before anything of it goes on', () => {
    const one = feed('request', 2_000).give(commandOf(['SET', 'k', BIG]).slice(0, 100))
    expect(one.messages).toEqual([])
    expect(one.lines.join()).toContain('the limit is 2000')
  })

  test('keeps the connection of a transaction', () => {
    const one = feed().give(command('MULTI') + commandOf(['SET', 'k', BIG]).slice(0, 100))
    expect(one.messages.slice(0, 2).map(({ affinity }) => affinity)).toEqual(['own', 'own'])
    expect(one.messages[1]?.rest).toBeGreaterThan(0)
  })
})

describe('a large reply', () => {
  test.each([
    ['a string', `$${BIG.length}\r\n${BIG}\r\n`],
    ['a text with a format', `=${BIG.length}\r\ntxt:${BIG.slice(4)}\r\n`],
    ['a string with attributes', `|1\r\n+ttl\r\n:60\r\n$${BIG.length}\r\n${BIG}\r\n`],
  ])('that is %s goes on before it is whole', (_name, bytes) => {
    const one = feed('response').give(bytes.slice(0, 1_500))
    expect(one.messages.map(({ kind, rest }) => [kind, rest > 0])).toEqual([
      ['response', true],
      ['stream-data', false],
    ])
    expect(one.messages[0]?.bodySize).toBe(BIG.length)
    expect(one.messages[0]?.get('text')).toBeUndefined()
    expect(one.messages[0]?.problem).toContain('cannot be read')
  })

  test.each([
    ['an error', `!${BIG.length}\r\n${BIG}\r\n`],
    ['an array', `*2\r\n$${BIG.length}\r\n${BIG}\r\n:1\r\n`],
  ])('that is %s waits until it is whole', (_name, bytes) => {
    const one = feed('response').give(bytes.slice(0, 1_500))
    expect(one.messages).toEqual([])
    expect(one.give(bytes.slice(1_500)).messages).toHaveLength(1)
  })
})

test('a beginning whose body was replaced is written whole, and a piece with as many other bytes', () => {
  const [beginning, piece] = begun(['SET', 'k', BIG])
  if (beginning === undefined || piece === undefined) throw new Error('it has not begun')
  beginning.mutation = new Mutation()
  beginning.mutation.body(Buffer.from('small'))
  expect(written((out) => codec.encode(beginning, 0, 0, out))).toBe(commandOf(['SET', 'k', 'small']))
  piece.mutation = new Mutation()
  piece.mutation.body(Buffer.alloc(piece.size, 'y'))
  expect(written((out) => codec.encode(piece, 0, 0, out))).toBe('y'.repeat(piece.size))
})

test('commands and replies, cut anywhere, are the same bytes in the same order', () => {
  const random = seededRandom(5)
  const big = (): string => 'abcdefgh'.repeat(125 + Math.floor(random() * 500))
  for (let round = 0; round < 300; round++) {
    const parts = Array.from({ length: 6 }, () =>
      random() < 0.5 ? command('GET a') : commandOf(['SET', 'k', big()].slice(0, random() < 0.9 ? 3 : 2)),
    )
    const bytes = parts.join('')
    const one = feed()
    for (let at = 0; at < bytes.length; ) {
      const end = at + 1 + Math.floor(random() * (random() < 0.5 ? 30 : 2_500))
      one.give(bytes.slice(at, end))
      at = end
    }
    expect(one.decoder.pendingBytes).toBe(0)
    expect(wholesOf(one.messages)).toEqual(parts)
    const encoded = one.messages.map((message) => written((out) => codec.encode(message, 0, 0, out)))
    expect(encoded.join('')).toBe(bytes)
  }
})

/** The frames, with what came in pieces joined. */
function wholesOf(messages: readonly Message[]): readonly string[] {
  const wholes: string[] = []
  for (let at = 0; at < messages.length; at++) {
    const beginning = messages[at]
    if (beginning === undefined || beginning.kind.startsWith('stream-')) continue
    const end = messages.findIndex(({ kind }, place) => place > at && kind === 'stream-close')
    const pieces = beginning.rest === 0 ? [] : messages.slice(at + 1, end + 1)
    const { bytes, size } = joinPieces(beginning, pieces)
    expect(size).toBe(beginning.size)
    wholes.push(bytes.toString('latin1'))
  }
  return wholes
}
