import { setTimeout as sleep } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import { describe, expect, it } from 'vitest'
import { createSharedMemory } from '../../../../core/base/shared/memory.ts'
import { Shared } from '../../../../core/base/shared/shared.ts'
import { CommonClock } from '../../../../core/worker/common-clock.ts'

const THREADS = 4
const FOR_MS = 400

interface Told {
  readonly rounds: number
  readonly taken: number
  readonly over: number
  readonly lastMs: number
}

describe('Shared, over four threads', () => {
  it('grants no token too many, exceeds no limit and loses no count', async () => {
    const memory = createSharedMemory(THREADS)
    const epochMs = CommonClock.epochMs()
    const told = await Promise.all(
      Array.from({ length: THREADS }, (_, index) => run({ memory, index, epochMs, forMs: FOR_MS })),
    )
    const main = new Shared(memory, 'main', { nowMs: 0 })
    const taken = told.reduce((sum, each) => sum + each.taken, 0)
    const lastMs = Math.max(...told.map((each) => each.lastMs))
    expect(taken).toBeGreaterThan(1_000)
    expect(taken).toBeLessThanOrEqual(1_000 + Math.floor(lastMs * 50))
    expect(told.map(({ over }) => over)).toEqual([0, 0, 0, 0])
    expect(main.limit('l', 3).used).toBe(0)
    const [family] = main.read()
    const counted = family?.series.reduce((sum, { cells }) => sum + (cells[0] ?? 0), 0)
    expect(counted).toBe(told.reduce((sum, each) => sum + each.rounds, 0))
    expect(family?.series.length).toBe(50)
  })

  it('goes on when a thread is ended in the middle of everything', async () => {
    const memory = createSharedMemory(2)
    const epochMs = CommonClock.epochMs()
    const main = new Shared(memory, 'main', { nowMs: 0 })
    for (let round = 0; round < 20; round++) {
      const worker = open({ memory, index: 0, epochMs, forMs: 60_000 })
      while ((main.read()[0]?.series.length ?? 0) === 0) await new Promise((resolve) => setImmediate(resolve))
      // Also when what it runs has been compiled well.
      await sleep(round)
      await worker.terminate()
      main.release(0)
      expect(main.limit('l', 3).used).toBe(0)
    }
    const told = await run({ memory, index: 1, epochMs, forMs: 50 })
    expect(told.over).toBe(0)
    expect(told.rounds).toBeGreaterThan(0)
  })
})

function open(workerData: object): Worker {
  return new Worker(new URL('./counting-thread.ts', import.meta.url), { workerData })
}

function run(workerData: object): Promise<Told> {
  const worker = open(workerData)
  return new Promise((resolve, reject) => {
    worker.once('message', (told: Told) => resolve(told))
    worker.once('error', reject)
  })
}
