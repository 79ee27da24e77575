import { afterEach, describe, expect, it } from 'vitest'
import { Logger } from '../../../core/base/log.ts'
import { createSharedMemory } from '../../../core/base/shared/memory.ts'
import { Shared } from '../../../core/base/shared/shared.ts'
import { importing } from '../../../core/worker/importing.ts'
import { Refusal } from '../../../core/worker/refusal.ts'
import { Stopping } from '../../../core/worker/stopping.ts'
import { Workers } from '../../../core/worker/workers.ts'
import { eventually, PATIENCE_MS } from '../../support/eventually.ts'

const opened: Workers[] = []

afterEach(async () => {
  for (const workers of opened.splice(0)) await workers.stopNow()
})

function create(count = 2) {
  const memory = createSharedMemory(count)
  const clock = { nowMs: 0 }
  const shared = new Shared(memory, 'main', clock)
  const lines: string[] = []
  const sink = { write: (line: string) => void lines.push(line) }
  const log = Logger.create({ sink, control: { level: 'info' }, clock })
  const program = importing(new URL('./fixture-thread.ts', import.meta.url))
  const workers = new Workers({
    count,
    program,
    memory,
    epochMs: 0,
    shared,
    sink,
    log,
    nowMs: () => performance.now(),
  })
  opened.push(workers)
  return { workers, shared, lines }
}

function config(text: string, version = 1) {
  return { file: 'weir.yaml', text, version }
}

function problems(promise: Promise<unknown>): Promise<readonly string[]> {
  return promise.then(
    () => [],
    (error: unknown) => Refusal.problemsOf(error),
  )
}

async function versions(workers: Workers) {
  return (await workers.reports(PATIENCE_MS)).map(({ report }) => report?.version)
}

describe('Workers', () => {
  it('start with one configuration, and all listen where the first was bound', async () => {
    const { workers, shared } = create(3)
    await workers.start(config('serving', 7))
    expect(await versions(workers)).toEqual([7, 7, 7])
    expect(workers.bound).toEqual([{ name: 'a', address: '127.0.0.1:40000' }])
    expect(workers.servingCount).toBe(3)
    expect(shared.counter({ name: 'applied_total', about: '', labels: [] }).with([]).value).toBe(3)
  })

  it.each(['refuse', 'refuse in 1', 'unbindable', 'fatal'])(
    'do not start with a configuration that says %s',
    async (text) => {
      const { workers } = create()
      expect((await problems(workers.start(config(text)))).length).toBeGreaterThan(0)
      expect(workers.servingCount).toBe(0)
    },
  )

  it.each([
    ['refuse', ['one problem', 'another']],
    ['refuse in 1', ['only 1']],
    ['unbindable', ['address in use']],
  ])('keep what they have when a new configuration says %s', async (text, expected) => {
    const { workers, shared } = create()
    await workers.start(config('serving', 1))
    expect(await problems(workers.apply(config(text, 2)))).toEqual(expected)
    expect(await versions(workers)).toEqual([1, 1])
    await workers.apply(config('serving', 3))
    expect(await versions(workers)).toEqual([3, 3])
    expect(shared.counter({ name: 'applied_total', about: '', labels: [] }).with([]).value).toBe(4)
  })

  it('give up what was prepared when it cannot be bound', async () => {
    const { workers, lines } = create()
    await workers.start(config('serving', 1))
    await problems(workers.apply(config('unbindable', 2)))
    await eventually(
      () => lines.join('').split('aborted unbindable').length - 1 === 2,
      'both workers give it up',
    )
  })

  it('replace one that died, give it the live configuration, and take back what it held', async () => {
    const { workers, shared, lines } = create()
    await workers.start(config('serving', 1))
    await workers.apply(config('hold', 2))
    expect(shared.limit('held', 10).used).toBe(2)
    workers.reopen()
    await eventually(() => workers.servingCount === 1, 'a worker dies')
    await eventually(() => workers.servingCount === 2, 'it is replaced')
    expect(await versions(workers)).toEqual([2, 2])
    expect(shared.limit('held', 10).used).toBe(2)
    expect(lines.join('')).toContain('the thread was told to die')
    const deaths = shared.read().find(({ name }) => name === 'worker_deaths_total')
    expect(deaths?.series[0]?.cells).toEqual([1])
  })

  it('mark one that hangs, and end it when it does not drain', async () => {
    const { workers } = create()
    await workers.start(config('hang', 1))
    let reports = await workers.reports(200)
    // The other one answers, if not at once on a machine that is busy.
    await eventually(async () => {
      reports = await workers.reports(200)
      return reports[0]?.report !== undefined
    }, 'the other worker answers')
    expect(reports.map(({ report }) => report?.version)).toEqual([1, undefined])
    expect(reports[1]?.problem).toContain('did not answer "report" within 200 ms')
    expect(workers.busyMs.length).toBe(2)
  })

  it('say that they are stopping to who changes something meanwhile, or too late, and begin nothing new', async () => {
    const { workers, lines } = create()
    await workers.start(config('serving', 1))
    const slow = expect(workers.apply(config('slow', 2))).rejects.toBeInstanceOf(Stopping)
    await eventually(() => lines.join('').split('preparing slow').length - 1 === 2, 'both prepare')
    const late = expect(workers.apply(config('serving', 3))).rejects.toBeInstanceOf(Stopping)
    await workers.stopNow()
    await Promise.all([slow, late])
    expect(lines.join('').split('applied serving').length - 1).toBe(2)
  })

  it('drain without waiting for what is being prepared', async () => {
    const { workers, lines } = create()
    await workers.start(config('serving', 1))
    const slow = expect(workers.apply(config('slow', 2))).rejects.toBeInstanceOf(Stopping)
    await eventually(() => lines.join('').split('preparing slow').length - 1 === 2, 'both prepare')
    expect(await workers.drain(PATIENCE_MS)).toBe(true)
    await slow
    await expect(workers.start(config('serving', 3))).rejects.toBeInstanceOf(Stopping)
  })

  it('commit nothing that was prepared while they were asked to stop', async () => {
    const { workers, lines } = create()
    await workers.start(config('serving', 1))
    let drained: Promise<boolean> | undefined
    const change = workers.apply(config('serving too', 2), async () => {
      drained = workers.drain(PATIENCE_MS)
      return undefined
    })
    await expect(change).rejects.toBeInstanceOf(Stopping)
    expect(await drained).toBe(true)
    expect(lines.join('')).not.toContain('applied serving too')
  })

  it('still say what is wrong with a configuration while they stop', async () => {
    const { workers } = create()
    await workers.start(config('serving', 1))
    const refused = problems(workers.apply(config('refuse', 2)))
    await new Promise((resolve) => setImmediate(resolve))
    const drained = workers.drain(PATIENCE_MS)
    expect(await refused).toEqual(['one problem', 'another'])
    expect(await drained).toBe(true)
  })

  it('have ended when they have drained', async () => {
    const { workers, lines } = create()
    await workers.start(config('serving', 1))
    expect(await workers.drain(PATIENCE_MS)).toBe(true)
    expect(workers.servingCount).toBe(0)
    expect(lines.filter((line) => line.includes('applied serving')).length).toBeGreaterThan(0)
  })
})
