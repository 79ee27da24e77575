/** A thread that takes, acquires and counts as fast as it can until told to stop, then reports. */
import { parentPort, workerData } from 'node:worker_threads'
import type { SharedMemory } from '../../../../core/base/shared/memory.ts'
import { Shared } from '../../../../core/base/shared/shared.ts'
import { CommonClock } from '../../../../core/worker/common-clock.ts'

interface Given {
  readonly memory: SharedMemory
  readonly index: number
  readonly epochMs: number
  readonly forMs: number
}

const { memory, index, epochMs, forMs }: Given = workerData
const clock = { nowMs: 0 }
const common = new CommonClock(clock, epochMs)
const startMs = performance.now()
const shared = new Shared(memory, index, common)
const bucket = shared.tokenBucket('b', { capacity: 1_000, tokens: 50_000, everyMs: 1_000 })
const limit = shared.limit('l', 3)
const counter = shared.counter({ name: 'rounds_total', about: 'Rounds.', labels: ['kind'] })
let [rounds, taken, over] = [0, 0, 0]

while (clock.nowMs < forMs) {
  clock.nowMs = performance.now() - startMs
  rounds++
  counter.with([`kind ${rounds % 50}`]).add(1)
  if (bucket?.take(1) === true) taken++
  if (limit.acquire()) {
    if (limit.used > 3) over++
    limit.release()
  }
}
parentPort?.postMessage({ rounds, taken, over, lastMs: common.nowMs })
