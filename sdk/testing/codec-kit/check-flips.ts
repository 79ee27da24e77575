/**
 * CheckFlips: frames with bits turned over and bytes made up. Whatever comes of them, nothing throws or goes on for
 * ever, what is pushed lies within the bytes, and it does not depend on how they were cut.
 */
import type { Message } from '../../message.ts'
import type { CodecKit } from './codec-kit.ts'
import { difference, factsOf } from './facts.ts'
import type { Mark } from './finding.ts'
import type { Sample } from './sample.ts'
import type { Trial } from './trial.ts'

/** Every bit of so many first bytes is turned over, and behind them so many bits by chance. */
const FIRST_BYTES = 24
const CHANCE_FLIPS = 48
const GARBAGE_RUNS = 16
const GARBAGE_BYTES_MAX = 8

interface Damaged {
  readonly bytes: Buffer
  readonly mark: Mark
}

export async function checkFlips(kit: CodecKit): Promise<void> {
  for (const sample of kit.samples) {
    for (const damaged of damagedOf(kit, sample))
      await kit.part(sample, `With byte ${damaged.mark.at} damaged`, () => endure(kit, sample, damaged))
  }
}

function damagedOf(kit: CodecKit, sample: Sample): readonly Damaged[] {
  const { bytes } = sample
  const bits = Array.from({ length: Math.min(bytes.length, FIRST_BYTES) * 8 }, (_, bit) => bit)
  for (let i = 0; i < CHANCE_FLIPS && bytes.length > FIRST_BYTES; i++)
    bits.push(kit.random.below(bytes.length * 8))
  const flips = bits.map((bit) => flipped(bytes, bit))
  const garbage = Array.from({ length: GARBAGE_RUNS }, () => scrambled(kit, bytes))
  return [...flips, ...garbage]
}

function flipped(bytes: Buffer, bit: number): Damaged {
  const changed = Buffer.from(bytes)
  const at = bit >> 3
  changed[at] = (changed[at] ?? 0) ^ (1 << (bit & 7))
  return { bytes: changed, mark: { at, size: 1 } }
}

function scrambled(kit: CodecKit, bytes: Buffer): Damaged {
  const changed = Buffer.from(bytes)
  const at = kit.random.below(bytes.length)
  const size = Math.min(1 + kit.random.below(GARBAGE_BYTES_MAX), bytes.length - at)
  kit.random.bytes(size).copy(changed, at)
  return { bytes: changed, mark: { at, size } }
}

async function endure(kit: CodecKit, sample: Sample, { bytes, mark }: Damaged): Promise<void> {
  const whole = await kit.trial(sample.direction).give(bytes)
  const cut = kit.trial(sample.direction)
  const at = kit.random.below(bytes.length)
  for (const part of [bytes.subarray(0, at), bytes.subarray(at)]) if (part.length > 0) await cut.give(part)
  const add = (code: Parameters<CodecKit['add']>[0], text: string) =>
    kit.add(code, sample, `With byte ${mark.at} damaged, ${text}`, bytes, [mark])
  for (const trial of [whole, cut]) {
    if (trial.late > 0)
      add('pushes_after_malformed', `something was pushed ${trial.late} times behind malformed`)
    if (trial.failure === undefined && trial.pendingBytes > bytes.length)
      add('pending_wrong', `pendingBytes is ${trial.pendingBytes} of ${bytes.length} received`)
  }
  const different = unlike(whole, cut)
  if (different !== undefined) add('split_differs', `cut in two behind byte ${at}, ${different}`)
  for (const message of whole.messages) {
    const problem = await mirrored(kit, sample, message)
    if (problem !== undefined) add('mirror_differs', `what came was encoded, and ${problem}`)
  }
}

function unlike(whole: Trial, cut: Trial): string | undefined {
  if (whole.messages.length !== cut.messages.length)
    return `there are ${cut.messages.length} messages instead of ${whole.messages.length}`
  if (whole.failure?.code !== cut.failure?.code)
    return `it ends with ${cut.failure?.code ?? 'no failure'} instead of ${whole.failure?.code ?? 'none'}`
  for (const [index, message] of whole.messages.entries()) {
    const other = cut.messages[index]
    const different = other === undefined ? undefined : difference(factsOf(message), factsOf(other))
    if (different !== undefined) return different
  }
  return undefined
}

/** What is wrong with a message that came of damaged bytes, encoded and decoded again. */
async function mirrored(kit: CodecKit, sample: Sample, message: Message): Promise<string | undefined> {
  if (message.end - message.start > message.bytes.length) return 'its end lies behind its bytes'
  const facts = factsOf(message)
  const written = await kit.written(message)
  if (written.kind === 'problem') return `a problem was answered: ${written.text}`
  const again = await kit.decoded(written.bytes, sample.direction)
  if (again === undefined) return 'the bytes are not one message'
  return difference(facts, factsOf(again), ['size', 'header-size'])
}
