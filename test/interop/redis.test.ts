/** The Redis plugin between real programs of Redis: redis-cli and redis-benchmark in front, redis-server behind. */
import { connect } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { seededRandom } from '../seeded-random.ts'
import { eventually, type JsonObject } from './peers.ts'
import { RedisClient } from './redis-client.ts'
import { cli, RedisServer, run } from './redis-server.ts'
import { watched } from './watched.ts'
import { cluster, Weir } from './weir.ts'

const LARGE = { 'body-size-max': '32MiB', watermarks: { high: '1MiB', low: '512KiB', max: '128MiB' } }

let server: RedisServer
let weir: Weir
let port = 0
const clients: RedisClient[] = []

function config(name: string, upstream: number, more: JsonObject = {}) {
  const listener = {
    name,
    address: '127.0.0.1:0',
    protocol: 'redis',
    routes: [{ cluster: 'redis' }],
    ...LARGE,
    ...more,
  }
  return {
    drain: { timeout: '2s' },
    listeners: [listener],
    clusters: [cluster('redis', [upstream], LARGE), cluster('nobody', [])],
  }
}

async function client(to = port): Promise<RedisClient> {
  const made = await RedisClient.connect(to)
  clients.push(made)
  return made
}

beforeAll(async () => {
  server = await RedisServer.start()
  weir = await Weir.start(
    config('redis', server.port, {
      filters: [
        {
          'rate-limit': {
            limits: [
              { name: 'incr', match: { command: 'INCR', key: 'limited' }, tokens: 1, every: '1h', burst: 3 },
            ],
          },
        },
        'router',
      ],
      routes: [
        { match: { command: { any: ['FLUSHALL', 'CONFIG SET'] } }, refuse: { text: 'not from here' } },
        { match: { key: { prefix: 'elsewhere:' } }, cluster: 'nobody' },
        { cluster: 'redis' },
      ],
    }),
  )
  port = weir.port('redis')
})

afterAll(async () => {
  for (const each of clients) each.close()
  await weir?.close()
  await server?.kill()
})

describe('redis-cli', () => {
  it('is answered as if there were nobody between', async () => {
    expect(await cli(port, ['ping'])).toBe('PONG')
    expect(await cli(port, ['set', 'a', '1'])).toBe('OK')
    expect(await cli(port, ['incr', 'a'])).toBe('2')
    expect(await cli(port, ['get', 'nothing'])).toBe('')
    expect(await cli(port, ['eval', 'return {KEYS[1],{1,2},redis.status_reply("fine")}', '1', 'k'])).toBe(
      'k\n1\n2\nfine',
    )
    expect(await cli(port, ['lpush', 'a', 'x'])).toContain('WRONGTYPE')
    expect(await cli(port, ['nosuch', 'command'])).toContain("unknown command 'nosuch'")
  })

  it('carries values of 10 MB and keys of any bytes', async () => {
    const value = Buffer.alloc(10_000_000, 'value ')
    expect(await cli(port, ['-x', 'set', 'large'], value)).toBe('OK')
    expect((await run('redis-cli', port, ['get', 'large'])).out).toBe(`${value.toString()}\n`)
    const key = '\x00\xff\r\n'
    const [set, get] = await (await client()).ask(['SET', key, 'binary'], ['GET', key])
    expect([set, get]).toEqual(['+OK\r\n', '$6\r\nbinary\r\n'])
    expect(await cli(server.port, ['exists', 'large'])).toBe('1')
  })

  it('sends a pipeline of fifty thousand commands', async () => {
    const lines = Array.from(
      { length: 50_000 },
      (_, n) => `*3\r\n$3\r\nSET\r\n$7\r\npipe:${n % 10}0\r\n$${`${n}`.length}\r\n${n}\r\n`,
    )
    expect(await cli(port, ['--pipe'], lines.join(''))).toContain('errors: 0, replies: 50000')
  })

  it('scans', async () => {
    const names = Array.from({ length: 500 }, (_, n) => `scan:${n}`)
    await cli(port, ['mset', ...names.flatMap((name) => [name, 'x'])])
    const found = (await cli(port, ['--scan', '--pattern', 'scan:*'])).split('\n')
    expect(found.sort()).toEqual([...names].sort())
  })

  it('speaks RESP 3', async () => {
    await cli(port, ['hset', 'map', 'field', 'value'])
    const typed = await cli(port, ['-3', '--no-auth-warning', '--json', 'hgetall', 'map'])
    expect(JSON.parse(typed)).toEqual({ field: 'value' })
  })

  it('runs a transaction', async () => {
    const shown = await cli(port, [], 'MULTI\nSET t 1\nINCR t\nEXEC\nGET t\n')
    expect(shown.split('\n')).toEqual(['OK', 'QUEUED', 'QUEUED', 'OK', '2', '2'])
  })

  it('shows the errors of weir', async () => {
    expect(await cli(port, ['flushall'])).toBe('NOPERM weir: denied: not from here')
    expect(await cli(port, ['config', 'set', 'maxmemory', '0'])).toBe('NOPERM weir: denied: not from here')
    expect(await cli(port, ['config', 'get', 'port'])).toBe(`port\n${server.port}`)
    expect(await cli(port, ['get', 'elsewhere:a'])).toContain('CLUSTERDOWN weir: no_healthy_upstream')
    const answers: string[] = []
    for (let n = 0; n < 5; n++) answers.push(await cli(port, ['incr', 'limited']))
    expect(answers.slice(0, 3)).toEqual(['1', '2', '3'])
    expect(answers[4]).toContain('BUSY weir: over_limit')
  })
})

