/**
 * CheckLengths: what a length claims: fields at their maximum, bodies at the limit and past it, and what is held and
 * spent for a claim. What is refused keeps its caller and what comes behind it.
 */
import type { CodecKit } from './codec-kit.ts'
import { factsOf } from './facts.ts'
import { type LengthField, lengthFields, withBytes } from './length-fields.ts'
import type { Sample } from './sample.ts'
import type { Trial } from './trial.ts'

/** What may be asked for beyond the limit of bodies: the rest of a header. */
const HEADER_SPARE_BYTES = 1_024
/** Lets claims of three bytes pass, so that it shows what they cost. */
const WIDE_LIMIT_BYTES = 1 << 28
const DECODERS = 24
const DECODERS_AT_ONCE = 8
const GROWTH_SPARE_BYTES = 1 << 20
const GROWTH_PER_BYTE = 16
const FUEL_TIMES = 16
const FUEL_SPARE = 200_000

export async function checkLengths(kit: CodecKit): Promise<void> {
  for (const sample of kit.samples) {
    await kit.part(sample, 'With the limit of bodies at its own size', () => atLimit(kit, sample))
    await kit.part(sample, 'With the limit of bodies below its size', () => pastLimit(kit, sample))
    const fields = await lengthFields(kit, sample)
    for (const field of fields)
      await kit.part(sample, `With the length at byte ${field.at} changed`, () => claims(kit, sample, field))
  }
}

/** Whether a connection begins under this limit: what it begins with may be larger. */
function begins(kit: CodecKit, sample: Sample, limit: number): boolean {
  return kit.prefaceOf(sample.direction).length <= limit
}

async function atLimit(kit: CodecKit, sample: Sample): Promise<void> {
  if (!begins(kit, sample, sample.bytes.length)) return
  const trial = await kit.trial(sample.direction, sample.bytes.length).give(sample.bytes)
  if (trial.messages.length === 0 && (trial.failure?.code === 'frame_size' || trial.refusals.length > 0))
    kit.add(
      'limit_too_strict',
      sample,
      `The whole frame has ${sample.bytes.length} bytes, that is the limit of bodies, and it is refused`,
    )
}

async function pastLimit(kit: CodecKit, sample: Sample): Promise<void> {
  const message = await kit.decoded(sample.bytes, sample.direction)
  if (message === undefined || message.bodySize < 1) return
  const facts = factsOf(message)
  const limit = message.bodySize - 1
  if (!begins(kit, sample, limit)) return
  const trial = await kit.trial(sample.direction, limit).give(sample.bytes)
  const bodyMark = [{ at: message.headerSize, size: message.bodySize }]
  if (trial.messages.length > 0) {
    kit.add(
      'over_limit_accepted',
      sample,
      `A body of ${message.bodySize} bytes was accepted, the limit is ${limit}`,
      sample.bytes,
      bodyMark,
    )
    return
  }
  const refused = trial.refusals[0] ?? trial.failure?.refused
  if (
    refused !== undefined &&
    (refused.kind !== facts.kind || refused.requestId !== facts.id) &&
    facts.kind === 'request'
  )
    kit.add(
      'refused_wrong',
      sample,
      `What is refused is a ${refused.kind} with the id ${refused.requestId}, it was a ${facts.kind} with the id ${facts.id}`,
    )
  if (trial.refusals.length > 0) await behindRefused(kit, sample, limit, message.headerSize)
}

async function behindRefused(
  kit: CodecKit,
  sample: Sample,
  limit: number,
  headerSize: number,
): Promise<void> {
  const trial = kit.trial(sample.direction, limit)
  for (const byte of sample.bytes.subarray(0, -1)) await trial.give(Uint8Array.of(byte))
  if (trial.refusals.length > 0 && trial.pendingBytes > headerSize)
    kit.add('refused_holds', sample, `Of a refused body ${trial.pendingBytes} bytes are held`)
  await trial.give(sample.bytes.subarray(-1))
  const next = kit.samples.find(
    ({ bytes, direction }) => direction === sample.direction && bytes.length <= limit,
  )
  if (next === undefined) return
  await trial.give(next.bytes)
  const whole = await kit.trial(sample.direction, limit).give(Buffer.concat([sample.bytes, next.bytes]))
  for (const each of [trial, whole])
    if (each.messages.length !== 1)
      kit.add(
        'refused_loses_next',
        sample,
        `Behind the refused frame comes "${next.name}", and it became ${each.messages.length} messages`,
      )
}

