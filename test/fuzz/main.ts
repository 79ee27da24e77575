/**
 * The fuzzer: `npm run fuzz -- [seconds] [seed] [folder]`. It feeds the Dubbo codec, what changes its messages, the meter of
 * WebAssembly, what reads the answers of guests, what reads declared codecs and manifests, and chains of guests in turn, and
 * writes each input that breaks a promise to the folder, `test/fuzz/vectors` unless named, in a folder for each target but the first. The same seed makes the same inputs.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DubboTarget } from './dubbo.ts'
import { DubboEditsTarget } from './dubbo-edits.ts'
import { GuestAnswersTarget } from './guest-answers.ts'
import { GuestChainTarget } from './guest-chain.ts'
import { PluginTextsTarget } from './plugin-texts.ts'
import { WasmMeterTarget } from './wasm-meter.ts'

const DEFAULT_SECONDS = 120
const PROGRESS_MS = 5_000
/** Inputs of one target before the next has its turn. */
const TURN_COUNT = 64
/** An input that takes longer than this is a finding, too; none should take a hundredth of it. */
const SLOW_MS = 1_000
const FINDINGS_MAX = 20

interface Target {
  readonly name: string
  next(): Buffer
  exercise(input: Buffer): string | undefined
}

interface Finding {
  readonly target: Target
  readonly round: number
  readonly input: Buffer
  readonly why: string
}

function main(args: readonly string[]): number {
  const seconds = Number(args[0] ?? DEFAULT_SECONDS)
  const seed = args[1] === undefined ? Date.now() % 0x7fffffff : Number(args[1])
  if (!(seconds > 0) || !Number.isInteger(seed)) {
    process.stderr.write('usage: npm run fuzz -- [seconds] [seed] [folder]; seed is a whole number\n')
    return 2
  }
  const folder = args[2] ?? new URL('./vectors', import.meta.url).pathname
  const targets: readonly Target[] = [
    new DubboTarget(seed),
    new DubboEditsTarget(seed),
    new WasmMeterTarget(seed),
    new GuestAnswersTarget(seed),
    new PluginTextsTarget(seed),
    new GuestChainTarget(seed),
  ]
  process.stderr.write(`${targets.map(({ name }) => name).join(', ')}; seed ${seed}, ${seconds} s\n`)
  const findings = run(targets, seconds * 1000, ({ target, round, input, why }) => {
    const place = target === targets[0] ? folder : join(folder, target.name)
    const path = join(place, `${seed}-${round}.hex`)
    mkdirSync(place, { recursive: true })
    writeFileSync(path, `${input.toString('hex')}\n`)
    process.stderr.write(`${target.name}: input ${round} broke a promise: ${why}\n  kept as ${path}\n`)
  })
  process.stderr.write(findings === 0 ? 'nothing found\n' : `${findings} inputs broke a promise\n`)
  return findings === 0 ? 0 : 1
}

function run(targets: readonly Target[], limitMs: number, onFinding: (finding: Finding) => void): number {
  const startedMs = performance.now()
  let reportedMs = startedMs
  let findings = 0
  for (let round = 0; findings < FINDINGS_MAX; round += TURN_COUNT) {
    for (const target of targets) {
      for (let at = round; at < round + TURN_COUNT; at++) {
        if (tried(target, at, onFinding)) findings++
      }
    }
    const nowMs = performance.now()
    if (nowMs - reportedMs > PROGRESS_MS) {
      reportedMs = nowMs
      process.stderr.write(`${Math.round((nowMs - startedMs) / 1000)} s: ${round + TURN_COUNT} inputs each\n`)
    }
    if (nowMs - startedMs > limitMs) return findings
  }
  return findings
}

/** Whether the target's next input broke a promise. */
function tried(target: Target, round: number, onFinding: (finding: Finding) => void): boolean {
  const input = target.next()
  const beforeMs = performance.now()
  const why = target.exercise(input)
  const tookMs = performance.now() - beforeMs
  if (why === undefined && tookMs <= SLOW_MS) return false
  onFinding({ target, round, input, why: why ?? `it took ${Math.round(tookMs)} ms` })
  return true
}

process.exitCode = main(process.argv.slice(2))
