/** A thread that adds, exchanges and stores as fast as it can, and tells what it added. */
import { parentPort, workerData } from 'node:worker_threads'
import { KeyValues } from '../../../../core/base/shared/key-values.ts'
import type { SharedMemory } from '../../../../core/base/shared/memory.ts'

interface Given {
  readonly memory: SharedMemory
  readonly index: number
  /** Rounds; without end when it is 0. */
  readonly rounds: number
}

const { memory, index, rounds }: Given = workerData
const store = new KeyValues(memory, { index, main: false }, () => 0)
const part = store.part('hammer', { bytesMax: 1 << 20, entriesMax: 1_000 })
const sum = Buffer.from('sum')
const swapped = Buffer.from('swapped')
let [added, exchanged] = [0, 0]

for (let round = 1; rounds === 0 || round <= rounds; round++) {
  const by = 1 + (round % 3)
  // Busy is what the store may answer where many threads share few processors.
  while (part?.add(sum, by, 0) === 'busy');
  added += by
  const known = part?.get(swapped)
  if (known !== 'busy') {
    const next = Buffer.from(String(1 + Number(known?.toString() ?? 0)))
    if (part?.exchange(swapped, known, next, 0) === 'stored') exchanged++
  }
  part?.set(Buffer.from(`key ${round % 50}`), Buffer.alloc((round * 37) % 900, index), 0)
  part?.delete(Buffer.from(`key ${(round * 7) % 50}`))
}
parentPort?.postMessage({ added, exchanged })
