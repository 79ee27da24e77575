import { expect, test } from 'vitest'
import { runSoak } from '../soak/soak.ts'

test('two million calls survive 200 reloads and endpoints that die', async () => {
  const result = await runSoak({ calls: 2_000_000, reloads: 200, kills: 40, workers: 2, seed: 7 })
  const { findings, repeated, reloads, kills } = result
  const errors = [...findings.errors.values()].reduce((sum, count) => sum + count, 0)
  process.stderr.write(
    `soak: ${findings.calls} calls on ${findings.connections} connections, ${reloads} reloads, ${kills} kills, ` +
      `errors ${JSON.stringify(Object.fromEntries(findings.errors))}, ${result.lateReplies} late replies\n`,
  )
  expect(findings.wrong).toEqual([])
  expect(repeated).toEqual([])
  expect(findings.ok + errors).toBe(findings.calls)
  expect(findings.ok).toBeGreaterThan(findings.calls * 0.9)
})
