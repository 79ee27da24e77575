/**
 * Plugins: what filters of guests add to a request, what a plugin takes of memory, and how long fifty of them keep a
 * start waiting. Filters read two keys and set one. Those that set none show what a guest costs by itself, and the
 * built-in one that only sets shows what the codec does, which looks for the attachments and writes the request anew.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { taggingGuest } from '../core/guest/wasm/tagging-guest.ts'
import { type Bench, median, megabytes, type Row, rounded, type Section } from './bench.ts'
import { BENCH_METHOD } from './frames.ts'
import type { LoadResult, LoadShape } from './load-run.ts'
import { residentBytes } from './process-figures.ts'
import { startWeir, type Target } from './targets.ts'
import { cpuPerRequest, measure, warmUp } from './throughput.ts'

const SHAPE: LoadShape = { connections: 16, inFlight: 16, frameBytes: 311 }
const TEN = 10
const FIFTY = 50
const MANY = 20

const CALLER = 'remote.application'
/** A method of as many characters that nobody calls, for filters that read and set nothing. */
const NEVER = 'sayNever'

function lua(method: string): string {
  return `reads = { "${CALLER}", "method" }
function onRequest(metadata, mutation)
  local caller = metadata.get("${CALLER}") or ""
  if metadata.get("method") == "${method}" then mutation.set("x-tag", caller) end
end
`
}
const LUA = lua(BENCH_METHOD)
const JS = `export const reads = ["${CALLER}", "method"]
export function onRequest(metadata, mutation) {
  if (metadata.get("method") === "${BENCH_METHOD}") mutation.set("x-tag", metadata.get("${CALLER}") ?? "")
}
`

type Files = Readonly<Record<string, string | Uint8Array>>

/** Whose figures are shown: the chains, by what stands in front of the router. */
const chains: readonly {
  readonly name: string
  readonly files: Files
  readonly filters?: readonly unknown[]
}[] = [
  { name: 'no filter', files: {} },
  {
    name: 'built-in, sets one',
    files: {},
    filters: [{ 'header-mutation': { request: { set: { 'x-tag': 'web' } } } }],
  },
  { name: 'WebAssembly, sets none', files: copies(1, 'wasm', tagging('x-tag', NEVER)) },
  { name: 'WebAssembly', files: copies(1, 'wasm', tagging('x-tag')) },
  { name: 'WebAssembly x10, set none', files: ten(NEVER) },
  { name: 'WebAssembly x10', files: ten() },
  { name: 'Lua, sets none', files: copies(1, 'lua', lua(NEVER)) },
  { name: 'Lua', files: copies(1, 'lua', LUA) },
  { name: 'JavaScript', files: copies(1, 'js', JS) },
]

export async function pluginsSection(bench: Bench): Promise<Section> {
  const notes: string[] = []
  const targets = new Map<Target, LoadResult[]>()
  for (const { name, files, filters } of chains) {
    const target = await start(bench, name, files, filters)
    if (typeof target === 'string') notes.push(target)
    else targets.set(target, [])
  }
  await warmUp(bench, targets.keys(), SHAPE)
  for (let round = 1; round <= bench.options.rounds; round++) {
    for (const [target, measured] of targets) {
      bench.tell(`plugins, round ${round} of ${bench.options.rounds}: ${target.name}`)
      measured.push(await measure(bench, target, SHAPE))
    }
  }
  const [none] = targets.values()
  const rows = [...targets].map(([target, results]) => chainRow(target.name, results, none ?? []))
  for (const target of targets.keys()) await target.stop()
  return { name: 'plugins', title: 'Filters of plugins, 16x16', rows, notes }
}

/** Start: until it listens, with fifty plugins and with none; and what twenty of a kind take. */
export async function pluginStartSection(bench: Bench): Promise<Section> {
  const sets: readonly (readonly [string, Files])[] = [
    ['none', {}],
    [
      `${FIFTY} mixed`,
      {
        ...copies(FIFTY / 2, 'wasm', tagging('x-tag')),
        ...copies(FIFTY / 2 - 2, 'lua', LUA),
        ...copies(2, 'js', JS),
      },
    ],
    [`${MANY} WebAssembly`, copies(MANY, 'wasm', tagging('x-tag'))],
    [`${MANY} Lua`, copies(MANY, 'lua', LUA)],
  ]
  const rows: Row[] = []
  const notes: string[] = []
  for (const [name, files] of sets) {
    bench.tell(`plugin start: ${name}`)
    const beganMs = performance.now()
    const target = await start(bench, name, files)
    const tookMs = performance.now() - beganMs
    if (typeof target === 'string') {
      notes.push(target)
      continue
    }
    const resident = target.pid === undefined ? 0 : residentBytes(target.pid)
    const empty = rows[0]
    rows.push({
      plugins: name,
      'start ms': rounded(tookMs),
      'added ms': empty === undefined ? null : rounded(tookMs - Number(empty['start ms'])),
      'rss MB': megabytes(resident),
      'MB/plugin':
        empty === undefined
          ? null
          : rounded((resident / 1e6 - Number(empty['rss MB'])) / Object.keys(files).length),
    })
    await target.stop()
  }
  return { name: 'plugin-start', title: 'A start with plugins, one worker', rows, notes }
}

async function start(
  bench: Bench,
  name: string,
  files: Files,
  filters: readonly unknown[] = [],
): Promise<Target | string> {
  const dir = join(bench.ground.dir, `plugins-${name.replaceAll(/\W/g, '-')}`)
  mkdirSync(dir, { recursive: true })
  for (const [file, bytes] of Object.entries(files)) writeFileSync(join(dir, file), bytes)
  return await startWeir(bench.ground, {
    name,
    main: bench.options.weir,
    chain: 'bare',
    workers: 1,
    plugins: { dir, filters },
  })
}

function copies(count: number, kind: string, bytes: string | Uint8Array): Files {
  return Object.fromEntries(Array.from({ length: count }, (_, i) => [`tag-${kind}-${i}.${kind}`, bytes]))
}

/** Ten that set a key each, or would if the method were called. */
function ten(method?: string): Files {
  return Object.fromEntries(
    Array.from({ length: TEN }, (_, i) => [`tag-${i}.wasm`, tagging(`x-tag-${i}`, method)]),
  )
}

function tagging(key: string, method?: string): Uint8Array<ArrayBuffer> {
  return taggingGuest(key, { caller: CALLER, method })
}

function chainRow(name: string, results: readonly LoadResult[], none: readonly LoadResult[]): Row {
  const cpu = median(results.map(cpuPerRequest))
  const p50 = median(results.map((result) => result.p50Ms))
  return {
    filters: name,
    'cpu µs/request': rounded(cpu),
    'added µs': rounded(cpu - median(none.map(cpuPerRequest))),
    'p50 ms': rounded(p50),
    'p50 added ms': rounded(p50 - median(none.map((result) => result.p50Ms))),
    'rss MB': megabytes(median(results.map((result) => result.residentBytes))),
    calls: results.reduce((sum, result) => sum + result.requests, 0),
    wrong: results.reduce((sum, result) => sum + result.wrong, 0),
  }
}
