/**
 * The fuzzer of the Dubbo codec: `npm run fuzz -- [seconds] [seed] [folder]`. It puts frames through the codec
 * that are made of Hessian 2.0 and JSONB values of every kind and then damaged, and writes each input that breaks
 * a promise to the folder, `test/fuzz/vectors` unless named. The same seed makes the same inputs.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { exercise } from './exercise.ts'
import { Inputs } from './inputs.ts'

const DEFAULT_SECONDS = 120
const PROGRESS_MS = 5_000
/** Inputs between two looks at the clock. */
const ROUNDS = 256
/** An input that takes longer than this is a finding, too; none should take a hundredth of it. */
const SLOW_MS = 1_000
const FINDINGS_MAX = 20

function main(args: readonly string[]): number {
  const seconds = Number(args[0] ?? DEFAULT_SECONDS)
  const seed = args[1] === undefined ? Date.now() % 0x7fffffff : Number(args[1])
  if (!(seconds > 0) || !Number.isInteger(seed)) {
    process.stderr.write('usage: npm run fuzz -- [seconds] [seed] [folder]; seed is a whole number\n')
    return 2
  }
  const folder = args[2] === undefined ? new URL('./vectors/', import.meta.url).pathname : `${args[2]}/`
  process.stderr.write(`dubbo codec, seed ${seed}, ${seconds} s\n`)
  const findings = run(new Inputs(seed), seconds * 1000, (round, input, why) => {
    const path = `${folder}${seed}-${round}.hex`
    mkdirSync(folder, { recursive: true })
    writeFileSync(path, `${input.toString('hex')}\n`)
    process.stderr.write(`input ${round} broke a promise: ${why}\n  kept as ${path}\n`)
  })
  process.stderr.write(findings === 0 ? 'nothing found\n' : `${findings} inputs broke a promise\n`)
  return findings === 0 ? 0 : 1
}

type Finding = (round: number, input: Buffer, why: string) => void

function run(inputs: Inputs, limitMs: number, onFinding: Finding): number {
  const startedMs = performance.now()
  let reportedMs = startedMs
  let findings = 0
  let bytes = 0
  for (let round = 0; findings < FINDINGS_MAX; round++) {
    const input = inputs.next()
    bytes += input.length
    const beforeMs = performance.now()
    const why = exercise(input, inputs.below(input.length + 1))
    const tookMs = performance.now() - beforeMs
    if (why !== undefined || tookMs > SLOW_MS) {
      findings++
      onFinding(round, input, why ?? `it took ${Math.round(tookMs)} ms`)
    }
    if (round % ROUNDS !== 0) continue
    const nowMs = performance.now()
    if (nowMs - reportedMs > PROGRESS_MS) {
      reportedMs = nowMs
      const elapsed = Math.round((nowMs - startedMs) / 1000)
      process.stderr.write(`${elapsed} s: ${round} inputs, ${Math.round(bytes / 1_000_000)} MB\n`)
    }
    if (nowMs - startedMs > limitMs) return findings
  }
  return findings
}

process.exitCode = main(process.argv.slice(2))
