import { describe, expect, it } from 'vitest'
import { createSharedMemory } from '../../../../core/base/shared/memory.ts'
import { Shared } from '../../../../core/base/shared/shared.ts'

const clock = { nowMs: 0 }
const calls = { name: 'calls_total', about: 'Calls.', labels: ['who', 'what'] }

function pair() {
  const memory = createSharedMemory(2)
  return {
    zero: new Shared(memory, 0, clock),
    one: new Shared(memory, 1, clock),
    main: new Shared(memory, 'main', clock),
  }
}

function seriesOf(shared: Shared, name: string) {
  const families = shared.read().filter((family) => family.name === name)
  return families.flatMap(({ series }) => series.map(({ labels, cells }) => [...labels, ...cells]))
}

describe('Metrics', () => {
  it('sums what several threads counted under the same name and labels', () => {
    const { zero, one, main } = pair()
    zero.counter(calls).with(['a', 'x']).add(2)
    one.counter(calls).with(['a', 'x']).add(3)
    one.counter(calls).with(['b', 'y']).add(1)
    expect(seriesOf(main, 'calls_total')).toEqual([
      ['a', 'x', 5],
      ['b', 'y', 1],
    ])
    expect(zero.counter(calls).with(['a', 'x']).value).toBe(5)
  })

  it('keeps what a dead worker counted, and forgets what it gauged', () => {
    const { zero, one, main } = pair()
    const open = { name: 'open', about: 'Open.', labels: [] }
    zero.counter(calls).with(['a', 'x']).add(7)
    zero.gauge(open).with([]).set(4)
    one.gauge(open).with([]).add(2)
    main.release(0)
    expect(seriesOf(main, 'calls_total')).toEqual([['a', 'x', 7]])
    expect(main.gauge(open).with([]).value).toBe(2)
  })

  it('lets a replacement go on counting where the dead worker ended', () => {
    const memory = createSharedMemory(1)
    const main = new Shared(memory, 'main', clock)
    new Shared(memory, 0, clock).counter(calls).with(['a', 'x']).add(1)
    main.release(0)
    new Shared(memory, 0, clock).counter(calls).with(['a', 'x']).add(1)
    expect(seriesOf(main, 'calls_total')).toEqual([['a', 'x', 2]])
  })

  it('counts series beyond the limit together, over all threads', () => {
    const { zero, one, main } = pair()
    const few = { ...calls, seriesMax: 2 }
    for (const name of ['a', 'b', 'c']) zero.counter(few).with([name, '']).add(1)
    for (const name of ['a', 'd', 'e']) one.counter(few).with([name, '']).add(1)
    expect(seriesOf(main, 'calls_total')).toEqual([
      ['a', '', 2],
      ['b', '', 1],
      ['other', 'other', 3],
    ])
  })

  it('does not confuse labels that hold the separator', () => {
    const { zero, main } = pair()
    zero.counter(calls).with(['a', 'b\0c']).add(1)
    zero.counter(calls).with(['a\0b', 'c']).add(1)
    expect(seriesOf(main, 'calls_total')).toEqual([
      ['a', 'b?c', 1],
      ['a?b', 'c', 1],
    ])
  })

  it('cuts labels that a peer made long', () => {
    const { zero, main } = pair()
    zero
      .counter(calls)
      .with(['x'.repeat(100_000), ''])
      .add(1)
    expect(String(seriesOf(main, 'calls_total')[0]?.[0]).length).toBe(201)
  })

  it('refuses the wrong number of labels, and a name that is of another kind', () => {
    const { zero } = pair()
    expect(() => zero.counter(calls).with(['a'])).toThrow('has the labels who, what')
    expect(() => zero.gauge(calls)).toThrow('is a counter, not a gauge')
  })

  it('stands for one metric with both sets of labels when a reload declares it anew', () => {
    const { zero, main } = pair()
    zero.counter(calls).with(['a', 'x']).add(1)
    zero
      .counter({ ...calls, labels: ['who'] })
      .with(['a'])
      .add(1)
    expect(seriesOf(main, 'calls_total')).toEqual([
      ['a', 'x', 1],
      ['a', 1],
    ])
  })

  it.each([
    [0, 0],
    [0.25, 0],
    [0.26, 1],
    [1, 2],
    [2.5, 3],
    [50, 7],
    [50.1, 8],
    [1_000, 11],
    [10_000, 14],
    [10_000.1, 15],
    [1e12, 15],
  ])('a histogram counts %d ms in bucket %d', (ms, bucket) => {
    const shared = Shared.alone(clock)
    shared.histogram({ name: 'h_seconds', about: 'H.', labels: [] }).with([]).observe(ms)
    const cells = shared.read()[0]?.series[0]?.cells ?? []
    expect(cells.indexOf(1)).toBe(bucket)
    expect(cells[16]).toBe(ms)
  })

  it('a histogram ignores what is no duration', () => {
    const shared = Shared.alone(clock)
    const histogram = shared.histogram({ name: 'h_seconds', about: 'H.', labels: [] }).with([])
    histogram.observe(Number.NaN)
    histogram.observe(-1)
    expect(shared.read()[0]?.series[0]?.cells.every((cell) => cell === 0)).toBe(true)
  })

  it('survives more metrics than there is room for', () => {
    const shared = Shared.alone(clock)
    const many = shared.histogram({ name: 'h_seconds', about: 'H.', labels: ['n'], seriesMax: 100_000 })
    for (let n = 0; n < 10_000; n++) many.with([String(n)]).observe(1)
    const [family] = shared.read()
    const counted = family?.series.reduce((sum, { cells }) => sum + (cells[2] ?? 0), 0)
    expect(counted).toBe(10_000)
    expect(() => shared.histogram({ name: 'late_seconds', about: 'L.', labels: [] })).toThrow('no room')
  })
})
