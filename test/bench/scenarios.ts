/** Scenarios: latency at a modest rate, idle connections, and memory over many requests. */
import { type Bench, median, megabytes, type Row, rounded, type Section } from './bench.ts'
import type { LoadResult, LoadShape } from './load-run.ts'
import { openFilesMax } from './process-figures.ts'
import { startTarget, type Target } from './targets.ts'
import { cpuPerRequest } from './throughput.ts'

const FULL_LOAD: LoadShape = { connections: 16, inFlight: 16, frameBytes: 311 }
const LATENCY_RATE = 1_000
const LATENCY_SHAPE: LoadShape = { connections: 4, inFlight: 64, frameBytes: 311 }
const IDLE_FIRST = 200
/** Files that the load generator needs beside its connections. */
const FILES_RESERVED = 200

/** Calls at a fixed rate, directly and through weir in turn: what a call waits for the proxy. */
export async function latencySection(bench: Bench): Promise<Section> {
  const names = ['direct', 'splice', 'weir-full'] as const
  const started = await Promise.all(names.map((name) => startTarget(bench.ground, name)))
  const notes = started.filter((target) => typeof target === 'string')
  const targets = started.filter((target): target is Target => typeof target !== 'string')
  const results = new Map<Target, LoadResult[]>(targets.map((target) => [target, []]))
  for (let round = 1; round <= bench.options.rounds; round++) {
    for (const [target, measured] of results) {
      bench.tell(`latency, round ${round} of ${bench.options.rounds}: ${target.name}`)
      const { windowMs } = bench.options
      const run = {
        port: target.port,
        pid: target.pid,
        shape: LATENCY_SHAPE,
        warmupMs: windowMs / 3,
        windowMs,
      }
      measured.push(await bench.load.run({ ...run, rate: LATENCY_RATE }))
    }
  }
  for (const target of targets) await target.stop()
  const figures = targets.map((target) => latencyOf(target.name, results.get(target) ?? []))
  const direct = figures[0]
  const rows = figures.map((figure) => ({
    target: figure.target,
    'calls/s': rounded(figure.rate),
    'p50 ms': rounded(figure.p50),
    'p99 ms': rounded(figure.p99),
    'p99 added ms': direct === undefined || figure === direct ? null : rounded(figure.p99 - direct.p99),
    calls: figure.calls,
    wrong: figure.wrong,
  }))
  return section('latency', rows, notes)
}

/** Many connections that made one call each and then wait. */
export async function idleSection(bench: Bench): Promise<Section> {
  const target = await startTarget(bench.ground, 'weir-full')
  if (typeof target === 'string' || target.pid === undefined) return section('idle', [], [String(target)])
  const idleConnections = Math.min(bench.options.idleConnections, openFilesMax() - FILES_RESERVED)
  bench.tell(`idle: ${idleConnections} connections`)
  const { port, pid } = target
  const settleMs = bench.options.windowMs
  // A few first: what the proxy needs once for all must not count as the connections'. Not a full load, whose
  // garbage would leave room that hides them.
  await bench.load.idle({ port, pid, idleConnections: IDLE_FIRST, settleMs })
  const result = await bench.load.idle({ port, pid, idleConnections, settleMs })
  await target.stop()
  const grown = result.residentAfter - result.residentBefore
  const row = {
    target: target.name,
    connections: result.connections,
    'rss before MB': megabytes(result.residentBefore),
    'rss after MB': megabytes(result.residentAfter),
    'KB/connection': rounded(grown / result.connections / 1000),
    wrong: result.wrong,
  }
  return section('idle', [row], result.wrong > 0 ? [result.wrongText] : [])
}

/** Full load without a pause: the memory after a tenth of the requests, and after each further tenth. */
export async function memorySection(bench: Bench): Promise<Section> {
  const target = await startTarget(bench.ground, 'weir-full')
  if (typeof target === 'string') return section('memory', [], [target])
  const { memoryRequests } = bench.options
  const memoryAt = Array.from({ length: 10 }, (_, i) => Math.ceil(((i + 1) * memoryRequests) / 10))
  bench.tell(`memory: ${memoryRequests} requests`)
  const { port, pid } = target
  const run = {
    port,
    pid,
    shape: FULL_LOAD,
    warmupMs: bench.options.warmupMs,
    requests: memoryRequests,
    memoryAt,
  }
  const result = await bench.load.run(run)
  await target.stop()
  const first = result.memory[0] ?? 0
  const last = result.memory.at(-1) ?? 0
  const row = {
    target: target.name,
    calls: result.requests,
    'rss first MB': megabytes(first),
    'rss last MB': megabytes(last),
    'rss most MB': megabytes(Math.max(...result.memory)),
    'last / first': rounded(last / first),
    'cpu µs/request': rounded(cpuPerRequest(result)),
    wrong: result.wrong,
  }
  return section('memory', [row], [`RSS after each tenth, MB: ${result.memory.map(megabytes).join(' ')}`])
}

const titles = {
  latency: `Latency at ${LATENCY_RATE} calls a second`,
  idle: 'Idle connections, full chain',
  memory: 'Memory over many requests, full chain, 16x16',
}

function section(name: keyof typeof titles, rows: readonly Row[], notes: readonly string[]): Section {
  return { name, title: titles[name], rows, notes }
}

function latencyOf(target: string, results: readonly LoadResult[]) {
  return {
    target,
    rate: median(results.map((result) => result.requests / result.seconds)),
    p50: median(results.map((result) => result.p50Ms)),
    p99: median(results.map((result) => result.p99Ms)),
    calls: results.reduce((sum, result) => sum + result.requests, 0),
    wrong: results.reduce((sum, result) => sum + result.wrong, 0),
  }
}
