/**
 * Workers: two beside one. With the usual chain the load generator and the echo server need as much CPU as weir, so
 * that two cores cannot show more than what sharing costs. With a filter that computes on purpose weir is what
 * is short of CPU, and the calls per second tell what a second worker brings.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Bench, median, megabytes, type Row, rounded, type Section } from './bench.ts'
import type { LoadResult, LoadShape } from './load-run.ts'
import type { WeirPlugins } from './target-configs.ts'
import { startWeir, type Target } from './targets.ts'
import { cpuPerRequest, measure, warmUp } from './throughput.ts'

const USUAL: LoadShape = { connections: 16, inFlight: 16, frameBytes: 311 }
/**
 * Many connections, so that the kernel spreads them evenly over the workers' sockets; several calls on each, so that the load
 * generator and the echo server take little of the two cores themselves.
 */
const SPREAD: LoadShape = { connections: 128, inFlight: 8, frameBytes: 311 }

/** Some tens of microseconds for each request, with nothing that has to be fetched from memory. */
const BUSY = `reads = { "method" }
function onRequest()
  local sum = 0
  for i = 1, 6000 do sum = sum + i end
end
`

export async function workersSection(bench: Bench): Promise<Section> {
  const dir = join(bench.ground.dir, 'workers-busy')
  mkdirSync(dir, { recursive: true })
  writeFileSync(join(dir, 'busy.lua'), BUSY)
  const usual = await measurePair(bench, 'full', USUAL)
  const busy = await measurePair(bench, 'busy', SPREAD, { dir, filters: [] })
  const pairs = [usual, busy]
  const notes = pairs.flatMap((pair) => (typeof pair === 'string' ? [pair] : []))
  const rows = pairs.flatMap((pair) => (typeof pair === 'string' ? [] : pair))
  return { name: 'workers', title: 'Two workers beside one', rows, notes }
}

/** One worker and two, in turn, with the same chain; a sentence when one of them does not start. */
async function measurePair(
  bench: Bench,
  chain: string,
  shape: LoadShape,
  plugins?: WeirPlugins,
): Promise<readonly Row[] | string> {
  const started: Target[] = []
  for (const workers of [1, 2]) {
    const name = `weir-${chain}-${workers}`
    const main = bench.options.weir
    const target = await startWeir(bench.ground, {
      ...{ name, main, chain: 'full', workers },
      ...(plugins === undefined ? {} : { plugins }),
    })
    if (typeof target === 'string') return target
    started.push(target)
  }
  await warmUp(bench, started, shape)
  const results = new Map<Target, LoadResult[]>(started.map((target) => [target, []]))
  for (let round = 1; round <= bench.options.rounds; round++) {
    for (const [target, measured] of results) {
      bench.tell(`workers, round ${round} of ${bench.options.rounds}: ${target.name}`)
      measured.push(await measure(bench, target, shape))
    }
  }
  for (const target of started) await target.stop()
  const [one, two] = [...results.values()]
  const first = workersRow(chain, 1, one ?? [], undefined)
  return [first, workersRow(chain, 2, two ?? [], Number(first['calls/s']))]
}

function workersRow(
  chain: string,
  workers: number,
  results: readonly LoadResult[],
  rateOfOne: number | undefined,
): Row {
  const rate = median(results.map((result) => result.requests / result.seconds))
  return {
    chain,
    workers,
    'cpu µs/request': rounded(median(results.map(cpuPerRequest))),
    'calls/s': rounded(rate),
    'x one worker': rateOfOne === undefined ? null : rounded(rate / rateOfOne),
    'cores used': rounded(median(results.map((result) => result.cpuMicros / 1e6 / result.seconds))),
    'rss MB': megabytes(median(results.map((result) => result.residentBytes))),
    calls: results.reduce((sum, result) => sum + result.requests, 0),
    wrong: results.reduce((sum, result) => sum + result.wrong, 0),
  }
}
