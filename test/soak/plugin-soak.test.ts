import { expect, test } from 'vitest'
import { runPluginSoak } from './plugin-soak.ts'

test('200 reloads of plugins under load lose, repeat and mix nothing', { timeout: 120_000 }, async () => {
  const result = await runPluginSoak({
    languages: ['wasm', 'lua'],
    reloads: 200,
    callsEach: 12_000,
    workers: 2,
  })
  const { findings, repeated, live, good, plugins } = result
  expect(findings.wrong).toEqual([])
  expect(repeated).toEqual([])
  expect([...findings.errors]).toEqual([])
  expect(findings.ok).toBe(findings.calls)
  expect(live).toBe(good)
  expect(plugins.map(({ state }) => state)).toEqual(['live', 'live'])
})
