import { Worker } from 'node:worker_threads'
import { describe, expect, it } from 'vitest'
import type { KeyValuePart } from '../../../../core/base/shared/key-value-part.ts'
import { KeyValues } from '../../../../core/base/shared/key-values.ts'
import { createSharedMemory } from '../../../../core/base/shared/memory.ts'
import { eventually } from '../../../support/eventually.ts'
import { threadMs } from '../../../support/thread-ms.ts'

const QUOTA = { bytesMax: 10_000, entriesMax: 100 }
/** That of the threads. */
const LARGE = { bytesMax: 1 << 20, entriesMax: 1_000 }
const key = Buffer.from('k')
/** Behind the header and the owners, in ints. */
const CHAINS_AT = 16 + 256 * 8

function partOf(store: KeyValues, quota = QUOTA, name = 'one'): KeyValuePart {
  const part = store.part(name, quota)
  if (part === undefined) throw new Error('there is no part')
  return part
}

function stage(quota = QUOTA) {
  const clock = { nowMs: 1 }
  const store = KeyValues.alone(() => clock.nowMs)
  return { clock, store, part: partOf(store, quota) }
}

/** FNV-1a, for the first owner. */
const step = (hash: number, byte: number): number => Math.imul(hash ^ byte, 0x01000193)

/** Keys of four bytes that are in one of 65,536 chains by FNV-1a. */
function sameChain(count: number): readonly Buffer[] {
  const keys: Buffer[] = []
  for (let number = 0; keys.length < count; number++) {
    const head = step(step(0x811c9dc5, number & 0xff), number >>> 8)
    for (let third = 0; third < 256; third++) {
      const hash = step(head, third)
      for (let last = 0; last < 256; last++)
        if ((step(hash, last) & 0xffff) === 1) keys.push(Buffer.of(number & 0xff, number >>> 8, third, last))
    }
  }
  return keys
}

