import { expect, test } from 'vitest'
import { runPluginSoak } from '../soak/plugin-soak.ts'

const GROWN_BYTES_MAX = 1_024

test('2,000 reloads of plugins in three languages lose nothing and leave nothing behind', {
  timeout: 300_000,
}, async () => {
  // A plugin in JavaScript is a process, which takes longer to start than the others take to compile.
  const often = ['wasm', 'lua', 'wasm', 'lua', 'wasm', 'lua', 'wasm', 'lua', 'wasm', 'js'] as const
  const plan = { languages: often, reloads: 2_000, callers: 4, callsEach: 2_000, workers: 1 } as const
  const { findings, repeated, live, good, grownPerReload } = await runPluginSoak(plan)
  process.stderr.write(
    `plugin soak: ${findings.calls} calls, ${plan.reloads} reloads, ${live} of them live, ` +
      `${Math.round(grownPerReload)} bytes each\n`,
  )
  expect(findings.wrong).toEqual([])
  expect(repeated).toEqual([])
  expect([...findings.errors]).toEqual([])
  expect(findings.ok).toBe(findings.calls)
  expect(live).toBe(good)
  expect(grownPerReload).toBeLessThan(GROWN_BYTES_MAX)
})
