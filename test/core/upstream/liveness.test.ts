import { describe, expect, test } from 'vitest'
import { Liveness } from '../../../core/upstream/liveness.ts'

const INTERVAL_MS = 100

function started() {
  const clock = { nowMs: 1_000, wallMs: 0 }
  return { clock, liveness: new Liveness(clock) }
}

describe('liveness', () => {
  test('asks for one heartbeat after an interval of silence and gives up after another', () => {
    const { liveness } = started()
    expect(liveness.due(1_099, INTERVAL_MS)).toBe('nothing')
    expect(liveness.due(1_100, INTERVAL_MS)).toBe('heartbeat')
    liveness.heartbeatSent(1_100)
    expect(liveness.due(1_200, INTERVAL_MS)).toBe('nothing')
    expect(liveness.due(1_201, INTERVAL_MS)).toBe('giving-up')
  })

  test('begins anew with whatever comes', () => {
    const { clock, liveness } = started()
    liveness.heartbeatSent(1_100)
    clock.nowMs = 1_150
    liveness.heard()
    expect(liveness.due(1_249, INTERVAL_MS)).toBe('nothing')
    expect(liveness.due(1_250, INTERVAL_MS)).toBe('heartbeat')
  })

  test('asks for none where heartbeats are off', () => {
    expect(started().liveness.due(1_000_000, 0)).toBe('nothing')
  })

  test('tells the first that comes from the others', () => {
    const { liveness } = started()
    expect(liveness.everHeard).toBe(false)
    expect([liveness.heard(), liveness.heard()]).toEqual([true, false])
    expect(liveness.everHeard).toBe(true)
  })

  test('knows how long nothing was sent, whatever was heard', () => {
    const { clock, liveness } = started()
    clock.nowMs = 1_300
    liveness.heard()
    expect(liveness.unusedMs(1_400)).toBe(400)
    liveness.used()
    expect(liveness.unusedMs(1_400)).toBe(100)
  })
})
