import { expect, test } from 'vitest'
import { command, commands, Feed } from './wire.ts'

const S = 'shared'
const O = 'own'
const R = 'release'

test.each([
  ['plain commands', ['GET a', 'SET a b', 'EVAL x 0', 'PUBLISH a b'], [S, S, S, S]],
  ['a transaction', ['MULTI', 'SET a b', 'EXEC', 'GET a'], [O, O, R, S]],
  ['a transaction that is given up', ['WATCH a', 'GET a', 'MULTI', 'DISCARD', 'GET a'], [O, O, O, R, S]],
  ['watched keys that are let go', ['WATCH a', 'UNWATCH', 'GET a'], [O, R, S]],
  ['EXEC without MULTI, which keeps what is watched', ['WATCH a', 'EXEC', 'GET a'], [O, O, O]],
  ['another database and back', ['SELECT 3', 'GET a', 'SELECT 0', 'GET a'], [O, O, R, S]],
  ['SELECT of what is no database', ['SELECT x', 'GET a'], [S, S]],
  ['a login', ['AUTH secret', 'GET a', 'SELECT 0', 'GET a'], [O, O, O, O]],
  ['a login that is taken back', ['AUTH u p', 'RESET', 'GET a'], [O, R, S]],
  ['RESP 3 and back', ['HELLO 3', 'GET a', 'HELLO 2', 'GET a'], [O, O, R, S]],
  ['HELLO that changes nothing', ['HELLO', 'HELLO 2', 'GET a'], [S, S, S]],
  ['HELLO with a login', ['HELLO 2 AUTH u p', 'GET a'], [O, O]],
  ['blocking commands', ['BLPOP a 1', 'BLMPOP 0 1 a LEFT', 'GET a'], [R, R, S]],
  ['streams, which block only when told to', ['XREAD STREAMS a 0', 'XREAD BLOCK 5 STREAMS a 0'], [S, R]],
  ['blocking commands in a transaction', ['MULTI', 'BLPOP a 0', 'EXEC'], [O, O, R]],
  ['a subscription, for good', ['SUBSCRIBE a', 'UNSUBSCRIBE a', 'GET a'], [O, O, O]],
  ['UNSUBSCRIBE from nothing, which may be answered several times', ['UNSUBSCRIBE a b'], [O]],
  ['MONITOR, for good', ['MONITOR', 'GET a'], [O, O]],
  ['WAIT, which counts what was written on the same connection', ['WAIT 1 100', 'SET a b'], [O, O]],
  ['names of clients and of their libraries', ['CLIENT SETINFO x y', 'CLIENT SETNAME x', 'GET a'], [S, O, O]],
  ['CLIENT TRACKING', ['CLIENT TRACKING ON', 'GET a'], [O, O]],
  ['RESET of nothing', ['RESET', 'GET a'], [S, S]],
])('%s', (_name, lines, affinities) => {
  expect(commands(...lines).map(({ affinity }) => affinity)).toEqual(affinities)
})

test.each([
  ['GET a', 0],
  ['BLPOP a b 1.5', 1_500],
  ['BLPOP a 0', Number.POSITIVE_INFINITY],
  ['BLPOP a 999999999', Number.POSITIVE_INFINITY],
  ['BLPOP a -1', 1],
  ['BLPOP a x', 1],
  ['BLMOVE a b LEFT RIGHT 2', 2_000],
  ['BZMPOP 3 1 a MIN', 3_000],
  ['XREAD BLOCK 250 STREAMS a $', 250],
  ['XREADGROUP GROUP g c BLOCK 0 STREAMS a >', Number.POSITIVE_INFINITY],
  ['WAIT 1 500', 500],
])('%s may wait %d ms', (line, waitMs) => {
  expect(commands(line)[0]?.waitMs).toBe(waitMs)
})

test('the database and the user of a command are those of the commands before it', () => {
  const all = commands('GET a', 'SELECT 7', 'AUTH bob secret', 'GET a', 'RESET', 'GET a')
  const facts = all.map((message) => [message.get('db'), message.get('user')])
  expect(facts).toEqual([
    ['0', undefined],
    ['0', undefined],
    ['7', undefined],
    ['7', 'bob'],
    ['7', 'bob'],
    ['0', undefined],
  ])
})

test('the user of HELLO and of a bare password are known, and the password is no property of its own', () => {
  const [, named] = commands('HELLO 3 AUTH ann secret', 'GET a')
  expect(named?.get('user')).toBe('ann')
  const [, bare] = commands('AUTH secret', 'GET a')
  expect(bare?.get('user')).toBe('default')
})

test.each(['CLIENT REPLY OFF', 'client reply skip', 'PSYNC ? -1', 'SYNC', 'REPLCONF ACK 1'])(
  '%s is refused, and the connection goes on',
  (line) => {
    const feed = new Feed().give(command(line) + command('PING'))
    expect(feed.refusals).toHaveLength(1)
    expect(feed.refusals[0]?.text).toContain('not carried')
    expect(feed.messages.map(({ operation }) => operation)).toEqual(['PING'])
  },
)

test('SUBSCRIBE within MULTI is refused, for its messages would stand in the reply of EXEC', () => {
  const feed = new Feed().give(command('MULTI') + command('SUBSCRIBE a'))
  expect(feed.refusals[0]?.text).toBe('SUBSCRIBE within MULTI is not carried')
  expect(new Feed().give(command('CLIENT REPLY ON')).messages).toHaveLength(1)
})