describe('KeyValues', () => {
  it('keeps values of every size as they are', () => {
    const { part } = stage({ bytesMax: 1 << 20, entriesMax: 100 })
    for (const size of [0, 1, 98, 99, 100, 223, 224, 1_000, 65_536]) {
      const value = Buffer.from(Array.from({ length: size }, (_, i) => (i * 7) & 0xff))
      expect(part.set(key, value, 0)).toBe(true)
      expect(part.get(key)).toEqual(value)
    }
    const long = Buffer.alloc(256, 'x')
    part.set(long, Buffer.from('long'), 0)
    expect(String(part.get(long))).toBe('long')
    expect(String(part.get(Buffer.alloc(255, 'x')))).toBe('undefined')
  })

  it('has no room for a key or a value that is too long', () => {
    const { part } = stage({ bytesMax: 1 << 20, entriesMax: 100 })
    expect(part.set(Buffer.alloc(257), key, 0)).toBe(false)
    expect(part.set(key, Buffer.alloc(65_537), 0)).toBe(false)
  })

  it('forgets what was deleted and says whether it was there', () => {
    const { part } = stage()
    part.set(key, Buffer.from('v'), 0)
    expect([part.delete(key), part.delete(key), part.get(key)]).toEqual([true, false, undefined])
  })

  it('forgets a value when its time is over', () => {
    const { clock, part } = stage()
    part.set(key, Buffer.from('v'), 50)
    clock.nowMs += 49
    expect(String(part.get(key))).toBe('v')
    clock.nowMs += 1
    expect(part.get(key)).toBeUndefined()
  })

  it('counts the time of a number from when it was made', () => {
    const { clock, part } = stage()
    expect(part.add(key, 1, 100)).toBe(1)
    clock.nowMs += 60
    expect(part.add(key, 2.5, 100)).toBe(3.5)
    expect(String(part.get(key))).toBe('3.5')
    clock.nowMs += 60
    expect(part.add(key, 1, 100)).toBe(1)
  })

  it('adds to nothing that is no number', () => {
    const { part } = stage()
    for (const text of ['', 'one', 'NaN', 'Infinity', '9'.repeat(40)]) {
      part.set(key, Buffer.from(text), 0)
      expect(part.add(key, 1, 0)).toBeNaN()
      expect(String(part.get(key))).toBe(text)
    }
  })

  it('exchanges only what was expected', () => {
    const { part } = stage()
    const [a, b] = [Buffer.from('a'), Buffer.from('b')]
    expect(part.exchange(key, b, a, 0)).toBe('different')
    expect(part.exchange(key, undefined, a, 0)).toBe('stored')
    expect(part.exchange(key, undefined, b, 0)).toBe('different')
    expect(part.exchange(key, a, b, 0)).toBe('stored')
    expect(String(part.get(key))).toBe('b')
  })

  it('holds an owner to its bytes and entries and gives back what was replaced, deleted or has expired', () => {
    const { clock, part } = stage({ bytesMax: 1_000, entriesMax: 3 })
    expect(part.set(key, Buffer.alloc(999), 0)).toBe(true)
    expect(part.set(Buffer.from('l'), Buffer.alloc(1), 0)).toBe(false)
    expect(part.set(key, Buffer.alloc(10), 0)).toBe(true)
    expect(part.set(key, Buffer.alloc(1_000), 0)).toBe(false)
    expect((part.get(key) as Buffer).length).toBe(10)
    for (const name of ['l', 'm']) expect(part.set(Buffer.from(name), key, 1_000)).toBe(true)
    expect(part.set(Buffer.from('n'), key, 0)).toBe(false)
    clock.nowMs += 1_000
    expect(part.set(Buffer.from('n'), key, 0)).toBe(true)
    expect(part.exchange(Buffer.from('o'), undefined, Buffer.alloc(990), 0)).toBe('full')
    part.delete(key)
    expect(part.add(Buffer.from('o'), 1, 0)).toBe(1)
  })

  it('shows no owner what another keeps', () => {
    const { store, part } = stage()
    const other = partOf(store, QUOTA, 'other')
    part.set(key, Buffer.from('mine'), 0)
    expect(other.get(key)).toBeUndefined()
    expect(other.delete(key)).toBe(false)
    other.set(key, Buffer.from('theirs'), 0)
    expect(String(partOf(store).get(key))).toBe('mine')
  })

  it('refuses what does not fit into the memory and takes it when there is room again', () => {
    const { part } = stage({ bytesMax: 1 << 30, entriesMax: 1_000_000 })
    const names = Array.from({ length: 40 }, (_, i) => Buffer.from(`key ${i}`))
    const stored = names.filter((name) => part.set(name, Buffer.alloc(60_000), 0) === true)
    expect(stored.length).toBeGreaterThan(5)
    expect(stored.length).toBeLessThan(40)
    for (const name of stored) part.delete(name)
    expect(names.filter((name) => part.set(name, Buffer.alloc(60_000), 0) === true).length).toBe(
      stored.length,
    )
  })
})

interface Told {
  readonly added: number
  readonly exchanged: number
}

function open(workerData: object): Worker {
  return new Worker(new URL('./storing-thread.ts', import.meta.url), { workerData })
}

function told(worker: Worker): Promise<Told> {
  return new Promise((resolve, reject) => {
    worker.once('message', resolve)
    worker.once('error', reject)
  })
}

