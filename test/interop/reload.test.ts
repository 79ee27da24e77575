import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { burstDuring, expectAnswered, expectNoneFailed } from './calls.ts'
import { closeAll, type PerKind, perKind, startCallers } from './fleet.ts'
import { type Caller, eventually, PEER_KINDS, type Provider, startProvider } from './peers.ts'
import { cluster, listener, Weir, type WeirConfig } from './weir.ts'

const RELOADS_COUNT = 10
const BURST_COUNT = 1_000

let callers: PerKind<Caller>
let providers: readonly Provider[]

beforeAll(async () => {
  const started = await Promise.all([
    startCallers(),
    Promise.all([startProvider('go', { name: 'one' }), startProvider('go', { name: 'two' })]),
  ])
  callers = started[0]
  providers = started[1]
})

afterAll(() => closeAll([...Object.values(callers ?? {}), ...(providers ?? [])]))

describe('under calls of every caller', () => {
  it('reloads change where calls go, and cost none', async () => {
    await using weir = await Weir.start(config(0))
    await perKind((kind) => callers[kind].connect(weir.url('dubbo')))
    await expectAnswered(callers)
    const reports = await burstDuring(callers, async () => {
      for (let round = 1; round <= RELOADS_COUNT; round++) {
        const before = await nonces()
        expect(await weir.reload(config(round))).toEqual([])
        const target = round % 2
        await eventually(nonces, (now) => (now[target] ?? 0) > (before[target] ?? 0))
      }
    })
    expectNoneFailed(reports)
    const accepted = await weir.metric('weir_listener_connections_total', { listener: 'dubbo' })
    expect(await weir.metric('weir_listener_connections_active', { listener: 'dubbo' })).toBe(accepted)
  })

  it('a file with a mistake changes nothing', async () => {
    await using weir = await Weir.start(config(0))
    await perKind((kind) => callers[kind].connect(weir.url('dubbo')))
    const reports = await burstDuring(callers, async () => {
      const problems = await weir.reload({ ...config(1), clusters: [] })
      expect(problems.join()).toContain('two')
    })
    expectNoneFailed(reports)
  })
})

describe('with two workers', () => {
  it('every call of every caller is answered once, and counts add up', async () => {
    await using weir = await Weir.start(config(0), { workers: 2 })
    const many = ['a', 'b', 'c', 'd']
    for (const on of many) await perKind((kind) => callers[kind].connect(weir.url('dubbo'), { on }))
    const before = (await providers[0]?.stats())?.nonces ?? 0
    for (const on of many) {
      expectNoneFailed(
        await perKind(async (kind) => [
          await callers[kind].burst({ on, count: BURST_COUNT, concurrency: 4 }),
        ]),
      )
    }
    const sent = BURST_COUNT * many.length * PEER_KINDS.length
    const stats = await providers[0]?.stats()
    expect((stats?.nonces ?? 0) - before).toBe(sent)
    expect(stats?.repeated).toBe(0)
    // A worker that others keep from answering in time has told nothing yet.
    await eventually(
      () => weir.cluster('one'),
      ({ endpoints }) => endpoints[0]?.requestsTotal === sent,
    )
  })
})

async function nonces(): Promise<readonly number[]> {
  return Promise.all(providers.map(async (provider) => (await provider.stats()).nonces))
}

/** Each round sends calls to the other cluster, which is a new one, and changes the chain. */
function config(round: number): WeirConfig {
  const target = round % 2 === 0 ? 'one' : 'two'
  const [one, two] = providers
  return {
    listeners: [
      listener(
        'dubbo',
        [{ cluster: target, timeout: `${20 + round}s`, request: { set: { round: `${round}` } } }],
        { filters: round % 3 === 0 ? ['router'] : ['metrics', 'router'] },
      ),
    ],
    clusters: [
      cluster('one', [one?.port ?? 0], { 'connect-timeout': `${20_000 + round}ms` }),
      cluster('two', [two?.port ?? 0], { 'connect-timeout': `${20_000 + round}ms` }),
    ],
  }
}
