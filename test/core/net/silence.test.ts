import { describe, expect, test } from 'vitest'
import { Silence } from '../../../core/net/silence.ts'

const INTERVAL_MS = 100

describe('a silence', () => {
  test('asks for one heartbeat after an interval, and for giving up after another', () => {
    const silence = new Silence(1_000)
    const judged = [1_099, 1_100, 1_101, 1_200, 1_201].map((nowMs) => silence.judge(nowMs, INTERVAL_MS))
    expect(judged).toEqual(['fine', 'heartbeat', 'fine', 'fine', 'dead'])
  })

  test('begins anew when something comes', () => {
    const silence = new Silence(1_000)
    expect(silence.judge(1_100, INTERVAL_MS)).toBe('heartbeat')
    silence.end(1_150)
    expect(silence.sinceMs).toBe(1_150)
    expect([1_249, 1_250].map((nowMs) => silence.judge(nowMs, INTERVAL_MS))).toEqual(['fine', 'heartbeat'])
  })

  test('that is excused is shorter, but the heartbeat that went out is still to be answered', () => {
    const silence = new Silence(1_000)
    expect(silence.judge(1_100, INTERVAL_MS)).toBe('heartbeat')
    silence.excuse(1_150)
    expect([1_249, 1_250].map((nowMs) => silence.judge(nowMs, INTERVAL_MS))).toEqual(['fine', 'dead'])
  })

  test('asks for nothing where heartbeats are off', () => {
    expect(new Silence(0).judge(1_000_000, 0)).toBe('fine')
  })
})