describe('KeyValues, with somebody who means harm', () => {
  it('does not have keys in one chain because somebody has chosen them so', () => {
    const memory = createSharedMemory(1)
    const part = partOf(new KeyValues(memory, { index: 0, main: true }, () => 0), LARGE)
    const keys = sameChain(200)
    for (const each of keys) part.set(each, key, 0)
    const chains = new Int32Array(memory.keyValues).subarray(CHAINS_AT, CHAINS_AT + 65_536)
    expect(chains.filter((entry) => entry !== 0).length).toBeGreaterThan(150)
    expect(keys.every((each) => String(part.get(each)) === 'k')).toBe(true)
  })

  it('copies no large value for the sake of one that cannot be the same, or of a sum', () => {
    const { part } = stage({ bytesMax: 1 << 20, entriesMax: 100 })
    part.set(key, Buffer.alloc(65_536, '1'), 0)
    const beganMs = threadMs()
    for (let i = 0; i < 2_000; i++) part.get(key)
    const copiedMs = threadMs() - beganMs
    const answers = new Set<unknown>()
    const askedMs = threadMs()
    for (let i = 0; i < 1_000; i++) answers.add(part.add(key, 1, 0)).add(part.exchange(key, key, key, 0))
    expect(threadMs() - askedMs).toBeLessThan(copiedMs / 2)
    expect([...answers]).toEqual([Number.NaN, 'different'])
    expect(part.exchange(key, Buffer.alloc(65_536, '1'), key, 0)).toBe('stored')
  })

  it('loses no room to whoever asks at the very end of its stack', () => {
    const memory = createSharedMemory(1)
    const store = new KeyValues(memory, { index: 0, main: true }, () => 0)
    const part = partOf(store, { bytesMax: 1 << 30, entriesMax: 1_000 })
    const failing = (): never => {
      // As if it had failed while it wrote: blocks are taken that nothing links to.
      Atomics.store(new Int32Array(memory.keyValues), 2, 250_000)
      throw new RangeError('Maximum call stack size exceeded')
    }
    expect(() => store.run(failing)).toThrow(RangeError)
    const stored = Array.from({ length: 200 }, (_, i) =>
      part.set(Buffer.from(`${i}`), Buffer.alloc(65_000), 0),
    )
    expect(stored.every((each) => each === true)).toBe(true)
  })
})

describe('KeyValues, over several threads', () => {
  it('loses no addition and no exchange when four threads are at the same keys', async () => {
    const memory = createSharedMemory(4)
    const workers = [0, 1, 2, 3].map((index) => open({ memory, index, rounds: 4_000 }))
    const all = await Promise.all(workers.map(told))
    const part = partOf(new KeyValues(memory, { index: 4, main: true }, () => 0), LARGE, 'hammer')
    expect(Number(String(part.get(Buffer.from('sum'))))).toBe(all.reduce((sum, { added }) => sum + added, 0))
    expect(Number(String(part.get(Buffer.from('swapped'))))).toBe(
      all.reduce((sum, { exchanged }) => sum + exchanged, 0),
    )
    expect(all.every(({ added }) => added === 8_000)).toBe(true)
  })

  it('goes on with whole values when a thread is ended in the middle of everything', async () => {
    const memory = createSharedMemory(2)
    const main = new KeyValues(memory, { index: 2, main: true }, () => 0)
    for (let round = 0; round < 6; round++) {
      const before = Number(String(partOf(main, LARGE, 'hammer').get(Buffer.from('sum')) ?? 0))
      const worker = open({ memory, index: 0, rounds: 0 })
      const part = partOf(main, LARGE, 'hammer')
      await eventually(() => Number(String(part.get(Buffer.from('sum')))) > before, 'the thread adds')
      await worker.terminate()
      main.release(0)
      expect(partOf(main, LARGE, 'hammer').add(Buffer.from('sum'), 1, 0)).toBeGreaterThan(before)
    }
  })

  it('frees the lock of a dead thread and finds the blocks that it left behind', () => {
    const memory = createSharedMemory(2)
    const main = new KeyValues(memory, { index: 2, main: true }, () => 0)
    const part = partOf(main)
    part.set(key, Buffer.from('kept'), 0)
    const ints = new Int32Array(memory.keyValues)
    const dead = 1
    // As if it had died while it wrote: the lock is its own, and blocks are taken that nothing links to.
    Atomics.store(ints, 0, dead + 1)
    Atomics.add(ints, 2, 100_000)
    expect(part.get(key)).toBe('busy')
    main.release(dead)
    expect(String(part.get(key))).toBe('kept')
    const large = partOf(main, { bytesMax: 1 << 30, entriesMax: 1_000 }, 'large')
    const stored = Array.from({ length: 400 }, (_, i) =>
      large.set(Buffer.from(`${i}`), Buffer.alloc(65_000), 0),
    )
    expect(stored.filter((each) => each === true).length * 65_000).toBeGreaterThan(25_000_000)
  })
})
