/** Several uses of plugins that spend much in one turn: all of them together hold the worker for no longer than a few may. */
import { expect, test } from 'vitest'
import { CommonTurn } from '../../../core/guest/common-turn.ts'
import { TurnShare } from '../../../core/guest/turn-share.ts'

const SHARE = 100

class Turns {
  count = 1
  readonly #deferred: (() => void)[] = []
  readonly common = new CommonTurn(this, (work) => this.#deferred.push(work))

  share(): TurnShare {
    return new TurnShare({ fuelMax: SHARE, turns: this.common, defer: () => {} })
  }

  /** What was left for later is done, as another turn begins. */
  next(): void {
    this.count++
    for (const work of this.#deferred.splice(0)) work()
  }
}

/** Asks about so many messages that cost so much; answers how many have been asked about when it is called. */
function asks(share: TurnShare, messages: number, fuel: number): () => number {
  let asked = 0
  const ask = () => {
    asked++
    share.spend(fuel)
  }
  for (let i = 0; i < messages; i++) {
    if (share.used) share.postpone(ask)
    else ask()
  }
  return () => asked
}

function sum(counts: readonly (() => number)[]): number {
  return counts.reduce((total, count) => total + count(), 0)
}

test('whatever their number, plugins spend no more than four shares in one turn', () => {
  const turns = new Turns()
  const counts = Array.from({ length: 50 }, () => asks(turns.share(), 10, SHARE))
  expect(sum(counts)).toBe(4)
  for (let turn = 2; turn < 10; turn++) {
    turns.next()
    expect(sum(counts)).toBe(turn * 4)
  }
})

test('nobody is passed over for ever: each goes on in its order', () => {
  const turns = new Turns()
  const counts = Array.from({ length: 12 }, () => asks(turns.share(), 10, SHARE))
  for (let turn = 1; turn < 9; turn++) turns.next()
  const all = counts.map((count) => count())
  expect([Math.min(...all), Math.max(...all)]).toEqual([2, 4])
})

test('little of one does not wait for much of another', () => {
  const turns = new Turns()
  const dear = Array.from({ length: 3 }, () => asks(turns.share(), 1_000, SHARE / 20))
  const dearest = Array.from({ length: 8 }, () => asks(turns.share(), 1_000, SHARE))
  const cheap = asks(turns.share(), 10, 1)
  expect([sum(dear) > 0, sum(dearest) > 0, cheap()]).toEqual([true, true, 0])
  turns.next()
  turns.next()
  turns.next()
  expect(cheap()).toBe(10)
})

test('what was spent in one turn is there again in the next', () => {
  const turns = new Turns()
  const shares = Array.from({ length: 6 }, () => turns.share())
  for (let turn = 0; turn < 5; turn++) {
    for (const share of shares.slice(0, 4)) asks(share, 1, SHARE)
    expect(shares.map(({ used }) => used)).toEqual(new Array(6).fill(true))
    turns.count++
    expect(shares.map(({ used }) => used)).toEqual(new Array(6).fill(false))
  }
})

test('whoever has no bound spends nothing of what is common', () => {
  const turns = new Turns()
  const unbounded = new TurnShare({
    fuelMax: Number.POSITIVE_INFINITY,
    turns: turns.common,
    defer: () => {},
  })
  expect(asks(unbounded, 1_000, SHARE)()).toBe(1_000)
  expect(turns.share().used).toBe(false)
})

test('thousands that wait go on one after the other', () => {
  const turns = new Turns()
  const share = turns.share()
  const order: number[] = []
  share.spend(SHARE)
  for (let i = 0; i < 3_000; i++)
    share.postpone(() => {
      order.push(i)
      share.spend(SHARE / 10)
    })
  while (share.waitingCount > 0) turns.next()
  expect(order).toEqual(Array.from({ length: 3_000 }, (_, i) => i))
})
