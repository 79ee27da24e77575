import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { casesOf, runCase } from './matrix.ts'
import {
  Caller,
  eventually,
  PEER_KINDS,
  type PeerKind,
  Provider,
  startCaller,
  startProvider,
} from './peers.ts'

const BURST_COUNT = 300

const providers = new Map<PeerKind, Provider>()
const callers = new Map<PeerKind, Caller>()

beforeAll(async () => {
  const started = await Promise.all(
    PEER_KINDS.flatMap((kind): Promise<Provider | Caller>[] => [startProvider(kind), startCaller(kind)]),
  )
  for (const peer of started) {
    if (peer instanceof Provider) providers.set(peer.kind, peer)
    if (peer instanceof Caller) callers.set(peer.kind, peer)
  }
})

afterAll(async () => {
  await Promise.all([...providers.values(), ...callers.values()].map((peer) => peer.close()))
})

for (const callerKind of PEER_KINDS) {
  for (const providerKind of PEER_KINDS) {
    describe(`${callerKind} calls ${providerKind} without a proxy`, () => {
      let caller: Caller
      let provider: Provider

      beforeAll(async () => {
        caller = found(callers.get(callerKind))
        provider = found(providers.get(providerKind))
        await provider.reset()
        await caller.connect(provider.url)
      })

      for (const interopCase of casesOf(callerKind, providerKind)) {
        it(interopCase.name, async () => {
          await runCase(caller, provider, interopCase)
        })
      }

      it('one-way calls arrive once each and are not answered', async () => {
        const lines = ['first', 'second', 'third']
        for (const line of lines) {
          expect(await caller.call('log', [line])).toMatchObject({ ok: true, value: null })
        }
        const stats = await eventually(
          () => provider.stats(),
          ({ received }) => received.length >= lines.length,
        )
        expect(stats.received.toSorted()).toEqual(lines)
        expect(await caller.call('received')).toMatchObject({ ok: true, value: stats.received })
      })

      it('calls side by side each get their own answer', async () => {
        const before = await provider.stats()
        const report = await caller.burst({ count: BURST_COUNT, concurrency: 8 })
        expect(report).toMatchObject({ sent: BURST_COUNT, ok: BURST_COUNT, wrong: 0, failed: {} })
        const after = await provider.stats()
        expect(after.nonces - before.nonces).toBe(BURST_COUNT)
        expect(after.repeated).toBe(0)
      })
    })
  }
}

function found<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('the peer did not start')
  return value
}
