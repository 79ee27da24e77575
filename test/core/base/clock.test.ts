import { expect, test } from 'vitest'
import { ManualClock, TurnClock } from '../../../core/base/clock.ts'

test('a turn clock stands still until it is refreshed', () => {
  const clock = new TurnClock()
  const { nowMs, wallMs } = clock
  const spinEnd = performance.now() + 3
  while (performance.now() < spinEnd);
  expect([clock.nowMs, clock.wallMs]).toEqual([nowMs, wallMs])
  clock.refresh()
  expect(clock.nowMs).toBeGreaterThanOrEqual(nowMs + 3)
  expect(clock.wallMs).toBeGreaterThan(wallMs)
})

test('a manual clock moves both times when it is told and not when it is refreshed', () => {
  const clock = new ManualClock(5, 1_000)
  clock.advance(2.5)
  clock.refresh()
  expect([clock.nowMs, clock.wallMs]).toEqual([7.5, 1_002.5])
})
