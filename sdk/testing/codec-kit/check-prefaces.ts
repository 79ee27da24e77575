/**
 * CheckPrefaces: what connections begin with: what the codec says in the place of the other side is what its own decoder
 * takes for that, and what comes before the first frame may come in pieces, as everything may.
 */
import type { Direction } from '../../codec.ts'
import { cutsOf } from './check-splits.ts'
import type { CodecKit } from './codec-kit.ts'
import { factsOf } from './facts.ts'
import { Sample } from './sample.ts'
import type { Trial } from './trial.ts'

export async function checkPrefaces(kit: CodecKit): Promise<void> {
  for (const direction of ['request', 'response'] as const) {
    await kit.part(samples[direction], 'Asked for a preface', () => said(kit, direction))
    if (kit.prefaceOf(direction).length === 0) continue
    const [first] = kit.samples.filter((sample) => sample.direction === direction)
    if (first !== undefined)
      await kit.part(samples[direction], 'Given in pieces', () => inPieces(kit, first, direction))
  }
}

/** What stands at the beginning of the bytes of this direction, said by the codec on a connection of the other. */
async function said(kit: CodecKit, direction: Direction): Promise<void> {
  const sample = samples[direction]
  const connection = direction === 'request' ? 'response' : 'request'
  const wanted = kit.prefaceOf(direction)
  const written = await kit.appended(undefined, (out) => kit.codec.encodePreface?.(connection, out))
  if (written.length === 0) {
    if (wanted.length > 0)
      kit.add('preface_missing', sample, `The vectors begin with ${wanted.length} bytes, the codec with none`)
    return
  }
  const trial = await kit.bareTrial(direction).give(written)
  const { failure, messages, refusals, pendingBytes } = trial
  if (failure !== undefined)
    kit.add('preface_wrong', sample, `It is called malformed (${failure.code}): ${failure.text}`, written)
  else if (messages.length + refusals.length > 0)
    kit.add('preface_wrong', sample, 'It becomes a message, and nobody has sent one', written)
  else if (pendingBytes > 0)
    kit.add('preface_wrong', sample, `Behind it the decoder waits with ${pendingBytes} bytes of it`, written)
}

async function inPieces(kit: CodecKit, first: Sample, direction: Direction): Promise<void> {
  const preface = kit.prefaceOf(direction)
  const whole = Buffer.concat([preface, first.bytes])
  const wanted = shownOf(await kit.bareTrial(direction).give(whole))
  for (const at of cutsOf(whole.length)) {
    const trial = await kit.bareTrial(direction).give(whole.subarray(0, at))
    if (at < preface.length) truthful(kit, samples[direction], trial, preface, at)
    await trial.give(whole.subarray(at))
    if (shownOf(trial) === wanted) continue
    const text = `Cut in two behind byte ${at} of ${preface.length}, something else comes of it`
    kit.add('split_differs', samples[direction], text, whole, [{ at, size: 1 }])
  }
}

/** What the decoder says of the first bytes of a preface. */
function truthful(kit: CodecKit, sample: Sample, trial: Trial, preface: Buffer, at: number): void {
  const { needed, pendingBytes } = trial
  const missing = preface.length - at
  const marks = [{ at, size: missing }]
  const text = `Cut off behind byte ${at} of ${preface.length}`
  // It may have parts, with nothing begun between them.
  if (needed === undefined || (needed < 1 && pendingBytes > 0))
    kit.add('need_missing', sample, `${text}, the decoder said need(${needed ?? ''})`, preface, marks)
  else if (needed > missing)
    kit.add(
      'need_too_large',
      sample,
      `${text}, need(${needed}) was said, and ${missing} are missing`,
      preface,
      marks,
    )
  if (pendingBytes > at || pendingBytes < 0)
    kit.add('pending_wrong', sample, `${text}, pendingBytes is ${pendingBytes}`, preface, marks)
}

function shownOf({ failure, messages, refusals }: Trial): string {
  return JSON.stringify([failure?.code, refusals.length, messages.map(factsOf)])
}

const samples: Readonly<Record<Direction, Sample>> = {
  request: new Sample({ name: 'what callers begin with', mutations: [], text: '' }),
  response: new Sample({ name: 'what upstreams begin with', mutations: [], text: '' }),
}
