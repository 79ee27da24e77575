import { describe, expect, test } from 'vitest'
import { Backpressure, type FlowSource } from '../../../core/net/flow.ts'

class Source implements FlowSource {
  stops = 0

  readDisable(): void {
    this.stops++
  }

  readEnable(): void {
    this.stops--
  }
}

describe('Backpressure', () => {
  test('stops a source once, however often it sends, and lets it go on once', () => {
    const pressure = new Backpressure()
    const source = new Source()
    expect([pressure.stop(source), pressure.stop(source)]).toEqual([true, false])
    expect(source.stops).toBe(1)
    pressure.release()
    pressure.release()
    expect(source.stops).toBe(0)
  })

  test('of two congested connections counts a source twice, so that it waits for both', () => {
    const [one, other] = [new Backpressure(), new Backpressure()]
    const source = new Source()
    one.stop(source)
    other.stop(source)
    one.release()
    expect(source.stops).toBe(1)
    other.release()
    expect(source.stops).toBe(0)
  })

  test('stops a source anew that sends while the others are let go', () => {
    const pressure = new Backpressure()
    const source = new Source()
    pressure.stop({ readDisable: () => {}, readEnable: () => pressure.stop(source) })
    pressure.release()
    expect(source.stops).toBe(1)
    pressure.release()
    expect(source.stops).toBe(0)
  })
})
