/** Commands and replies of a hundred megabytes before a real redis-server: they pass with little of them in weir. */
import { afterAll, beforeAll, expect, it } from 'vitest'
import { RedisClient } from './redis-client.ts'
import { RedisServer } from './redis-server.ts'
import { RedisStream } from './redis-stream.ts'
import { watched } from './watched.ts'
import { cluster, Weir } from './weir.ts'

const MEGABYTE = 1_048_576
const HALF = Buffer.alloc(50_000_000, 'a value of many bytes, ')
const WHOLE = Buffer.concat([HALF, HALF])
/** Chunks that the collector has not looked at yet: as many whatever passes, and far fewer than it has bytes. */
const GROWTH_BYTES_MAX = 96 * MEGABYTE
const limits = { 'body-size-max': '256MiB', watermarks: { high: '1MiB', low: '512KiB', max: '8MiB' } }

let server: RedisServer
let weir: Weir
let other: RedisClient
let startBytes = 0

beforeAll(async () => {
  server = await RedisServer.start()
  weir = await Weir.start({
    listeners: [
      { name: 'redis', address: '127.0.0.1:0', protocol: 'redis', routes: [{ cluster: 'redis' }], ...limits },
    ],
    clusters: [cluster('redis', [server.port], limits)],
  })
  other = await RedisClient.connect(weir.port('redis'))
  const client = await stream()
  await client.send('MSET', 'a', HALF, 'b', HALF)
  await client.expect('+OK\r\n')
  client.close()
  startBytes = await weir.metric('process_resident_memory_bytes')
})

afterAll(async () => {
  other?.close()
  await weir?.close()
  await server?.kill()
})

function stream(): Promise<RedisStream> {
  return RedisStream.connect(weir.port('redis'))
}

function bulk(value: Buffer): readonly (string | Buffer)[] {
  return [`$${value.length}\r\n`, value, '\r\n']
}

/** Does something, and sees what waits in weir meanwhile and how large it becomes. */
async function bounded(start: () => Promise<unknown>): Promise<void> {
  let residentMax = 0
  const { waitingMax, answers } = await watched(weir, other, start, async () => {
    residentMax = Math.max(residentMax, await weir.metric('process_resident_memory_bytes'))
  })
  expect(answers).toBeGreaterThan(0)
  expect(waitingMax).toBeLessThan(3 * MEGABYTE)
  expect(residentMax).toBeGreaterThan(0)
  expect(residentMax - startBytes).toBeLessThan(GROWTH_BYTES_MAX)
}

it('SET of 100 MB with an expiry behind the value', async () => {
  const client = await stream()
  await bounded(async () => {
    await client.send('SET', 'whole', WHOLE, 'EX', '600')
    await client.expect('+OK\r\n')
  })
  expect(await other.ask('STRLEN whole')).toEqual([`:${WHOLE.length}\r\n`])
  expect((await other.ask('TTL whole'))[0]).toMatch(/^:(600|59[0-9])\r\n$/)
  client.close()
})

it('MSET of two values of 50 MB', async () => {
  const client = await stream()
  await bounded(async () => {
    await client.send('MSET', 'a', HALF, 'b', HALF)
    await client.expect('+OK\r\n')
  })
  expect(await other.ask('STRLEN a', 'STRLEN b')).toEqual(Array(2).fill(`:${HALF.length}\r\n`))
  client.close()
})

it('MGET of 200 MB by a slow reader, in order with what stands beside it', async () => {
  const client = await stream()
  client.readSlowly()
  await bounded(async () => {
    await client.send('PING')
    await client.send('MGET', 'a', 'b', 'a', 'b')
    await client.send('PING')
    await client.expect('+PONG\r\n*4\r\n', ...[HALF, HALF, HALF, HALF].flatMap(bulk), '+PONG\r\n')
  })
  client.close()
})

