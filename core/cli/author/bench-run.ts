/**
 * BenchRun: measures a plugin's calls as a worker makes them: block, guest, check, edits. What decoding a message of a
 * real protocol costs is not in it, and neither is anything that a plugin in another process does there.
 */
import { readFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { setImmediate as turnOver } from 'node:timers/promises'
import { type Message, Mutation, Pause, type Verdict } from '../../../sdk/index.ts'
import { decode } from '../../config/decode.ts'
import type { LoadedPlugin } from '../../config/plugin-loader.ts'
import { ConfigSource } from '../../config/source.ts'
import type { Grant } from '../../guest/grant.ts'
import { GuestFilter } from '../../guest/guest-filter.ts'
import type { PluginFile } from '../../plugin/plugin-file.ts'
import type { Registry } from '../../plugin/registry.ts'
import { CaseExchange, caseOutcome } from './case-exchange.ts'
import { caseMessage } from './case-message.ts'
import { FilterStage } from './filter-stage.ts'
import { type Protocols, protocolsAt } from './protocols.ts'
import type { Subjects } from './subject.ts'
import { type TestMessage, testOptions } from './test-options.ts'

/** Calls that are timed together, so that reading the clock costs nothing. */
const BATCH = 16
const BATCHES_MAX = 200_000
const NS_PER_MS = 1_000_000
const PHASES = ['request', 'response', 'end'] as const
type PhaseName = (typeof PHASES)[number]

/** What the plugin is asked about. */
export interface Sample {
  readonly title: string
  readonly request: TestMessage
  readonly response: TestMessage
  readonly config: Readonly<Record<string, unknown>>
  readonly grants: readonly Grant[] | undefined
  readonly protocols: Protocols
}

export interface PhaseFigures {
  readonly phase: PhaseName
  readonly calls: number
  readonly nsPerCall: number
  /** Of batches of sixteen calls. */
  readonly nsP50: number
  readonly nsP99: number
  readonly fuelPerCall: number
}

export interface BenchReport {
  readonly plugin: string
  readonly kind: string
  readonly bytes: number
  readonly sample: string
  readonly phases: readonly PhaseFigures[]
  /** Of the instances that a worker has: the one that is called and the one in reserve. */
  readonly memoryBytes: number
  /** Why calls failed; nothing of them was measured then. */
  readonly failure: string | null
}

const DUBBO_LIKE: TestMessage = {
  operation: 'org.apache.dubbo.samples.DemoService/sayHello',
  id: '4611686018427387904',
  size: 311,
  properties: {
    ...{ interface: 'org.apache.dubbo.samples.DemoService', method: 'sayHello', version: '1.0.0' },
    ...{ path: 'org.apache.dubbo.samples.DemoService', group: 'demo', timeout: '3000', caller: 'shop' },
    ...{
      'remote.application': 'shop',
      'dubbo.version': '3.2.0',
      'trace-id': '0af7651916cd43dd8448eb211c80319c',
    },
  },
}

/** The first request of the plugin's test file; without one, a message like those of Dubbo. */
export async function sampleOf(
  file: PluginFile,
  parts: { readonly registry: Registry; readonly subjects: Subjects },
): Promise<Sample> {
  const path = file.path.replace(/\.[^.]*$/, '.test.yaml')
  const text = await readFile(path, 'utf8').catch(() => '')
  const protocols = await protocolsAt(dirname(path), text, parts)
  const given =
    text === '' ? undefined : decode(testOptions(protocols.names), new ConfigSource(path, text).value)
  const found = given?.cases.find(({ request }) => request !== undefined)
  return {
    title: found?.name ?? 'a message like those of Dubbo',
    request: found?.request ?? DUBBO_LIKE,
    response: found?.response ?? {},
    config: { ...given?.config, ...found?.config },
    grants: given?.grants,
    protocols,
  }
}

export async function benchPlugin(
  plugin: LoadedPlugin,
  sample: Sample,
  options: { readonly ms: number; nowMs(): number },
): Promise<BenchReport> {
  const config = { ...plugin.manifest.config, ...sample.config }
  const stage = await FilterStage.create(plugin, { config })
  const bench = new Bench(stage, plugin, sample)
  const head = {
    plugin: plugin.name,
    kind: plugin.file.kind,
    bytes: plugin.file.bytes.length,
    sample: sample.title,
  }
  try {
    const phases: PhaseFigures[] = []
    for (const phase of PHASES) {
      const figures = await bench.measure(phase, options)
      if (figures !== undefined) phases.push(figures)
    }
    return { ...head, phases, memoryBytes: bench.memoryBytes, failure: stage.failure ?? null }
  } finally {
    stage.close()
  }
}

class Bench {
  readonly #stage: FilterStage
  readonly #name: string
  readonly #remote: boolean
  readonly #request: Message
  readonly #response: Message
  readonly #exchange: CaseExchange

  constructor(stage: FilterStage, plugin: LoadedPlugin, sample: Sample) {
    this.#stage = stage
    this.#name = plugin.name
    this.#remote = plugin.module.remote
    this.#request = caseMessage(sample.request, 'request', sample.protocols)
    this.#response = caseMessage(sample.response, 'response', sample.protocols)
    this.#exchange = new CaseExchange(this.#request, 0)
  }

  get memoryBytes(): number {
    const { filter } = this.#stage
    return filter instanceof GuestFilter ? filter.memoryBytes : 0
  }

  /** `undefined` when the plugin has nothing to do in the phase, or fails in it. */
  async measure(
    phase: PhaseName,
    { ms, nowMs }: { readonly ms: number; nowMs(): number },
  ): Promise<PhaseFigures | undefined> {
    const before = this.#counted('plugin_calls_total')
    await this.#batch(phase)
    if (this.#counted('plugin_calls_total') === before || this.#stage.failure !== undefined) return undefined
    for (const until = nowMs() + ms / 2; nowMs() < until; ) await this.#batch(phase)
    const fuel = this.#counted('plugin_fuel_total')
    const times: number[] = []
    const startMs = nowMs()
    for (let last = startMs; last - startMs < ms && times.length < BATCHES_MAX; ) {
      await this.#batch(phase)
      const now = nowMs()
      times.push(((now - last) * NS_PER_MS) / BATCH)
      last = now
      // The clock of the plugin's limits stands still otherwise.
      this.#stage.advance(1)
      last = nowMs()
    }
    const calls = times.length * BATCH
    times.sort((left, right) => left - right)
    const sum = times.reduce((total, each) => total + each, 0)
    return {
      phase,
      calls,
      nsPerCall: sum / times.length,
      nsP50: times[Math.floor(times.length * 0.5)] ?? 0,
      nsP99: times[Math.floor(times.length * 0.99)] ?? 0,
      fuelPerCall: (this.#counted('plugin_fuel_total') - fuel) / calls,
    }
  }

  /** A plugin in another process is asked about all at once. */
  async #batch(phase: PhaseName): Promise<void> {
    const waiting: Promise<unknown>[] = []
    for (let i = 0; i < BATCH; i++) {
      const verdict = this.#call(phase)
      if (verdict instanceof Pause) waiting.push(new Promise((resolve) => verdict.wait(resolve)))
    }
    if (!this.#remote) {
      if (waiting.length > 0) this.#stage.advance(1)
      return
    }
    await (waiting.length > 0 ? Promise.all(waiting) : turnOver())
  }

  #call(phase: PhaseName): Verdict | Promise<Verdict> {
    const { filter } = this.#stage
    const exchange = this.#remote ? new CaseExchange(this.#request, 0) : this.#exchange
    const mutation = new Mutation()
    if (phase === 'request') {
      this.#request.mutation = mutation
      return filter.onRequest?.(this.#request, mutation, exchange)
    }
    if (phase === 'response') {
      this.#response.mutation = mutation
      return filter.onResponse?.(this.#response, mutation, exchange)
    }
    filter.onEnd?.(exchange, caseOutcome({}, exchange, this.#response))
    return undefined
  }

  #counted(name: string): number {
    return this.#stage.shared.read(name, { plugin: this.#name })
  }
}
