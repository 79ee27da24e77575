/**
 * CheckPipelining: frames behind each other: every pair in one chunk and cut in the middle of each, all of them in one
 * chunk, and two connections at a time. Messages are read when the decoder has gone on, as a proxy reads them.
 */
import { ByteWriter } from '../../bytes.ts'
import type { CodecKit } from './codec-kit.ts'
import { guarded } from './codec-threw.ts'
import { difference, type Facts, factsOf } from './facts.ts'
import type { Sample } from './sample.ts'
import type { Trial } from './trial.ts'

/** Of more pairs so many are chosen by chance. */
const PAIRS_MAX = 2_500

interface Known {
  readonly sample: Sample
  readonly facts: Facts
}

export async function checkPipelining(kit: CodecKit): Promise<void> {
  for (const direction of ['request', 'response'] as const) {
    const known: Known[] = []
    for (const sample of kit.samples)
      if (sample.direction === direction) known.push(...(await knownOf(kit, sample)))
    for (const [first, second] of pairsOf(kit, known))
      await kit.part(second.sample, `Behind "${first.sample.name}"`, () => pair(kit, first, second))
    const [first] = known
    if (first !== undefined) await kit.part(first.sample, 'All behind each other', () => batch(kit, known))
  }
}

async function knownOf(kit: CodecKit, sample: Sample): Promise<readonly Known[]> {
  try {
    const message = await kit.decoded(sample.bytes, sample.direction)
    return message === undefined ? [] : [{ sample, facts: factsOf(message) }]
  } catch {
    // What cannot be decoded alone has been found already.
    return []
  }
}

function pairsOf(kit: CodecKit, known: readonly Known[]): readonly (readonly [Known, Known])[] {
  const pairs = known.flatMap((first) => known.map((second) => [first, second] as const))
  if (pairs.length <= PAIRS_MAX) return pairs
  return Array.from({ length: PAIRS_MAX }, () => pairs[kit.random.below(pairs.length)]).filter(
    (pair) => pair !== undefined,
  )
}

async function pair(kit: CodecKit, first: Known, second: Known): Promise<void> {
  const { direction } = first.sample
  const [left, right] = [first.sample.bytes, second.sample.bytes]
  const both = Buffer.concat([left, right])
  const whole = await kit.trial(direction).give(both)
  report(kit, whole, [first, second], both)
  const middle = left.length + (right.length >> 1)
  const parts = [
    both.subarray(0, left.length >> 1),
    both.subarray(left.length >> 1, middle),
    both.subarray(middle),
  ]
  const cut = kit.trial(direction)
  for (const part of parts) await cut.give(part)
  report(kit, cut, [first, second], both)
  await interleaved(kit, first, second)
}

/** What of these was not pushed, in this order. */
function report(kit: CodecKit, trial: Trial, wanted: readonly Known[], bytes: Buffer): void {
  const names = wanted.map(({ sample }) => `"${sample.name}"`).join(', ')
  const last = wanted.at(-1)
  if (last === undefined) return
  const at = bytes.length - last.sample.bytes.length
  const marks = [{ at, size: last.sample.bytes.length }]
  if (trial.messages.length !== wanted.length) {
    const failure =
      trial.failure === undefined ? '' : ` and malformed (${trial.failure.code}: ${trial.failure.text})`
    kit.add(
      'pipelined_differs',
      last.sample,
      `${names} behind each other became ${trial.messages.length} messages${failure}`,
      bytes,
      marks,
    )
    return
  }
  for (const [index, { sample, facts }] of wanted.entries()) {
    const message = trial.messages[index]
    const different = message === undefined ? 'it is not there' : difference(facts, factsOf(message))
    if (different === undefined) continue
    const code = index < wanted.length - 1 ? 'message_changes' : 'pipelined_differs'
    kit.add(
      code,
      sample,
      `Of ${names} behind each other, read afterwards: in "${sample.name}" ${different}`,
      bytes,
      marks,
    )
  }
}

/** Two connections at a time: neither sees the other. */
async function interleaved(kit: CodecKit, first: Known, second: Known): Promise<void> {
  const { direction } = first.sample
  const trials = [kit.trial(direction), kit.trial(direction)] as const
  const halves = [first, second].map(({ sample }) => sample.bytes.length >> 1)
  await trials[0].give(first.sample.bytes.subarray(0, halves[0]))
  await trials[1].give(second.sample.bytes.subarray(0, halves[1]))
  await trials[0].give(first.sample.bytes.subarray(halves[0]))
  await trials[1].give(second.sample.bytes.subarray(halves[1]))
  for (const [index, { sample, facts }] of [first, second].entries()) {
    const [message, ...others] = trials[index]?.messages ?? []
    const different =
      message === undefined || others.length > 0
        ? 'it is not the only message'
        : difference(facts, factsOf(message))
    if (different !== undefined)
      kit.add(
        'decoders_share_state',
        sample,
        `Half of it, half of a frame on another connection, then the rest: ${different}`,
      )
  }
}

/** Everything in one chunk, encoded into one batch: the bytes that came. */
async function batch(kit: CodecKit, known: readonly Known[]): Promise<void> {
  const [first] = known
  if (first === undefined) return
  const bytes = Buffer.concat(known.map(({ sample }) => sample.bytes))
  const trial = await kit.trial(first.sample.direction).give(bytes)
  report(kit, trial, known, bytes)
  const out = new ByteWriter()
  for (const message of trial.messages)
    guarded('encoder_throws', () => kit.codec.encode(message, message.idHigh, message.idLow, out))
  if (trial.messages.length === known.length && !out.toBuffer().equals(bytes))
    kit.add(
      'encode_differs',
      first.sample,
      'All frames of a chunk, encoded into one batch, are other bytes',
      bytes,
    )
}
