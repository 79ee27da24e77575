import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { closeAll, everyone, type Fleet, startFleet } from './fleet.ts'
import { eventually, PEER_KINDS, type PeerKind, type Provider, startProvider } from './peers.ts'
import { cluster, listener, Weir, type WeirConfig } from './weir.ts'

/** Stands for the minute after which the programs and weir send heartbeats unless told otherwise. */
const MINUTE_MS = 1_500
/** Whoever is told this sends none here. */
const QUIET_MS = 600_000
/** Silent minutes that are waited for, counted by the heartbeats in them. */
const HEARTBEATS_COUNT = 4

let fleet: Fleet
/** Unlike the other provider in Go, it sends heartbeats itself, which weir has to answer. */
let beating: Provider
let weir: Weir

beforeAll(async () => {
  // Java providers send none, and close what has been silent for three of their heartbeats.
  const started = await Promise.all([
    startFleet((kind) => (kind === 'go' ? {} : { heartbeatMs: MINUTE_MS })),
    startProvider('go', { heartbeatMs: MINUTE_MS }),
  ])
  fleet = started[0]
  beating = started[1]
})

afterAll(() => closeAll([...everyone(fleet), beating]))

describe('when weir sends heartbeats on idle connections', () => {
  beforeAll(async () => {
    weir = await Weir.start(config(fleet.providers, `${MINUTE_MS}ms`))
    await connect(QUIET_MS)
  })

  afterAll(() => weir.close())

  it('callers and providers answer them, and the connections on both sides stay', async () => {
    const before = await connections()
    await heartbeats('weir_upstream_heartbeats_total', 'cluster', PEER_KINDS)
    await expectSame(before)
  })
})

describe('when the programs send heartbeats on idle connections', () => {
  beforeAll(async () => {
    weir = await Weir.start(config({ ...fleet.providers, go: beating }, `${QUIET_MS}ms`))
    await connect(MINUTE_MS)
  })

  afterAll(() => weir.close())

  it('weir answers them, and the connections on both sides stay', async () => {
    const before = await connections()
    await heartbeats('weir_listener_heartbeats_total', 'listener', PEER_KINDS)
    await heartbeats('weir_upstream_heartbeats_total', 'cluster', ['java27', 'java33'])
    await expectSame(before)
  })
})

async function connect(heartbeatMs: number): Promise<void> {
  for (const kind of PEER_KINDS) {
    await fleet.callers[kind].connect(weir.url(kind), { heartbeatMs, connections: 1 })
    expect(await fleet.callers[kind].call('sayHello', ['weir'])).toMatchObject({ ok: true })
  }
}

/** Waits until so many have gone over every connection. */
async function heartbeats(metric: string, label: string, kinds: readonly PeerKind[]): Promise<void> {
  for (const kind of kinds) {
    await eventually(
      () => weir.metric(metric, { [label]: kind }),
      (count) => count >= HEARTBEATS_COUNT,
    )
  }
}

/** Calls go through, over the connections that were there before the silence. */
async function expectSame(before: Awaited<ReturnType<typeof connections>>): Promise<void> {
  expect(before.now).toEqual(PEER_KINDS.map(() => 1))
  for (const kind of PEER_KINDS) {
    expect(await fleet.callers[kind].call('sayHello', ['weir'])).toMatchObject({ ok: true })
  }
  expect(await connections()).toEqual(before)
  expect(await weir.metric('weir_listener_idle_closes_total')).toBe(0)
}

async function connections() {
  const now = await Promise.all(PEER_KINDS.map(async (kind) => (await weir.listener(kind)).connections))
  return {
    now,
    accepted: await weir.metric('weir_listener_connections_total'),
    dialled: await weir.metric('weir_upstream_connects_total'),
  }
}

/** Upstream weir always sends heartbeats, since providers close what is silent. */
function config(providers: Fleet['providers'], listenerInterval: string): WeirConfig {
  return {
    listeners: PEER_KINDS.map((kind) =>
      listener(kind, [{ cluster: kind }], { 'heartbeat-interval': listenerInterval }),
    ),
    clusters: PEER_KINDS.map((kind) =>
      cluster(kind, [providers[kind].port], { 'heartbeat-interval': `${MINUTE_MS}ms` }),
    ),
  }
}