describe('one connection', () => {
  it('may type its commands', async () => {
    const typed = await new Promise<string>((resolve) => {
      const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true })
      let text = ''
      socket.on('data', (chunk: Buffer) => {
        text += chunk.toString()
      })
      socket.on('end', () => {
        socket.end()
        resolve(text)
      })
      socket.write('set typed "two words"\r\nget typed\r\nping\n')
      socket.end()
    })
    expect(typed).toBe('+OK\r\n$9\r\ntwo words\r\n+PONG\r\n')
  })

  it('has its commands done in order, whoever else asks', async () => {
    const all = await Promise.all(Array.from({ length: 20 }, () => client()))
    const answers = await Promise.all(
      all.map((each, n) =>
        each.ask(
          ...Array.from({ length: 200 }, (_, i) => (i % 2 === 0 ? `SET order:${n} ${i}` : `GET order:${n}`)),
        ),
      ),
    )
    for (const replies of answers)
      for (const [i, reply] of replies.entries())
        expect(reply).toBe(i % 2 === 0 ? '+OK\r\n' : `$${`${i - 1}`.length}\r\n${i - 1}\r\n`)
  })

  it('that watches a key sees that another changed it', async () => {
    const [one, other] = [await client(), await client()]
    await one.ask('SET w 1', 'WATCH w')
    await other.ask('SET w 2')
    expect(await one.ask('MULTI', 'SET w 3', 'EXEC')).toEqual(['+OK\r\n', '+QUEUED\r\n', '*-1\r\n'])
    expect(await one.ask('WATCH w', 'MULTI', 'SET w 4', 'EXEC', 'GET w')).toEqual([
      '+OK\r\n',
      '+OK\r\n',
      '+QUEUED\r\n',
      '*1\r\n+OK\r\n',
      '$1\r\n4\r\n',
    ])
  })

  it('selects a database for itself', async () => {
    const [one, other] = [await client(), await client()]
    await one.ask('SELECT 5', 'SET db five')
    expect(await other.ask('GET db')).toEqual(['$-1\r\n'])
    expect(await one.ask('GET db', 'SELECT 0', 'GET db')).toEqual(['$4\r\nfive\r\n', '+OK\r\n', '$-1\r\n'])
  })

  it('subscribes, and receives what others publish among its replies', async () => {
    const [one, other] = [await client(), await client()]
    one.send('SUBSCRIBE news sport', 'PSUBSCRIBE a*')
    await one.more(0, 3)
    expect(await other.ask('PUBLISH news hi', 'PUBLISH abc there', 'PUBLISH other x')).toEqual([
      ':1\r\n',
      ':1\r\n',
      ':0\r\n',
    ])
    await one.more(0, 5)
    one.send('PING', 'UNSUBSCRIBE', 'PUNSUBSCRIBE', 'PING')
    await one.more(0, 10)
    const words = one.replies.map((reply) =>
      reply
        .split('\r\n')
        .filter((line) => /^[a-zA-Z:+]/.test(line))
        .join(' '),
    )
    expect(words).toEqual([
      'subscribe news :1',
      'subscribe sport :2',
      'psubscribe a* :3',
      'message news hi',
      'pmessage a* abc there',
      'pong',
      expect.stringMatching(/^unsubscribe (news|sport) :2$/),
      expect.stringMatching(/^unsubscribe (news|sport) :1$/),
      'punsubscribe a* :0',
      '+PONG',
    ])
  })

  it('subscribes in RESP 3 and asks other things meanwhile', async () => {
    const [one, other] = [await client(), await client()]
    await one.ask('HELLO 3')
    expect(await one.ask('SUBSCRIBE three', 'SET three x', 'GET three')).toEqual([
      expect.stringMatching(/^>3\r\n\$9\r\nsubscribe/),
      '+OK\r\n',
      '$1\r\nx\r\n',
    ])
    const before = one.replies.length
    await other.ask('PUBLISH three hi')
    expect(await one.more(before, 1)).toEqual([expect.stringMatching(/^>3\r\n\$7\r\nmessage/)])
  })

  it('is told what it should forget', async () => {
    const [one, other] = [await client(), await client()]
    await one.ask('HELLO 3', 'CLIENT TRACKING ON', 'GET tracked')
    const before = one.replies.length
    await other.ask('SET tracked new')
    expect(await one.more(before, 1)).toEqual([expect.stringMatching(/^>2\r\n\$10\r\ninvalidate/)])
  })

  it('monitors', async () => {
    const [one, other] = [await client(), await client()]
    expect(await one.ask('MONITOR')).toEqual(['+OK\r\n'])
    await other.ask('GET watched-by-monitor')
    await eventually(
      () => Promise.resolve(one.replies.some((reply) => reply.includes('watched-by-monitor'))),
      (seen) => seen,
    )
  })

  it('waits for a list without holding up anybody', async () => {
    const [one, two, other] = [await client(), await client(), await client()]
    one.send('BLPOP queue 0')
    two.send('BLPOP empty 0.2', 'PING')
    expect(await other.ask('PING', 'RPUSH queue job')).toEqual(['+PONG\r\n', ':1\r\n'])
    expect(await one.more(0, 1)).toEqual(['*2\r\n$5\r\nqueue\r\n$3\r\njob\r\n'])
    expect(await two.more(0, 2)).toEqual(['*-1\r\n', '+PONG\r\n'])
    one.send('BLPOP queue 0')
    await eventually(
      () => cli(server.port, ['info', 'clients']),
      (text) => text.includes('blocked_clients:1'),
    )
    one.close()
    await eventually(
      () => cli(server.port, ['info', 'clients']),
      (text) => text.includes('blocked_clients:0'),
    )
    expect(await other.ask('RPUSH queue kept', 'LPOP queue')).toEqual([':1\r\n', '$4\r\nkept\r\n'])
  })

  it('is told that its bytes are no command, in the words of a server', async () => {
    const direct = await client(server.port)
    const through = await client()
    for (const each of [direct, through]) each.socket.write('*1\r\nPING\r\n')
    await Promise.all([direct.untilClosed(), through.untilClosed()])
    expect(through.replies).toEqual(direct.replies)
  })

  it('says QUIT and is let go without costing others their connection', async () => {
    const [one, other] = [await client(), await client()]
    expect(await one.ask('GET a', 'QUIT')).toEqual([expect.any(String), '+OK\r\n'])
    await one.untilClosed()
    expect(await other.ask('PING')).toEqual(['+PONG\r\n'])
  })
})

