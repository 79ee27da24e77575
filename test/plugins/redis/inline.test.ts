import { expect, test } from 'vitest'
import { commandOf, Feed } from './wire.ts'

function words(line: string): readonly string[] | undefined {
  const [message] = new Feed().give(line).messages
  if (message === undefined) return undefined
  return Array.from(
    { length: Number(message.get('args-count')) + 1 },
    (_, n) => message.get(`arg.${n}`) ?? '',
  )
}

test.each([
  ['PING\r\n', ['PING']],
  ['PING\n', ['PING']],
  ['  set  a\tb  \r\n', ['set', 'a', 'b']],
  ['SET a "b c"\n', ['SET', 'a', 'b c']],
  ['SET a "\\x41\\n\\"\\\\"\n', ['SET', 'a', 'A\n"\\']],
  ["SET a 'it\\'s \\n'\n", ['SET', 'a', "it's \\n"]],
  ['SET a ""\n', ['SET', 'a', '']],
  ['SET a b"c d"\n', ['SET', 'a', 'bc d']],
  ['SET a "\\xzz"\n', ['SET', 'a', 'xzz']],
  ['\r\n', undefined],
  ['   \n', undefined],
])('%j is typed as %j', (line, expected) => {
  expect(words(line)).toEqual(expected)
})

test('a line leaves as an array, for servers that are shared', () => {
  const [message] = new Feed().give('SET a "b c"\r\n').messages
  expect(message?.bytes.toString()).toBe(commandOf(['SET', 'a', 'b c']))
})

test('lines and arrays may follow each other, wherever the chunks end', () => {
  const bytes = `PING\r\n${commandOf(['GET', 'a'])}\r\nGET b\n*0\r\n*-1\r\n${commandOf(['GET', 'c'])}`
  for (let cut = 0; cut <= bytes.length; cut++) {
    const feed = new Feed().give(bytes.slice(0, cut)).give(bytes.slice(cut))
    expect(feed.messages.map((message) => message.get('key') ?? message.operation)).toEqual([
      'PING',
      'a',
      'b',
      'c',
    ])
    expect(feed.needed).toBe(0)
  }
})

test.each(['SET "a\r\n', "SET 'a\r\n", 'SET "a"b\r\n'])('%j is answered as a server does', (line) => {
  expect(new Feed().give(line).failure?.text).toBe('unbalanced quotes in request')
})

test('a line without end is given up', () => {
  const feed = new Feed()
  for (let n = 0; n < 70 && feed.failure === undefined; n++) feed.give('x'.repeat(1_000))
  expect(feed.failure?.text).toBe('too big inline request')
  expect(feed.decoder.pendingBytes).toBe(0)
})
