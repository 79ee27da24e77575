import { once } from 'node:events'
import { createServer } from 'node:http'
import { connect } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { AdminServer } from '../../../core/admin/server.ts'
import type { AdminSource, PluginStatus, WorkerReport } from '../../../core/admin/source.ts'
import type { LogLevel } from '../../../core/base/log.ts'
import { Shared } from '../../../core/base/shared/shared.ts'
import { eventually } from '../../support/eventually.ts'

const log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} }
const opened: AdminServer[] = []

afterEach(async () => {
  for (const server of opened.splice(0)) await server.close()
})

const tagStatus: PluginStatus = {
  name: 'tag',
  state: 'live',
  kind: 'lua',
  file: 'plugins/tag.lua',
  version: '1.2.0',
  hash: 'abcd',
  size: 12,
  loadedAtMs: 1_000,
  listeners: ['main'],
  trusted: false,
  calls: 7,
  failures: 1,
  skipped: 0,
  fuel: 99,
  fuelP50: 40,
  fuelP99: 90,
  memoryBytes: 4_096,
  traps: { fuel: 1 },
  error: { atMs: 2_000, text: 'plugins/tag.lua:3: no end', hash: 'ef01' },
}

class FakeSource implements AdminSource {
  phase: AdminSource['phase'] = 'serving'
  logLevel: LogLevel = 'info'
  readonly shared = Shared.alone({ nowMs: 0 })
  workers: readonly WorkerReport[] = []
  reloads = 0

  metrics() {
    return this.shared.read()
  }

  processMetrics() {
    return []
  }

  askedAbout: string | undefined = undefined

  async reports(_timeoutMs: number, plugin?: string) {
    this.askedAbout = plugin
    return this.workers
  }

  config() {
    const lastAttempt = { atMs: 0, cause: 'start', ok: true, problems: [] }
    return {
      file: 'weir.yaml',
      version: 3,
      hash: 'abc',
      loadedAtMs: 1_000,
      listeners: this.listeners,
      clusters: [],
      lastAttempt,
    }
  }

  async reload() {
    this.reloads++
    return { ok: false, version: 3, problems: ['weir.yaml:1:1: bad'] } as const
  }

  readonly switched: string[] = []

  plugins() {
    return [tagStatus]
  }

  async reloadPlugins(name: string | undefined) {
    this.switched.push(`reload ${name ?? 'all'}`)
    return name === 'tag' ? ['plugins/tag.lua:3: no end'] : []
  }

  async disablePlugin(name: string, disabled: boolean) {
    this.switched.push(`${name} ${disabled}`)
    return name === 'tag' ? [] : undefined
  }

  recorded: unknown = undefined
  listeners: readonly string[] = []

  async startRecording(listener: string, options: unknown) {
    this.recorded = { listener, options }
    return 7
  }

  async fetchRecords(id: number, stop: boolean) {
    this.recorded = { id, stop }
    return { records: [], dropped: 2, full: false }
  }

  drain() {
    this.phase = 'draining'
  }

  setLogLevel(level: LogLevel) {
    this.logLevel = level
  }
}

async function open(source: AdminSource = new FakeSource()) {
  const server = await AdminServer.open('127.0.0.1:0', { source, log })
  opened.push(server)
  const ask = async (path: string, init?: RequestInit) => {
    const response = await fetch(`http://${server.address}${path}`, init)
    const text = await response.text()
    return { status: response.status, headers: response.headers, text }
  }
  return { server, ask }
}

/** One request as bytes, for what a proper client does not send. */
function raw(address: string, request: string): Promise<string> {
  const socket = connect({ host: '127.0.0.1', port: Number(address.split(':')[1]) })
  return new Promise((resolve, reject) => {
    let text = ''
    socket.on('data', (chunk) => {
      text += chunk.toString()
    })
    socket.on('end', () => resolve(text))
    socket.on('error', reject)
    socket.end(request)
  })
}

/** Sends the beginning of a request; answers what has come back so far. */
function begin(port: number, request: string): () => string {
  const socket = connect({ host: '127.0.0.1', port })
  let told = ''
  socket.on('data', (chunk) => {
    told += chunk.toString()
  })
  socket.write(request)
  return () => told
}

