/**
 * Throughput: as many calls as go, in given shapes, over all targets in turn and several rounds. The figure that
 * matters is the CPU time of the proxy per request; the calls per second also depend on the load generator and the
 * echo server, which share the machine's cores.
 */
import { type Bench, median, megabytes, type Row, rounded, type Section } from './bench.ts'
import type { LoadResult, LoadShape } from './load-run.ts'
import { startTarget, type Target } from './targets.ts'

/** Windows of load before anything is measured: what is called often is compiled by then. */
const WARM_WINDOWS = 2

const LARGE_SHAPES: readonly LoadShape[] = [
  { connections: 16, inFlight: 16, frameBytes: 16 + 1024 },
  { connections: 4, inFlight: 4, frameBytes: 16 + 65_536 },
]

export function shapesSection(bench: Bench): Promise<Section> {
  return throughputSection(bench, 'shapes', 'Small requests', bench.options.shapes)
}

export function bodiesSection(bench: Bench): Promise<Section> {
  return throughputSection(bench, 'bodies', 'Larger bodies, replies of the same size', LARGE_SHAPES)
}

async function throughputSection(
  bench: Bench,
  name: string,
  title: string,
  shapes: readonly LoadShape[],
): Promise<Section> {
  const notes: string[] = []
  const targets: Target[] = []
  for (const targetName of bench.options.targets) {
    const target = await startTarget(bench.ground, targetName)
    if (typeof target === 'string') notes.push(target)
    else targets.push(target)
  }
  await warmUp(bench, targets, shapes[0])
  const rows: Row[] = []
  for (const shape of shapes) rows.push(...(await measureShape(bench, targets, shape, notes)))
  for (const target of targets) await target.stop()
  return { name, title, rows, notes }
}

/** One shape over all targets: in each round every target once, so that a noisy minute hits all alike. */
async function measureShape(
  bench: Bench,
  targets: readonly Target[],
  shape: LoadShape,
  notes: string[],
): Promise<Row[]> {
  const results = new Map<Target, LoadResult[]>(targets.map((target) => [target, []]))
  for (let round = 1; round <= bench.options.rounds; round++) {
    for (const [target, measured] of results) {
      bench.tell(`${shapeName(shape)}, round ${round} of ${bench.options.rounds}: ${target.name}`)
      measured.push(await measure(bench, target, shape))
    }
  }
  for (const [target, measured] of results) {
    const wrong = measured.find((result) => result.wrong > 0)
    if (wrong !== undefined) notes.push(`${shapeName(shape)} ${target.name}: ${wrong.wrongText}`)
  }
  const rows = targets.map((target) => throughputRow(target, shape, results.get(target) ?? []))
  return withRatios(rows)
}

/** Loads each target for a while without measuring it. */
export async function warmUp(
  bench: Bench,
  targets: Iterable<Target>,
  shape: LoadShape | undefined,
): Promise<void> {
  if (shape === undefined) return
  const windowMs = WARM_WINDOWS * bench.options.windowMs
  for (const { name, port, pid } of targets) {
    bench.tell(`warming up: ${name}`)
    await bench.load.run({ port, pid, shape, warmupMs: 0, windowMs })
  }
}

export function measure(bench: Bench, target: Target, shape: LoadShape): Promise<LoadResult> {
  const { warmupMs, windowMs } = bench.options
  return bench.load.run({ port: target.port, pid: target.pid, shape, warmupMs, windowMs })
}

/** CPU microseconds of the proxy for each request of a window. */
export function cpuPerRequest(result: LoadResult): number {
  return result.requests === 0 ? Number.NaN : result.cpuMicros / result.requests
}

function throughputRow(target: Target, shape: LoadShape, results: readonly LoadResult[]): Row {
  const middle = (figure: (result: LoadResult) => number) => rounded(median(results.map(figure)))
  return {
    shape: shapeName(shape),
    target: target.name,
    'cpu µs/request': target.pid === undefined ? null : middle(cpuPerRequest),
    'calls/s': middle((result) => result.requests / result.seconds),
    'p50 ms': middle((result) => result.p50Ms),
    'p99 ms': middle((result) => result.p99Ms),
    'rss MB':
      target.pid === undefined ? null : megabytes(median(results.map((result) => result.residentBytes))),
    calls: results.reduce((sum, result) => sum + result.requests, 0),
    wrong: results.reduce((sum, result) => sum + result.wrong, 0),
  }
}

/** Adds each target's CPU as a multiple of the splice's, and Envoy's as a multiple of the target's. */
function withRatios(rows: readonly Row[]): Row[] {
  const cpuOf = (name: string) => rows.find((row) => row['target'] === name)?.['cpu µs/request']
  const ratio = (over: unknown, under: unknown) =>
    typeof over === 'number' && typeof under === 'number' && under > 0 ? rounded(over / under) : null
  return rows.map((row) => {
    const { calls = 0, wrong = 0, ...figures } = row
    const cpu = row['cpu µs/request']
    return {
      ...figures,
      'x splice': ratio(cpu, cpuOf('splice')),
      'envoy is x': ratio(cpuOf('envoy'), cpu),
      'haproxy is x': ratio(cpuOf('haproxy'), cpu),
      calls,
      wrong,
    }
  })
}

function shapeName(shape: LoadShape): string {
  const size = shape.frameBytes < 1040 ? `${shape.frameBytes} B` : `${(shape.frameBytes - 16) / 1024} KiB`
  return `${shape.connections}x${shape.inFlight} ${size}`
}