it('LRANGE of 200 MB in a hundred thousand strings, by a slow reader', async () => {
  const client = await stream()
  const strings = Array.from({ length: 1_000 }, (_, n) => Buffer.alloc(2_000, `string ${n} `))
  const pushes = 100
  for (let n = 0; n < pushes; n++) await client.send('RPUSH', 'list', ...strings)
  await client.expect(...Array.from({ length: pushes }, (_, n) => `:${(n + 1) * 1_000}\r\n`))
  client.readSlowly()
  const thousand = Buffer.concat(strings.flatMap((each) => bulk(each).map((part) => Buffer.from(part))))
  await bounded(async () => {
    await client.send('LRANGE', 'list', '0', '-1')
    await client.expect('*100000\r\n', ...Array<Buffer>(100).fill(thousand))
  })
  client.close()
})

it('EXEC whose replies are 100 MB', async () => {
  const client = await stream()
  await bounded(async () => {
    await client.send('MULTI')
    await client.send('GET', 'a')
    await client.send('SET', 'c', HALF, 'EX', '600')
    await client.send('GET', 'c')
    await client.send('EXEC')
    await client.expect(
      '+OK\r\n+QUEUED\r\n+QUEUED\r\n+QUEUED\r\n*3\r\n',
      ...bulk(HALF),
      '+OK\r\n',
      ...bulk(HALF),
    )
  })
  await client.send('PING')
  await client.expect('+PONG\r\n')
  client.close()
})

it('HGETALL of 100 MB in RESP 3, and HSET of as much', async () => {
  const client = await stream()
  await client.send('HELLO', '3')
  await client.skip('modules\r\n*0\r\n')
  await bounded(async () => {
    await client.send('HSET', 'map', 'f', HALF, 'g', HALF)
    await client.expect(':2\r\n')
    const asking = await RedisClient.connect(weir.port('redis'))
    const fields = (await asking.ask('HKEYS map'))[0]?.match(/^[fg]$/gm) ?? []
    asking.close()
    await client.send('HGETALL', 'map')
    const pairs = fields.flatMap((field) => [`$1\r\n${field}\r\n`, ...bulk(HALF)])
    await client.expect('%2\r\n', ...pairs)
  })
  client.close()
})

it('messages of 20 MB to a subscriber that reads slowly, and its own replies behind them', async () => {
  const client = await stream()
  const value = HALF.subarray(0, 20_000_000)
  await client.send('SUBSCRIBE', 'news')
  await client.expect('*3\r\n$9\r\nsubscribe\r\n$4\r\nnews\r\n:1\r\n')
  client.readSlowly()
  const publisher = await stream()
  await bounded(async () => {
    await publisher.send('PUBLISH', 'news', value)
    await publisher.expect(':1\r\n')
    await client.send('PING')
    await client.expect(
      '*3\r\n$7\r\nmessage\r\n$4\r\nnews\r\n',
      ...bulk(value),
      '*2\r\n$4\r\npong\r\n$0\r\n\r\n',
    )
  })
  publisher.close()
  client.close()
})

it('a script of 10 MB with its key behind it, and its error', async () => {
  const client = await stream()
  const script = Buffer.from(`local a = '${'x'.repeat(10_000_000)}' return redis.call('SET', KEYS[1], #a)`)
  await client.send('EVAL', script, '1', 'scripted')
  await client.expect('+OK\r\n')
  await client.send('EVAL', Buffer.from("return redis.error_reply('ERR ' .. string.rep('x', 3000000))"), '0')
  await client.expect(`-ERR ${'x'.repeat(3_000_000)}\r\n`)
  expect(await other.ask('GET scripted')).toEqual(['$8\r\n10000000\r\n'])
  client.close()
})

it('a client that dies in the middle costs nobody anything', async () => {
  const client = await stream()
  client.socket.write(`*5\r\n$3\r\nSET\r\n$4\r\ndead\r\n$${HALF.length}\r\n`)
  client.socket.write(HALF.subarray(0, 10_000_000))
  await new Promise((resolve) => setImmediate(resolve))
  client.socket.resetAndDestroy()
  const reader = await stream()
  await reader.send('MGET', 'a', 'b')
  reader.socket.pause()
  expect(await other.ask('EXISTS dead', 'PING')).toEqual([':0\r\n', '+PONG\r\n'])
  reader.socket.resetAndDestroy()
  expect(await other.ask('PING')).toEqual(['+PONG\r\n'])
})
