import { describe, expect, test } from 'vitest'
import { joinPieces, type Message, Mutation } from '../../../sdk/index.ts'
import { seededRandom } from '../../seeded-random.ts'
import { Collected } from '../../support/collected.ts'
import { codec, command, commandOf, written } from './wire.ts'

const BIG = 'x'.repeat(3_000)

function bulk(text: string): string {
  return `$${text.length}\r\n${text}\r\n`
}

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
    ['whose subcommand has not come', ['OBJECT', BIG, 'k']],
    ['of which a key may come soon', ['MSET', 'a', BIG, 'b', '12', 'c', '1']],
  ])('%s waits until it is whole', (_name, words) => {
    expect(begun(words)).toEqual([])
    const bytes = commandOf(words)
    for (const at of [20, 1_500, 2_900]) {
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

  test.each<[string, string, string, Readonly<Record<string, string | undefined>>]>([
    ['an array', `*3\r\n${bulk('a')}${bulk(BIG)}:1\r\n`, 'response', { type: 'array', text: undefined }],
    ['arrays in an array', `*2\r\n*2\r\n:1\r\n*1\r\n${bulk(BIG)}*0\r\n`, 'response', { type: 'array' }],
    ['many small strings', `*999\r\n${bulk('12345').repeat(999)}`, 'response', { type: 'array' }],
    ['a map', `%2\r\n+a\r\n${bulk(BIG)}+b\r\n~1\r\n${bulk(BIG)}`, 'response', { type: 'map' }],
    ['a set', `~2\r\n=${BIG.length}\r\n${BIG}\r\n#t\r\n`, 'response', { type: 'set' }],
    ['an array with attributes', `|1\r\n+ttl\r\n:60\r\n*1\r\n${bulk(BIG)}`, 'response', { type: 'array' }],
    ['a message', `>3\r\n${bulk('message')}${bulk('news')}${bulk(BIG)}`, 'response', { type: 'push' }],
    ['a long line', `+${BIG}\r\n`, 'response', { type: 'simple', text: undefined }],
    ['a long error', `-OOM ${BIG}\r\n`, 'error', { type: 'error', error: 'OOM', text: undefined }],
    ['an error of RESP 3', `!${BIG.length + 4}\r\nOOM ${BIG}\r\n`, 'error', { type: 'error', error: 'OOM' }],
  ])(
    'that is %s goes on before it is whole, and reads as far as it is here',
    (_name, bytes, kind, properties) => {
      const one = feed('response').give(bytes.slice(0, 1_500))
      const [beginning] = one.messages
      expect(beginning?.kind).toBe(kind)
      expect(beginning?.rest).toBeGreaterThan(0)
      expect(beginning?.size).toBeLessThanOrEqual(bytes.length)
      for (const [key, value] of Object.entries(properties)) expect(beginning?.get(key)).toBe(value)
      one.give(bytes.slice(1_500))
      expect(one.messages.at(-1)?.kind).toBe('stream-close')
      expect(new Set(one.messages.map(({ status }) => status)).size).toBe(1)
      expect(wholesOf(one.messages)).toEqual([bytes])
      expect(beginning?.body.length).toBe(0)
      const body = feed('response').give(bytes).messages[0]?.body.toString('latin1')
      for (let at = 1_010; at < bytes.length; at += 13) {
        const { messages } = feed('response').give(bytes.slice(0, at)).give(bytes.slice(at))
        expect(messages.map((message) => message.body.toString('latin1')).join('')).toBe(body)
      }
    },
  )

  test.each([
    ['the confirmation of a subscription', `*3\r\n${bulk('subscribe')}${bulk(BIG)}:1\r\n`],
    ['a reply whose attributes are large', `|1\r\n+a\r\n${bulk(BIG)}+OK\r\n`],
  ])('that is %s waits until it is whole', (_name, bytes) => {
    const one = feed('response').give(bytes.slice(0, 2_500))
    expect(one.messages).toEqual([])
    expect(one.give(bytes.slice(2_500)).messages.map(({ rest }) => rest)).toEqual([0])
  })

  test('that passes its limit on the way ends there, and the next is taken', () => {
    const bytes = `*3\r\n${bulk(BIG)}${bulk(BIG)}:1\r\n`
    const one = feed('response', 5_000)
    for (let at = 0; at < bytes.length; at += 700) one.give(bytes.slice(at, at + 700))
    one.give('+OK\r\n')
    expect(one.lines.filter((line) => line.startsWith('refused'))).toEqual([
      'refused response 0: a reply of more than 5000 bytes',
    ])
    expect(one.messages.some(({ kind }) => kind === 'stream-close')).toBe(false)
    expect(one.messages.at(-1)?.get('text')).toBe('OK')
    expect(one.decoder.pendingBytes).toBe(0)
  })
})

/** What was pushed when so many bytes of a command had come. */
function begunAfter(size: number, ...words: readonly string[]): Message {
  const [beginning] = feed().give(commandOf(words).slice(0, size)).messages
  if (beginning === undefined) throw new Error('it has not begun')
  return beginning
}

const HUGE = 'x'.repeat(5_000)

describe('a command with a large argument in its middle', () => {
  test.each([
    ['SET', 'k', BIG, 'EX', '60'],
    ['HSET', 'h', 'f', BIG, 'g', '1'],
    ['MSET', 'a', HUGE, 'b', HUGE],
    ['EVAL', HUGE, '1', 'k', 'v'],
    ['LPUSH', 'l', BIG, BIG],
    [HUGE.slice(0, 20), BIG, 'x'],
    ['WATCH', 'a', HUGE, 'b'],
    ['SCRIPT', 'LOAD', BIG, 'x'],
    ['SUBSCRIBE', 'a', HUGE],
    ['GET', HUGE],
    ['DEL', ...Array.from({ length: 900 }, (_, n) => `key:${n}`)],
  ])('%s goes on before it is whole, and is the same wherever it is cut', (...words) => {
    const bytes = commandOf(words)
    const one = feed().give(bytes.slice(0, Math.min(4_600, bytes.length - 5)))
    const [beginning] = one.messages
    expect(beginning?.rest).toBeGreaterThan(0)
    expect(beginning?.size).toBeLessThanOrEqual(bytes.length)
    expect(one.decoder.pendingBytes).toBe(0)
    for (const at of [1_001, 1_033, 1_800, 3_100, 4_050, 4_600, bytes.length - 1]) {
      const cut = feed()
        .give(bytes.slice(0, at))
        .give(`${bytes.slice(at)}${command('PING')}`)
      expect(wholesOf(cut.messages)).toEqual([bytes, command('PING')])
      expect(cut.messages.map((message) => written((out) => codec.encode(message, 0, 0, out))).join('')).toBe(
        `${bytes}${command('PING')}`,
      )
    }
  })

  test('has the bytes of its last argument as its body, and no others', () => {
    const bytes = commandOf(['SET', 'k', BIG, 'EX', '60'])
    for (let at = 1_100; at < bytes.length; at += 1) {
      const { messages } = feed().give(bytes.slice(0, at)).give(bytes.slice(at))
      expect(messages.map(({ body }) => body.toString('latin1')).join('')).toBe('60')
    }
    const long = `${'y'.repeat(900)}z`
    const many = commandOf(['RPUSH', 'l', 'x'.repeat(150), long])
    for (let at = 1_020; at < many.length; at++) {
      const { messages } = feed().give(many.slice(0, at)).give(many.slice(at))
      expect(messages[0]?.body.length).toBe(0)
      expect(messages[0]?.bodySize).toBe(long.length)
      expect(messages.map(({ body }) => body.toString('latin1')).join('')).toBe(long)
    }
  })

  test('tells what is here, names what is not, and is not sent when somebody asked for that', () => {
    const asked = (key: string, ...words: readonly string[]) => {
      const beginning = begunAfter(4_600, ...words)
      const value = beginning.getAll(key)
      const out = written((writer) => codec.encode(beginning, 0, 0, writer))
      expect(out === '').toBe(beginning.problem !== undefined)
      return [value, beginning.problem ?? '']
    }
    const hidden = (key: string) => `"${key}" is passed on in pieces and cannot be read`
    const mset = ['MSET', 'a', HUGE, 'b', HUGE]
    expect(asked('key', ...mset)).toEqual([['a'], ''])
    expect(asked('keys', ...mset)).toEqual([['a'], hidden('keys')])
    expect(asked('arg.3', ...mset)).toEqual([[], hidden('arg.3')])
    expect(asked('args-count', ...mset)).toEqual([['4'], ''])
    expect(asked('arg.5', ...mset)).toEqual([[], ''])
    expect(asked('key', 'EVAL', HUGE, '1', 'k')).toEqual([[], hidden('key')])
    expect(asked('keys', 'HSET', 'h', 'f', HUGE, 'g', '1')).toEqual([['h'], ''])
    expect(asked('channel', 'PUBLISH', HUGE, 'x')).toEqual([[], hidden('channel')])
    expect(asked('channel', 'PUBLISH', 'news', HUGE)).toEqual([['news'], ''])
    expect(asked('keys', 'SORT', 'l', 'BY', HUGE, 'STORE', 'to')).toEqual([['l'], hidden('keys')])
    expect(asked('key', 'ECHO', HUGE)).toEqual([[], ''])
  })

  test('lists what can be read, which asks for nothing', () => {
    const beginning = begunAfter(4_600, 'MSET', 'a', HUGE, 'b', HUGE)
    expect(beginning.keys()).toEqual(['command', 'key', 'args-count', 'db', 'arg.0', 'arg.1'])
    expect(beginning.problem).toBeUndefined()
  })

  test('can be changed as far as it is here', () => {
    const beginning = begunAfter(1_500, 'SET', 'k', BIG, 'EX', '60')
    const change = (record: (mutation: Mutation) => void) => {
      beginning.mutation = new Mutation()
      record(beginning.mutation)
      let problem: string | undefined
      const bytes = written((out) => {
        problem = codec.encode(beginning, 0, 0, out)
      })
      return problem ?? bytes
    }
    expect(change((mutation) => mutation.set('key', 'other'))).toBe(
      `*5\r\n$3\r\nSET\r\n$5\r\nother\r\n$${BIG.length}\r\n`,
    )
    expect(change((mutation) => mutation.set('arg.2', 'x'))).toContain('"arg.2" cannot be changed')
    expect(change((mutation) => mutation.set('arg.4', 'x'))).toContain('"arg.4" cannot be changed')
    expect(change((mutation) => mutation.remove('arg.1'))).toContain('"arg.1" cannot be removed')
    expect(change((mutation) => mutation.body(Buffer.from('x')))).toContain('"arg.2" before it is passed on')
  })

  test('that passes its limit on the way ends there, and the next is taken', () => {
    const bytes = commandOf(['MSET', 'a', HUGE, 'b', HUGE])
    const one = feed('request', 8_000)
    for (let at = 0; at < bytes.length; at += 700) one.give(bytes.slice(at, at + 700))
    one.give(command('PING'))
    expect(one.lines.filter((line) => line.startsWith('refused'))).toHaveLength(1)
    expect(one.lines.join()).toContain('the limit is 8000')
    expect(one.messages.some(({ kind }) => kind === 'stream-close')).toBe(false)
    expect(one.messages.at(-1)?.operation).toBe('PING')
  })

  test.each([
    ['is no string', '+x\r\n', "expected '$', got '+'"],
    ['has a size below nothing', '$-1\r\n', 'invalid bulk length'],
    ['has a size that no number holds', '$99999999999999999999\r\n', 'invalid bulk length'],
    ['has a sign', '$+1\r\n', 'invalid bulk length'],
  ])('whose next argument %s is called what a server calls it', (_name, next, text) => {
    const one = feed().give(`*5\r\n$3\r\nSET\r\n$1\r\nk\r\n${bulk(BIG).slice(0, 1_500)}`)
    one.give(`${bulk(BIG).slice(1_500)}${next}`)
    expect(one.lines.at(-1)).toBe(`malformed header: ${text}`)
  })

  test('keeps what its client has left behind', () => {
    const one = feed().give(commandOf(['WATCH', 'a', HUGE]).slice(0, 4_500))
    expect(one.messages[0]?.affinity).toBe('own')
    const refused = feed().give(command('MULTI') + commandOf(['SUBSCRIBE', 'a', HUGE, 'b']))
    expect(refused.lines.join()).toContain('SUBSCRIBE within MULTI is not carried')
  })
})

test('whatever the sizes say, no more is promised than may come, and nothing is held for it', () => {
  const before = process.memoryUsage().arrayBuffers
  const feeds = Array.from({ length: 50 }, () =>
    feed('request', 1e12).give('*1048576\r\n$4\r\nMSET\r\n$1\r\na\r\n$900000000\r\nx'),
  )
  expect(feeds.every(({ decoder }) => decoder.pendingBytes === 0)).toBe(true)
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(1_000_000)
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

describe('what the beginning of a command knows of its keys', () => {
  test.each([
    ['MIGRATE', 'host', '1', '', '0', '1', 'AUTH', 'x', 'KEYS', 'a', 'b'],
    ['MIGRATE', 'host', '1', 'a', '0', '1', 'COPY'],
    ['ZUNIONSTORE', 'to', '2', 'a', 'b', 'WEIGHTS', '1', '2'],
    ['EVAL', 'script', '2', 'a', 'b', 'c'],
    ['LMPOP', '2', 'a', 'b', 'LEFT'],
    ['SORT', 'a', 'BY', 'x', 'STORE', 'to'],
    ['BITOP', 'AND', 'to', 'a', 'b'],
    ['MSETNX', 'a', '1', 'b', '2'],
    ['RENAME', 'a', 'b'],
    ['XGROUP', 'CREATE', 'a', 'g', '0'],
    ['MEMORY', 'USAGE', 'a', 'SAMPLES', '0'],
    ['SPUBLISH', 'news', 'x'],
    ['SSUBSCRIBE', 'a', 'b'],
    ['GET', 'a', 'b'],
  ])('%s: it says so, or reads as the whole does', (...words) => {
    const known: number[] = []
    for (let place = 1; place < words.length; place++) {
      const filled = words.map((word, at) => (at === place ? `${word}${HUGE}` : word))
      const bytes = commandOf(filled)
      const whole = new Collected(codec).give(bytes).messages[0]
      const [beginning] = feed().give(bytes.slice(0, 4_900)).messages
      if (beginning === undefined) continue
      for (const key of ['key', 'keys', 'channel', 'arg.0', 'arg.1', 'arg.2', 'arg.9', 'command']) {
        if (beginning.reader.lacks?.(beginning, key)) continue
        expect([key, beginning.getAll(key)]).toEqual([key, whole?.getAll(key)])
        if (key === 'keys') known.push(place)
      }
      expect(beginning.problem).toBeUndefined()
    }
    expect(known).toEqual(KNOWN[words.join(' ')])
  })
})

/** Which of its arguments may be large, with all keys known before it. */
const KNOWN: Readonly<Record<string, readonly number[]>> = {
  'MIGRATE host 1  0 1 AUTH x KEYS a b': [],
  'MIGRATE host 1 a 0 1 COPY': [4, 5, 6],
  'ZUNIONSTORE to 2 a b WEIGHTS 1 2': [5, 6, 7],
  'EVAL script 2 a b c': [5],
  'LMPOP 2 a b LEFT': [4],
  'SORT a BY x STORE to': [],
  'BITOP AND to a b': [],
  'MSETNX a 1 b 2': [4],
  'RENAME a b': [],
  'XGROUP CREATE a g 0': [3, 4],
  'MEMORY USAGE a SAMPLES 0': [3, 4],
  'SPUBLISH news x': [1, 2],
  'SSUBSCRIBE a b': [1, 2],
  'GET a b': [2],
}

test('random bytes of the protocol mean in pieces what they mean whole', () => {
  const random = seededRandom(23)
  const long = bulk('z'.repeat(120))
  const parts = {
    request: [
      '*2\r\n',
      '*4\r\n',
      bulk('MSET'),
      bulk('SET'),
      bulk('EVAL'),
      bulk('1'),
      long,
      long,
      bulk('SUBSCRIBE'),
      '$3\r\nab',
      '\r\n',
      'x',
    ],
    response: [
      '*2\r\n',
      '>3\r\n',
      '%1\r\n',
      '|1\r\n',
      bulk('message'),
      long,
      long,
      `+${'y'.repeat(130)}\r\n`,
      '-ERR ',
      `-OOM ${long.slice(0, 2)}${'y'.repeat(120)}\r\n`,
      ':1\r\n',
      '!9\r\nERR x',
      '_\r\n',
      '~1\r\n',
      '\r\n',
      '*0\r\n',
    ],
  } as const
  let begun = 0
  for (let round = 0; round < 2_000; round++) {
    const direction = round % 2 === 0 ? 'request' : 'response'
    const bytes = Array.from(
      { length: 14 },
      () => parts[direction][Math.floor(random() * parts[direction].length)],
    ).join('')
    const whole = new Collected(codec, direction, 100_000)
    const cut = new Collected(codec, direction, 100_000, random() < 0.5 ? 20 : 0)
    const step = 1 + Math.floor(random() * 40)
    give(whole, bytes, bytes.length)
    give(cut, bytes, step)
    expect(failuresOf(cut)).toEqual(failuresOf(whole))
    const wholes = wholesOf(cut.messages)
    expect(wholes).toEqual(wholesOf(whole.messages))
    begun += cut.messages.filter(({ rest }) => rest > 0).length
    const ended = cut.messages.filter(({ kind }) => kind === 'stream-close').length
    const open = cut.messages.filter(({ rest }) => rest > 0).length - ended
    expect(open === 0 || open === 1).toBe(true)
  }
  expect(begun).toBeGreaterThan(250)
})

function give(collected: Collected, bytes: string, step: number): void {
  for (let at = 0; at < bytes.length && failuresOf(collected).length === 0; at += step)
    collected.give(bytes.slice(at, at + step))
}

function failuresOf({ lines }: Collected): readonly string[] {
  return lines.filter((line) => line.startsWith('malformed') || line.startsWith('refused'))
}

/** The frames that are whole, with what came in pieces joined. */
function wholesOf(messages: readonly Message[]): readonly string[] {
  const wholes: string[] = []
  for (let at = 0; at < messages.length; at++) {
    const beginning = messages[at]
    if (beginning === undefined || beginning.kind.startsWith('stream-')) continue
    const end = messages.findIndex(({ kind }, place) => place > at && kind === 'stream-close')
    if (beginning.rest > 0 && end < 0) break
    const pieces = beginning.rest === 0 ? [] : messages.slice(at + 1, end + 1)
    const { bytes, size } = joinPieces(beginning, pieces)
    if (beginning.sizeOpen) expect(size).toBeGreaterThanOrEqual(beginning.size)
    else expect(size).toBe(beginning.size)
    wholes.push(bytes.toString('latin1'))
  }
  return wholes
}
