import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { closeAll, type PerKind, startCallers } from './fleet.ts'
import {
  type Caller,
  type CallOptions,
  eventually,
  freePort,
  type JsonObject,
  PEER_KINDS,
  type Provider,
  startProvider,
} from './peers.ts'
import { expectLocalError } from './shown-errors.ts'
import { cluster, listener, Weir, type WeirConfig } from './weir.ts'

/** Of a call during which another one is made. */
const OVERLAP_MS = 2_000
const LISTENERS = ['main', 'small', 'denied']

/** A configuration that names an unknown cluster is refused, but a plugin may name one while it runs; and it may fail. */
const FAULTY = `
function onRequest(metadata)
  local fault = metadata.get('fault')
  if fault == 'nowhere' then return forward('nobody') end
  if fault == 'endless' then while true do end end
end
`

let folder = ''
let callers: PerKind<Caller>
let provider: Provider
let weir: Weir
let deadPort = 0

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'weir-interop-plugins-'))
  await writeFile(join(folder, 'faulty.lua'), FAULTY)
  deadPort = await freePort()
  const started = await Promise.all([startCallers(), startProvider('go')])
  callers = started[0]
  provider = started[1]
  weir = await Weir.start(config())
  for (const kind of PEER_KINDS) {
    for (const on of LISTENERS) await callers[kind].connect(weir.url(on), { on })
  }
})

afterAll(async () => {
  await closeAll([...Object.values(callers ?? {}), provider, weir])
  await rm(folder, { recursive: true, force: true })
})

for (const kind of PEER_KINDS) {
  describe(`${kind} is told`, () => {
    it('that there is no route', async () => {
      const outcome = await callers[kind].call('sayHello', ['weir'], fault('no such fault'))
      expectLocalError(kind, outcome, 'route_not_found')
    })

    it('that there is no such cluster', async () => {
      const outcome = await callers[kind].call('sayHello', ['weir'], fault('nowhere'))
      expectLocalError(kind, outcome, 'cluster_not_found', 'no cluster is named nobody')
    })

    it('that a plugin has failed, and the next call is served', async () => {
      const outcome = await callers[kind].call('sayHello', ['weir'], fault('endless'))
      expectLocalError(kind, outcome, 'plugin_failed')
      expect(await callers[kind].call('sayHello', ['weir'])).toMatchObject({ ok: true })
    })

    it('that a cluster has nobody to send to', async () => {
      const outcome = await callers[kind].call('sayHello', ['weir'], fault('empty'))
      expectLocalError(kind, outcome, 'no_healthy_upstream', 'cluster empty')
    })

    it('that the provider cannot be reached, then that it is left alone', async () => {
      const first = await callers[kind].call('sayHello', ['weir'], fault(`dead-${kind}`))
      expectLocalError(kind, first, 'upstream_connect_failed', `127.0.0.1:${deadPort}: connect ECONNREFUSED`)
      const second = await callers[kind].call('sayHello', ['weir'], fault(`dead-${kind}`))
      expectLocalError(kind, second, 'no_healthy_upstream', `cluster dead-${kind}`)
    })

    it('that the route allows no more time, which is a time-out', async () => {
      const outcome = await callers[kind].call('slow', [3_000], fault('impatient'))
      expectLocalError(kind, outcome, 'request_timeout', `127.0.0.1:${provider.port} within 100 ms`)
    })

    it('that a limit is exceeded', async () => {
      const within = await callers[kind].call('sayHello', ['weir'], fault(`limited-${kind}`))
      expect(within).toMatchObject({ ok: true })
      const above = await callers[kind].call('sayHello', ['weir'], fault(`limited-${kind}`))
      expectLocalError(kind, above, 'over_limit', 'rate limit')
    })

    it('that it is denied', async () => {
      await callers[kind].call('sayHello', ['takes the only token'], { on: 'denied' })
      const outcome = await callers[kind].call('sayHello', ['weir'], { on: 'denied' })
      expectLocalError(kind, outcome, 'denied')
    })

    it('that too much is in flight', async () => {
      const slow = callers[kind].call('slow', [OVERLAP_MS], fault('one'))
      await eventually(
        () => weir.cluster('one'),
        ({ requestsActive }) => requestsActive === 1,
      )
      const outcome = await callers[kind].call('sayHello', ['weir'], fault('one'))
      expectLocalError(kind, outcome, 'overloaded', 'cluster one')
      expect(await slow).toMatchObject({ ok: true, value: `slow ${OVERLAP_MS}` })
    })

    it('that its request is too large, and goes on calling over the connection it has', async () => {
      const accepted = await weir.metric('weir_listener_connections_total', { listener: 'small' })
      const outcome = await callers[kind].call('echoBytes', [{ size: 900_000 }], { on: 'small' })
      expectLocalError(kind, outcome, 'bad_request', 'the limit is 65536')
      expect(await callers[kind].call('sayHello', ['weir'], { on: 'small' })).toMatchObject({ ok: true })
      // dubbo-go opens more by and by, without being asked.
      if (kind === 'go') return
      expect(await weir.metric('weir_listener_connections_total', { listener: 'small' })).toBe(accepted)
    })

    it('that its answer is too large, and nobody else is disturbed', async () => {
      const slow = callers[kind].call('slow', [OVERLAP_MS], fault('small'))
      await eventually(
        () => weir.cluster('small'),
        ({ requestsActive }) => requestsActive === 1,
      )
      const outcome = await callers[kind].call('orders', [3_000], fault('small'))
      expectLocalError(kind, outcome, 'bad_response', 'the limit is 16384')
      expect(await slow).toMatchObject({ ok: true, value: `slow ${OVERLAP_MS}` })
      expect(await weir.metric('weir_upstream_connects_total', { cluster: 'small' })).toBe(1)
    })
  })
}

/** The attachment by which the routes tell the calls of these tests apart. */
function fault(name: string): CallOptions {
  return { attachments: { fault: name } }
}

function config(): WeirConfig {
  const route = (name: string, more: JsonObject) => ({ match: { fault: name }, ...more })
  const limit = { tokens: 1, every: '1h' }
  return {
    plugins: { dir: folder, attach: 'explicit' },
    listeners: [
      listener(
        'main',
        [
          ...['empty', 'one', 'small', ...PEER_KINDS.map((kind) => `dead-${kind}`)].map((name) =>
            route(name, { cluster: name }),
          ),
          route('impatient', { cluster: 'up', timeout: '100ms' }),
          ...PEER_KINDS.map((kind) =>
            route(`limited-${kind}`, { cluster: 'up', filters: { 'rate-limit': limit } }),
          ),
          { match: { fault: { present: false } }, cluster: 'up' },
        ],
        { filters: ['faulty', 'rate-limit', 'router'] },
      ),
      listener('small', [{ cluster: 'up' }], { 'body-size-max': '64KiB' }),
      listener('denied', [{ cluster: 'up' }], {
        filters: [{ 'rate-limit': { ...limit, error: 'denied' } }, 'router'],
      }),
    ],
    clusters: [
      cluster('up', [provider.port]),
      cluster('empty', []),
      cluster('one', [provider.port], { 'requests-max': 1 }),
      cluster('small', [provider.port], { 'body-size-max': '16KiB' }),
      ...PEER_KINDS.map((kind) =>
        cluster(`dead-${kind}`, [deadPort], { backoff: { base: '1h', max: '1h' } }),
      ),
    ],
  }
}
