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

const everyKey = bareGrants | bitsOf(['all-keys', 'timers'])
const manyKeys = { properties: Object.fromEntries(Array.from({ length: 1_000 }, (_, i) => [`k${i}`, ''])) }
/** Messages of a thousand keys that one turn has room for. */
const IN_A_TURN = 20

/** A guest that reads every key and spends nothing itself to speak of. */
async function readingAll(phases: number, answers: Parameters<typeof cannedGuest>[0]) {
  const configure = opList(ops.readsAll(), ops.phases(phases))
  const module = await wasmGuest(cannedGuest({ configure, ...answers }), { grants: everyKey })
  return new GuestStage(module, { grants: everyKey, services: { turns: { count: 0 } } })
}

/** How much a figure goes up in each turn, until it stays. */
function turnsOf(it: GuestStage, figure: () => number): number[] {
  const done = [figure()]
  for (let before = -1; before < figure(); ) {
    before = figure()
    it.settle()
    if (figure() > before) done.push(figure() - before)
  }
  return done
}

function sum(counts: readonly number[]): number {
  return counts.reduce((total, count) => total + count, 0)
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

describe("what the host does for a call, which no fuel pays for, is of the turn's share", () => {
  const calls = (it: GuestStage) => () =>
    it.figure('calls_total', { result: 'nothing' }) + it.figure('calls_total', { result: 'answered' })

  it('large blocks', async () => {
    const it = await readingAll(1, {})
    for (let i = 0; i < 100; i++) it.exchange(manyKeys).onRequest()
    const turns = turnsOf(it, calls(it))
    expect([sum(turns), Math.max(...turns) <= IN_A_TURN]).toEqual([100, true])
  })

  it('large blocks of messages that wake up together', async () => {
    const it = await readingAll(1, { request: opList(ops.pause(1)), resume: tag })
    for (let i = 0; i < 100; i++) {
      it.exchange(manyKeys).onRequest()
      it.settle()
    }
    turnsOf(it, calls(it))
    expect(calls(it)()).toBe(100)
    it.advance(60)
    const turns = turnsOf(it, () => calls(it)() - 100)
    expect([sum(turns), Math.max(...turns) <= IN_A_TURN]).toEqual([100, true])
  })

  it('large answers', async () => {
    const sets = Array.from({ length: 20 }, (_, key) => ops.set(`key-${key}`, 'é'.repeat(1_000)))
    const it = await readingAll(1, { request: opList(...sets) })
    for (let i = 0; i < 100; i++) it.exchange().onRequest()
    const turns = turnsOf(it, calls(it))
    expect([sum(turns), Math.max(...turns) <= IN_A_TURN]).toEqual([100, true])
  })

  it('but nothing of what is usual', async () => {
    const it = await readingAll(5, { request: tag })
    const usual = { properties: Object.fromEntries(Array.from({ length: 12 }, (_, i) => [`k${i}`, 'value'])) }
    const exchanges = Array.from({ length: 2_000 }, () => it.exchange(usual))
    for (const each of exchanges) each.onRequest()
    for (const each of exchanges) each.onEnd()
    expect(calls(it)()).toBe(4_000)
  })
})