describe('a value of 100 MB', () => {
  const SIZE = 100_000_000
  const MEGABYTE = 1_048_576
  const limits = { 'body-size-max': '128MiB', watermarks: { high: '1MiB', low: '512KiB', max: '8MiB' } }

  it('passes in both directions with little of it in weir, and keeps nobody else waiting', async () => {
    // A server of its own: whoever monitors the other one would be shown all of it.
    const alone = await RedisServer.start()
    const own = await Weir.start({
      listeners: [
        {
          name: 'redis',
          address: '127.0.0.1:0',
          protocol: 'redis',
          routes: [{ cluster: 'redis' }],
          ...limits,
        },
      ],
      clusters: [cluster('redis', [alone.port], limits)],
    })
    try {
      const to = own.port('redis')
      const value = Buffer.alloc(SIZE, 'a value of many bytes, ')
      const other = await client(to)
      const stored = await watched(own, other, () => run('redis-cli', to, ['-x', 'set', 'huge'], value))
      expect(stored.ran.out.trim()).toBe('OK')
      expect(await cli(alone.port, ['strlen', 'huge'])).toBe(`${SIZE}`)
      const fetched = await watched(own, other, () => run('redis-cli', to, ['get', 'huge']))
      expect(Buffer.from(fetched.ran.out, 'latin1').equals(Buffer.concat([value, Buffer.from('\n')]))).toBe(
        true,
      )
      for (const { waitingMax, answers } of [stored, fetched]) {
        expect(waitingMax).toBeLessThan(3 * MEGABYTE)
        expect(answers).toBeGreaterThan(0)
      }
    } finally {
      await own.close()
      await alone.kill()
    }
  })
})

