import { describe, expect, it } from 'vitest'
import { createSharedMemory } from '../../../../core/base/shared/memory.ts'
import { Shared } from '../../../../core/base/shared/shared.ts'

const clock = { nowMs: 0 }

function threads() {
  const memory = createSharedMemory(2)
  const [zero, one] = [new Shared(memory, 0, clock), new Shared(memory, 1, clock)]
  return { zero, one, main: new Shared(memory, 'main', clock) }
}

describe('Limit', () => {
  it('counts what all threads hold', () => {
    const { zero, one } = threads()
    const [a, b] = [zero.limit('l', 3), one.limit('l', 3)]
    expect([a.acquire(), b.acquire(), a.acquire(), b.acquire()]).toEqual([true, true, true, false])
    a.release()
    expect(b.acquire()).toBe(true)
    expect(b.used).toBe(3)
  })

  it('gets back what a dead worker held, and keeps what others hold', () => {
    const { zero, one, main } = threads()
    const [a, b] = [zero.limit('l', 3), one.limit('l', 3)]
    a.acquire()
    a.acquire()
    b.acquire()
    main.release(0)
    expect(b.used).toBe(1)
    expect([b.acquire(), b.acquire(), b.acquire()]).toEqual([true, true, false])
  })

  it('has the maximum that each holder of the name knows, as while a reload changes it', () => {
    const { zero } = threads()
    const [before, after] = [zero.limit('l', 1), zero.limit('l', 2)]
    expect([before.acquire(), before.acquire(), after.acquire()]).toEqual([true, false, true])
    before.release()
    expect(after.used).toBe(1)
  })

  it('ignores a release of what is not held', () => {
    const { zero, one } = threads()
    const [a, b] = [zero.limit('l', 2), one.limit('l', 2)]
    a.acquire()
    b.release()
    expect(a.used).toBe(1)
  })

  it('gives the places of names that nobody holds anything of to new ones', () => {
    const { zero } = threads()
    const held = zero.limit('held', 5)
    held.acquire()
    const idle = zero.limit('idle', 5)
    for (let n = 0; n < 20_000; n++) zero.limit(`cluster ${n}`, 1)
    expect(held.used).toBe(1)
    expect(held.acquire()).toBe(true)
    expect(idle.acquire()).toBe(true)
    expect(idle.used).toBe(1)
  })
})