/** The field at its maximum, each of its bytes at its maximum, and with the top bit alone and without it. */
async function claims(kit: CodecKit, sample: Sample, field: LengthField): Promise<void> {
  const { at, size, top } = field
  const filled = (first: number, rest: number) =>
    Array.from({ length: size }, (_, index) => (index === 0 ? first : rest))
  const tries: (readonly [number, readonly number[]])[] = [[at, filled(top, top)]]
  if (top === 0xff) tries.push([at, filled(0x7f, 0xff)], [at, filled(0x80, 0)])
  for (let each = 0; each < size; each++) tries.push([at + each, [top]])
  for (const [from, values] of tries) {
    const bytes = withBytes(sample.bytes, from, values)
    const trial = await kit.trial(sample.direction).give(bytes)
    bounded(kit, sample, trial, { bytes, at: from, size: values.length })
    await cost(kit, sample, { bytes, at: from, size: values.length })
  }
}

interface Claim {
  readonly bytes: Buffer
  readonly at: number
  readonly size: number
}

function bounded(kit: CodecKit, sample: Sample, trial: Trial, { bytes, at, size }: Claim): void {
  const marks = [{ at, size }]
  const limit = kit.list['body-size-max']
  for (const { start, end } of trial.messages)
    if (end - start > bytes.length)
      kit.add(
        'message_beyond_bytes',
        sample,
        `${bytes.length} bytes became a message of ${end - start}`,
        bytes,
        marks,
      )
  if (trial.pendingBytes > bytes.length)
    kit.add(
      'pending_wrong',
      sample,
      `pendingBytes is ${trial.pendingBytes}, ${bytes.length} were received`,
      bytes,
      marks,
    )
  // What is refused is skipped: nobody waits for it.
  const waits = trial.failure === undefined && trial.refusals.length === 0
  const needed = waits ? (trial.needed ?? 0) : 0
  if (needed > limit + sample.bytes.length + HEADER_SPARE_BYTES)
    kit.add(
      'over_limit_accepted',
      sample,
      `The decoder waits for ${needed} bytes, the limit of bodies is ${limit}`,
      bytes,
      marks,
    )
}

/** What many decoders hold, and one spends, for a claim within the limit. */
async function cost(kit: CodecKit, sample: Sample, { bytes, at, size }: Claim): Promise<void> {
  const { memory, fuel } = kit.options
  const marks = [{ at, size }]
  if (memory !== undefined) {
    const before = memory()
    const held: Trial[] = []
    // Looked at in between: what is claimed may be more than the machine has.
    while (held.length < DECODERS && memory() - before <= allowed(held.length, bytes.length))
      for (let each = 0; each < DECODERS_AT_ONCE; each++)
        held.push(await kit.trial(sample.direction, WIDE_LIMIT_BYTES).give(bytes))
    const growth = memory() - before
    if (growth > allowed(held.length, bytes.length))
      kit.add(
        'claim_allocates',
        sample,
        `${held.length} times ${bytes.length} bytes made the process hold ${growth} bytes more`,
        bytes,
        marks,
      )
  }
  if (fuel === undefined) return
  const spent = async (given: Uint8Array): Promise<number> => {
    const before = fuel()
    await kit.trial(sample.direction, WIDE_LIMIT_BYTES).give(given)
    return fuel() - before
  }
  const [whole, claimed] = [await spent(sample.bytes), await spent(bytes)]
  if (claimed > whole * FUEL_TIMES + FUEL_SPARE)
    kit.add(
      'fuel_for_claim',
      sample,
      `The claim costs ${claimed} units of fuel, the frame itself ${whole}`,
      bytes,
      marks,
    )
}

function allowed(decoders: number, size: number): number {
  return GROWTH_SPARE_BYTES + decoders * size * GROWTH_PER_BYTE
}