it('a thousand random commands are answered the same with weir between and without', async () => {
  const others = await RedisServer.start()
  const behind = await Weir.start(config('redis', others.port))
  const direct = await RedisServer.start()
  try {
    const random = seededRandom(11)
    const pick = (words: readonly string[]): string => words[Math.floor(random() * words.length)] ?? ''
    const key = (): string => pick(['a', 'b', 'c'])
    const value = (): string => pick(['1', 'x', '', '\r\n', 'y'.repeat(3_000)])
    const makers: readonly (() => readonly string[])[] = [
      () => ['SET', key(), value()],
      () => ['GET', key()],
      () => ['INCR', key()],
      () => ['DEL', key(), key()],
      () => ['LPUSH', key(), value(), value()],
      () => ['LRANGE', key(), '0', '-1'],
      () => ['HSET', key(), 'f', value()],
      () => ['HGETALL', key()],
      () => ['MULTI'],
      () => ['EXEC'],
      () => ['WATCH', key()],
      () => ['SELECT', pick(['0', '1', '99'])],
      () => ['HELLO', pick(['2', '3', '9']), 'SETNAME', 'same'],
      () => ['MGET', key(), key()],
      () => [pick(['nosuch', 'GET', 'SET', 'EXEC', 'DISCARD'])],
      () => ['EVAL', 'return {1,{2,"x"},false}', '0'],
      () => ['BLPOP', key(), '0.001'],
      () => ['RESET'],
    ]
    const commands = Array.from(
      { length: 1_000 },
      () => makers[Math.floor(random() * makers.length)]?.() ?? ['PING'],
    )
    const [through, beside] = [await client(behind.port('redis')), await client(direct.port)]
    const [got, wanted] = await Promise.all([through.ask(...commands), beside.ask(...commands)])
    const same = (reply: string): string => reply.replace(/:[0-9]+\r\n\$4\r\nmode/, ':id\r\n$4\r\nmode')
    expect(got.map(same)).toEqual(wanted.map(same))
  } finally {
    await behind.close()
    await others.kill()
    await direct.kill()
  }
})

it('redis-benchmark finds nothing wrong', async () => {
  const { out, code } = await run('redis-benchmark', port, ['-n', '5000', '-P', '16', '-c', '20', '-q'])
  expect(code).toBe(0)
  expect(out).toContain('MSET (10 keys)')
  expect(out.toLowerCase()).not.toContain('error')
})

describe('a server that dies', () => {
  it('leaves nobody waiting, and the next one serves', async () => {
    const mortal = await RedisServer.start()
    const own = await Weir.start(config('redis', mortal.port))
    try {
      const [blocked, subscribed, plain] = await Promise.all([1, 2, 3].map(() => client(own.port('redis'))))
      if (blocked === undefined || subscribed === undefined || plain === undefined)
        throw new Error('no clients')
      await plain.ask('PING')
      await subscribed.ask('SUBSCRIBE news')
      blocked.send('BLPOP queue 0')
      plain.send(['EVAL', 'while true do end', '0'])
      await eventually(
        () => own.cluster('redis'),
        ({ requestsActive }) => requestsActive === 2,
      )
      await mortal.kill()
      expect((await blocked.more(0, 1))[0]).toContain('-ERR weir: upstream_reset')
      expect((await plain.more(1, 1))[0]).toContain('-ERR weir: upstream_reset')
      await subscribed.untilClosed()
      expect((await plain.ask('PING'))[0]).toMatch(/-(CLUSTERDOWN|ERR) weir: /)
      const next = await RedisServer.start(mortal.port)
      await eventually(
        () => plain.ask('PING'),
        ([reply]) => reply === '+PONG\r\n',
      )
      await next.kill()
    } finally {
      await own.close()
      await mortal.kill()
    }
  })
})

it('weir that drains tells whoever waits, lets subscribers go and ends', async () => {
  const own = await Weir.start(config('redis', server.port))
  const [blocked, subscribed, plain] = await Promise.all([1, 2, 3].map(() => client(own.port('redis'))))
  if (blocked === undefined || subscribed === undefined || plain === undefined) throw new Error('no clients')
  await subscribed.ask('SUBSCRIBE news')
  await plain.ask('SET drained yes')
  blocked.send('BLPOP nothing 0')
  await eventually(
    () => own.cluster('redis'),
    ({ requestsActive }) => requestsActive === 1,
  )
  own.drain()
  await Promise.all([subscribed.untilClosed(), plain.untilClosed()])
  expect((await blocked.more(0, 1))[0]).toContain('-LOADING weir: draining')
  expect(await own.exited).toEqual({ code: 0, signal: null })
})
