import { expect, test } from 'vitest'
import { RedisReplySorter } from '../../../plugins/redis/reply-sorter.ts'
import type { Message } from '../../../sdk/index.ts'
import { commandOf, commands, reply } from './wire.ts'

/** Lines `< request` and `> reply`, and for each reply whether it was unasked. */
function sorted(...script: readonly (readonly [side: 'asks' | 'comes', text: string])[]): readonly boolean[] {
  const sorter = new RedisReplySorter()
  const waiting: Message[] = []
  const verdicts: boolean[] = []
  for (const [side, text] of script) {
    if (side === 'asks') {
      waiting.push(...commands(text))
      continue
    }
    const unasked = sorter.unasked(reply(text), waiting[0])
    verdicts.push(unasked)
    if (!unasked) waiting.shift()
  }
  return verdicts
}

const confirm = (word: string, channel: string, count: number) =>
  `*3\r\n$${word.length}\r\n${word}\r\n$${channel.length}\r\n${channel}\r\n:${count}\r\n`
const news = commandOf(['message', 'a', 'hi'])
const three = (array: string) => `>${array.slice(1)}`

test('of a subscription to several channels the first confirmation is the reply', () => {
  expect(
    sorted(
      ['asks', 'SUBSCRIBE a b'],
      ['asks', 'PING'],
      ['comes', confirm('subscribe', 'a', 1)],
      ['comes', confirm('subscribe', 'b', 2)],
      ['comes', news],
      ['comes', commandOf(['pong', ''])],
      ['comes', news],
    ),
  ).toEqual([false, true, true, false, true])
})

test('two subscriptions behind each other have each their reply', () => {
  expect(
    sorted(
      ['asks', 'SUBSCRIBE a b'],
      ['asks', 'PSUBSCRIBE c'],
      ['comes', confirm('subscribe', 'a', 1)],
      ['comes', confirm('subscribe', 'b', 2)],
      ['comes', confirm('psubscribe', 'c', 3)],
      ['comes', commandOf(['pmessage', 'c', 'c', 'hi'])],
    ),
  ).toEqual([false, true, false, true])
})

test('an array that looks like a message is a reply while nothing is subscribed', () => {
  expect(
    sorted(
      ['asks', 'LRANGE l 0 -1'],
      ['asks', 'SUBSCRIBE a'],
      ['comes', news],
      ['comes', confirm('subscribe', 'a', 1)],
      ['comes', news],
      ['asks', 'UNSUBSCRIBE a'],
      ['comes', news],
      ['comes', confirm('unsubscribe', 'a', 0)],
      ['asks', 'LRANGE l 0 -1'],
      ['comes', news],
    ),
  ).toEqual([false, false, true, true, false, false])
})

test('UNSUBSCRIBE from channels that were never subscribed is confirmed for each', () => {
  expect(
    sorted(
      ['asks', 'UNSUBSCRIBE a b'],
      ['asks', 'LRANGE l 0 -1'],
      ['comes', confirm('unsubscribe', 'a', 0)],
      ['comes', confirm('unsubscribe', 'b', 0)],
      ['comes', news],
    ),
  ).toEqual([false, true, false])
})

test('UNSUBSCRIBE from everything is confirmed for each that was subscribed', () => {
  expect(
    sorted(
      ['asks', 'SUBSCRIBE a b'],
      ['comes', confirm('subscribe', 'a', 1)],
      ['comes', confirm('subscribe', 'b', 2)],
      ['asks', 'UNSUBSCRIBE'],
      ['asks', 'GET a'],
      ['comes', confirm('unsubscribe', 'a', 1)],
      ['comes', confirm('unsubscribe', 'b', 0)],
      ['comes', '$-1\r\n'],
    ),
  ).toEqual([false, true, false, true, false])
})

test('channels of shards are counted by themselves', () => {
  expect(
    sorted(
      ['asks', 'SSUBSCRIBE a'],
      ['comes', confirm('ssubscribe', 'a', 1)],
      ['asks', 'SUBSCRIBE b'],
      ['asks', 'UNSUBSCRIBE b'],
      ['comes', confirm('subscribe', 'b', 1)],
      ['comes', confirm('unsubscribe', 'b', 0)],
      ['comes', commandOf(['smessage', 'a', 'hi'])],
      ['comes', confirm('sunsubscribe', 'a', 0)],
      ['asks', 'LRANGE l 0 -1'],
      ['comes', news],
    ),
  ).toEqual([false, false, false, true, true, false])
})

test('in RESP 3 every push is unasked but the confirmation that is waited for', () => {
  expect(
    sorted(
      ['asks', 'GET a'],
      ['asks', 'SUBSCRIBE a b'],
      ['comes', three(commandOf(['invalidate', 'a']))],
      ['comes', '$1\r\nx\r\n'],
      ['comes', three(confirm('subscribe', 'a', 1))],
      ['asks', 'LRANGE l 0 -1'],
      ['comes', three(confirm('subscribe', 'b', 2))],
      ['comes', three(news)],
      ['comes', '*0\r\n'],
    ),
  ).toEqual([true, false, false, true, true, false])
})

test('the lines of MONITOR are unasked, and the replies beside them are not', () => {
  const line = '+1699999999.123456 [0 127.0.0.1:5] "GET" "a"\r\n'
  expect(
    sorted(
      ['asks', 'MONITOR'],
      ['comes', '+OK\r\n'],
      ['comes', line],
      ['asks', 'PING'],
      ['comes', line],
      ['comes', '+PONG\r\n'],
      ['asks', 'RESET'],
      ['comes', '+RESET\r\n'],
    ),
  ).toEqual([false, true, true, false, false])
})
