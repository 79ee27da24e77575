/**
 * CheckSplits: a frame comes in pieces: in two, cut at every offset, byte by byte, and cut off at every offset. A
 * message is there when its last byte is, not before, and until then the decoder says truthfully what is missing.
 */
import type { CodecKit } from './codec-kit.ts'
import { difference, type Facts, factsOf } from './facts.ts'
import type { Sample } from './sample.ts'
import type { Trial } from './trial.ts'

/** Longer frames are cut at so many offsets, spread evenly behind the first ones. */
const CUTS_MAX = 512

export async function checkSplits(kit: CodecKit): Promise<void> {
  for (const sample of kit.samples) {
    const message = await kit.decoded(sample.bytes, sample.direction).catch(() => undefined)
    // What cannot be decoded whole has been found already.
    if (message === undefined) continue
    await kit.part(sample, 'Given in pieces', async () => {
      const facts = factsOf(message)
      for (const at of cutsOf(sample.bytes.length)) await cut(kit, sample, facts, at)
      await byteByByte(kit, sample, facts)
      await asNeeded(kit, sample)
    })
  }
}

/** Every offset inside of a frame; of a long one the first and the last half of the cuts. */
export function cutsOf(size: number): readonly number[] {
  const all = Array.from({ length: Math.max(0, size - 1) }, (_, index) => index + 1)
  if (all.length <= CUTS_MAX) return all
  const every = Math.ceil(all.length / (CUTS_MAX / 2))
  return all.filter((at) => at <= CUTS_MAX / 2 || at % every === 0 || at === size - 1)
}

async function cut(kit: CodecKit, sample: Sample, facts: Facts, at: number): Promise<void> {
  const trial = await kit.trial(sample.direction).give(sample.bytes.subarray(0, at))
  const size = sample.bytes.length
  if (!truthful(kit, sample, trial, at)) return
  await trial.give(sample.bytes.subarray(at))
  const wrong = notOnly(trial, facts)
  if (wrong !== undefined)
    kit.add('split_differs', sample, `Cut in two behind byte ${at} of ${size}, ${wrong}`, sample.bytes, [
      { at, size: 1 },
    ])
}

/** Whether what a decoder says of the first bytes of a frame is right. */
function truthful(kit: CodecKit, sample: Sample, trial: Trial, at: number): boolean {
  const missing = sample.bytes.length - at
  const text = `Cut off behind byte ${at} of ${sample.bytes.length}`
  const marks = [{ at, size: missing }]
  const { needed } = trial
  const add = (code: Parameters<CodecKit['add']>[0], said: string): false => {
    kit.add(code, sample, `${text}, ${said}`, sample.bytes, marks)
    return false
  }
  if (trial.messages.length > 0) return add('early_message', 'a message was pushed')
  if (trial.failure !== undefined)
    return add('truncated_malformed', `it is called malformed (${trial.failure.code}): ${trial.failure.text}`)
  if (trial.refusals.length > 0) return add('refuses_valid', 'it is refused')
  if (needed === undefined || !Number.isInteger(needed) || needed < 1)
    add(
      'need_missing',
      needed === undefined ? 'the decoder said nothing' : `the decoder said need(${needed})`,
    )
  else if (needed > missing) add('need_too_large', `need(${needed}) was said, and ${missing} are missing`)
  if (trial.pendingBytes > at || trial.pendingBytes < 0)
    add('pending_wrong', `pendingBytes is ${trial.pendingBytes}`)
  return true
}

async function byteByByte(kit: CodecKit, sample: Sample, facts: Facts): Promise<void> {
  const trial = kit.trial(sample.direction)
  for (const byte of sample.bytes) await trial.give(Uint8Array.of(byte))
  const wrong = notOnly(trial, facts)
  if (wrong !== undefined) kit.add('split_differs', sample, `Given byte by byte, ${wrong}`)
}

/** Exactly what is asked for is given: that has to lead to the message, and not beyond its frame. */
async function asNeeded(kit: CodecKit, sample: Sample): Promise<void> {
  const trial = kit.trial(sample.direction)
  let at = 0
  let wanted = 1
  while (at < sample.bytes.length && trial.messages.length === 0 && trial.failure === undefined) {
    const end = Math.min(sample.bytes.length, at + wanted)
    await trial.give(sample.bytes.subarray(at, end))
    at = end
    wanted = Math.max(1, Math.trunc(trial.needed ?? 1))
  }
}

/** How what a trial has pushed differs from the one message with these facts; `undefined` when it does not. */
export function notOnly(trial: Trial, facts: Facts): string | undefined {
  if (trial.failure !== undefined)
    return `it is called malformed (${trial.failure.code}): ${trial.failure.text}`
  const [message, ...others] = trial.messages
  if (message === undefined) return `there is no message and the decoder says need(${trial.needed})`
  if (others.length > 0) return `there are ${trial.messages.length} messages`
  return difference(facts, factsOf(message))
}
