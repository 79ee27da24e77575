/** CheckHeartbeats: signs of life that are asked for and given, the signal to send nothing more, and leave-taking. */

import type { Direction } from '../../codec.ts'
import { differences, idPlace } from './byte-marks.ts'
import type { CodecKit } from './codec-kit.ts'
import { bytesOf, Sample } from './sample.ts'
import { extremeIds, idText } from './wire-id.ts'

export async function checkHeartbeats(kit: CodecKit): Promise<void> {
  for (const sample of kit.samples)
    if (sample.kind === 'heartbeat') await kit.part(sample, 'Answered', () => answer(kit, sample))
  for (const sample of kit.samples)
    if (sample.kind === 'drain' && sample.direction === 'request')
      await kit.part(sample, 'Answered', () => leaveTaking(kit, sample))
  await kit.part(OWN, 'Asked for a heartbeat', () => ask(kit))
  await kit.part(DRAIN, 'Asked for a drain signal', () => drain(kit))
}

async function answer(kit: CodecKit, sample: Sample): Promise<void> {
  const { answer: told } = sample.vector
  const heartbeat = await kit.decoded(sample.bytes, sample.direction)
  if (heartbeat === undefined) return
  const written = await kit.appended({ kind: 'heartbeat-reply', heartbeat }, (out) =>
    kit.codec.encodeHeartbeatReply?.(heartbeat, out),
  )
  const wanted = told === undefined ? undefined : bytesOf(told)
  if (wanted !== undefined && !written.equals(wanted)) {
    const what =
      wanted.length === 0 ? 'It is not to be answered, and was' : 'The answer is another than the vector has'
    kit.add(
      written.length === 0 ? 'heartbeat_unanswered' : 'heartbeat_wrong',
      sample,
      what,
      written,
      differences(wanted, written),
    )
    if (wanted.length === 0) return
  }
  if (written.length === 0) {
    if (wanted === undefined) kit.add('heartbeat_unanswered', sample, 'A heartbeat is answered with nothing')
    return
  }
  const reply = await kit.decoded(written, other(sample.direction))
  if (reply === undefined || reply.kind !== 'heartbeat-reply')
    kit.add(
      'heartbeat_wrong',
      sample,
      `The answer decodes as ${reply === undefined ? 'no message' : reply.kind}, expected heartbeat-reply`,
      written,
    )
  else if (kit.codec.idBits > 0 && reply.requestId !== heartbeat.requestId)
    kit.add(
      'heartbeat_wrong_id',
      sample,
      `The answer has the id ${reply.requestId}, the heartbeat ${heartbeat.requestId}`,
      written,
      idPlace(written, reply.requestId, kit.codec.idBits),
    )
}

/** What a client is told that will send nothing more, where the protocol has an answer to that. */
async function leaveTaking(kit: CodecKit, sample: Sample): Promise<void> {
  if (kit.codec.encodeDrainReply === undefined) return
  const drain = await kit.decoded(sample.bytes, sample.direction)
  if (drain === undefined) return
  const { answer: told } = sample.vector
  const written = await kit.appended({ kind: 'drain-reply', drain }, (out) =>
    kit.codec.encodeDrainReply?.(drain, out),
  )
  const wanted = told === undefined ? undefined : bytesOf(told)
  if (wanted !== undefined && !written.equals(wanted))
    kit.add(
      'drain_wrong',
      sample,
      'The answer is another than the vector has',
      written,
      differences(wanted, written),
    )
  else if (written.length > 0 && (await kit.decoded(written, 'response')) === undefined)
    kit.add('drain_wrong', sample, 'The answer decodes as no message', written)
}

async function ask(kit: CodecKit): Promise<void> {
  const { codec } = kit
  if (codec.encodeHeartbeat === undefined) return
  for (const id of extremeIds(codec)) {
    const written = await kit.appended(undefined, (out) => codec.encodeHeartbeat?.(id.high, id.low, out))
    for (const direction of ['request', 'response'] as const) {
      const heartbeat = await kit.decoded(written, direction)
      // Where one message asks and answers alike, who sent it tells which it is.
      const alike = direction === 'response' && heartbeat?.kind === 'heartbeat-reply'
      if (heartbeat?.kind !== 'heartbeat' && !alike) {
        kit.add(
          'heartbeat_wrong',
          OWN,
          `encodeHeartbeat wrote what decodes as ${heartbeat?.kind ?? 'no message'}`,
          written,
        )
        return
      }
      if (codec.idBits > 0 && codec.textIds !== true && heartbeat.requestId !== idText(id))
        kit.add(
          'heartbeat_wrong_id',
          OWN,
          `encodeHeartbeat was given the id ${idText(id)}, and wrote ${heartbeat.requestId}`,
          written,
          idPlace(written, heartbeat.requestId, codec.idBits),
        )
    }
  }
}

async function drain(kit: CodecKit): Promise<void> {
  if (kit.codec.encodeDrain === undefined) return
  const written = await kit.appended(undefined, (out) => kit.codec.encodeDrain?.(out))
  const signal = await kit.decoded(written, 'response')
  if (signal?.kind !== 'drain')
    kit.add(
      'drain_wrong',
      DRAIN,
      `encodeDrain wrote what decodes as ${signal?.kind ?? 'no message'}`,
      written,
    )
}

function other(direction: Direction): Direction {
  return direction === 'request' ? 'response' : 'request'
}

/** What is found where there is no vector. */
const OWN = new Sample({ name: 'a heartbeat of its own', mutations: [], text: '' })
const DRAIN = new Sample({ name: 'a drain signal of its own', mutations: [], text: '' })
