import { expect, test } from 'vitest'
import { runPluginSoak } from '../soak/plugin-soak.ts'

/** Two thousand take two minutes; fewer show all the same what is lost. */
const RELOADS = Number(process.env['WEIR_SOAK_RELOADS'] ?? 600)
/** What may stay alive for each; over the first hundreds the engine learns, and keeps what it has learned. */
const GROWN_BYTES_MAX = RELOADS < 2_000 ? 16_384 : 1_024

test(`${RELOADS} reloads of plugins in three languages lose nothing and leave nothing behind`, async () => {
  // A plugin in JavaScript is a process, which takes longer to start than the others take to compile.
  const often = ['wasm', 'lua', 'wasm', 'lua', 'wasm', 'lua', 'wasm', 'lua', 'wasm', 'js'] as const
  const plan = { languages: often, reloads: RELOADS, callers: 4, callsEach: 2_000, workers: 1 } as const
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
