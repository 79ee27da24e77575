/**
 * The soak of plugins: calls with nonces while plugins of several languages are saved again and again, good versions
 * and bad ones. None may be lost, repeated or answered to another, and no version may leave anything behind.
 */
import { opList, ops } from '../core/guest/op-builder.ts'
import { cannedGuest } from '../core/guest/wasm/guest-builder.ts'
import { PluginProxy, type PluginView } from '../integration/plugins/plugin-proxy.ts'
import { seededRandom } from '../seeded-random.ts'
import { LiveMemory } from './live-memory.ts'
import { Findings, runCaller } from './nonce-caller.ts'
import { NonceService } from './nonce-service.ts'

/** Of so many saves one is no plugin at all, and one is a plugin that refuses its configuration. */
const CYCLE = 5
const NO_PLUGIN = 3
const REFUSING = 4
const PATIENT_FUEL = 2_000_000_000

type Language = 'wasm' | 'lua' | 'js'

export interface PluginSoakPlan {
  /** Saved in turn; a language that is there twice is saved twice as often. */
  readonly languages: readonly Language[]
  readonly reloads: number
  readonly callers: number
  readonly callsEach: number
  readonly workers: number
}

export interface PluginSoakResult {
  readonly findings: Findings
  readonly repeated: readonly number[]
  /** How many saves went live, and how many should have. */
  readonly live: number
  readonly good: number
  /** Bytes that stay alive for each reload, over the second half of them. */
  readonly grownPerReload: number
  readonly plugins: readonly PluginView[]
}

export async function runPluginSoak(plan: PluginSoakPlan): Promise<PluginSoakResult> {
  const repeated: number[] = []
  const service = new NonceService(new Set(), repeated)
  await service.start()
  const files = Object.fromEntries(
    [...new Set(plan.languages)].map((language) => [fileOf(language), version(language, 0)]),
  )
  const { workers } = plan
  const nodeOptions = ['--inspect=127.0.0.1:0']
  // The time of a call passes as well while the machine is busy with something else.
  const plugins = `  settings: { ${nameOf('js')}: { fuel: ${PATIENT_FUEL} } }`
  const proxy = await PluginProxy.start({ endpoint: service.port, workers, files, nodeOptions, plugins })
  const memory = await LiveMemory.connect(debuggerOf(proxy))
  try {
    const findings = new Findings()
    const state = { calling: true }
    const callers = call(proxy.port, plan, findings, state)
    const reloads = await reload(proxy, memory, plan)
    state.calling = false
    await callers
    return { findings, repeated, ...reloads, plugins: await proxy.plugins() }
  } finally {
    memory.close()
    await proxy.stop()
    await service.kill()
  }
}

async function call(
  port: number,
  { callers, callsEach }: PluginSoakPlan,
  findings: Findings,
  state: { readonly calling: boolean },
): Promise<void> {
  const random = seededRandom(5)
  await Promise.all(
    Array.from({ length: callers }, async (_, index) => {
      // Again until the reloads are done, so that all of them happen under load.
      for (let lap = 0; lap === 0 || state.calling; lap++) {
        const firstNonce = (lap * callers + index) * callsEach
        await runCaller({ port, calls: callsEach, firstNonce, random, findings })
      }
    }),
  )
}

async function reload(proxy: PluginProxy, memory: LiveMemory, { languages, reloads }: PluginSoakPlan) {
  const turns = new Map<Language, number>()
  let live = 0
  let good = 0
  let before = 0
  for (let round = 1; round <= reloads; round++) {
    const language = languages[round % languages.length] ?? 'wasm'
    const turn = (turns.get(language) ?? 0) + 1
    turns.set(language, turn)
    proxy.save(fileOf(language), version(language, turn))
    const { status } = await proxy.post('/plugins/reload', nameOf(language))
    if (turn % CYCLE !== NO_PLUGIN && turn % CYCLE !== REFUSING) good++
    if (status === 200) live++
    if (round === reloads >>> 1) before = await memory.bytes()
  }
  const grown = (await memory.bytes()) - before
  return { live, good, grownPerReload: grown / (reloads / 2) }
}

/** Where its debugger listens. */
function debuggerOf(proxy: PluginProxy): string {
  for (const line of proxy.log) {
    const url = /ws:\/\/\S+/.exec(line)?.[0]
    if (url !== undefined) return url
  }
  throw new Error('the proxy does not say where its debugger listens')
}

function nameOf(language: Language): string {
  return `${language}-tag`
}

function fileOf(language: Language): string {
  return `${nameOf(language)}.${language}`
}

function version(language: Language, turn: number): string | Uint8Array {
  const fault = turn % CYCLE
  const tag = `${language}-${turn}`
  if (fault === NO_PLUGIN) return Buffer.from(`no plugin ${turn}`)
  switch (language) {
    case 'wasm': {
      const request = opList(ops.set('round', tag))
      if (fault === REFUSING) return cannedGuest({ configure: opList(ops.refuse(tag)), request })
      return cannedGuest({ request, response: opList() })
    }
    case 'lua':
      return fault === REFUSING
        ? `function onConfigure() error("${tag}") end function onRequest() end`
        : `function onRequest(metadata, mutation) mutation.set("round", "${tag}") end`
    case 'js':
      return fault === REFUSING
        ? `export function onConfigure() { throw new Error("${tag}") }\nexport function onRequest() {}\n`
        : `export function onRequest(metadata, mutation) { mutation.set("round", "${tag}") }\n`
  }
}
