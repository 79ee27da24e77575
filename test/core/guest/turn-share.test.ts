/** A guest that spends much on each of many messages that are read together: others have their turn in between. */
import { describe, expect, it } from 'vitest'
import { bareGrants, bitsOf } from '../../../core/guest/grant.ts'
import { defaultGuestBudget } from '../../../core/guest/guest-budget.ts'
import type { GuestServices } from '../../../core/guest/guest-services.ts'
import { Pause, type Settled } from '../../../sdk/index.ts'
import { GuestStage } from './guest-stage.ts'
import { opList, ops } from './op-builder.ts'
import { cannedGuest } from './wasm/guest-builder.ts'
import { wasmGuest } from './wasm/wasm-guests.ts'

const timers = bareGrants | bitsOf(['timers'])
const tag = opList(ops.set('a', '1'))

/** One call spends more than the share. */
async function stage(
  answers: Parameters<typeof cannedGuest>[0],
  services: Partial<GuestServices> = { turns: { count: 0 } },
) {
  const module = await wasmGuest(cannedGuest(answers), { grants: timers, quota: { fuelPerTurn: 1 } })
  return new GuestStage(module, { grants: timers, services })
}

/** What became of a message that was held; undefined while it is. */
function outcome(verdict: unknown): { settled: Settled | undefined } {
  const seen: { settled: Settled | undefined } = { settled: undefined }
  if (!(verdict instanceof Pause)) throw new Error('it was not held')
  verdict.wait((settled) => {
    seen.settled = settled
  })
  return seen
}

describe('the share of a turn', () => {
  it('is spent by the first message: the others go on in the next turns, one in each, in their order', async () => {
    const it = await stage({ request: tag })
    expect(it.exchange().onRequest().edits).toHaveLength(1)
    const held = [it.exchange(), it.exchange()].map((each) => outcome(each.onRequest().verdict))
    expect(held.map(({ settled }) => settled)).toEqual([undefined, undefined])
    it.settle()
    expect(held.map(({ settled }) => settled)).toEqual(['continue', undefined])
    it.settle()
    expect(held.map(({ settled }) => settled)).toEqual(['continue', 'continue'])
    expect(it.figure('calls_total', { result: 'answered' })).toBe(3)
  })

  it('is there again in the next turn, for whoever comes then', async () => {
    const turns = { count: 0 }
    const it = await stage({ request: tag }, { turns })
    for (let turn = 1; turn < 5; turn++) {
      expect(it.exchange().onRequest().verdict).toBeUndefined()
      turns.count = turn
    }
  })

  it('has been spent, in the turn behind it, by those that had waited', async () => {
    const turns = { count: 0 }
    const it = await stage({ request: tag }, { turns })
    it.exchange().onRequest()
    const waited = outcome(it.exchange().onRequest().verdict)
    it.settle()
    expect(waited.settled).toBe('continue')
    turns.count = 1
    expect(it.exchange().onRequest().verdict).toBeInstanceOf(Pause)
  })

  it('does not bind where nobody else waits', async () => {
    const it = await stage({ request: tag }, {})
    const verdicts = [it.exchange(), it.exchange()].map((each) => each.onRequest().verdict)
    expect(verdicts).toEqual([undefined, undefined])
  })

  it('leaves a message alone whose exchange is over by then', async () => {
    const it = await stage({ request: tag })
    it.exchange().onRequest()
    const gone = it.exchange()
    const held = outcome(gone.onRequest().verdict)
    gone.onEnd()
    it.settle()
    expect(held.settled).toBeUndefined()
    expect(it.figure('calls_total', { result: 'answered' })).toBe(1)
  })

  it('holds what the guest is told of ends, as they were, and skips those that are too many', async () => {
    const it = await stage({ configure: opList(ops.phases(5)), request: tag })
    const exchanges = Array.from({ length: defaultGuestBudget.heldMax + 3 }, () => it.exchange())
    exchanges[0]?.onRequest()
    for (const each of exchanges) each.onEnd()
    expect(it.figure('calls_total', { result: 'skipped' })).toBe(3)
    for (const _ of exchanges) it.settle()
    expect(it.figure('calls_total', { result: 'nothing' })).toBe(defaultGuestBudget.heldMax)
  })

  it('is over with the filter: whoever waits is skipped, which is no failure of the plugin', async () => {
    const it = await stage({ configure: opList(ops.phases(5)), request: tag })
    const exchanges = Array.from({ length: 30 }, () => it.exchange())
    exchanges[0]?.onRequest()
    for (const each of exchanges) each.onEnd()
    it.filter.onDestroy?.()
    it.settle()
    expect(it.figure('calls_total', { result: 'skipped' })).toBe(30)
    expect([it.figure('calls_total', { result: 'failed' }), it.figure('breaker_open'), it.lines]).toEqual([
      0,
      0,
      [],
    ])
  })

  it('holds messages that wake up together', async () => {
    const answers = { request: opList(ops.pause(1)), resume: tag }
    const it = await stage(answers)
    const [one, two] = [it.exchange(), it.exchange()]
    const first = outcome(one.onRequest().verdict)
    const second = outcome(two.onRequest().verdict)
    it.settle()
    it.advance(60)
    const open = () => [first, second].filter(({ settled }) => settled === undefined).length
    const waiting = [open()]
    for (let turn = 0; turn < 2; turn++) {
      it.settle()
      waiting.push(open())
    }
    expect(waiting).toEqual([2, 1, 0])
  })
})
