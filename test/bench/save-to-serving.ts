/**
 * SaveToServing: how long it takes from the moment a filter was saved until a call goes through its new version, while the
 * listener is under load. The files have a hundred kilobytes each.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { DemoClient } from '../../examples/demo/client.ts'
import { startService } from '../../examples/demo/service.ts'
import { opList, ops } from '../core/guest/op-builder.ts'
import { code } from '../core/guest/wasm/code.ts'
import { cannedGuest } from '../core/guest/wasm/guest-builder.ts'
import { op } from '../core/guest/wasm/op.ts'
import type { Bench, Row, Section } from './bench.ts'
import { rounded } from './bench.ts'
import { Histogram } from './histogram.ts'
import type { LoadShape } from './load-run.ts'

const SAVES_PER_ROUND = 20
const LOAD_RATE = 1_000
const LOAD_SHAPE: LoadShape = { connections: 4, inFlight: 64, frameBytes: 311 }
/** A version that does not serve by then never will. */
const LATE_MS = 30_000

const kinds = [
  { name: 'WebAssembly', file: 'tag.wasm', version: wasm },
  { name: 'Lua', file: 'tag.lua', version: lua },
] as const

/** Of a hundred kilobytes of code, which is checked, metered and compiled with every save. */
function wasm(value: string): Uint8Array {
  const additions = Array.from({ length: 33_000 }, () => [...code.i32(3), op.i32Add]).flat()
  const request = opList(ops.set('tag', value))
  return cannedGuest({ request }, ({ module }) => {
    module.function([op.i32], [op.i32], [op.localGet, 0, ...additions])
  })
}

function lua(value: string): string {
  const functions = Array.from(
    { length: 2_000 },
    (_, n) => `function f${n}(a) return a + ${n}, "${n} and more" end`,
  )
  return `${functions.join('\n')}\nfunction onRequest(metadata, mutation) mutation.set("tag", "${value}") end\n`
}

export async function saveToServingSection(bench: Bench): Promise<Section> {
  const rows: Row[] = []
  const notes: string[] = []
  for (const kind of kinds) {
    bench.tell(`save to serving: ${kind.name}`)
    try {
      rows.push(await measured(bench, kind))
    } catch (error) {
      notes.push(`${kind.name}: ${error instanceof Error ? error.message : error}`)
    }
  }
  return { name: 'save-to-serving', title: 'From a save to the first call, under load', rows, notes }
}

async function measured(bench: Bench, { name, file, version }: (typeof kinds)[number]): Promise<Row> {
  const { ground, options } = bench
  const service = await startService(0, 'bench')
  const dir = join(ground.dir, `saved-${file}`)
  mkdirSync(dir)
  const save = (value: string) => writeFileSync(join(dir, file), version(value))
  save('v0')
  const config = join(ground.dir, `${file}.yaml`)
  writeFileSync(config, configText(ground.echoPort, service.port, dir))
  const command = [process.execPath, options.weir, 'run', '-c', config, '--workers', '1'] as const
  const { child, port } = await ground.children.startWeir(command, `${config}.log`)
  const client = new DemoClient('127.0.0.1', port)
  const state = { saving: true, wrong: 0 }
  const load = underLoad(bench, port, child.pid, state)
  try {
    const took = new Histogram()
    for (let n = 1; n <= SAVES_PER_ROUND * options.rounds; n++) {
      const value = `v${String(n).padStart(4, '0')}`
      save(value)
      took.observe(await served(client, `tag=${value}`))
    }
    state.saving = false
    await load
    return {
      plugin: name,
      saves: SAVES_PER_ROUND * options.rounds,
      'p50 ms': rounded(took.quantile(0.5)),
      'p99 ms': rounded(took.quantile(0.99)),
      wrong: state.wrong,
    }
  } finally {
    state.saving = false
    await load.catch(() => undefined)
    client.close()
    await ground.children.stop(child)
    await service.close()
  }
}

/** Calls until an answer holds the text. */
async function served(client: DemoClient, text: string): Promise<number> {
  const sinceMs = performance.now()
  for (;;) {
    const outcome = await client.call({ method: 'sayHello', argument: 'you', attachments: { probe: 'yes' } })
    const tookMs = performance.now() - sinceMs
    if (outcome.text.includes(text)) return tookMs
    if (tookMs > LATE_MS) throw new Error(`never ${text}, at last: ${outcome.text}`)
    await sleep(1)
  }
}

async function underLoad(
  bench: Bench,
  port: number,
  pid: number | undefined,
  state: { readonly saving: boolean; wrong: number },
): Promise<void> {
  const { windowMs, warmupMs } = bench.options
  while (state.saving) {
    const run = { port, pid, shape: LOAD_SHAPE, warmupMs, windowMs, rate: LOAD_RATE }
    state.wrong += (await bench.load.run(run)).wrong
  }
}

/** Calls that look for the version go where answers name what was received; the load goes to the echo server. */
function configText(echo: number, demo: number, dir: string): string {
  return JSON.stringify({
    admin: { address: '127.0.0.1:0' },
    plugins: { dir },
    listeners: [
      {
        name: 'bench',
        address: '127.0.0.1:0',
        protocol: 'dubbo',
        routes: [{ match: { probe: 'yes' }, cluster: 'demo' }, { cluster: 'echo' }],
      },
    ],
    clusters: [
      { name: 'echo', endpoints: [`127.0.0.1:${echo}`] },
      { name: 'demo', endpoints: [`127.0.0.1:${demo}`] },
    ],
  })
}
