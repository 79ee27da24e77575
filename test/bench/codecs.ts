/**
 * Codecs: what it costs that a protocol's codec is a plugin: declared, in WebAssembly, in Lua, in JavaScript, beside the hand-written
 * one for Dubbo. All pass on the same frames, and a router without a choice stands behind each.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Bench, median, megabytes, type Row, rounded, type Section } from './bench.ts'
import { FRAMED, framedJavaScript, framedLua, framedSchema, framedWasm } from './framed-codecs.ts'
import type { LoadResult, LoadShape } from './load-run.ts'
import { startWeir, type Target } from './targets.ts'
import { cpuPerRequest, measure } from './throughput.ts'

const SHAPE: LoadShape = { connections: 16, inFlight: 16, frameBytes: 311 }

/** A request and its reply: what a codec takes of each is half of what it adds. */
const MESSAGES_PER_CALL = 2

interface Kind {
  readonly name: string
  /** The ending of the file; `undefined`: the built-in for Dubbo. */
  readonly ending: string | undefined
  readonly bytes: string | Uint8Array
}

export async function codecsSection(bench: Bench): Promise<Section> {
  const notes: string[] = []
  const targets = new Map<Target, LoadResult[]>()
  for (const kind of await kindsOf(bench, notes)) {
    const target = await start(bench, kind)
    if (typeof target === 'string') notes.push(target)
    else targets.set(target, [])
  }
  for (let round = 1; round <= bench.options.rounds; round++) {
    for (const [target, measured] of targets) {
      bench.tell(`codecs, round ${round} of ${bench.options.rounds}: ${target.name}`)
      measured.push(await measure(bench, target, SHAPE))
    }
  }
  const [dubbo] = targets.values()
  const rows = [...targets].map(([target, results]) => codecRow(target.name, results, dubbo ?? []))
  for (const target of targets.keys()) await target.stop()
  return { name: 'codecs', title: 'Codecs of plugins, 16x16', rows, notes }
}

async function kindsOf(bench: Bench, notes: string[]): Promise<readonly Kind[]> {
  const wasm = await framedWasm(bench.ground.dir)
  if (typeof wasm === 'string') notes.push(wasm)
  return [
    { name: 'TypeScript (Dubbo)', ending: undefined, bytes: '' },
    { name: 'declared', ending: 'yaml', bytes: framedSchema },
    ...(typeof wasm === 'string' ? [] : [{ name: 'AssemblyScript', ending: 'wasm', bytes: wasm }]),
    { name: 'Lua', ending: 'lua', bytes: framedLua },
    { name: 'JavaScript', ending: 'js', bytes: framedJavaScript },
  ]
}

async function start(bench: Bench, { name, ending, bytes }: Kind): Promise<Target | string> {
  const dir = join(bench.ground.dir, `codecs-${name.replaceAll(/\W/g, '-')}`)
  mkdirSync(dir, { recursive: true })
  if (ending !== undefined) writeFileSync(join(dir, `${FRAMED}.codec.${ending}`), bytes)
  const protocol = ending === undefined ? 'dubbo' : FRAMED
  const plugins = { dir, filters: [], protocol }
  return await startWeir(bench.ground, { name, main: bench.options.weir, chain: 'bare', workers: 1, plugins })
}

function codecRow(name: string, results: readonly LoadResult[], dubbo: readonly LoadResult[]): Row {
  const cpu = median(results.map(cpuPerRequest))
  const own = median(dubbo.map(cpuPerRequest))
  return {
    codec: name,
    'cpu µs/message': rounded(cpu / MESSAGES_PER_CALL),
    'added µs/message': rounded((cpu - own) / MESSAGES_PER_CALL),
    'x Dubbo': rounded(cpu / own),
    'p50 ms': rounded(median(results.map((result) => result.p50Ms))),
    'rss MB': megabytes(median(results.map((result) => result.residentBytes))),
    calls: results.reduce((sum, result) => sum + result.requests, 0),
    wrong: results.reduce((sum, result) => sum + result.wrong, 0),
  }
}
