import { afterEach, expect, test } from 'vitest'
import { opList, ops } from '../../core/guest/op-builder.ts'
import { cannedGuest } from '../../core/guest/wasm/guest-builder.ts'
import { seededRandom } from '../../seeded-random.ts'
import { Findings, runCaller } from '../../soak/nonce-caller.ts'
import { NonceService } from '../../soak/nonce-service.ts'
import { PluginProxy } from './plugin-proxy.ts'

const CALLERS = 8
const CALLS_EACH = 12_000
const RELOADS = 200

const stops: (() => Promise<void>)[] = []

afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop()
})

/** Good, good, no module at all, good, and one that refuses its configuration. */
function version(round: number): Uint8Array {
  const tag = opList(ops.set('round', `${round}`))
  if (round % 5 === 3) return Buffer.from(`no module ${round}`)
  if (round % 5 === 4) return cannedGuest({ configure: opList(ops.refuse(`${round}`)), request: tag })
  return cannedGuest({ request: tag, response: opList() })
}

test(`${RELOADS} reloads of a plugin under load lose, repeat and mix nothing`, {
  timeout: 120_000,
}, async () => {
  const repeated: number[] = []
  const service = new NonceService(new Set(), repeated)
  await service.start()
  stops.push(() => service.kill())
  const proxy = await PluginProxy.start({
    endpoint: service.port,
    workers: 2,
    files: { 'tag.wasm': version(0) },
  })
  stops.push(() => proxy.stop())
  const findings = new Findings()
  const random = seededRandom(5)
  const state = { calling: true }
  const callers = Promise.all(
    Array.from({ length: CALLERS }, async (_, index) => {
      // Again until the reloads are done, so that all of them happen under load.
      for (let lap = 0; lap === 0 || state.calling; lap++) {
        const firstNonce = (lap * CALLERS + index) * CALLS_EACH
        await runCaller({ port: proxy.port, calls: CALLS_EACH, firstNonce, random, findings })
      }
    }),
  )
  const statuses: number[] = []
  for (let round = 1; round <= RELOADS; round++) {
    proxy.save('tag.wasm', version(round))
    statuses.push((await proxy.post('/plugins/reload')).status)
  }
  state.calling = false
  await callers
  expect(findings.wrong).toEqual([])
  expect(repeated).toEqual([])
  expect([...findings.errors]).toEqual([])
  expect(findings.ok).toBe(findings.calls)
  expect(statuses.filter((status) => status === 200).length).toBe(RELOADS * 0.6)
  expect(await proxy.plugins()).toMatchObject([{ name: 'tag', state: 'live', lastError: null }])
})
