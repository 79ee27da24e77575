import { describe, expect, it } from 'vitest'
import { prometheusText } from '../../../core/admin/prometheus.ts'
import { Shared } from '../../../core/base/shared/shared.ts'

describe('prometheusText()', () => {
  it('writes counters and gauges with their labels', () => {
    const shared = Shared.alone({ nowMs: 0 })
    shared
      .counter({ name: 'calls_total', about: 'Calls\nmade.', labels: ['who'] })
      .with(['a"b\\c'])
      .add(2)
    shared.gauge({ name: 'open', about: 'Open.', labels: [] }).with([]).set(1.5)
    expect(prometheusText(shared.read(), 'weir_')).toBe(
      [
        '# HELP weir_calls_total Calls\\nmade.',
        '# TYPE weir_calls_total counter',
        'weir_calls_total{who="a\\"b\\\\c"} 2',
        '# HELP weir_open Open.',
        '# TYPE weir_open gauge',
        'weir_open 1.5',
        '',
      ].join('\n'),
    )
  })

  it('writes amounts by powers of two, as they are', () => {
    const shared = Shared.alone({ nowMs: 0 })
    const histogram = shared.histogram({ name: 'fuel', about: 'Fuel.', labels: [], of: 'amounts' }).with([])
    for (const amount of [0, 1, 6_861, 3e9]) histogram.observe(amount)
    const text = prometheusText(shared.read(), 'weir_')
    expect(text).toContain('# TYPE weir_fuel histogram\n')
    expect(text).toContain('weir_fuel_bucket{le="0"} 1\nweir_fuel_bucket{le="1"} 2\n')
    expect(text).toContain('weir_fuel_bucket{le="4095"} 2\nweir_fuel_bucket{le="8191"} 3\n')
    expect(text).toContain('weir_fuel_bucket{le="+Inf"} 4\nweir_fuel_sum 3000006862\nweir_fuel_count 4\n')
  })

  it('writes histograms in seconds, with buckets that hold what is up to them', () => {
    const shared = Shared.alone({ nowMs: 0 })
    const histogram = shared.histogram({ name: 'took_seconds', about: 'Took.', labels: ['a'] }).with(['x'])
    for (const ms of [0.25, 3, 3, 60_000]) histogram.observe(ms)
    const text = prometheusText(shared.read(), 'weir_')
    expect(text).toContain('# TYPE weir_took_seconds histogram\n')
    expect(text).toContain('weir_took_seconds_bucket{a="x",le="0.00025"} 1\n')
    expect(text).toContain('weir_took_seconds_bucket{a="x",le="0.0025"} 1\n')
    expect(text).toContain('weir_took_seconds_bucket{a="x",le="0.005"} 3\n')
    expect(text).toContain('weir_took_seconds_bucket{a="x",le="10"} 3\n')
    expect(text).toContain('weir_took_seconds_bucket{a="x",le="+Inf"} 4\n')
    expect(text).toContain('weir_took_seconds_sum{a="x"} 60.00625\n')
    expect(text).toContain('weir_took_seconds_count{a="x"} 4\n')
  })

  it('writes a metric that has two sets of labels under one heading', () => {
    const shared = Shared.alone({ nowMs: 0 })
    shared
      .counter({ name: 'calls_total', about: 'Calls.', labels: ['a'] })
      .with(['x'])
      .add(1)
    shared.gauge({ name: 'open', about: 'Open.', labels: [] }).with([]).set(1)
    shared
      .counter({ name: 'calls_total', about: 'Calls.', labels: ['b'] })
      .with(['y'])
      .add(1)
    const text = prometheusText(shared.read(), '')
    expect(text.match(/# TYPE calls_total/g)?.length).toBe(1)
    expect(text).toContain('calls_total{a="x"} 1\ncalls_total{b="y"} 1\n')
  })
})
