import { describe, expect, test } from 'vitest'
import { commandAt } from '../../../plugins/redis/command-lookup.ts'
import { commandSpecs } from '../../../plugins/redis/commands.ts'
import { Mutation } from '../../../sdk/index.ts'
import { codec, commandOf, commands, Feed, written } from './wire.ts'

function keysOf(line: string): readonly string[] {
  return commands(line)[0]?.getAll('keys') ?? []
}

describe('the keys of a command', () => {
  test.each([
    ['GET a', ['a']],
    ['get', []],
    ['PING', []],
    ['DEL a b c', ['a', 'b', 'c']],
    ['MSET a 1 b 2', ['a', 'b']],
    ['BLPOP a b 0', ['a', 'b']],
    ['RENAME a b', ['a', 'b']],
    ['BITOP AND to a b', ['to', 'a', 'b']],
    ['OBJECT ENCODING a', ['a']],
    ['MEMORY USAGE a', ['a']],
    ['MEMORY DOCTOR', []],
    ['EVAL script 2 a b arg', ['a', 'b']],
    ['EVAL script 0 arg', []],
    ['EVAL script 999999999 a', ['a']],
    ['EVAL script -1 a', []],
    ['ZUNIONSTORE to 2 a b WEIGHTS 1 2', ['to', 'a', 'b']],
    ['LMPOP 2 a b LEFT', ['a', 'b']],
    ['BLMPOP 0 2 a b LEFT', ['a', 'b']],
    ['XREAD COUNT 2 STREAMS a b 0 0', ['a', 'b']],
    ['XREADGROUP GROUP g c streams a >', ['a']],
    ['SORT a BY x STORE b', ['a', 'b']],
    ['SORT a LIMIT 0 5', ['a']],
    ['MIGRATE host 6379 a 0 1000', ['a']],
    ['SET a', ['a']],
    ['FOO a', []],
  ])('%s: %j', (line, expected) => {
    expect(keysOf(line)).toEqual(expected)
    expect(commands(line)[0]?.get('key')).toBe(expected[0])
  })

  test('of several thousand arguments are all found', () => {
    const names = Array.from({ length: 5_000 }, (_, n) => `k${n}`)
    expect(keysOf(`MGET ${names.join(' ')}`)).toEqual(names)
  })

  test('that are no UTF-8 read each as its own text', () => {
    const texts = ['\xff', '\xfe', '\xc3\xbf'].map((key) =>
      new Feed().give(commandOf(['GET', key])).messages[0]?.get('key'),
    )
    expect(texts).toEqual(['\xff', '\xfe', '\xff'])
  })
})

describe('the table of commands', () => {
  test('finds each of them by its name in any case, and no other', () => {
    for (const [place, { name }] of commandSpecs.entries()) {
      if (place === 0) continue
      for (const text of [name, name.toLowerCase()])
        expect(commandAt(Buffer.from(text), 0, text.length)).toBe(place)
      const longer = Buffer.from(`${name}Q`)
      expect(commandAt(longer, 0, longer.length)).toBe(0)
    }
    expect(commandAt(Buffer.from('RESTORE\rASKING'), 0, 14)).toBe(0)
    expect(commandAt(Buffer.alloc(100, 'x'), 0, 100)).toBe(0)
  })

  test('names each once', () => {
    const names = commandSpecs.map(({ name }) => name)
    expect(new Set(names).size).toBe(names.length)
  })
})

test.each([
  ['command', 'DEL', 'the command'],
  ['arg.0', 'DEL', 'the command'],
  ['db', '1', 'key and arg.1'],
  ['arg.9', 'x', 'there are 2 arguments'],
])('a mutation of %s is refused with its name', (key, value, text) => {
  const message = commands('SET a b')[0]
  if (message === undefined) throw new Error('no message')
  message.mutation = new Mutation()
  message.mutation.set(key, value)
  let problem: string | undefined
  expect(
    written((out) => {
      problem = codec.encode(message, 0, 0, out)
    }),
  ).toBe('')
  expect(problem).toContain(`"${key}"`)
  if (key !== 'command') expect(problem).toContain(text)
})

test('a key is set where it stands, also behind a count', () => {
  const message = commands('EVAL script 1 old arg')[0]
  if (message === undefined) throw new Error('no message')
  message.mutation = new Mutation()
  message.mutation.set('key', 'tenant:old')
  expect(written((out) => codec.encode(message, 0, 0, out))).toBe(
    commandOf(['EVAL', 'script', '1', 'tenant:old', 'arg']),
  )
})
