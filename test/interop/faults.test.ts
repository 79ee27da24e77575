import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  burstDuring,
  CALLS_PER_CALLER,
  eventuallyAnswered,
  expectNoneFailed,
  expectTold,
  start,
} from './calls.ts'
import { closeAll, type PerKind, perKind, startCallers } from './fleet.ts'
import { type BurstReport, type Caller, eventually, freePort, PEER_KINDS, startProvider } from './peers.ts'
import { expectLocalError } from './shown-errors.ts'
import { cluster, listener, Weir } from './weir.ts'

const BACKOFF = { base: '50ms', max: '200ms' }
/**
 * What callers make of dubbo-go's own answers while it stops: null while it takes no more calls, which its handler only logs, and
 * an exception between withdrawing its services and closing its connections, both without a proxy too. The last one is what Java 3.3
 * said of an answer just then.
 */
const ANSWERED_ITSELF = [
  'the answer is null',
  "don't have this exporter",
  'Response data error, expect Throwable, but get class java.util.HashMap',
]

let callers: PerKind<Caller>

beforeAll(async () => {
  callers = await startCallers()
})

afterAll(() => closeAll(Object.values(callers ?? {})))

for (const kind of PEER_KINDS) {
  it(`a provider in ${kind} is killed under its callers and comes back`, async () => {
    let provider = await startProvider(kind)
    await using weir = await Weir.start({
      listeners: [listener('dubbo', [{ cluster: 'only' }])],
      clusters: [cluster('only', [provider.port], { backoff: BACKOFF })],
    })
    try {
      await perKind((caller) => callers[caller].connect(weir.url('dubbo')))
      const running = await start(callers, provider)
      provider.kill()
      await expectTold(running, 'upstream_reset', `127.0.0.1:${provider.port} lost`)

      await perKind(async (caller) => {
        const outcome = await callers[caller].call('sayHello', ['weir'])
        const dialled = !outcome.ok && outcome.message.includes('upstream_connect_failed')
        expectLocalError(caller, outcome, dialled ? 'upstream_connect_failed' : 'no_healthy_upstream')
      })

      provider = await startProvider(kind, { port: provider.port })
      await eventuallyAnswered(callers)
      // Nobody had to connect to weir anew.
      const accepted = await weir.metric('weir_listener_connections_total')
      expect(await weir.metric('weir_listener_connections_active')).toBe(accepted)
    } finally {
      await provider.close()
    }
  })
}

describe('while no provider is there', () => {
  it('no caller connects again and again', async () => {
    await using weir = await Weir.start({
      listeners: [listener('dubbo', [{ cluster: 'dead' }])],
      clusters: [cluster('dead', [await freePort()], { backoff: BACKOFF })],
    })
    await perKind((kind) => callers[kind].connect(weir.url('dubbo'), { connections: 2 }))
    const reports = await perKind((kind) =>
      callers[kind].burst({ durationMs: 2_000, concurrency: 2, pauseMs: 5 }),
    )
    for (const kind of PEER_KINDS) {
      expect(reports[kind].ok).toBe(0)
      // Each was answered: calls that hung would have left no time for others.
      expect(reports[kind].sent).toBeGreaterThan(4)
    }
    expect(await weir.metric('weir_listener_connections_total')).toBeLessThanOrEqual(4)
  })
})

describe('while one of two providers stops in an orderly way', () => {
  for (const kind of PEER_KINDS) {
    it(`the one in ${kind} ${kind === 'go' ? 'costs no call but those it drops' : 'costs no call'}`, async () => {
      const leaving = await startProvider(kind, { name: 'leaving', shutdownWaitMs: 3_000 })
      const staying = await startProvider('go', { name: 'staying' })
      await using weir = await Weir.start({
        listeners: [listener('dubbo', [{ cluster: 'both' }])],
        clusters: [cluster('both', [leaving.port, staying.port])],
      })
      try {
        await perKind((caller) => callers[caller].connect(weir.url('dubbo')))
        const reports = await burstDuring(callers, async () => {
          await eventually(
            () => leaving.stats(),
            ({ nonces }) => nonces > 0,
          )
          await leaving.stop()
          await leaving.exited
        })
        if (kind === 'go') {
          expectOnlyDropped(reports)
          return
        }
        expectNoneFailed(reports)
        // It said so first, to weir and to no caller: one in 3.3 would have had no provider from then on.
        expect(await weir.metric('weir_upstream_drains_total')).toBeGreaterThan(0)
      } finally {
        await closeAll([leaving, staying])
      }
    })
  }
})

/** dubbo-go says nothing before it closes its connections, so what is on the way to it just then is lost and told so. */
function expectOnlyDropped(reports: PerKind<readonly BurstReport[]>): void {
  for (const kind of PEER_KINDS) {
    for (const { sent, ok, wrong, messages } of reports[kind]) {
      expect(wrong).toBe(0)
      const told = messages.filter((message) => !ANSWERED_ITSELF.some((text) => message.includes(text)))
      for (const message of told) expect(message).toContain('weir: upstream_reset: ')
      // A connection that closes costs what it carries; how often the provider answers for itself is its own affair.
      expect(told.length).toBeLessThanOrEqual(CALLS_PER_CALLER)
      if (told.length === messages.length) expect(sent - ok).toBeLessThanOrEqual(CALLS_PER_CALLER)
    }
  }
}
