/**
 * Micro: times small pieces of code. `node test/bench/micro/main.ts [WORD [NAME]]` runs every `*.micro.ts` beside this
 * file whose name contains the word, of its benches those whose names contain the other: what runs beside a bench
 * makes the engine compile what they share in another way. Such a file exports `benches`, each a loop of its own over
 * `iterations`; comparing two of them in one run is meaningful, a figure alone is not.
 */
import { readdirSync } from 'node:fs'
import { setFlagsFromString } from 'node:v8'
import { threadFlags } from '../../../core/worker/thread-flags.ts'

export interface MicroBench {
  readonly name: string
  /** Makes what it needs, unless it is left out. */
  prepare?(): Promise<void>
  /** Does the work so many times and answers something that depends on it, so that it cannot be left out. */
  run(iterations: number): unknown
}

const WARMUP_MS = 100
const CLOCK_STEPS_NS = 20_000_000
const ROUND_MS = 100
const ROUNDS = 7

// Compiled as a worker compiles it.
for (const flag of threadFlags) setFlagsFromString(flag)

const [word = '', name = ''] = process.argv.slice(2)
const files = readdirSync(import.meta.dirname).filter(
  (file) => file.endsWith('.micro.ts') && file.includes(word),
)
if (files.length === 0) process.stderr.write(`no *.micro.ts here has "${word}" in its name\n`)

for (const file of files) {
  const module: { readonly benches: readonly MicroBench[] } = await import(`./${file}`)
  process.stdout.write(`${file}\n`)
  const chosen = module.benches.filter((bench) => bench.name.includes(name))
  for (const bench of chosen) await bench.prepare?.()
  const timed = chosen.map((bench) => ({
    bench,
    iterations: calibrate(bench),
    ns: Number.POSITIVE_INFINITY,
  }))
  // The best of several rounds, taken in turn: noise only ever adds.
  for (let round = 0; round < ROUNDS; round++) {
    for (const one of timed) one.ns = Math.min(one.ns, nanoseconds(one.bench, one.iterations))
  }
  const base = timed[0]?.ns ?? 1
  for (const { bench, ns } of timed) {
    const ratio = (ns / base).toFixed(2)
    process.stdout.write(`  ${bench.name.padEnd(50)} ${ns.toFixed(1).padStart(10)} ns  x ${ratio}\n`)
  }
}

/** How many iterations fill a round, found while the code is warmed up. */
function calibrate(bench: MicroBench): number {
  const untilMs = performance.now() + WARMUP_MS
  let iterations = 1
  let ns = 0
  // The clock goes in steps of up to some milliseconds.
  while (performance.now() < untilMs || ns * iterations < CLOCK_STEPS_NS) {
    ns = nanoseconds(bench, iterations)
    if (ns * iterations < CLOCK_STEPS_NS) iterations *= 2
  }
  return Math.ceil((ROUND_MS * 1e6) / ns)
}

/** Of this thread's own time: what other programs take of the processor is none of it. */
function nanoseconds(bench: MicroBench, iterations: number): number {
  const started = process.threadCpuUsage()
  bench.run(iterations)
  const { user, system } = process.threadCpuUsage(started)
  return Math.max(0.01, ((user + system) * 1e3) / iterations)
}
