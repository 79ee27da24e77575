/**
 * CheckCodec: the conformance of a codec, whatever it is written in: from a list of vectors it tries everything that
 * peers, proxies and filters do with it. The codec is taken for hostile only as far as it may throw; one that loops
 * without pushing anything has to be stopped by its runtime.
 */
import type { Codec } from '../../codec.ts'
import { checkAnswers } from './check-answers.ts'
import { checkDecoding } from './check-decoding.ts'
import { checkDeterminism } from './check-determinism.ts'
import { checkEncoding } from './check-encoding.ts'
import { checkFlips } from './check-flips.ts'
import { checkHeartbeats } from './check-heartbeats.ts'
import { checkIds } from './check-ids.ts'
import { checkLengths } from './check-lengths.ts'
import { checkMutations } from './check-mutations.ts'
import { checkPieces } from './check-pieces.ts'
import { checkPipelining } from './check-pipelining.ts'
import { checkPrefaces } from './check-prefaces.ts'
import { checkSniffing } from './check-sniffing.ts'
import { checkSplits } from './check-splits.ts'
import { type CheckOptions, CodecKit } from './codec-kit.ts'
import type { CodecReport } from './codec-report.ts'
import type { CodecVectors } from './vectors.ts'

const CHECKS: readonly (readonly [name: string, run: (kit: CodecKit) => Promise<void>])[] = [
  ['decode', checkDecoding],
  ['encode and mirror', checkEncoding],
  ['splits and truncation', checkSplits],
  ['messages in pieces', checkPieces],
  ['pipelining', checkPipelining],
  ['prefaces', checkPrefaces],
  ['lengths and limits', checkLengths],
  ['bit flips', checkFlips],
  ['mutations', checkMutations],
  ['ids', checkIds],
  ['errors and replies', checkAnswers],
  ['heartbeats and drain', checkHeartbeats],
  ['sniffing', checkSniffing],
  ['determinism', checkDeterminism],
]

export async function checkCodec(
  codec: Codec,
  vectors: CodecVectors,
  options: CheckOptions = {},
): Promise<CodecReport> {
  const kit = new CodecKit(codec, vectors, options)
  const checks: CodecReport['checks'][number][] = []
  for (const [name, run] of CHECKS) {
    const before = { trials: kit.trials, findings: kit.findings.all.length }
    await run(kit)
    const findings = kit.findings.all.length - before.findings
    checks.push({ name, trials: kit.trials - before.trials, findings })
  }
  const findings = kit.findings.all
  return {
    ok: findings.length === 0,
    codec: codec.name,
    vectors: vectors.vectors.length,
    checks,
    findings,
    skipped: skippedOf(codec, vectors, options),
  }
}

/** What could not be checked, and what it would take. */
function skippedOf(codec: Codec, { vectors }: CodecVectors, options: CheckOptions): readonly string[] {
  const kinds = new Set(vectors.map(({ message }) => message?.kind))
  return [
    ...(kinds.has('request') ? [] : ['errors: there is no vector of kind request']),
    ...(kinds.has('response') ? [] : ['replies: there is no vector of kind response']),
    ...(options.memory === undefined ? ['memory held for a claim: give options.memory'] : []),
    ...(codec.sniff === undefined ? ['sniffing: the codec has no sniff'] : []),
  ]
}
