import { createServer, type RequestListener, type Server } from 'node:http'
import { createServer as createTcpServer, type Server as TcpServer } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { ManualClock } from '../../../core/base/clock.ts'
import { decode } from '../../../core/config/decode.ts'
import { Cluster } from '../../../core/upstream/cluster.ts'
import type { CallRequest } from '../../../core/upstream/http-call.ts'
import type { CallAnswer } from '../../../core/upstream/http-calls.ts'
import { type ClusterOptions, clusterOptions } from '../../../core/upstream/options.ts'
import { Blackhole } from '../../support/blackhole.ts'
import { eventually } from '../../support/eventually.ts'
import { TestRuntime } from '../../support/test-runtime.ts'

const servers: (Server | TcpServer)[] = []
const clusters: Cluster[] = []
const clock = new ManualClock(1_000)

afterEach(async () => {
  for (const cluster of clusters.splice(0)) cluster.close('the test is over')
  for (const server of servers.splice(0)) {
    if ('closeAllConnections' in server) server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
})

async function listening<S extends Server | TcpServer>(server: S): Promise<string> {
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  return typeof address === 'object' && address !== null ? `127.0.0.1:${address.port}` : ''
}

const service = (handle: RequestListener) => listening(createServer(handle))
const raw = (answer: string) =>
  listening(
    createTcpServer((socket) => void socket.on('data', () => socket.end(answer)).on('error', () => {})),
  )

async function refusing(): Promise<string> {
  const address = await service(() => {})
  await new Promise((resolve) => servers.pop()?.close(resolve))
  return address
}

function clusterOf(endpoints: readonly string[], more: Readonly<Record<string, unknown>> = {}) {
  const given = { name: 'authz', protocol: 'http', endpoints, ...more }
  const options: ClusterOptions | undefined = decode(clusterOptions, given)
  if (options === undefined) throw new Error('the options are wrong')
  const runtime = new TestRuntime(clock)
  const cluster = new Cluster(options, runtime)
  clusters.push(cluster)
  const call = (request: Partial<CallRequest> = {}, timeoutMs = 1_000) => {
    const { promise, resolve } = Promise.withResolvers<CallAnswer>()
    cluster.callOut({ properties: [], body: undefined, ...request }, timeoutMs, resolve)
    return promise
  }
  return { cluster, runtime, call }
}

describe('a cluster that speaks http', () => {
  it('carries method, path, headers and body there and status, headers and body back', async () => {
    const address = await service((request, response) => {
      const chunks: Buffer[] = []
      request.on('data', (chunk: Buffer) => chunks.push(chunk))
      request.on('end', () => {
        const { method, url, headers } = request
        response.setHeader('X-Seen', [`${method} ${url}`, `${headers.host}`, `${headers['x-caller']}`])
        response.statusCode = 403
        response.end(Buffer.concat(chunks).reverse())
      })
    })
    const { call } = clusterOf([address])
    const answer = await call({
      properties: [
        [':method', 'PUT'],
        [':path', '/check?a=b'],
        [':authority', 'authz.internal'],
        ['x-caller', 'bob'],
      ],
      body: Buffer.from([1, 0, 255]),
    })
    expect(answer).toMatchObject({ status: 403, body: Buffer.from([255, 0, 1]) })
    expect(typeof answer === 'object' ? answer.properties : []).toEqual(
      expect.arrayContaining([
        [':status', '403'],
        ['x-seen', 'PUT /check?a=b'],
        ['x-seen', 'authz.internal'],
        ['x-seen', 'bob'],
      ]),
    )
  })

  it('asks with GET and an empty path, and with POST where there is a body', async () => {
    const { call } = clusterOf([
      await service((request, response) => response.end(`${request.method} ${request.url}`)),
    ])
    const bodyOf = async (request: Partial<CallRequest>) => {
      const answer = await call(request)
      return typeof answer === 'string' ? answer : String(answer.body)
    }
    expect(await bodyOf({})).toBe('GET /')
    expect(await bodyOf({ body: Buffer.from('x') })).toBe('POST /')
  })

  it('carries bytes in header values as they are', async () => {
    const { call } = clusterOf([
      await service((request, response) => {
        response.setHeader('x-back', request.headers['x-name'] ?? '')
        response.end()
      }),
    ])
    const answer = await call({ properties: [['x-name', 'Jürgen \udcff']] })
    expect(typeof answer === 'object' ? answer.properties : answer).toContainEqual([
      'x-back',
      'Jürgen \udcff',
    ])
  })

  it('refuses what a guest may not say, without a connection', async () => {
    let asked = 0
    const { call } = clusterOf([await service((_request, response) => response.end(String(asked++)))])
    for (const property of [
      ['transfer-encoding', 'chunked'],
      ['Content-Length', '7'],
      ['host', 'other'],
      ['bad name', 'x'],
      ['x-split', 'a\r\nb: c'],
      [':path', '/a b'],
      [':method', 'GE T'],
    ] as const)
      expect(await call({ properties: [property] })).toMatch(/^127\.0\.0\.1:\d+: /)
    expect(asked).toBe(0)
  })

  it('keeps its connection', async () => {
    const ports = new Set<number | undefined>()
    const { call } = clusterOf([
      await service((request, response) => {
        ports.add(request.socket.remotePort)
        response.end('ok')
      }),
    ])
    for (let i = 0; i < 5; i++) expect(await call()).toMatchObject({ status: 200 })
    expect(ports.size).toBe(1)
  })

  it('tries another endpoint when one refuses, and leaves that alone afterwards', async () => {
    const good = await service((_request, response) => response.end('ok'))
    const { call, runtime } = clusterOf([await refusing(), good])
    for (let i = 0; i < 6; i++) expect(await call()).toMatchObject({ status: 200 })
    expect(runtime.lines.filter((line) => line === 'endpoint cannot be reached')).toHaveLength(1)
  })

  it('says why when nobody is there', async () => {
    const { call } = clusterOf([await refusing()])
    expect(await call()).toMatch(/ECONNREFUSED/)
    expect(await call()).toBe('no endpoint of cluster authz is available')
  })

  it('ends a call when its time is over, and blames an endpoint that does not even connect', async () => {
    const { call, runtime } = clusterOf([await service(() => {})])
    const answer = call({}, 50)
    await eventually(() => runtime.wheel.armed === 1, 'the call waits')
    clock.advance(100)
    runtime.wheel.tick()
    expect(await answer).toMatch(/^no answer from 127\.0\.0\.1:\d+ within 50 ms$/)
    const hole = await Blackhole.open()
    const silent = clusterOf([hole.address])
    const unheard = silent.call({}, 50)
    await eventually(() => silent.runtime.wheel.armed === 1, 'the call waits')
    clock.advance(100)
    silent.runtime.wheel.tick()
    expect(await unheard).toMatch(/within 50 ms$/)
    await hole.close()
    expect(silent.cluster.report().endpoints[0]?.health).toBe('backing-off')
  })

  it('takes no answer that is too large, cut off, or no HTTP', async () => {
    const large = clusterOf([await service((_request, response) => response.end(Buffer.alloc(2_000)))], {
      'body-size-max': '1KiB',
    })
    expect(await large.call()).toMatch(/the answer has more than 1024 bytes/)
    for (const answer of [
      'HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc',
      'HTTP/1.1 200 OK\r\n',
      'SSH-2.0-x\r\n\r\n',
      `HTTP/1.1 200 OK\r\nx: ${'y'.repeat(40_000)}\r\n\r\n`,
      'HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n',
      '',
    ])
      expect(await clusterOf([await raw(answer)]).call({ body: Buffer.from('x') })).toMatch(
        /^127\.0\.0\.1:\d+: /,
      )
  })

  it('takes no more calls than it may have, and takes them again afterwards', async () => {
    const held: (() => void)[] = []
    const address = await service((_request, response) => void held.push(() => response.end()))
    const { call } = clusterOf([address], { 'requests-max': 2 })
    const waiting = [call(), call()]
    await eventually(() => held.length === 2, 'both are asked')
    expect(await call()).toBe('too many requests in flight to cluster authz')
    for (const answer of held.splice(0)) answer()
    for (const each of waiting) expect(await each).toMatchObject({ status: 200 })
    const narrow = clusterOf([address], { 'connections-max': 1, 'pending-max': 1 })
    const two = [narrow.call(), narrow.call()]
    expect(await narrow.call()).toMatch(/^too many requests wait for a connection to /)
    await eventually(() => held.length === 1, 'one is asked')
    held.shift()?.()
    await eventually(() => held.length === 1, 'the other is asked on the same connection')
    held.shift()?.()
    await Promise.all(two)
  })

  it('lets calls end when it is closed, and then closes its connections', async () => {
    let sockets = 0
    const held: (() => void)[] = []
    const address = await service((_request, response) => void held.push(() => response.end('late')))
    servers.at(-1)?.on('connection', (socket) => {
      sockets++
      socket.on('close', () => sockets--)
    })
    const { call, cluster } = clusterOf([address])
    const answer = call()
    await eventually(() => held.length === 1, 'the call is there')
    cluster.close('gone')
    expect(cluster.busy).toBe(true)
    held[0]?.()
    expect(await answer).toMatchObject({ status: 200 })
    await eventually(() => sockets === 0, 'the connection is closed')
    expect(cluster.busy).toBe(false)
  })
})
