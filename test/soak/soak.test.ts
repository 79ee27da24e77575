import { expect, test } from 'vitest'
import { runSoak } from './soak.ts'

test('no call is lost, repeated or answered to another while everything changes', async () => {
  const { findings, repeated } = await runSoak({ calls: 60_000, reloads: 8, kills: 4, workers: 2, seed: 11 })
  expect(findings.wrong).toEqual([])
  expect(repeated).toEqual([])
  const errors = [...findings.errors.values()].reduce((sum, count) => sum + count, 0)
  expect(findings.ok + errors).toBe(findings.calls)
  expect(findings.ok).toBeGreaterThan(findings.calls * 0.9)
})