it('a request is given up when it takes too long, and not when Node looks for those next', async () => {
  const others = createServer({ requestTimeout: 50, headersTimeout: 50 }).listen(0, '127.0.0.1')
  await once(others, 'listening')
  const at = others.address()
  const before = begin(typeof at === 'object' ? (at?.port ?? 0) : 0, 'GET / HT')
  const server = await AdminServer.open('127.0.0.1:0', { source: new FakeSource(), log, requestMs: 50 })
  opened.push(server)
  const port = Number(server.address.split(':')[1])
  const head = 'POST /log-level HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\n'
  const given = [head, 'GET / HT', ''].map((request) => begin(port, request))
  await eventually(() => given.every((told) => told().startsWith('HTTP/1.1 408')), 'all are given up')
  expect(before()).toBe('')
  others.closeAllConnections()
  others.close()
})

it('a client that asks and asks and never reads its answers keeps no connection', async () => {
  const server = await AdminServer.open('127.0.0.1:0', {
    source: new FakeSource(),
    log,
    requestMs: 600_000,
    idleMs: 100,
  })
  opened.push(server)
  const client = connect(Number(server.address.split(':')[1]), '127.0.0.1').pause()
  client.on('error', () => {})
  client.write('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n'.repeat(20_000))
  const lost = () => {
    // Only who writes is told.
    client.write('G')
    return client.destroyed
  }
  await eventually(lost, 'its connection is gone')
})

describe('/plugins', () => {
  it('tells which version serves where, and what is wrong with the newest', async () => {
    const { ask } = await open()
    expect(JSON.parse((await ask('/plugins')).text)).toEqual({
      plugins: [
        expect.objectContaining({
          ...{ name: 'tag', state: 'live', listeners: ['main'], calls: 7, traps: { fuel: 1 } },
          loadedAt: '1970-01-01T00:00:01.000Z',
          lastError: { at: '1970-01-01T00:00:02.000Z', message: 'plugins/tag.lua:3: no end', hash: 'ef01' },
        }),
      ],
    })
  })

  it('shows how the version that serves failed last, even before this thread knew that it serves', async () => {
    const source = new FakeSource()
    const failure = { plugin: 'tag', hash: 'abcd', atMs: 900, text: 'trapped: no luck' }
    const others = [
      { ...failure, hash: 'ef01', atMs: 3_000 },
      { ...failure, plugin: 'tog', atMs: 3_000 },
      { ...failure, atMs: 800 },
    ]
    const report = { version: 3, listeners: [], clusters: [], failures: [...others, failure] }
    source.workers = [{ worker: 0, state: 'serving', report, problem: undefined }]
    const { ask } = await open(source)
    const { plugins } = JSON.parse((await ask('/plugins')).text)
    expect(plugins[0].lastFailure).toEqual({ at: '1970-01-01T00:00:00.900Z', message: 'trapped: no luck' })
  })

  it.each([
    ['/plugins/reload', '', 200, 'reload all'],
    ['/plugins/reload', 'tag', 422, 'reload tag'],
    ['/plugins/reload', 'tga', 404, 'reload all'],
    ['/plugins/reload', '{"name":5}', 400, undefined],
    ['/plugins/reload', '{"name":"tag"', 400, undefined],
    ['/plugins/reload', '{}', 200, 'reload all'],
    ['/plugins/disable', '{"name":"tag"}', 200, 'tag true'],
    ['/plugins/enable', 'tag\n', 200, 'tag false'],
    ['/plugins/disable', 'tga', 404, 'tga true'],
    ['/plugins/disable', '', 400, undefined],
    ['/plugins/enable', '{"name', 400, undefined],
  ])('%s of "%s" is answered with %i', async (path, body, status, done) => {
    const source = new FakeSource()
    const { ask } = await open(source)
    const got = await ask(path, { method: 'POST', body })
    expect([got.status, source.switched[0]]).toEqual([status, done])
    if (status === 404) expect(got.text).toContain('did you mean \\"tag\\"?')
  })
})

