import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { ManualClock } from '../../../core/base/clock.ts'
import { type Deadline, TimingWheel } from '../../../core/base/timing-wheel.ts'
import { seededRandom } from '../../seeded-random.ts'

class Wait implements Deadline {
  deadlineMs = 0
  wheelNext: Deadline | undefined = undefined
  wheelPrevious: Deadline | undefined = undefined
  readonly firedAt: number[] = []
  readonly #clock: ManualClock
  readonly #then: () => void

  constructor(clock: ManualClock, then: () => void = () => {}) {
    this.#clock = clock
    this.#then = then
  }

  onDeadline(): void {
    this.firedAt.push(this.#clock.nowMs)
    this.#then()
  }
}

/** Moves time in steps of a millisecond, as a busy loop would. */
function run(wheel: TimingWheel, clock: ManualClock, ms: number): void {
  for (let i = 0; i < ms; i++) {
    clock.advance(1)
    wheel.tick()
  }
}

describe('TimingWheel', () => {
  test.each([0, 1, 9, 10, 11, 10_239, 10_240, 10_241, 35_000])('fires %d ms at the right tick', (afterMs) => {
    const clock = new ManualClock(123.4)
    const wheel = new TimingWheel(clock)
    const wait = new Wait(clock)
    wheel.arm(wait, afterMs)
    run(wheel, clock, afterMs + 20)
    expect(wait.firedAt).toHaveLength(1)
    expect(wait.firedAt[0]).toBeGreaterThanOrEqual(123.4 + afterMs)
    expect(wait.firedAt[0]).toBeLessThanOrEqual(123.4 + afterMs + 11)
    expect(wheel.armed).toBe(0)
  })

  test('fires what is due hours later, once, when time jumps there', () => {
    const clock = new ManualClock()
    const wheel = new TimingWheel(clock)
    const early = new Wait(clock)
    const late = new Wait(clock)
    wheel.arm(early, 3_600_000)
    wheel.arm(late, 3_700_000)
    clock.advance(3_600_010)
    wheel.tick()
    wheel.tick()
    expect([early.firedAt.length, late.firedAt.length]).toEqual([1, 0])
  })

  test('never fires early nor a tick late, whatever is armed and cancelled', () => {
    const random = seededRandom(7)
    const clock = new ManualClock(0.7)
    const wheel = new TimingWheel(clock, 10, 64)
    const waits = Array.from({ length: 300 }, () => new Wait(clock))
    const dueMs = new Map<Wait, number>()
    const faults: string[] = []
    for (let step = 0; step < 20_000; step++) {
      const wait = waits[Math.floor(random() * waits.length)] ?? new Wait(clock)
      if (random() < 0.3) {
        wheel.cancel(wait)
        dueMs.delete(wait)
      } else {
        const afterMs = random() < 0.5 ? 700 : random() * 3_000
        wheel.arm(wait, afterMs)
        dueMs.set(wait, clock.nowMs + afterMs)
      }
      if (random() < 0.5) clock.advance(random() * 8)
      wheel.tick()
      for (const [other, due] of dueMs) {
        const fired = other.firedAt.pop()
        if (fired !== undefined) dueMs.delete(other)
        if (fired !== undefined && fired < due) faults.push(`early at ${step}`)
        if (fired === undefined && clock.nowMs >= due + 11 + 8) faults.push(`late at ${step}`)
      }
      if (wheel.armed !== dueMs.size) faults.push(`count at ${step}`)
    }
    expect(faults).toEqual([])
  })

  test('a cancelled deadline does not fire, and cancelling it again does nothing', () => {
    const clock = new ManualClock()
    const wheel = new TimingWheel(clock)
    const wait = new Wait(clock)
    wheel.arm(wait, 50)
    wheel.cancel(wait)
    wheel.cancel(wait)
    run(wheel, clock, 100)
    expect([wait.firedAt, wheel.armed]).toEqual([[], 0])
  })

  test('those armed at one moment for one time fire together, whichever of them were cancelled or armed anew', () => {
    const clock = new ManualClock()
    const wheel = new TimingWheel(clock)
    const [first, second, third, fourth] = Array.from({ length: 4 }, () => new Wait(clock))
    if (!first || !second || !third || !fourth) throw new Error('there are four')
    wheel.arm(first, 50)
    wheel.cancel(first)
    wheel.arm(second, 50)
    wheel.arm(third, 50)
    wheel.cancel(second)
    wheel.arm(second, 50)
    wheel.arm(fourth, 60)
    wheel.cancel(fourth)
    run(wheel, clock, 100)
    expect([first, second, third, fourth].map(({ firedAt }) => firedAt)).toEqual([[], [50], [50], []])
    expect(wheel.armed).toBe(0)
  })

  test('what is armed when its time is over is not told with those that were armed at that moment before', () => {
    const clock = new ManualClock()
    const wheel = new TimingWheel(clock)
    const later = new Wait(clock)
    const first = new Wait(clock, () => wheel.arm(later, 0))
    wheel.arm(first, 0)
    run(wheel, clock, 50)
    expect([first.firedAt, later.firedAt]).toEqual([[10], [20]])
  })

  test('arming anew moves the deadline', () => {
    const clock = new ManualClock()
    const wheel = new TimingWheel(clock)
    const wait = new Wait(clock)
    wheel.arm(wait, 50)
    wheel.arm(wait, 200)
    run(wheel, clock, 300)
    expect(wait.firedAt).toEqual([200])
  })

  test('a deadline may cancel its neighbours and arm itself from inside', () => {
    const clock = new ManualClock()
    const wheel = new TimingWheel(clock)
    const victim = new Wait(clock)
    const again: Wait = new Wait(clock, () => {
      wheel.cancel(victim)
      if (again.firedAt.length < 3) wheel.arm(again, 0)
    })
    wheel.arm(again, 20)
    wheel.arm(victim, 20)
    run(wheel, clock, 100)
    expect([again.firedAt, victim.firedAt]).toEqual([[20, 30, 40], []])
  })

  test('those behind one that throws are told at the next tick', () => {
    const clock = new ManualClock()
    const wheel = new TimingWheel(clock)
    const faulty = new Wait(clock, () => {
      throw new Error('faulty')
    })
    const other = new Wait(clock)
    wheel.arm(faulty, 10)
    wheel.arm(other, 10)
    clock.advance(10)
    expect(() => wheel.tick()).toThrow('faulty')
    wheel.tick()
    expect([other.firedAt.length, wheel.armed]).toEqual([1, 0])
  })

  test('a deadline without end never fires', () => {
    const clock = new ManualClock()
    const wheel = new TimingWheel(clock)
    const waits = [Number.POSITIVE_INFINITY, Number.NaN].map((afterMs) => {
      const wait = new Wait(clock)
      wheel.arm(wait, afterMs)
      return wait
    })
    run(wheel, clock, 30_000)
    expect(waits.map((wait) => wait.firedAt)).toEqual([[], []])
  })

  test('a wheel whose slots are no power of two is refused', () => {
    expect(() => new TimingWheel(new ManualClock(), 10, 1_000)).toThrow(RangeError)
  })
})

describe('the timer of a TimingWheel', () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  })
  afterEach(() => {
    vi.useRealTimers()
  })

  /** Lets both times pass. */
  function pass(clock: ManualClock, ms: number): void {
    for (let i = 0; i < ms; i++) {
      clock.advance(1)
      vi.advanceTimersByTime(1)
    }
  }

  test('does not exist before start(), while nothing is armed, and after stop()', () => {
    const clock = new ManualClock()
    const wheel = new TimingWheel(clock)
    const wait = new Wait(clock)
    wheel.arm(wait, 30)
    expect(vi.getTimerCount()).toBe(0)
    wheel.start()
    expect(vi.getTimerCount()).toBe(1)
    pass(clock, 40)
    expect([wait.firedAt, vi.getTimerCount()]).toEqual([[30], 0])
    wheel.arm(wait, 30)
    expect(vi.getTimerCount()).toBe(1)
    wheel.stop()
    wheel.arm(wait, 30)
    expect(vi.getTimerCount()).toBe(0)
  })

  test('wakes for an earlier deadline that comes later, and for both', () => {
    const clock = new ManualClock()
    const wheel = new TimingWheel(clock)
    wheel.start()
    const late = new Wait(clock)
    const early = new Wait(clock)
    wheel.arm(late, 20_005)
    pass(clock, 100)
    wheel.arm(early, 50)
    expect(vi.getTimerCount()).toBe(1)
    pass(clock, 20_000)
    expect([early.firedAt, late.firedAt]).toEqual([[150], [20_010]])
  })

  test('wakes a few times, not every tick, for a deadline far away', () => {
    const clock = new ManualClock()
    const wheel = new TimingWheel(clock)
    wheel.start()
    const ticks = vi.spyOn(wheel, 'tick')
    wheel.arm(new Wait(clock), 60_000)
    pass(clock, 60_010)
    expect(ticks.mock.calls.length).toBeLessThanOrEqual(7)
    expect(wheel.armed).toBe(0)
  })

  test('does not wake for those that were cancelled', () => {
    const clock = new ManualClock()
    const wheel = new TimingWheel(clock)
    wheel.start()
    const ticks = vi.spyOn(wheel, 'tick')
    const far = new Wait(clock)
    wheel.arm(far, 9_000)
    for (let i = 0; i < 100; i++) {
      const wait = new Wait(clock)
      wheel.arm(wait, 3_000)
      wheel.cancel(wait)
      pass(clock, 10)
    }
    pass(clock, 8_000)
    expect(far.firedAt).toEqual([9_000])
    // At the time of the first that was cancelled, and at the end.
    expect(ticks.mock.calls.length).toBeLessThanOrEqual(2)
  })

  test('survives a deadline that throws', () => {
    const clock = new ManualClock()
    const wheel = new TimingWheel(clock)
    wheel.start()
    const other = new Wait(clock)
    wheel.arm(
      new Wait(clock, () => {
        throw new Error('faulty')
      }),
      10,
    )
    wheel.arm(other, 10)
    expect(() => pass(clock, 10)).toThrow('faulty')
    pass(clock, 20)
    expect(other.firedAt).toHaveLength(1)
  })
})
