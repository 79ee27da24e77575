import { expect, test } from 'vitest'
import { runPluginSoak } from './plugin-soak.ts'

test('100 reloads of plugins under load lose, repeat and mix nothing', async () => {
  const plan = {
    languages: ['wasm', 'lua', 'wasm', 'lua', 'js'],
    reloads: 100,
    callers: 8,
    callsEach: 8_000,
    workers: 2,
  } as const
  const { findings, repeated, live, good, plugins } = await runPluginSoak(plan)
  expect(findings.wrong).toEqual([])
  expect(repeated).toEqual([])
  expect([...findings.errors]).toEqual([])
  expect(findings.ok).toBe(findings.calls)
  expect(live).toBe(good)
  expect(plugins.map(({ state }) => state)).toEqual(['live', 'live', 'live'])
})