describe('/plugins/NAME/logs', () => {
  it('tells what all workers kept of the plugin, in order', async () => {
    const source = new FakeSource()
    const line = (number: number, atMs: number, text: string) => ({ number, atMs, level: 'info', text })
    const plane = { version: 1, listeners: [], clusters: [] }
    source.workers = [[line(1, 1_000, 'a'), line(2, 3_000, 'c')], [line(1, 2_000, 'b')]].map(
      (lines, worker) => ({ worker, state: 'serving', report: { ...plane, lines }, problem: undefined }),
    )
    const { ask } = await open(source)
    const { plugin, lines } = JSON.parse((await ask('/plugins/tag/logs')).text)
    expect(plugin).toBe('tag')
    expect(lines.map(({ text }: { text: string }) => text)).toEqual(['a', 'b', 'c'])
    expect(lines[1]).toEqual({
      at: '1970-01-01T00:00:02.000Z',
      worker: 1,
      number: 1,
      level: 'info',
      text: 'b',
    })
    expect(source.askedAbout).toBe('tag')
  })

  it.each([
    ['/plugins/tga/logs', 404, 'unknown_plugin'],
    ['/plugins//logs', 404, 'not_found'],
    ['/plugins/a/b/logs', 404, 'not_found'],
  ])('%s is answered with %i', async (path, status, code) => {
    const { ask } = await open()
    const got = await ask(path)
    expect([got.status, JSON.parse(got.text).error]).toEqual([status, code])
  })
})

