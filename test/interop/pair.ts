/** What is expected of one caller and one provider, whatever lies between them. */
import { beforeAll, describe, expect, it } from 'vitest'
import { casesOf, type InteropCase, runCase } from './matrix.ts'
import {
  type Caller,
  type ConnectOptions,
  eventually,
  type Outcome,
  type PeerKind,
  type Provider,
} from './peers.ts'

const BURST_COUNT = 300

export interface Pair {
  readonly caller: Caller
  readonly provider: Provider
  /** Where the caller connects. */
  readonly url: string
  readonly connect?: ConnectOptions
}

export interface PairTests {
  readonly caller: PeerKind
  readonly provider: PeerKind
  /** How they are connected, as the end of a sentence. */
  readonly how: string
  /** Asked once everything has been started. */
  pair(): Pair
  /** What a case is instead where the way of talking changes it. */
  instead?(interopCase: InteropCase): InteropCase
  /** A further look at what each call came to. */
  also?(outcome: Outcome, interopCase: InteropCase, tests: PairTests): void
  /** Further tests of the pair. */
  more?(tests: PairTests): void
}

export function describePair(tests: PairTests): void {
  describe(`${tests.caller} calls ${tests.provider} ${tests.how}`, () => {
    let caller: Caller
    let provider: Provider

    beforeAll(async () => {
      const pair = tests.pair()
      caller = pair.caller
      provider = pair.provider
      await provider.reset()
      await caller.connect(pair.url, pair.connect)
    })

    for (const usual of casesOf(tests.caller, tests.provider)) {
      const interopCase = tests.instead?.(usual) ?? usual
      it(interopCase.name, async () => {
        const outcome = await runCase(caller, provider, interopCase)
        tests.also?.(outcome, interopCase, tests)
      })
    }

    tests.more?.(tests)

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