describe('AdminServer', () => {
  it.each([
    '/',
    '/metrics',
    '/healthz',
    '/readyz',
    '/listeners',
    '/clusters',
    '/config',
    '/plugins',
    '/log-level',
  ])('reads %s with GET and HEAD', async (path) => {
    const { ask } = await open()
    const got = await ask(path)
    expect(got.status).toBe(200)
    const head = await ask(path, { method: 'HEAD' })
    expect([head.status, head.text]).toEqual([200, ''])
    expect(head.headers.get('content-length')).toBe(String(Buffer.byteLength(got.text)))
  })

  it.each([
    ['GET', '/drain', 'POST'],
    ['GET', '/reload', 'POST'],
    ['POST', '/config', 'GET, HEAD'],
    ['DELETE', '/log-level', 'GET, HEAD, POST'],
  ])('refuses %s %s and says what it takes', async (method, path, allow) => {
    const source = new FakeSource()
    const { ask } = await open(source)
    const got = await ask(path, { method })
    expect([got.status, got.headers.get('allow')]).toEqual([405, allow])
    expect(JSON.parse(got.text)).toMatchObject({ error: 'method_not_allowed' })
    expect([source.phase, source.reloads]).toEqual(['serving', 0])
  })

  it('knows no other paths', async () => {
    const { ask } = await open()
    expect((await ask('/nothing')).status).toBe(404)
    expect((await ask('/plugin')).text).toContain('did you mean \\"/plugins\\"?')
  })

  it.each(['evil.example', 'evil.example:9901', '127.0.0.1.evil.example', 'localhost.evil', ''])(
    'refuses a request for the host "%s", which a page elsewhere may have pointed here',
    async (host) => {
      const { server } = await open()
      const text = await raw(
        server.address,
        `GET /config HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`,
      )
      expect(text).toMatch(/^HTTP\/1\.1 4(00|03) /)
    },
  )

  it.each([
    'Origin: http://evil.example',
    'Origin: http://127.0.0.1:3000',
    'Origin: null',
    'Sec-Fetch-Site: cross-site',
  ])('changes nothing for a page of another site, which says %s', async (header) => {
    const source = new FakeSource()
    const { server } = await open(source)
    const text = await raw(
      server.address,
      `POST /log-level HTTP/1.1\r\nHost: ${server.address}\r\n${header}\r\nContent-Length: 5\r\nConnection: close\r\n\r\ndebug`,
    )
    expect(text).toMatch(/^HTTP\/1\.1 403 [\s\S]*"cross_site"/)
    expect(source.logLevel).toBe('info')
  })

  it('changes what a page of its own asks for', async () => {
    const source = new FakeSource()
    const { server, ask } = await open(source)
    const headers = { Origin: `http://${server.address}` }
    expect((await ask('/log-level', { method: 'POST', body: 'debug', headers })).status).toBe(200)
    expect(source.logLevel).toBe('debug')
  })

  it('takes no body, no headers and no number of them beyond its limits', async () => {
    const { server, ask } = await open()
    const tooLarge = await ask('/log-level', { method: 'POST', body: 'x'.repeat(1_025) })
    expect([tooLarge.status, JSON.parse(tooLarge.text).error]).toEqual([413, 'body_too_large'])
    const long = `GET / HTTP/1.1\r\nHost: localhost\r\nX: ${'x'.repeat(8_192)}\r\n\r\n`
    expect(await raw(server.address, long)).toMatch(/^HTTP\/1\.1 431 /)
  })

  it.each(['localhost', 'LOCALHOST:1', '127.0.0.1', '[::1]:9901', '10.1.2.3:80'])(
    'answers for the host %s',
    async (host) => {
      const { server } = await open()
      const text = await raw(
        server.address,
        `GET /healthz HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`,
      )
      expect(text).toMatch(/^HTTP\/1\.1 200 /)
    },
  )

  it('begins a recording of a listener that there is, and gives what was recorded', async () => {
    const source = new FakeSource()
    const { ask } = await open(source)
    const post = (path: string, body: unknown) => ask(path, { method: 'POST', body: JSON.stringify(body) })
    source.listeners = ['dubbo']
    const listener = 'dubbo'
    const begun = await post('/recordings', { listener, redact: ['password'] })
    expect([begun.status, JSON.parse(begun.text)]).toEqual([200, { id: 7 }])
    const options = { redact: ['password'], frames: true, recordsMax: 10_000, bytesMax: 67_108_864 }
    expect(source.recorded).toEqual({ listener, options })
    const fetched = await post('/recordings/fetch', { id: 7, stop: true })
    expect(JSON.parse(fetched.text)).toEqual({ records: [], dropped: 2, full: false })
    expect(source.recorded).toEqual({ id: 7, stop: true })
    const strange = await post('/recordings', { listener: 'nobody' })
    expect([strange.status, strange.text]).toEqual([404, expect.stringContaining('there is no listener')])
    const wrong = await post('/recordings', { listener, redakt: [] })
    expect([wrong.status, wrong.text]).toEqual([400, expect.stringContaining('redakt')])
  })

  it('is ready only while it serves, and drains when told', async () => {
    const { ask } = await open()
    expect((await ask('/readyz')).status).toBe(200)
    expect((await ask('/drain', { method: 'POST' })).status).toBe(202)
    const got = await ask('/readyz')
    expect([got.status, JSON.parse(got.text)]).toEqual([503, { status: 'draining' }])
    expect((await ask('/healthz')).status).toBe(200)
  })

  it.each([
    ['debug', 200, 'debug'],
    ['{"level":"warn"}', 200, 'warn'],
    ['loud', 400, 'info'],
    ['{"level":7}', 400, 'info'],
    ['{', 400, 'info'],
    ['x'.repeat(2_000), 413, 'info'],
  ])('sets the log level from the body %s', async (body, status, level) => {
    const source = new FakeSource()
    const { ask } = await open(source)
    expect((await ask('/log-level', { method: 'POST', body })).status).toBe(status)
    expect(source.logLevel).toBe(level)
  })

  it('answers a reload that was refused with its problems', async () => {
    const { ask } = await open()
    const got = await ask('/reload', { method: 'POST' })
    expect(got.status).toBe(422)
    expect(JSON.parse(got.text)).toEqual({ ok: false, version: 3, problems: ['weir.yaml:1:1: bad'] })
  })

  it('sums what workers report and names those that do not', async () => {
    const source = new FakeSource()
    const endpoint = {
      address: '127.0.0.1:1',
      weight: 1,
      priority: 0,
      locality: undefined,
      metadata: {},
      lastFailure: '',
      connections: 2,
      pending: 0,
      waitingBytes: 1_000,
      requestsActive: 1,
      requestsTotal: 10,
      failuresTotal: 0,
    }
    const reportWith = (health: 'healthy' | 'backing-off') => ({
      version: 3,
      listeners: [],
      clusters: [
        {
          name: 'demo',
          balancer: 'round-robin' as const,
          requestsActive: 2,
          names: [],
          endpoints: [{ ...endpoint, health }],
        },
      ],
    })
    source.workers = [
      { worker: 0, state: 'serving', report: reportWith('healthy'), problem: undefined },
      { worker: 1, state: 'serving', report: reportWith('backing-off'), problem: undefined },
      { worker: 2, state: 'serving', report: undefined, problem: 'worker 2 did not answer' },
    ]
    const { ask } = await open(source)
    expect(JSON.parse((await ask('/clusters')).text)).toMatchObject({
      clusters: [
        {
          name: 'demo',
          requestsActive: 2,
          endpoints: [
            {
              health: 'mixed',
              healthyWorkers: 1,
              workers: 2,
              connections: 4,
              requestsTotal: 20,
              waitingBytes: 2_000,
            },
          ],
        },
      ],
      workers: [
        { answered: true },
        { answered: true },
        { answered: false, problem: 'worker 2 did not answer' },
      ],
    })
  })
})
